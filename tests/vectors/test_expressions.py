from collections import Counter

import numpy as np
import pytest

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search import queries
from w2v_cli.vectors.search.analogies import THREE_COS_ADD
from w2v_cli.vectors.search.expressions import parse
from w2v_cli.vectors.search.neighbours import (
    best_analogies,
    likeness,
    nearest_to_queries,
    oddest_first,
)
from w2v_cli.vectors.search.queries import Query, resolve, resolve_each
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["king", "man", "woman", "new", "york", "new york", "+", "-", "-ing", "c++", "a - b", "a"]


@pytest.fixture
def vectors():
    return WordVectors(WORDS, np.random.default_rng(0).standard_normal((12, 5), dtype=np.float32))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("king", {"king": 1}),
        ("king man", {"king": 1, "man": 1}),
        ("king - man + woman", {"king": 1, "man": -1, "woman": 1}),
        ("king - man woman", {"king": 1, "man": -1, "woman": -1}),
        ("king + king - man", {"king": 2, "man": -1}),
        ("king - king", {"king": 0}),
        ("- king + man", {"king": -1, "man": 1}),
        ("  king  -\tman ", {"king": 1, "man": -1}),
        ("new york", {"new york": 1}),
        ("king - new  york + york new", {"king": 1, "new york": -1, "york": 1, "new": 1}),
        ("a - b", {"a - b": 1}),
        ("-ing", {"-ing": 1}),
        ("king - -ing + c++", {"king": 1, "-ing": -1, "c++": 1}),
        ("+", {"+": 1}),
        ("-", {"-": 1}),
        (" - ", {"-": 1}),
        ("king - + + -", {"king": 1, "+": -1, "-": 1}),
        ("- - man", {"-": -1, "man": -1}),
    ],
)
def test_what_a_question_adds_up(vectors, text, expected):
    found = Counter()
    for term in parse(text, vectors):
        assert vectors.words[term.row] == term.found == term.asked
        found[term.found] += term.sign
    assert found == expected


def test_a_word_that_comes_twice_counts_twice(vectors):
    twice, spelt = resolve(["king + king - man", "king - man"], vectors)
    king = vectors["king"].astype(float)
    np.testing.assert_allclose(twice.vector - spelt.vector, king / np.linalg.norm(king))


def test_a_phrase_that_is_one_word_of_the_text_is_asked_for_with_spaces():
    words = ["new", "york", "new_york", "of", "Los_Angeles", "bank_of_america", "old town"]
    vectors = WordVectors([*words, "old_town"], np.eye(8, dtype=np.float32))

    def found(text):
        return [term.found for term in parse(text, vectors)]

    assert found("new york") == ["new_york"]
    assert found("york - bank  of america + new york") == ["york", "bank_of_america", "new_york"]
    assert found("york new") == ["york", "new"]
    assert found("old town") == ["old town"]
    assert found("los angeles") == ["Los_Angeles"]
    new_york, los_angeles = resolve(["new york", "los angeles"], vectors)
    assert new_york.other_case == {}
    assert new_york.rows == {2}
    assert los_angeles.other_case == {"los angeles": "Los_Angeles"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("King", {"King": "king"}),
        ("KING - Man + woman", {"KING": "king", "Man": "man"}),
        ("New York", {"New York": "new york"}),
        ("New York - king", {"New York": "new york"}),
        ("king new", {}),
        ("NEW man", {"NEW": "new"}),
    ],
)
def test_words_in_another_case_are_told(vectors, text, found):
    (query,) = resolve([text], vectors)
    assert isinstance(query, Query)
    assert query.other_case == found


def test_a_word_that_is_spelt_as_it_was_asked_for_comes_before_another_case():
    words = ["us", "US", "new york", "New", "York"]
    vectors = WordVectors(words, np.eye(5, dtype=np.float32))
    us, new_york = resolve(["US", "New York"], vectors)
    assert us.rows == {1} and us.other_case == {}
    assert new_york.rows == {3, 4} and new_york.other_case == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("king -", "'king -' ends with an operator, expected a word after it"),
        ("king + man - ", "'king + man - ' ends with an operator, expected a word after it"),
        ("king-man", "'king-man' is not in the vocabulary (12 words)"),
        ("xyzzy", "'xyzzy' is not in the vocabulary (12 words)"),
        ("", "'' is not in the vocabulary (12 words)"),
        (" ", "' ' is not in the vocabulary (12 words)"),
        ("king\u00a0man", "'king\\xa0man' is not in the vocabulary (12 words)"),
        (
            "king - womam",
            "'king - womam': 'womam' is not in the vocabulary (12 words); closest spelling: "
            "'woman'",
        ),
    ],
)
def test_what_a_question_cannot_be_is_said(vectors, text, message):
    with pytest.raises(QueryError) as caught:
        parse(text, vectors)
    assert str(caught.value) == message


def test_for_the_cosine_words_are_added_with_length_one_and_for_dot_as_they_are(vectors):
    king, man = vectors.vector("king"), vectors.vector("man")
    cosine, dot = (resolve(["king - man"], vectors, metric)[0] for metric in ("cosine", "dot"))
    assert isinstance(cosine, Query) and isinstance(dot, Query)
    expected = king / np.linalg.norm(king) - man / np.linalg.norm(man)
    np.testing.assert_allclose(cosine.vector, expected, rtol=1e-5)
    np.testing.assert_allclose(dot.vector, king - man, rtol=1e-5)


def test_parallel_vectors_leave_no_direction_but_a_small_difference_does():
    matrix = np.array([[0.1, 0.7], [0.3, 2.1], [0.1, 0.701]], dtype=np.float32)
    assert matrix[0, 0] / matrix[1, 0] != matrix[0, 1] / matrix[1, 1]  # float32 cannot hold tenths
    vectors = WordVectors(["a", "b", "c"], matrix)
    nothing, small = resolve(["a - b", "a - c"], vectors)
    assert str(nothing) == "the vector of 'a - b' is zero: it has no direction to compare"
    assert isinstance(small, Query)


def test_errors_stand_where_their_questions_stood(vectors):
    first, error, last = resolve(["king", "xyzzy", "man"], vectors)
    assert isinstance(first, Query) and first.rows == {0}
    assert isinstance(error, QueryError)
    assert isinstance(last, Query) and last.rows == {1}


def test_only_the_first_unknown_words_of_a_batch_are_searched_for_a_spelling(vectors, monkeypatch):
    monkeypatch.setattr(queries, "SUGGESTIONS", 2)
    hints = ["closest" in str(error) for error in resolve(["kimg", "king", "kin", "kong"], vectors)]
    assert hints == [True, False, True, False]


def test_a_question_of_several_parts_has_them_all_or_an_error(vectors):
    whole, unknown, short = resolve_each(
        [["king", "new york"], ["xyzzy", "man"], ["king"]], vectors, range(2, 4)
    )
    assert isinstance(whole, list)
    assert [part.rows for part in whole] == [{0}, {5}]
    assert str(unknown) == "'xyzzy' is not in the vocabulary (12 words)"
    assert str(short) == "'king' is 1 word, expected 2 or more"


def test_the_words_of_a_question_are_not_in_its_answer(vectors):
    queries = [query for query in resolve(["king - man", "a"], vectors) if isinstance(query, Query)]
    found = nearest_to_queries(queries, vectors, 99)
    left_out = [set(WORDS) - {word for word, _ in answer} for answer in found]
    assert left_out == [{"king", "man"}, {"a"}]
    (abc,) = resolve_each([["king + new", "man", "woman"]], vectors, range(3, 4))
    assert isinstance(abc, list)
    (answer,) = best_analogies([abc], vectors, 99, THREE_COS_ADD)
    assert set(WORDS) - {word for word, _ in answer} == {"king", "new", "man", "woman"}


def test_only_frequent_words_answer_a_restricted_question(vectors):
    (query,) = resolve(["c++"], vectors)
    assert isinstance(query, Query)
    every = nearest_to_queries([query], vectors, 99)[0]
    few = nearest_to_queries([query], vectors, 99, restrict=3)[0]
    assert few == [found for found in every if found.word in WORDS[:3]]
    abc = [query, query, query]
    every = best_analogies([abc], vectors, 99, THREE_COS_ADD)[0]
    few = best_analogies([abc], vectors, 99, THREE_COS_ADD, restrict=3)[0]
    assert few == [found for found in every if found.word in WORDS[:3]]


def test_likeness_is_the_cosine_or_the_dot_product(vectors):
    king, man = vectors.vector("king").astype(float), vectors.vector("man").astype(float)
    for metric, scale in [("cosine", np.linalg.norm(king) * np.linalg.norm(man)), ("dot", 1.0)]:
        a, b = resolve(["king", "man"], vectors, metric)
        assert isinstance(a, Query) and isinstance(b, Query)
        assert likeness(a, b, metric) == pytest.approx(king @ man / scale)
        assert likeness(a, a) == 1.0


def test_the_oddest_has_the_lowest_mean_cosine_to_the_others():
    matrix = np.array([[1, 0], [0, -5], [2, 1], [1, 1]], dtype=np.float32)
    queries = resolve(["a", "odd", "b", "c"], WordVectors(["a", "odd", "b", "c"], matrix))
    found = oddest_first([query for query in queries if isinstance(query, Query)])
    r2, r5 = np.sqrt([2, 5])
    assert dict(found) == {
        "odd": pytest.approx((0 - 1 / r5 - 1 / r2) / 3),
        "a": pytest.approx((0 + 2 / r5 + 1 / r2) / 3),
        "b": pytest.approx((2 / r5 - 1 / r5 + 3 / (r2 * r5)) / 3),
        "c": pytest.approx((1 / r2 - 1 / r2 + 3 / (r2 * r5)) / 3),
    }
    assert [word for word, _ in found] == ["odd", "c", "b", "a"]


def test_no_error_repeats_more_than_the_beginning_of_a_long_question(vectors):
    word = "x" * 10**5
    found = resolve([word, f"king {word}", f"{word} +", "king - king" + " " * 10**5], vectors)
    found += resolve_each([[word, word, word]], vectors, range(1, 2))
    assert len(found) == 5
    for error in found:
        assert isinstance(error, QueryError) and len(str(error)) < 250
