"""Gradients summed by vector and applied, against plain addition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core import gradients
from w2v_cli.core.gradients import RowUpdater, group_rows, shortened

DIM = 4


def grouped(words):
    return group_rows(np.array(words), np.arange(len(words)))


def summed(updater, rows, pairs, groups):
    """What `sums` yields, in one piece."""
    parts = [
        (words, pairs, sums.copy()) for words, pairs, sums in updater.sums(rows, pairs, groups)
    ]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_addition_one_by_one(words, seed):
    rng = np.random.default_rng(seed)
    rows, pairs = rng.standard_normal((len(words), 2, DIM)), rng.random((len(words), 2))
    found, found_pairs, sums = summed(RowUpdater(DIM, np.float64), rows, pairs, grouped(words))
    expected, expected_pairs = np.zeros((13, 2, DIM)), np.zeros((13, 2))
    np.add.at(expected, words, rows)
    np.add.at(expected_pairs, words, pairs)
    assert sorted(found) == sorted(set(words))
    np.testing.assert_allclose(sums, expected[found], atol=1e-12)
    np.testing.assert_allclose(found_pairs, expected_pairs[found])


@pytest.mark.parametrize("counts", [(n, n // 2) for n in (1, 2, 7, 8, 9, 16, 17, 63, 64, 65, 1000)])
@pytest.mark.parametrize("at_once", [1, 1 << 16])
def test_a_word_of_any_frequency_is_summed_whole(monkeypatch, counts, at_once):
    monkeypatch.setattr(gradients, "_AT_ONCE", at_once)
    check_frequencies({3: counts[0], 7: counts[1], 1: 1, 2: 2})


def test_the_most_frequent_words_are_summed_in_the_order_of_their_frequency():
    check_frequencies({1: 40_000, 2: 1, 3: 60_000, 4: 33_000, 5: 9})


def check_frequencies(counts):
    """Rows of ones add up to how many there are."""
    words = np.repeat(list(counts), list(counts.values()))
    rows, pairs = np.ones((len(words), 2, DIM)), np.full((len(words), 2), 5.0)
    found, found_pairs, sums = summed(RowUpdater(DIM, np.float64), rows, pairs, grouped(words))
    assert dict(zip(found.tolist(), sums[:, 1, 0].tolist(), strict=True)) == {
        word: count for word, count in counts.items() if count
    }
    np.testing.assert_array_equal(found_pairs, 5 * sums[:, :, 0])


def test_rows_are_found_at_their_places():
    rows, places = np.arange(40.0).reshape(5, 2, DIM), np.array([0, 2, 4])
    groups = group_rows(np.array([8, 6, 8]), places)
    found, _, sums = summed(RowUpdater(DIM, np.float64), rows, np.ones((5, 2)), groups)
    sums = dict(zip(found.tolist(), sums.tolist(), strict=True))
    assert sums == {6: rows[2].tolist(), 8: (rows[0] + rows[4]).tolist()}


def test_bits_do_not_depend_on_who_updates_which_word():
    rng = np.random.default_rng(0)
    words = np.minimum(rng.zipf(1.5, 5000), 300) - 1
    rows = rng.standard_normal((5000, 2, DIM)).astype(np.float32)
    pairs = np.ones((5000, 2), np.float32)
    start = rng.standard_normal((300, 2, DIM)).astype(np.float32)
    results = []
    for parts in (1, 2, 3, 7):
        parameters = start.copy()
        for index in range(parts):
            mine = np.flatnonzero(words % parts == index)
            groups = group_rows(words[mine], mine)
            RowUpdater(DIM, np.float32).update(parameters, rows, pairs, groups, 0.01, 1.0)
        results.append(parameters.tobytes())
    assert len(set(results)) == 1
    assert results[0] != start.tobytes()


def test_a_step_is_the_rate_times_the_sum_until_its_pairs_cap_it():
    parameters = np.zeros((10, 2, DIM))
    pairs = np.array([[10.0, 1.0], [10.0, 2.0], [1.0, 40.0]])
    rows = np.full((3, 2, DIM), 0.01)
    updater = RowUpdater(DIM, np.float64)
    updater.update(parameters, rows, pairs, grouped([4, 4, 9]), rate=0.5, kappa=4.0)
    np.testing.assert_allclose(parameters[4, 0], -0.004)  # κ/20
    np.testing.assert_allclose(parameters[4, 1], -0.01)  # the rate
    np.testing.assert_allclose(parameters[9, 0], -0.005)
    np.testing.assert_allclose(parameters[9, 1], -0.001)  # κ/40
    assert not parameters[[0, 1, 2, 3, 5, 6, 7, 8]].any()


def test_a_rate_of_zero_moves_nothing():
    parameters = np.ones((1, 2, DIM))
    RowUpdater(DIM, np.float64).update(
        parameters, np.ones((1, 2, DIM)), np.full((1, 2), 9.0), grouped([0]), rate=0.0, kappa=4.0
    )
    np.testing.assert_array_equal(parameters, 1)


def test_only_a_frequent_vector_moves_no_further_than_half_a_unit():
    parameters, pairs = np.zeros((1, 2, DIM)), np.array([[1000.0, 1.0]])
    rows = np.full((1, 2, DIM), 1e9)
    RowUpdater(DIM, np.float64).update(parameters, rows, pairs, grouped([0]), rate=0.5, kappa=7.0)
    assert np.linalg.norm(parameters[0, 0]) == pytest.approx(0.5)
    assert np.linalg.norm(parameters[0, 1]) == pytest.approx(1e9)


def test_short_moves_stay_and_long_ones_keep_their_direction():
    moves = np.array([[0.0, 0.0], [0.3, 0.4], [3.0, 4.0]])
    np.testing.assert_allclose(shortened(moves), [[0, 0], [0.3, 0.4], [0.3, 0.4]])
