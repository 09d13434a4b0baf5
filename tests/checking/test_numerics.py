import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from w2v_cli.checking import numerics

# Far beyond where exp overflows in each type, and close to the ends of its exponent.
RANGES = {np.float16: 12, np.float32: 100, np.float64: 740}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def exactly(x):
    """The sigmoid and its logarithm, with digits enough for float64's smallest numbers."""
    with localcontext() as context:
        context.prec = 400
        sigmoid = 1 / (1 + (-Decimal(float(x))).exp())
        return float(sigmoid), float(sigmoid.ln())


def grid(dtype):
    end = RANGES[dtype]
    return np.concatenate([np.linspace(-end, end, 41), [1e-3, -1e-3, 0.0]]).astype(dtype)


@pytest.mark.parametrize("dtype", RANGES)
def test_sigmoid_keeps_its_relative_precision_at_both_ends(dtype):
    x = grid(dtype)
    expected = np.array([exactly(value)[0] for value in x])
    normal = expected >= np.finfo(dtype).tiny
    found = numerics.sigmoid(x).astype(np.float64)
    np.testing.assert_allclose(found[normal], expected[normal], rtol=4 * np.finfo(dtype).eps)
    np.testing.assert_allclose(found[~normal], expected[~normal], atol=np.finfo(dtype).tiny)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", RANGES)
def test_log_sigmoid_keeps_its_relative_precision_at_both_ends(dtype):
    x = grid(dtype)
    expected = np.array([exactly(value)[1] for value in x])
    found = numerics.log_sigmoid(x).astype(np.float64)
    tiny = np.finfo(dtype).tiny
    np.testing.assert_allclose(found, expected, rtol=4 * np.finfo(dtype).eps, atol=tiny)


@pytest.mark.parametrize("function", [numerics.sigmoid, numerics.log_sigmoid])
@pytest.mark.parametrize("dtype", RANGES)
def test_largest_arguments_do_not_overflow(function, dtype):
    largest = np.finfo(dtype).max
    found = function(np.array([-largest, largest, -np.inf, np.inf], dtype))
    low = 0.0 if function is numerics.sigmoid else -largest
    high = 1.0 if function is numerics.sigmoid else 0.0
    assert found[0] == low
    assert found[1] == high
    assert found[2] == (0.0 if function is numerics.sigmoid else -np.inf)
    assert found[3] == high


def test_sigmoid_of_a_scalar_is_a_number():
    assert float(numerics.sigmoid(np.float64(0.0))) == 0.5


def test_sigmoid_derivative_is_a_quarter_in_the_middle():
    assert numerics.sigmoid_derivative(numerics.sigmoid(np.zeros(1)))[0] == 0.25


def test_softmax_is_the_ratio_of_exponentials(rng):
    scores = rng.standard_normal((2, 3, 5))
    found = numerics.softmax(scores)
    for index in np.ndindex(2, 3):
        exponentials = [math.exp(value) for value in scores[index]]
        total = math.fsum(exponentials)
        np.testing.assert_allclose(found[index], [e / total for e in exponentials], rtol=1e-14)


def test_softmax_of_huge_scores_is_finite():
    np.testing.assert_allclose(numerics.softmax(np.array([1e4, 1e4, -1e4])), [0.5, 0.5, 0.0])


def test_softmax_of_a_row_does_not_depend_on_larger_scores_of_another():
    scores = np.array([[0.0, 0.0], [2000.0, 2000.0]])
    np.testing.assert_array_equal(numerics.softmax(scores), 0.5)


def test_softmax_gives_a_masked_score_probability_zero():
    np.testing.assert_array_equal(numerics.softmax(np.array([0.0, -np.inf, 0.0])), [0.5, 0, 0.5])


def test_log_softmax_is_finite_where_the_probability_is_not_representable():
    np.testing.assert_array_equal(numerics.log_softmax(np.array([0.0, -2000.0])), [0.0, -2000.0])


def test_log_sum_exp_sums_over_the_last_axis_only(rng):
    scores = rng.standard_normal((2, 3, 4))
    expected = np.log(np.exp(scores).sum(axis=-1))
    np.testing.assert_allclose(numerics.log_sum_exp(scores), expected, rtol=1e-14)
    np.testing.assert_allclose(numerics.log_sum_exp(scores - 5000), expected - 5000, rtol=1e-14)


def test_softmax_gradient_is_the_product_with_the_whole_jacobian(rng):
    scores, upstream = rng.standard_normal((2, 6))
    y = numerics.softmax(scores)
    jacobian = np.diag(y) - np.outer(y, y)
    found = numerics.softmax_gradient(y, upstream)
    np.testing.assert_allclose(found, jacobian @ upstream, rtol=1e-12, atol=1e-15)


def test_softmax_gradient_of_several_rows_is_that_of_each(rng):
    y, upstream = numerics.softmax(rng.standard_normal((3, 4))), rng.standard_normal((3, 4))
    alone = [numerics.softmax_gradient(*row) for row in zip(y, upstream, strict=True)]
    np.testing.assert_array_equal(numerics.softmax_gradient(y, upstream), alone)


def test_cross_entropy_of_a_one_hot_target_is_minus_the_log_probability(rng):
    scores = rng.standard_normal((3, 4))
    found = numerics.cross_entropy(np.eye(4)[[2, 0, 3]], scores)
    probabilities = numerics.softmax(scores)[[0, 1, 2], [2, 0, 3]]
    np.testing.assert_allclose(found, -np.log(probabilities), rtol=1e-13)


def test_cross_entropy_of_its_own_prediction_is_the_entropy():
    y = np.array([0.5, 0.25, 0.25])
    assert numerics.cross_entropy(y, np.log(y)) == pytest.approx(1.5 * math.log(2))
    np.testing.assert_allclose(numerics.cross_entropy_gradient(y, np.log(y)), 0, atol=1e-16)


def test_leaky_relu_is_the_identity_above_zero_and_sloped_below():
    x = np.array([-2.0, -0.5, 0.0, 3.0])
    np.testing.assert_array_equal(numerics.leaky_relu(x, 0.1), [-0.2, -0.05, 0.0, 3.0])
    np.testing.assert_array_equal(numerics.leaky_relu_derivative(x, 0.1), [0.1, 0.1, 0.1, 1.0])


@pytest.mark.parametrize("dtype", RANGES)
@pytest.mark.parametrize(
    "function",
    [
        numerics.cross_entropy,
        numerics.cross_entropy_gradient,
        numerics.softmax_gradient,
        lambda _, x: numerics.leaky_relu(x, 0.1),
        lambda _, x: numerics.leaky_relu_derivative(x, 0.1),
        lambda _, x: numerics.log_sigmoid(x),
        lambda _, x: numerics.log_softmax(x),
        lambda _, x: numerics.log_sum_exp(x),
        lambda _, x: numerics.sigmoid(x),
        lambda _, x: numerics.sigmoid_derivative(x),
        lambda _, x: numerics.softmax(x),
    ],
)
def test_result_has_the_type_of_the_argument(function, dtype, rng):
    y, x = rng.random((2, 3, 4)).astype(dtype)
    assert function(y, x).dtype == dtype
