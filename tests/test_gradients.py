"""Gradients summed by word and applied, against plain addition."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core.gradients import RowUpdater, group_by_word, shortened

WIDTH = 4


def updater_for(tokens):
    return RowUpdater(len(tokens), WIDTH, np.float64)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=60), st.integers(0, 2**32 - 1))
def test_sums_are_those_of_addition_one_by_one(tokens, seed):
    rng = np.random.default_rng(seed)
    rows, pairs = rng.standard_normal((len(tokens), WIDTH)), rng.random((len(tokens), 2))
    sums = updater_for(tokens).sum_by_word(rows, pairs, group_by_word(np.array(tokens)))
    expected = np.zeros((13, WIDTH))
    np.add.at(expected, tokens, rows)
    assert sorted(sums.words) == sorted(set(tokens))
    np.testing.assert_allclose(sums.rows, expected[sums.words], atol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 16, 17, 63, 64, 65, 100, 1000])
def test_a_word_of_any_frequency_is_summed_whole(count):
    tokens = np.concatenate((np.full(count, 3), [1, 2, 2], np.full(count // 2, 7)))
    rows, pairs = np.ones((len(tokens), WIDTH)), np.full((len(tokens), 2), 5.0)
    sums = updater_for(tokens).sum_by_word(rows, pairs, group_by_word(tokens))
    counts = dict(zip(sums.words.tolist(), sums.rows[:, 0].tolist(), strict=True))
    assert counts == {1: 1, 2: 2, 3: count} | ({7: count // 2} if count > 1 else {})
    np.testing.assert_array_equal(sums.pairs, 5 * sums.rows[:, :2])


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=80),
    st.integers(1, 5),
    st.lists(st.integers(0, 31), max_size=3),
)
def test_parts_hold_each_word_once(tokens, parts, cuts):
    groups = group_by_word(np.array(tokens))
    by_work = [groups.part(index, parts).words for index in range(parts)]
    assert np.concatenate(by_work).tolist() == sorted(set(tokens))
    bounds = [0, *sorted(cuts), 31]
    by_id = [groups.between(low, high).words for low, high in pairwise(bounds)]
    assert np.concatenate(by_id).tolist() == sorted(set(tokens))


def test_bits_do_not_depend_on_how_words_are_parted():
    rng = np.random.default_rng(0)
    tokens = np.minimum(rng.zipf(1.5, 5000), 300) - 1
    rows = rng.standard_normal((5000, WIDTH)).astype(np.float32)
    pairs = np.ones((5000, 2), np.float32)
    start = rng.standard_normal((300, WIDTH)).astype(np.float32)
    results = []
    for parts in (1, 2, 3, 7):
        parameters = start.copy()
        for index in range(parts):
            groups = group_by_word(tokens).part(index, parts)
            if len(groups.words):  # a word more frequent than a part's share empties the next
                updater = RowUpdater(5000, WIDTH, np.float32)
                updater.update(parameters, updater.sum_by_word(rows, pairs, groups), 0.01, 1.0)
        results.append(parameters.tobytes())
    assert len(set(results)) == 1
    assert results[0] != start.tobytes()


def test_a_step_is_the_rate_times_the_sum_until_its_pairs_cap_it():
    tokens = np.array([4, 4, 9])
    pairs = np.array([[10.0, 1.0], [10.0, 1.0], [1.0, 1.0]])
    parameters = np.zeros((10, WIDTH))
    updater = updater_for(tokens)
    sums = updater.sum_by_word(np.full((3, WIDTH), 0.01), pairs, group_by_word(tokens))
    updater.update(parameters, sums, rate=0.5, kappa=4.0)
    np.testing.assert_allclose(parameters[4], [-0.004, -0.004, -0.01, -0.01])  # κ/20, then the rate
    np.testing.assert_allclose(parameters[9], [-0.005] * 4)
    assert not parameters[[0, 1, 2, 3, 5, 6, 7, 8]].any()


def test_a_frequent_word_does_not_move_further_than_half_a_unit():
    tokens, pairs = np.zeros(1, int), np.array([[1000.0, 1.0]])
    parameters = np.zeros((1, WIDTH))
    updater = updater_for(tokens)
    sums = updater.sum_by_word(np.full((1, WIDTH), 1e9), pairs, group_by_word(tokens))
    updater.update(parameters, sums, rate=0.5, kappa=7.0)
    assert np.linalg.norm(parameters[0, :2]) == pytest.approx(0.5)


def test_short_moves_stay_and_long_ones_keep_their_direction():
    moves = np.array([[0.0, 0.0], [0.3, 0.4], [3.0, 4.0]])
    np.testing.assert_allclose(shortened(moves), [[0, 0], [0.3, 0.4], [0.3, 0.4]])
