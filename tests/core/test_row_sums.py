"""Gradients summed by vector and applied, against plain addition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from w2v_cli.core import row_sums
from w2v_cli.core.row_sums import RowSums, group_rows, sum_by_product

DIM = 4


def grouped(words):
    return group_rows(np.array(words), np.arange(len(words)))


def summed(rows, pairs, groups):
    """What `sums` yields, in one piece."""
    parts = [
        (words, pairs, sums.copy())
        for words, pairs, sums in RowSums(DIM, np.float64).sums(rows, pairs, groups)
    ]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_addition_one_by_one(words, seed):
    rng = np.random.default_rng(seed)
    rows, pairs = rng.standard_normal((len(words), DIM)), rng.random(len(words))
    found, found_pairs, sums = summed(rows, pairs, grouped(words))
    expected, expected_pairs = np.zeros((13, DIM)), np.zeros(13)
    np.add.at(expected, words, rows)
    np.add.at(expected_pairs, words, pairs)
    assert sorted(found) == sorted(set(words))
    np.testing.assert_allclose(sums, expected[found], atol=1e-12)
    np.testing.assert_allclose(found_pairs, expected_pairs[found])
    all_pairs, all_sums = sum_by_product(np.array(words), rows, pairs, 13)
    np.testing.assert_allclose(all_sums, expected, atol=1e-12)
    np.testing.assert_allclose(all_pairs, expected_pairs)


@pytest.mark.parametrize(("count", "dim"), [(2, 300), (5, 100), (28, 50), (28, 100), (128, 64)])
def test_threads_of_blas_do_not_decide_the_sums_of_few_words(count, dim):
    rng = np.random.default_rng(1)
    words, pairs = rng.integers(0, count, 5000), np.ones(5000, np.float32)
    rows = rng.standard_normal((5000, dim), np.float32)
    found = set()
    for threads in (1, 2, 4):
        with threadpool_limits(threads):
            found.add(sum_by_product(words, rows, pairs, count)[1].tobytes())
    assert len(found) == 1


@pytest.mark.parametrize("counts", [(n, n // 2) for n in (1, 2, 7, 8, 9, 16, 17, 63, 64, 65, 1000)])
@pytest.mark.parametrize("at_once", [1, 1 << 16])
def test_a_word_of_any_frequency_is_summed_whole(monkeypatch, counts, at_once):
    monkeypatch.setattr(row_sums, "_AT_ONCE", at_once)
    check_frequencies({3: counts[0], 7: counts[1], 1: 1, 2: 2})


def test_the_most_frequent_words_are_summed_in_the_order_of_their_frequency():
    check_frequencies({1: 40_000, 2: 1, 3: 60_000, 4: 33_000, 5: 9})


def check_frequencies(counts):
    """Rows of ones add up to how many there are."""
    words = np.repeat(list(counts), list(counts.values()))
    rows, pairs = np.ones((len(words), DIM)), np.full(len(words), 5.0)
    found, found_pairs, sums = summed(rows, pairs, grouped(words))
    assert dict(zip(found.tolist(), sums[:, 1].tolist(), strict=True)) == {
        word: count for word, count in counts.items() if count
    }
    np.testing.assert_array_equal(found_pairs, 5 * sums[:, 0])


def test_rows_are_found_at_their_places():
    rows, places = np.arange(20.0).reshape(5, DIM), np.array([0, 2, 4])
    groups = group_rows(np.array([8, 6, 8]), places)
    found, _, sums = summed(rows, np.ones(5), groups)
    sums = dict(zip(found.tolist(), sums.tolist(), strict=True))
    assert sums == {6: rows[2].tolist(), 8: (rows[0] + rows[4]).tolist()}


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_rows_of_a_word_stay_in_order_whatever_its_number(dtype):
    """Numbers are sorted 16 bits at a time; some differ only in the low ones or the high ones."""
    words = np.array([1 << 16, 3, (1 << 16) + 3, 1 << 30, 3, 1 << 16, 1 << 30, 0], dtype)
    groups = group_rows(words, np.arange(10, 90, 10))
    assert groups.words.tolist() == [0, 3, 1 << 16, (1 << 16) + 3, 1 << 30]
    assert groups.starts.tolist() == [0, 1, 3, 5, 6, 8]
    assert groups.positions.tolist() == [80, 20, 50, 10, 60, 30, 40, 70]
