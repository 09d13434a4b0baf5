"""A network of two layers, sigmoid then softmax, with all its gradients by hand.

Rows are examples: x is (N, D_x), the targets y are (N, D_y) with rows that sum to one. The
parameters are a dict of W1 (D_x, H), b1 (H,), W2 (H, D_y), b2 (D_y,). Numbers in brackets
are equations of docs/maths.md.
"""

from collections.abc import Mapping

import numpy as np

from w2v_cli.checking.numerics import (
    Array,
    cross_entropy,
    cross_entropy_gradient,
    sigmoid,
    sigmoid_derivative,
)

__all__ = ["forward", "gradients", "initial_parameters", "loss", "parameter_count"]


def parameter_count(d_x: int, hidden: int, d_y: int) -> int:
    """How many numbers the network has to learn, equation (21)."""
    return (d_x + 1) * hidden + (hidden + 1) * d_y


def initial_parameters(
    rng: np.random.Generator, d_x: int, hidden: int, d_y: int
) -> dict[str, Array]:
    """Parameters drawn from the standard normal distribution, float64."""
    return {
        "W1": rng.standard_normal((d_x, hidden)),
        "b1": rng.standard_normal(hidden),
        "W2": rng.standard_normal((hidden, d_y)),
        "b2": rng.standard_normal(d_y),
    }


def forward(parameters: Mapping[str, Array], x: Array) -> tuple[Array, Array]:
    """The hidden layer (N, H) and the scores before the softmax (N, D_y), equation (13)."""
    hidden = sigmoid(x @ parameters["W1"] + parameters["b1"])
    return hidden, hidden @ parameters["W2"] + parameters["b2"]


def loss(parameters: Mapping[str, Array], x: Array, y: Array) -> float:
    """Cross-entropy in nats, summed over the examples."""
    _, scores = forward(parameters, x)
    return float(np.sum(cross_entropy(y, scores)))


def gradients(parameters: Mapping[str, Array], x: Array, y: Array) -> dict[str, Array]:
    """Gradients of `loss` for W1, b1, W2, b2 and x, each in the shape of its variable."""
    hidden, scores = forward(parameters, x)
    d_z2 = cross_entropy_gradient(y, scores)  # (N, D_y), equation (14)
    d_z1 = d_z2 @ parameters["W2"].T * sigmoid_derivative(hidden)  # (N, H), equation (17)
    return {
        "W1": x.T @ d_z1,  # (18)
        "b1": np.sum(d_z1, axis=0),  # (19)
        "W2": hidden.T @ d_z2,  # (15)
        "b2": np.sum(d_z2, axis=0),  # (16)
        "x": d_z1 @ parameters["W1"].T,  # (20)
    }
