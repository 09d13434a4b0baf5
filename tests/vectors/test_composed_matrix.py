"""Vectors composed as they are read: those of the definition, however they are asked for."""

import numpy as np
import pytest

from w2v_cli.core.subwords import NgramRange, find_ngrams
from w2v_cli.errors import QueryError
from w2v_cli.vectors import composed_matrix as module
from w2v_cli.vectors.composed_matrix import ComposedMatrix, composed_matrix
from w2v_cli.vectors.composed_words import with_composed
from w2v_cli.vectors.search import composed_neighbours, concurrent, neighbours
from w2v_cli.vectors.search.analogies import THREE_COS_ADD
from w2v_cli.vectors.search.neighbours import best_analogies, nearest_to_each
from w2v_cli.vectors.search.queries import sum_of
from w2v_cli.vectors.search.similarity import nearest_rows
from w2v_cli.vectors.search.spelling import SEARCHES_OF_TEXT, Cases
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors

COUNTED = NgramRange(3, 5, 40)
WORDS = ["a", "naïve", "北京", "abcabcabc", "</s>", "x" * 30, *(f"w{n}" for n in range(50))]


@pytest.fixture
def rows():
    """The rows of 56 words and 40 buckets, at an odd byte of a file."""
    numbers = np.random.default_rng(0).standard_normal((len(WORDS) + 40, 3), np.float32)
    data = np.frombuffer(b"?" + numbers.tobytes(), np.uint8)[1:].reshape(len(numbers), 12)
    return data, numbers


def expected(numbers):
    """The mean of a word's own row and those of its n-grams, a word at a time."""
    vectors = []
    for row, word in enumerate(WORDS):
        parts = [row, *(len(WORDS) + find_ngrams([word], COUNTED).buckets).tolist()]
        vectors.append(numbers[parts].astype(np.float64).mean(axis=0))
    return np.array(vectors)


@pytest.mark.parametrize("threads", [1, 3])
def test_all_rows_and_some_are_the_means_of_the_definition(rows, monkeypatch, threads):
    monkeypatch.setattr(module, "_WORDS_A_THREAD", len(WORDS) // threads)
    monkeypatch.setattr(module, "_WORDS_AT_ONCE", 7)
    monkeypatch.setattr(module.os, "cpu_count", lambda: threads)
    matrix, wanted = composed_matrix(WORDS, rows[0], COUNTED), expected(rows[1])
    whole = np.asarray(matrix)
    assert (whole.dtype, matrix.shape, len(matrix)) == (np.float32, wanted.shape, len(WORDS))
    np.testing.assert_allclose(whole, wanted, atol=1e-6)
    # To the bit: no row depends on those beside it.
    np.testing.assert_array_equal(matrix[[5, 0, 5]], whole[[5, 0, 5]])
    np.testing.assert_array_equal(matrix[-1], whole[-1])
    np.testing.assert_array_equal(np.asarray(matrix[3:20][2:5]), whole[5:8])
    np.testing.assert_array_equal(matrix[whole[:, 0] > 0], whole[whole[:, 0] > 0])
    np.testing.assert_array_equal(matrix[np.array([], np.int64)], whole[:0])


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["cosine", "dot"])
@pytest.mark.parametrize("restrict", [None, 9])
@pytest.mark.parametrize("by_bounds", [False, True])
def test_neighbours_are_those_of_the_matrix_that_is_composed(
    rows, monkeypatch, metric, restrict, by_bounds
):
    monkeypatch.setattr(neighbours, "bounds_pay", lambda *_: by_bounds)
    monkeypatch.setattr(concurrent, "ROWS_A_THREAD", 3)
    monkeypatch.setattr(concurrent.os, "cpu_count", lambda: 4)
    lazy = WordVectors(WORDS, composed_matrix(WORDS, rows[0], COUNTED))
    plain = WordVectors(WORDS, np.asarray(lazy.matrix))
    for n in (0, 1, 8, len(WORDS) + 3):  # of the first nine, each thread has two or three
        asked = ([{0}, {1}, set()], metric, restrict)
        found = nearest_to_each(lazy, plain.matrix[:3], n, *asked)
        assert found == nearest_to_each(plain, plain.matrix[:3], n, *asked)


def test_equal_cosines_are_ordered_by_row_across_threads(monkeypatch):
    monkeypatch.setattr(concurrent, "ROWS_A_THREAD", 2)
    monkeypatch.setattr(concurrent.os, "cpu_count", lambda: 3)
    words, counted = list("abcdef"), NgramRange(9, 9, 1)  # without n-grams, so all are [1, 1]
    data = np.ones((7, 2), np.float32).view(np.uint8)
    vectors = WordVectors(words, composed_matrix(words, data, counted))
    assert [near.word for near in vectors.most_similar("c", topn=4)] == ["a", "b", "d", "e"]


def test_analogies_are_those_of_the_matrix_that_is_composed(rows, monkeypatch):
    monkeypatch.setattr(concurrent, "ROWS_A_THREAD", 3)
    lazy = WordVectors(WORDS, composed_matrix(WORDS, rows[0], COUNTED))
    plain = WordVectors(WORDS, np.asarray(lazy.matrix))
    terms = [sum_of([word], [], plain) for word in WORDS[:6]]
    questions = [terms[:3], terms[3:]]
    found = best_analogies(questions, lazy, 5, THREE_COS_ADD)
    assert found == best_analogies(questions, plain, 5, THREE_COS_ADD)


@pytest.mark.parametrize("odd", ["z", "y\nz"])
def test_a_few_searches_for_another_case_find_what_many_find(odd):
    words = ["q", odd, "Ab", "ab", "straße", "STRASSE", "İstanbul", "ıstanbul", "ABC", "b"]
    asked = ["AB", "aB", "Strasse", "istanbul", "ISTANBUL", "abc", "bc", "c", "", "\n", "Y\nZ"]
    many = Cases(words)
    for _ in range(SEARCHES_OF_TEXT):
        many.find("nothing")
    for word in asked:
        assert Cases(words).find(word) == many.find(word)
        assert Cases(words).alike(word) == many.alike(word)
    assert (many.find("ABc"), many.find("aB"), many.find("nothing")) == (8, 2, None)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["cosine", "dot"])
@pytest.mark.parametrize("numbers_of_bound", [1, 4, 5])
def test_words_that_bounds_leave_out_are_none_of_the_best(monkeypatch, metric, numbers_of_bound):
    monkeypatch.setattr(composed_neighbours, "NUMBERS_OF_BOUND", numbers_of_bound)
    monkeypatch.setattr(composed_neighbours, "COMPOSED_AT_FIRST", 1)
    monkeypatch.setattr(composed_neighbours, "ROWS_AT_ONCE", 64)
    monkeypatch.setattr(composed_neighbours, "WORDS_AT_ONCE", 50)
    rng = np.random.default_rng(1)
    words, counted = [f"{n:x}" for n in range(900)], NgramRange(2, 3, 100)
    numbers = rng.standard_normal((1000, 5), np.float32) * rng.choice([0.01, 1, 30], (1000, 1))
    numbers[rng.integers(0, 1000, 300), :2] = 0  # no bound of the length, where two numbers make it
    numbers[rng.integers(0, 900, 100)] = 0
    matrix = composed_matrix(words, numbers.astype(np.float32).view(np.uint8), counted)
    composed = []
    chosen = ComposedMatrix.chosen
    monkeypatch.setattr(
        ComposedMatrix,
        "chosen",
        lambda self, some: composed.append(len(some)) or chosen(self, some),
    )
    queries = rng.standard_normal((40, 5))
    found = composed_neighbours.nearest_composed(matrix, queries, 1, metric)
    rows, scores = nearest_rows(np.asarray(matrix), queries, 1, metric)
    np.testing.assert_array_equal(found[0], rows)
    np.testing.assert_array_equal(found[1], scores)
    assert max(composed) < 900 or numbers_of_bound < 5


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_not_finite_is_an_error(rows, bad):
    numbers = rows[1].copy()
    numbers[3, 1] = bad
    matrix = composed_matrix(WORDS, numbers.view(np.uint8), COUNTED)
    with pytest.raises(QueryError, match="not finite"):
        composed_neighbours.nearest_composed(matrix, rows[1][:1], 2, "cosine")


def test_words_never_seen_are_composed_beside_the_others_without_composing_those(rows, monkeypatch):
    lazy = composed_matrix(WORDS, rows[0], COUNTED)
    ngrams = rows[0][len(WORDS) :].copy().view("<f4")
    vectors = WordVectors(WORDS, lazy, subwords=SubwordVectors(COUNTED, None, ngrams))
    unseen = ["w1w2w3", "naïveté", "aa"]
    wanted = np.concatenate([np.asarray(lazy), [vectors.composed(word) for word in unseen]])
    with monkeypatch.context() as patched:
        patched.delattr(ComposedMatrix, "__array__")
        both = with_composed(vectors, ["w3", *unseen, "</s>", "w1w2w3"])
    assert (both.words[len(WORDS) :], both.unseen) == (unseen, 3)
    np.testing.assert_allclose(np.asarray(both.matrix), wanted, atol=1e-6)
    np.testing.assert_allclose(both.matrix[[-1, 3, -2]], wanted[[-1, 3, -2]], atol=1e-6)
    found = composed_neighbours.nearest_composed(both.matrix, wanted[-1:], 5, "cosine")
    assert found[0][0][0] == len(WORDS) + 2
