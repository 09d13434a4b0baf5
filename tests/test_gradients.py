"""Gradients summed by vector and applied, against plain addition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core import gradients
from w2v_cli.core.gradients import RowUpdater, group_rows, shortened

DIM = 4


def grouped(vectors):
    return group_rows(np.array(vectors), np.arange(len(vectors)))


def summed(updater, rows, pairs, groups):
    """What `sums` yields, in one piece."""
    parts = [
        (vectors, pairs, sums.copy()) for vectors, pairs, sums in updater.sums(rows, pairs, groups)
    ]
    return [np.concatenate(column) for column in zip(*parts, strict=True)]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_addition_one_by_one(vectors, seed):
    rng = np.random.default_rng(seed)
    rows, pairs = rng.standard_normal((len(vectors), DIM)), 1 + rng.random(len(vectors))
    found, found_pairs, sums = summed(RowUpdater(DIM, np.float64), rows, pairs, grouped(vectors))
    expected, expected_pairs = np.zeros((13, DIM)), np.zeros(13)
    np.add.at(expected, vectors, rows)
    np.add.at(expected_pairs, vectors, pairs)
    assert sorted(found) == sorted(set(vectors))
    np.testing.assert_allclose(sums, expected[found], atol=1e-12)
    np.testing.assert_allclose(found_pairs, expected_pairs[found])


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 16, 17, 63, 64, 65, 100, 1000])
@pytest.mark.parametrize("at_once", [1, 1 << 16])
def test_a_vector_of_any_frequency_is_summed_whole(monkeypatch, count, at_once):
    monkeypatch.setattr(gradients, "_AT_ONCE", at_once)
    vectors = np.concatenate((np.full(count, 3), [1, 2, 2], np.full(count // 2, 7)))
    rows, pairs = np.ones((len(vectors), DIM)), np.full(len(vectors), 5.0)
    found, found_pairs, sums = summed(RowUpdater(DIM, np.float64), rows, pairs, grouped(vectors))
    counts = dict(zip(found.tolist(), sums[:, 0].tolist(), strict=True))
    assert counts == {1: 1, 2: 2, 3: count} | ({7: count // 2} if count > 1 else {})
    np.testing.assert_array_equal(found_pairs, 5 * sums[:, 0])


def test_rows_are_found_at_their_places():
    rows, places = np.arange(20.0).reshape(5, DIM), np.array([0, 2, 4])
    groups = group_rows(np.array([8, 6, 8]), places)
    found, _, sums = summed(RowUpdater(DIM, np.float64), rows, np.ones(5), groups)
    sums = dict(zip(found.tolist(), sums.tolist(), strict=True))
    assert sums == {6: rows[2].tolist(), 8: (rows[0] + rows[4]).tolist()}


@given(st.lists(st.integers(0, 30), max_size=80), st.lists(st.integers(0, 31), max_size=3))
def test_parts_hold_each_vector_once(vectors, cuts):
    groups = grouped(np.array(vectors, int))
    bounds = [0, *sorted(cuts), 31]
    parts = [groups.between(low, high).vectors for low, high in pairwise(bounds)]
    assert np.concatenate(parts).tolist() == sorted(set(vectors))


def test_bits_do_not_depend_on_who_updates_which_vector():
    rng = np.random.default_rng(0)
    vectors = np.minimum(rng.zipf(1.5, 5000), 300) - 1
    rows = rng.standard_normal((5000, DIM)).astype(np.float32)
    pairs = np.ones(5000, np.float32)
    start = rng.standard_normal((300, DIM)).astype(np.float32)
    results = []
    for parts in (1, 2, 3, 7):
        parameters = start.copy()
        for index in range(parts):
            mine = np.flatnonzero(vectors % parts == index)
            groups = group_rows(vectors[mine], mine)
            RowUpdater(DIM, np.float32).update(parameters, rows, pairs, groups, 0.01, 1.0)
        results.append(parameters.tobytes())
    assert len(set(results)) == 1
    assert results[0] != start.tobytes()


def test_a_step_is_the_rate_times_the_sum_until_its_pairs_cap_it():
    parameters, pairs = np.zeros((10, DIM)), np.array([10.0, 10.0, 1.0])
    rows = np.full((3, DIM), 0.01)
    updater = RowUpdater(DIM, np.float64)
    updater.update(parameters, rows, pairs, grouped([4, 4, 9]), rate=0.5, kappa=4.0)
    np.testing.assert_allclose(parameters[4], -0.004)  # κ/20
    np.testing.assert_allclose(parameters[9], -0.005)  # the rate
    assert not parameters[[0, 1, 2, 3, 5, 6, 7, 8]].any()


def test_only_a_frequent_vector_moves_no_further_than_half_a_unit():
    parameters, pairs = np.zeros((2, DIM)), np.array([1000.0, 1.0])
    rows = np.full((2, DIM), 1e9)
    updater = RowUpdater(DIM, np.float64)
    updater.update(parameters, rows, pairs, grouped([0, 1]), rate=0.5, kappa=7.0)
    assert np.linalg.norm(parameters[0]) == pytest.approx(0.5)
    assert np.linalg.norm(parameters[1]) == pytest.approx(1e9)


def test_short_moves_stay_and_long_ones_keep_their_direction():
    moves = np.array([[0.0, 0.0], [0.3, 0.4], [3.0, 4.0]])
    np.testing.assert_allclose(shortened(moves), [[0, 0], [0.3, 0.4], [0.3, 0.4]])
