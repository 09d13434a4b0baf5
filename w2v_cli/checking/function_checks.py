"""Gradient checks of the parts: softmax, sigmoid, leaky ReLU, cross-entropy, two layers.

Numbers in brackets are equations of docs/maths.md.
"""

import numpy as np

from w2v_cli.checking import network, numerics
from w2v_cli.checking.differences import GradientCheck, check, compare

__all__ = ["CHECKS"]


def check_softmax(rng: np.random.Generator) -> list[GradientCheck]:
    """Softmax and log-sum-exp, through a random weighting of their values."""
    scores, weights = rng.standard_normal((2, 3, 5))
    parameters = {"scores": scores}
    softmax_slope = numerics.softmax_gradient(numerics.softmax(scores), weights)
    return [
        *check(
            "softmax",
            "(4)",
            lambda p: float(np.vdot(weights, numerics.softmax(p["scores"]))),
            parameters,
            {"scores": softmax_slope},
        ),
        *check(
            "log-sum-exp",
            "(3)",
            lambda p: float(np.sum(numerics.log_sum_exp(p["scores"]))),
            parameters,
            {"scores": numerics.softmax(scores)},
        ),
    ]


def check_softmax_shift(rng: np.random.Generator) -> list[GradientCheck]:
    """Softmax of scores moved so far that exp alone would overflow, or vanish."""
    scores = rng.standard_normal((3, 5))
    expected = numerics.softmax(scores)
    return [
        compare(f"softmax: shift by {shift:+,}", "(2)", numerics.softmax(scores + shift), expected)
        for shift in (1000, -1000)
    ]


def check_activations(rng: np.random.Generator) -> list[GradientCheck]:
    """Sigmoid, log-sigmoid and leaky ReLU, at arguments away from its corner."""
    x = np.linspace(-4, 4, 10)
    weights, slope = rng.standard_normal(10), 0.1
    parameters = {"x": x}
    return [
        *check(
            "sigmoid",
            "(9)",
            lambda p: float(np.vdot(weights, numerics.sigmoid(p["x"]))),
            parameters,
            {"x": weights * numerics.sigmoid_derivative(numerics.sigmoid(x))},
        ),
        *check(
            "log-sigmoid",
            "(10)",
            lambda p: float(np.vdot(weights, numerics.log_sigmoid(p["x"]))),
            parameters,
            {"x": weights * numerics.sigmoid(-x)},
        ),
        *check(
            "leaky ReLU",
            "(12)",
            lambda p: float(np.vdot(weights, numerics.leaky_relu(p["x"], slope))),
            parameters,
            {"x": weights * numerics.leaky_relu_derivative(x, slope)},
        ),
    ]


def check_cross_entropy(rng: np.random.Generator) -> list[GradientCheck]:
    """Softmax with cross-entropy, for one-hot targets and for one that is not."""
    scores = rng.standard_normal((3, 5))
    targets = np.eye(5)[[1, 4, 0]]
    targets[2] = rng.dirichlet(np.ones(5))
    return check(
        "softmax with cross-entropy",
        "(7)",
        lambda p: float(np.sum(numerics.cross_entropy(targets, p["scores"]))),
        {"scores": scores},
        {"scores": numerics.cross_entropy_gradient(targets, scores)},
    )


def check_network(rng: np.random.Generator) -> list[GradientCheck]:
    """The five gradients of the two-layer network, and how many parameters it has."""
    d_x, hidden, d_y = 4, 5, 3
    weights = network.initial_parameters(rng, d_x, hidden, d_y)
    x, y = rng.standard_normal((6, d_x)), np.eye(d_y)[rng.integers(d_y, size=6)]
    gradients = network.gradients(weights, x, y)
    equations = {"W1": "(18)", "b1": "(19)", "W2": "(15)", "b2": "(16)", "x": "(20)"}
    verdicts = [
        verdict
        for key, equation in equations.items()
        for verdict in check(
            "two-layer network",
            equation,
            lambda p: network.loss(p, p["x"], y),
            {**weights, "x": x},
            {key: gradients[key]},
        )
    ]
    count = np.array([network.parameter_count(d_x, hidden, d_y)])
    size = np.array([sum(array.size for array in weights.values())])
    return [*verdicts, compare("two-layer network: parameter count", "(21)", count, size)]


CHECKS = (
    check_softmax,
    check_softmax_shift,
    check_activations,
    check_cross_entropy,
    check_network,
)
