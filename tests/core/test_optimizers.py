"""From summed gradients to moves, against the formulas in plain Python."""

import numpy as np
import pytest

from w2v_cli.core.optimizers import AdaGrad, Sgd, shortened

DIM = 4


def moved(optimizer, sums, pairs, rate, vectors=None, times=None):
    """The moves that the optimiser makes of a copy of the sums."""
    moves = np.array(sums, float)
    vectors = np.arange(len(moves)) if vectors is None else np.array(vectors)
    optimizer.to_moves(vectors, moves, np.array(pairs, float), rate, times)
    return moves


def test_a_step_is_the_rate_times_the_sum_until_its_pairs_cap_it():
    moves = moved(Sgd(4.0), np.full((5, DIM), 0.01), [1, 3, 5, 20, 40], rate=0.5)
    np.testing.assert_allclose(moves[:3], 0.005)
    np.testing.assert_allclose(moves[3], 0.01 * 4 / 20)
    np.testing.assert_allclose(moves[4], 0.01 * 4 / 40)


def test_a_rate_of_zero_moves_nothing():
    assert not moved(Sgd(4.0), np.ones((1, DIM)), [9], rate=0.0).any()


def test_only_a_frequent_vector_moves_no_further_than_half_a_unit():
    moves = moved(Sgd(7.0), np.full((2, DIM), 1e9), [1000, 1], rate=0.5)
    assert np.linalg.norm(moves[0]) == pytest.approx(0.5)
    assert np.linalg.norm(moves[1]) == pytest.approx(1e9)


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_adagrad_takes_smaller_steps_the_further_a_vector_has_moved(scale):
    squares = np.zeros(6, np.float32)
    optimizer, expected = AdaGrad(1e9, squares, scale=scale), 0.0
    for gradient in (3.0, 1.0, 2.0):
        expected += DIM * gradient**2 / (DIM * 5)
        [move] = moved(optimizer, np.full((1, DIM), gradient), [5], rate=0.1, vectors=[4])
        np.testing.assert_allclose(move, gradient * 0.1 / np.sqrt(expected / scale + 1), rtol=1e-6)
    assert squares.tolist() == pytest.approx([0, 0, 0, 0, expected, 0])


@pytest.mark.parametrize("optimizer", [Sgd(8.0), AdaGrad(5.0, np.zeros(2, np.float32))])
def test_vectors_whose_pairs_come_to_half_of_kappa_are_frequent_already(optimizer):
    sums = np.zeros((2, DIM))
    sums[:, 0] = 6
    moves = moved(optimizer, sums, [9, 7], rate=0.5)
    assert np.linalg.norm(moves[0]) == pytest.approx(0.5)
    assert np.linalg.norm(moves[1]) > 1.9


def test_pairs_cap_the_steps_of_adagrad_too():
    squares = np.zeros(2, np.float32)
    moves = moved(AdaGrad(4.0, squares), np.full((2, DIM), 1e-3), [1, 400], rate=0.5)
    np.testing.assert_allclose(moves[0], 0.5e-3, rtol=1e-5)
    np.testing.assert_allclose(moves[1], 1e-3 * 4 / 400, rtol=1e-5)


def test_a_vector_without_pairs_does_not_move():
    squares = np.zeros(1, np.float32)
    assert not moved(AdaGrad(4.0, squares), np.zeros((1, DIM)), [0], rate=0.5).any()
    assert squares.tolist() == [0]


def test_short_moves_stay_and_long_ones_keep_their_direction():
    moves = np.array([[0.0, 0.0], [0.3, 0.4], [3.0, 4.0]])
    np.testing.assert_allclose(shortened(moves), [[0, 0], [0.3, 0.4], [0.3, 0.4]])


def test_factors_multiply_the_moves_of_each_vector():
    factors = np.array([1.0, 0.0, 0.5, 9.0], np.float32)
    sums = np.array([[1.0, -2.0], [3.0, -4.0], [5.0, -6.0]])
    moves = moved(Sgd(1e9, factors), sums, [1, 1, 1], rate=0.1, vectors=[2, 1, 0])
    np.testing.assert_allclose(moves, 0.1 * sums * [[0.5], [0.0], [1.0]])
    assert not np.signbit(moves[1]).any()  # 0.0 taken from -0.0 leaves it, -0.0 would not


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sgd(3.0),
        lambda: AdaGrad(3.0, np.zeros(3, np.float32)),
        lambda: AdaGrad(3.0, np.zeros(3, np.float32), np.array([1, 0.5, 2], np.float32)),
    ],
)
def test_a_move_is_made_several_times_over_after_its_length_is_limited(make):
    times, pairs = np.array([1.0, 3.0, 7.0], np.float32), [1, 900, 2]
    sums = np.array([[0.2, 0.1], [8e3, 6e3], [0.3, -0.4]])
    once = moved(make(), sums, pairs, rate=0.5)
    assert np.linalg.norm(once[1]) <= 0.5 + 1e-6
    several = moved(make(), sums, pairs, rate=0.5, times=times)
    np.testing.assert_allclose(several, once * times[:, None], rtol=1e-6)
