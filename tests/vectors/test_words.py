from dataclasses import replace

import numpy as np
import pytest

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import QueryError, UnknownWord, UsageError
from w2v_cli.vectors.search import spelling
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.search.spelling import Cases, closest_spelling
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import FEW_WORDS, Neighbour, WordVectors


@pytest.fixture
def vectors():
    words = ["king", "queen", "man", "stone", "anti-king"]
    matrix = [[1, 0], [1, 1], [0, 2], [0, 0], [-3, 0]]
    return WordVectors(words, np.array(matrix, dtype=np.float32), np.array([9, 7, 5, 5, 1]))


def test_the_neighbours_of_a_word_are_the_others_by_falling_cosine(vectors):
    assert vectors.most_similar("king", topn=9) == [
        Neighbour("queen", pytest.approx(np.sqrt(0.5))),
        Neighbour("man", 0.0),
        Neighbour("stone", 0.0),
        Neighbour("anti-king", -1.0),
    ]


@pytest.mark.parametrize("n", [0, 1, 3, 4, 5, 10])
def test_as_many_neighbours_come_as_asked_for_and_are_there(vectors, n):
    assert len(vectors.most_similar("queen", topn=n)) == min(n, 4)
    assert len(vectors.most_similar(np.array([1.0, 1.0]), topn=n)) == min(n, 5)


def test_a_line_end_in_a_word_moves_no_other_word_in_another_case():
    assert Cases(["x\ny", "King"]).find("KING") == 1
    assert Cases(["king", "man"]).find("KING\nMAN") is None


def test_words_that_were_composed_are_not_counted_among_those_seen(vectors):
    counts = np.array([9, 7, 5, 5, 0])
    composed = WordVectors(vectors.words, vectors.matrix, counts, unseen=1)
    assert r"(4 words, each seen 5 times or more;" in str(composed.unknown("zzz"))


def test_a_vector_has_every_word_as_neighbour(vectors):
    found = vectors.most_similar(vectors.vector("man"), topn=2)
    assert [neighbour.word for neighbour in found] == ["man", "queen"]


def test_excluded_rows_are_replaced_by_the_next_best(vectors):
    queries = vectors.matrix[[0, 1]]
    found = nearest_to_each(vectors, queries, 2, [{0, 1, 2}, ()])
    assert [[neighbour.word for neighbour in answer] for answer in found] == [
        ["stone", "anti-king"],
        ["queen", "king"],
    ]


@pytest.mark.parametrize("asked", [1, FEW_WORDS, FEW_WORDS + 1, 1000])
def test_rows_are_found_however_many_are_asked_for(asked):
    words = [f"w{i}" for i in range(50)]
    vectors = WordVectors(words, np.ones((50, 2), dtype=np.float32))
    wanted = [f"w{i % 60}" for i in range(asked)]
    assert vectors.rows(wanted) == [i % 60 if i % 60 < 50 else None for i in range(asked)]


def test_words_asked_for_one_by_one_are_soon_looked_up_in_a_dictionary():
    class Searched(list):
        times = 0

        def index(self, *args):
            Searched.times += 1
            return super().index(*args)

    words = Searched(f"w{i}" for i in range(50))
    vectors = WordVectors(words, np.ones((50, 2), dtype=np.float32))
    assert [vectors.find(f"w{i % 60}") for i in range(1000)] == [
        i % 60 if i % 60 < 50 else None for i in range(1000)
    ]
    assert Searched.times == FEW_WORDS


def test_the_top_words_keep_their_vectors_and_counts(vectors):
    top = vectors.top(2)
    assert top.words == ["king", "queen"]
    assert top.matrix.tolist() == [[1, 0], [1, 1]]
    assert top.counts is not None and top.counts.tolist() == [9, 7]
    assert len(vectors.top(99)) == 5


def test_an_unknown_word_is_answered_with_the_size_of_the_vocabulary_and_a_spelling():
    words = [f"w{i}" for i in range(9411)] + ["queen"]
    vectors = WordVectors(words, np.zeros((9412, 1), dtype=np.float32))
    with pytest.raises(QueryError) as caught:
        vectors.most_similar("quen")
    assert str(caught.value) == (
        "'quen' is not in the vocabulary (9,412 words); closest spelling: 'queen'"
    )


def test_an_unknown_word_like_no_other_is_answered_without_a_spelling(vectors):
    with pytest.raises(QueryError, match=r"^'xyzzy' is not in the vocabulary \(5 words\)$"):
        vectors.row("xyzzy")


def test_an_unknown_word_is_told_how_often_a_word_had_to_be_seen(vectors):
    rare = r"\(2 words, each seen 7 times or more; vocabulary.min_count leaves rarer words out\)$"
    with pytest.raises(QueryError, match=rare):
        vectors.top(2).row("xyzzy")


def test_what_the_vocabulary_has_in_another_form_is_named_as_it_is_written():
    words = ["king", "cafe\u0301", "Do\u00adnau", "ﬁsh", "مرحبا"]
    vectors = WordVectors(words, np.zeros((5, 1), dtype=np.float32))
    differs = "in its Unicode normal form or an invisible character"
    for asked, found in [
        ("café", "'cafe\\u0301', which differs from 'caf\\xe9'"),
        ("Donau", "'Do\\xadnau', which differs from 'Donau'"),
        ("ki\u200bng", "'king', which differs from 'ki\\u200bng'"),
        ("\ufeffking", "'king', which differs from '\\ufeffking'"),
        ("fish", "'\\ufb01sh', which differs from 'fish'"),
    ]:
        assert str(vectors.unknown(asked)).endswith(f"(5 words); it has {found} {differs}")


@pytest.mark.parametrize(
    ("words", "asked", "found"),
    [
        (["/c/de/hund", "/c/en/king", "/c/en/dog"], "king", "/c/en/king"),
        (["/c/de/hund", "/c/en/king"], "King", "/c/en/king"),
        (["king_NOUN", "good_ADJ"], "king", "king_NOUN"),
        (["king|n", "good|a"], "king", "king|n"),
        (["__label__a", "__label__b"], "b", "__label__b"),
        (["king", "dog"], "/c/en/king", "king"),
        (["king", "dog"], "king_NOUN", "king"),
    ],
)
def test_words_that_carry_a_mark_are_named(words, asked, found):
    vectors = WordVectors(words, np.zeros((len(words), 1), dtype=np.float32))
    have = "have no" if found == "king" else "have a"
    said = f"it has {found!r}: its words {have} prefix or ending, ask for them as they are"
    assert said in str(vectors.unknown(asked))


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["the", "of", "and", "new_york"], "york"),  # a phrase, not a mark
        (["king", "new_york"], "new_haven"),
        (["/c/en/king"], ""),
    ],
)
def test_words_that_only_hold_the_word_are_not(words, asked):
    vectors = WordVectors(words, np.zeros((len(words), 1), dtype=np.float32))
    assert "it has" not in str(vectors.unknown(asked))


@pytest.mark.parametrize(
    ("words", "asked", "found"),
    [
        (["ilik", "ılık"], "ILIK", "ilik"),
        (["ilik", "ılık"], "Ilık", "ılık"),
        (["ılık"], "ILIK", "ılık"),
        (["istanbul"], "İstanbul", "istanbul"),
        (["straße", "strasse"], "STRASSE", "strasse"),
        (["gross", "groß"], "Groß", "groß"),
        (["PARIS", "paris"], "Paris", "PARIS"),  # the more frequent of the two
        (["σοφοσ"], "ΣΟΦΟΣ", "σοφοσ"),
        (["σοφος"], "ΣΟΦΟΣ", "σοφος"),
        (["king"], "queen", None),
    ],
)
def test_a_word_in_another_case_is_found_only_where_its_spelling_is_missing(words, asked, found):
    vectors = WordVectors(words, np.zeros((len(words), 1), dtype=np.float32))
    row = vectors.meant(asked)
    assert (None if row is None else words[row]) == found
    assert [vectors.meant(word) for word in words] == list(range(len(words)))
    assert vectors.find(asked) is None  # which is exact


def test_words_that_do_not_fit_the_matrix_are_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="2 words do not fit"):
        WordVectors(["a", "b"], np.zeros((3, 2), dtype=np.float32))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("goverment", "government"),
        ("Governmnet", "government"),
        ("KING", "king"),
        ("paris", "Paris"),
        ("ikng", "king"),
        ("nqueen", "queen"),
        ("queem", "queen"),
        ("quee", "queen"),
        ("kong", "king"),
        ("governemnts", "government"),
        ("gvrnment", "government"),
        ("qeen", "queen"),
        ("ki", None),
        ("knig", "king"),
        ("kjjg", None),
        ("quxxn", None),
        ("gxxxrnment", None),
        ("nosuchword", None),
        ("k", None),
        ("", None),
        ("zzzzzz", None),
        ("governments and", None),
    ],
)
def test_the_closest_spelling_is_what_was_probably_meant(word, expected):
    words = ["the", "king", "queen", "government", "Paris", "a", "anchored"]
    assert closest_spelling(word, words) == expected


def test_of_equally_close_spellings_the_more_frequent_is_suggested():
    assert closest_spelling("cut", ["cat", "cot"]) == "cat"
    assert closest_spelling("cut", ["cot", "cat"]) == "cot"


def test_rare_words_are_not_searched(monkeypatch):
    monkeypatch.setattr(spelling, "SEARCHED_WORDS", 2)
    assert closest_spelling("quen", ["the", "quern", "queen"]) == "quern"
    assert closest_spelling("quen", ["the", "of", "queen"]) is None


def test_words_are_the_keys_of_a_mapping_and_nothing_in_it_can_be_changed(vectors):
    assert list(vectors) == vectors.words and len(vectors) == 5
    assert "man" in vectors and "mann" not in vectors and 3 not in vectors
    assert vectors["man"].tolist() == [0, 2] and vectors.get("mann") is None
    assert [vector.tolist() for vector in vectors.values()] == vectors.matrix.tolist()
    np.testing.assert_array_equal(vectors.vectors, vectors.matrix)
    for array in (vectors["man"], vectors.vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9
    assert vectors == vectors and vectors != vectors.top(5)
    assert repr(vectors) == "<WordVectors: 5 words, 2 dimensions>"


def test_an_unknown_word_is_an_unknown_key_that_says_what_is_close(vectors):
    with pytest.raises(KeyError) as caught:
        vectors["quen"]
    assert isinstance(caught.value, QueryError)
    assert str(caught.value).startswith("'quen' is not in the vocabulary (5 words)")


def test_words_are_added_and_subtracted_at_length_one_and_vectors_as_they_are(vectors):
    queen = np.array([0.6, 0.8])
    vectors = WordVectors(vectors.words, vectors.matrix.copy())
    vectors.matrix[1] = 5 * queen
    assert vectors.similarity(np.array([7, 0]), "queen") == pytest.approx(queen[0])
    (found,) = vectors.most_similar(["king", "queen"], "man", topn=1)  # (1, 0) + queen - (0, 1)
    assert found == Neighbour("stone", 0.0)
    found = vectors.most_similar(["king", np.array([3.0, 3.0])], "man")
    assert [near.word for near in found] == ["queen", "stone", "anti-king"]
    assert found[0].score == pytest.approx(queen @ [4, 2] / np.sqrt(20))  # (1, 0) + (3, 3) - (0, 1)
    assert vectors.most_similar("man", restrict_vocab=1) == [Neighbour("king", 0.0)]


def test_an_analogy_leaves_its_own_words_out(vectors):
    found = vectors.analogy("king", "queen", "man", topn=1)
    assert found == [Neighbour("anti-king", pytest.approx(1 - np.sqrt(0.5)))]
    best = vectors.analogy("king", "queen", "man", topn=9, method="3cosmul")
    assert {near.word for near in best} == {"stone", "anti-king"}


@pytest.mark.parametrize(
    ("positive", "negative", "said"),
    [
        ((), (), "no word"),
        ("king", "king", "zero"),
        (np.ones(3), (), r"shape \(3,\), expected .* of the shape \(2,\)"),
        (["king", "quen"], (), "'quen' is not in the vocabulary"),
    ],
)
def test_a_sum_that_has_no_direction_or_no_vector_is_an_error(vectors, positive, negative, said):
    with pytest.raises(QueryError, match=said):
        vectors.most_similar(positive, negative)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"topn": -1}, r"topn: got -1, expected an integer from 0 on"),
        ({"topn": 2.5}, r"topn: got 2\.5, expected an integer"),
        ({"topn": True}, r"topn: got True, expected an integer"),
        ({"restrict_vocab": -5}, r"restrict_vocab: got -5, expected an integer from 1 on"),
        ({"method": "x"}, r"method: got 'x', expected '3cosadd' or '3cosmul'"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(vectors, wrong, complaint):
    with pytest.raises(UsageError, match=complaint):
        vectors.analogy("king", "man", "queen", **wrong)
    if "method" not in wrong:
        with pytest.raises(UsageError, match=complaint):
            vectors.most_similar("king", **wrong)
    assert len(vectors.most_similar("king", topn=np.int64(2))) == 2


@pytest.mark.parametrize("wrong", [None, 5, b"king"])
def test_what_is_no_word_is_refused_as_an_unknown_one(vectors, wrong):
    made_of_ngrams = replace(
        vectors, subwords=SubwordVectors(NgramRange(1, 2, 9), None, np.ones((9, vectors.dim)))
    )
    for each in (vectors, made_of_ngrams):
        assert wrong not in each and each.get(wrong) is None
        with pytest.raises(UnknownWord, match="is not in the vocabulary, expected a word"):
            each[wrong]
    with pytest.raises(QueryError, match=r"got .*, expected a word or numbers"):
        vectors.most_similar(wrong)
    with pytest.raises(QueryError, match=r"got .*, expected a word or numbers"):
        vectors.similarity("king", wrong)


@pytest.mark.parametrize("wrong", [np.ones(99), np.ones((2, 2)), np.array(["king", "man"])])
def test_a_vector_of_another_shape_or_type_is_refused(vectors, wrong):
    with pytest.raises(QueryError, match=r"an array of the shape \(.*\), expected a word"):
        vectors.similarity("king", wrong)


def test_a_top_of_fewer_than_no_words_is_refused(vectors):
    assert len(vectors.top(0)) == 0
    with pytest.raises(UsageError, match=r"n: got -1, expected an integer from 0 on"):
        vectors.top(-1)
