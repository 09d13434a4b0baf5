"""Scores of word pairs and analogies: what is known, what counts, and how sure it is."""

from pathlib import Path

import numpy as np
import pytest

from w2v_cli.errors import QueryError
from w2v_cli.evaluation.analogies import score_analogies
from w2v_cli.evaluation.benchmarks import Analogies, Section, WordPairs
from w2v_cli.evaluation.scoring import headline, score
from w2v_cli.evaluation.vocabulary_index import VocabularyIndex
from w2v_cli.evaluation.word_pairs import Correlation, score_pairs
from w2v_cli.vectors.word_vectors import WordVectors

PATH = Path("benchmark")


def pairs_of(*triples):
    return WordPairs(PATH, [(a, b) for a, b, _ in triples], np.array([s for *_, s in triples]))


def angles(*degrees):
    """Unit vectors in the plane."""
    radians = np.radians(np.array(degrees, dtype=np.float64))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


@pytest.fixture
def vectors():
    """Cosines to `a` fall from b to e; `B` is the rarer spelling of `b`."""
    return WordVectors(["a", "b", "c", "d", "e", "B"], angles(0, 10, 40, 60, 80, 180))


FALLING = [("a", "b", 9.0), ("a", "c", 7.0), ("a", "d", 6.0), ("a", "e", 1.0)]


def test_the_order_of_people_gives_a_rank_correlation_of_one(vectors):
    [result] = score(vectors, [pairs_of(*FALLING)])
    assert result.skipping == result.counting
    assert result.skipping.spearman.value == pytest.approx(1)
    assert 0.8 < result.skipping.pearson.value < 1
    assert (result.pairs, result.known, result.unknown) == (4, 4, [])


def test_unknown_words_are_skipped_or_have_cosine_zero(vectors):
    benchmark = pairs_of(*FALLING, ("A", "X", 10.0), ("y", "x", 9.5), ("X", "X", 0.0))
    [result] = score(vectors, [benchmark])
    assert (result.pairs, result.known) == (7, 4)
    assert result.unknown == ["X", "y", "x"]
    assert result.skipping.spearman.value == pytest.approx(1)
    gold_ranks, cosine_ranks = [5, 4, 3, 2, 7, 6, 1], [7, 6, 5, 4, 2, 2, 2]
    expected = np.corrcoef(gold_ranks, cosine_ranks)[0, 1]
    assert result.counting.spearman.value == pytest.approx(expected)


def test_another_case_is_asked_for_only_where_the_spelling_is_missing(vectors):
    benchmark = pairs_of(("A", "b", 9.0), ("a", "C", 7.0), ("a", "d", 6.0), ("a", "B", 1.0))
    folded, exact = (score(vectors, [benchmark], case_sensitive=on)[0] for on in (False, True))
    assert (folded.known, exact.known) == (4, 2)
    assert (folded.other_case, exact.other_case) == (["A", "C"], [])
    assert folded.skipping.spearman.value == pytest.approx(1)  # B is the word at 180 degrees
    assert exact.unknown == ["A", "C"]


def test_words_that_differ_in_the_case_of_one_language_alone_are_two_words():
    # In Turkish, ı and i are two letters, which are both I elsewhere.
    vectors = WordVectors(["ilik", "ılık", "kemik", "sıcak", "su"], angles(0, 90, 5, 80, 70))
    pairs = pairs_of(("ılık", "sıcak", 9.0), ("ılık", "su", 6.0), ("ilik", "kemik", 9.5))
    [result] = score(vectors, [pairs])
    assert result.skipping.spearman.value == pytest.approx(1)
    index = VocabularyIndex(vectors.words)
    assert (index.spellings("ılık"), index.spellings("ilik")) == ([1], [0])


def test_the_spellings_of_a_word_have_its_lower_case():
    index = VocabularyIndex(["us", "US", "Us", "bus"])
    assert index.spellings("US") == index.spellings("uS") == [0, 1, 2]
    assert index.spellings("them") == []
    assert VocabularyIndex(["us", "US"], case_sensitive=True).spellings("US") == [1]


def test_a_phrase_with_spaces_is_the_one_that_was_joined_in_the_text():
    index = VocabularyIndex(["york", "New_York", "new_york", "old town", "old_town"])
    assert index.row("new york") == 2
    assert index.row("old town") == 3
    assert index.row("NEW YORK") == 1
    assert index.spellings("new york") == [1, 2]
    assert index.in_other_case(["new york", "NEW YORK", "old town"]) == ["NEW YORK"]
    assert index.unknown(["new york", "new town"]) == ["new town"]
    strict = VocabularyIndex(["new_york"], case_sensitive=True)
    assert (strict.row("new york"), strict.row("New York")) == (0, None)


def test_only_the_first_words_are_used_when_restricted(vectors):
    [result] = score(vectors, [pairs_of(*FALLING)], restrict=4)
    assert (result.known, result.unknown) == (3, ["e"])


def test_intervals_hold_the_value_are_repeated_exactly_and_can_be_left_out(vectors):
    noisy = [*FALLING, ("b", "c", 5.0), ("b", "e", 6.0), ("c", "d", 8.0), ("d", "e", 4.0)]
    once, again = (score(vectors, [pairs_of(*noisy)])[0] for _ in range(2))
    assert once == again
    for correlation in (once.skipping.spearman, once.skipping.pearson):
        low, high = correlation.interval
        assert -1 <= low < correlation.value < high <= 1
    [quick] = score(vectors, [pairs_of(*noisy)], intervals=False)
    assert quick.skipping.spearman == Correlation(once.skipping.spearman.value, None)


@pytest.mark.parametrize(
    "triples",
    [FALLING[:2], [(a, b, 5.0) for a, b, _ in FALLING], [("a", "b", float(s)) for s in range(5)]],
    ids=["two pairs", "equal scores", "equal cosines"],
)
def test_a_correlation_that_is_not_defined_is_none(vectors, triples):
    [result] = score(vectors, [pairs_of(*triples)])
    assert result.skipping.spearman.value is None
    assert result.skipping.pearson.interval is None
    assert headline(result) is None


def test_a_value_that_is_not_finite_is_an_error(vectors):
    vectors.matrix[2] = np.nan
    with pytest.raises(QueryError, match="not finite"):
        score(vectors, [pairs_of(*FALLING)])


@pytest.fixture
def countries():
    """Each capital is its country turned by 20°; `OSLO` is a rarer spelling of `Oslo`."""
    words = ["norway", "Oslo", "peru", "lima", "iran", "tehran", "OSLO", "far"]
    return WordVectors(words, angles(0, 20, 60, 80, 130, 150, 21, 250))


CAPITALS = [
    ("Norway", "Oslo", "Peru", "Lima"),
    ("Iran", "Tehran", "Norway", "oslo"),
    ("Peru", "Lima", "Iran", "Far"),
    ("Peru", "Lima", "Mali", "Bamako"),
]


def test_accuracy_comes_by_section_group_and_in_all(countries):
    sections = [Section("capitals", 0, 2), Section("empty", 2, 2), Section("gram1", 2, 4)]
    [result] = score(countries, [Analogies(PATH, CAPITALS, sections)])
    counts = {
        name: (part.questions, part.known, part.correct["3CosAdd"])
        for name, part in [*result.sections, *result.groups, ("total", result.total)]
    }
    assert counts == {
        "capitals": (2, 2, 2),
        "empty": (0, 0, 0),
        "gram1": (2, 1, 0),
        "semantic": (2, 2, 2),
        "syntactic": (2, 1, 0),
        "total": (4, 3, 2),
    }
    assert result.total.skipping("3CosAdd") == headline(result) == 2 / 3
    assert result.total.counting("3CosAdd") == 2 / 4
    assert result.sections[1][1].skipping("3CosMul") is None
    assert result.sections[1][1].counting("3CosMul") is None
    assert result.unknown == ["Mali", "Bamako"]


def test_each_of_several_answers_is_right_and_folders_are_groups(countries):
    questions = [
        ("norway", "Oslo", "peru", "callao", "LIMA"),  # lima is found, in another case
        ("peru", "lima", "iran", "norway", "far"),
        ("peru", "lima", "iran", "callao", "qom"),  # no answer is known
    ]
    sections = [Section("1_I/I01", 0, 1), Section("2_D/D01", 1, 3)]
    [result] = score(countries, [Analogies(PATH, questions, sections)])
    counts = {name: (part.known, part.correct["3CosAdd"]) for name, part in result.groups}
    assert counts == {"1_I": (1, 1), "2_D": (1, 0)}
    assert (result.total.questions, result.unknown) == (3, ["callao", "qom"])


def test_without_syntactic_sections_there_are_no_groups(countries):
    [result] = score(countries, [Analogies(PATH, CAPITALS, [Section("capitals", 0, 4)])])
    assert result.groups == []


def test_no_spelling_of_the_questions_words_is_an_answer(countries):
    # The words nearest to Peru + Oslo − Norway, if they were allowed, are OSLO and Oslo.
    benchmark = Analogies(PATH, [("norway", "norway", "Oslo", "peru")], [Section("", 0, 1)])
    assert score(countries, [benchmark])[0].total.correct["3CosAdd"] == 1
    [exact] = score(countries, [benchmark], case_sensitive=True)
    assert exact.total.correct["3CosAdd"] == 0  # now OSLO is another word, and nearest


def test_a_method_can_be_asked_for_alone(countries):
    benchmark = Analogies(PATH, CAPITALS, [Section("", 0, 4)])
    index = VocabularyIndex(countries.words)
    found = score_analogies(countries.matrix, index, benchmark, ["3CosMul"])
    assert list(found.total.correct) == ["3CosMul"]


def test_pairs_can_be_scored_on_rows_of_a_memory_map(tmp_path, vectors):
    np.save(tmp_path / "vectors.npy", vectors.matrix)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    found = score_pairs(mapped, VocabularyIndex(vectors.words), pairs_of(*FALLING), intervals=False)
    assert found.skipping.spearman.value == pytest.approx(1)
