import numpy as np
import pytest

from w2v_cli.checking import reference
from w2v_cli.checking.differences import (
    STEP,
    central_difference,
    check,
    compare,
    relative_error,
    rounding_noise,
)

WRONG = 1.0005


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def cubic(p):
    return float(np.sum(p["x"] ** 3) + np.sum(p["fixed"]))


def cubic_check(x, gradient, rng=None):
    (verdict,) = check("cubic", "(0)", cubic, {"x": x, "fixed": np.ones(2)}, {"x": gradient}, rng)
    return verdict


def test_right_gradient_passes_and_names_its_parameter(rng):
    x = rng.standard_normal((3, 4))
    verdict = cubic_check(x, 3 * x**2)
    assert verdict.passed
    assert (verdict.name, verdict.equation) == ("cubic: x", "(0)")


def test_one_small_wrong_element_among_large_ones_fails(rng):
    x = 1 + rng.random((4, 5))
    x[2, 3] = 0.01  # its gradient is 3e-4, the others' 3 to 12, the loss about 60
    gradient = 3 * x**2
    assert cubic_check(x, gradient).passed
    gradient[2, 3] *= WRONG
    assert not cubic_check(x, gradient).passed


def test_gradient_that_is_truly_zero_passes_and_a_forgotten_one_fails():
    assert cubic_check(np.zeros(3), np.zeros(3)).passed
    assert not cubic_check(np.array([0.01]), np.zeros(1)).passed
    assert not cubic_check(np.zeros(1), np.array([1e-6])).passed


def test_gradient_of_opposite_sign_has_the_error_one():
    assert cubic_check(np.ones(2), np.array([-3.0, -3.0])).error == pytest.approx(1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_gradient_that_is_not_a_number_fails(value):
    with np.errstate(invalid="ignore"):
        assert not cubic_check(np.ones(2), np.array([3.0, value])).passed


def test_gradient_that_would_only_broadcast_to_its_parameter_is_refused():
    with pytest.raises(ValueError, match=r"gradient of x is \(1,\), expected \(2,\)"):
        cubic_check(np.ones(2), np.array([3.0]))
    with pytest.raises(ValueError, match=r"found shape \(1,\), expected \(2,\)"):
        compare("two", "(0)", np.ones(1), np.ones(2))


def test_random_directions_find_a_factor_and_a_single_wrong_row(rng):
    x = rng.standard_normal((200, 30))
    gradient = 3 * x**2
    assert cubic_check(x, gradient, rng).passed
    assert not cubic_check(x, WRONG * gradient, rng).passed
    gradient[7] *= WRONG
    assert not cubic_check(x, gradient, rng).passed


@pytest.mark.parametrize("seed", range(8))
def test_random_directions_find_two_errors_that_cancel_in_every_other_direction(seed):
    x = np.ones((20, 10))
    gradient = 3 * x**2
    gradient[3, 4] += 0.01
    gradient[5, 6] -= 0.01
    assert not cubic_check(x, gradient, np.random.default_rng(seed)).passed


def test_random_directions_move_the_array_no_further_than_one_element_alone(rng):
    x, moves = np.zeros((20, 10)), []

    def loss(p):
        moves.append(np.linalg.norm(p["x"]))
        return 0.0

    check("still", "(0)", loss, {"x": x}, {"x": x}, rng)
    np.testing.assert_allclose(moves[1:], STEP)


def test_parameters_are_back_where_they_were(rng):
    x = rng.standard_normal(3)
    before = x.copy()
    cubic_check(x, 3 * x**2)
    np.testing.assert_array_equal(x, before)


def test_a_sum_that_rounds_to_nearly_zero_beside_large_negative_ones_passes_and_a_wrong_one_fails():
    expected = np.array([-1000.0, 0.0])
    assert compare("two", "(0)", np.array([-1000.0, 1e-13]), expected).passed
    assert not compare("two", "(0)", np.array([-1000.0, 1e-10]), expected).passed


def test_relative_error_is_the_largest_of_the_elements():
    a, b = np.array([1.0, 1e-9, 0.0]), np.array([1.0, 3e-9, 0.0])
    assert relative_error(a, b, 0.0) == pytest.approx(0.5)
    assert relative_error(a, b, 1e-6) == pytest.approx(2e-3)


@pytest.mark.parametrize(
    ("loss", "times"), [(0.0, 1), (0.5, 1), (-0.5, 1), (40.0, 40), (-40.0, 40)]
)
def test_the_noise_grows_with_the_size_of_a_loss_and_is_that_of_the_loss_one_below(loss, times):
    assert rounding_noise(loss) == pytest.approx(times * rounding_noise(1.0))


def test_rounding_stays_within_the_noise_that_the_floor_is_derived_from_and_not_far_within(rng):
    ratios = []
    for _ in range(50):
        v_c, U = 3 * rng.standard_normal(4), rng.standard_normal((9, 4))
        loss, d_v, _ = reference.naive_softmax(v_c, 5, U)
        for direction, slope in zip(np.eye(4), d_v, strict=True):
            numeric = central_difference(
                lambda p, U=U: reference.naive_softmax(p["v_c"], 5, U).loss,
                {"v_c": v_c},
                "v_c",
                direction,
            )
            ratios.append(abs(numeric - slope) / rounding_noise(loss))
    assert 0.01 < max(ratios) < 1
