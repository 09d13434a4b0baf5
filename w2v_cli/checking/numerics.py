"""The functions that losses are made of; none overflows for large arguments.

All are elementwise or act on the last axis. The result has the floating-point type of the
argument. Numbers in brackets are equations of docs/maths.md.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "Array",
    "cross_entropy",
    "cross_entropy_gradient",
    "leaky_relu",
    "leaky_relu_derivative",
    "log_sigmoid",
    "log_softmax",
    "log_sum_exp",
    "sigmoid",
    "sigmoid_derivative",
    "softmax",
    "softmax_gradient",
]

Array = npt.NDArray[np.floating[Any]]


def softmax(scores: Array) -> Array:
    """Probabilities along the last axis, equation (1), shifted by the maximum (2)."""
    exponentials = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    result: Array = exponentials / np.sum(exponentials, axis=-1, keepdims=True)
    return result


def softmax_gradient(probabilities: Array, upstream: Array) -> Array:
    """Gradient by the scores, from `upstream`, the gradient by the softmax; equation (4).

    The Jacobian is symmetric, and its product with a vector needs no matrix.
    """
    mean = np.sum(probabilities * upstream, axis=-1, keepdims=True)
    result: Array = probabilities * (upstream - mean)
    return result


def log_sum_exp(scores: Array) -> Array:
    """Logarithm of the sum of exponentials along the last axis (..., V) -> (...), equation (3)."""
    maximum = np.max(scores, axis=-1, keepdims=True)
    total = np.sum(np.exp(scores - maximum), axis=-1)
    result: Array = np.log(total) + maximum[..., 0]
    return result


def log_softmax(scores: Array) -> Array:
    """Log-probabilities along the last axis; finite where `log(softmax(scores))` is not."""
    return scores - log_sum_exp(scores)[..., np.newaxis]


def cross_entropy(targets: Array, scores: Array) -> Array:
    """Cross-entropy in nats of softmax(scores) under `targets`, (..., V) -> (...), equation (5).

    A row of `targets` is a distribution: one-hot (6), or any that sums to one.
    """
    result: Array = -np.sum(targets * log_softmax(scores), axis=-1)
    return result


def cross_entropy_gradient(targets: Array, scores: Array) -> Array:
    """Gradient of `cross_entropy` with respect to the scores, equation (7)."""
    return softmax(scores) - targets


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), equation (8), to full relative precision at both ends."""
    # The exponent is never positive: exp cannot overflow, and where it underflows zero is right.
    decayed = np.exp(-np.abs(x))
    result: Array = np.where(x >= 0, 1, decayed) / (1 + decayed)
    return result


def sigmoid_derivative(activation: Array) -> Array:
    """Derivative of the sigmoid where its value is `activation`, equation (9)."""
    return activation * (1 - activation)


def log_sigmoid(x: Array) -> Array:
    """Logarithm of the sigmoid, about x far below zero; its derivative is sigmoid(-x) (10)."""
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def leaky_relu(x: Array, slope: float) -> Array:
    """Equation (11): x above zero, slope * x below."""
    return np.where(x > 0, x, slope * x)


def leaky_relu_derivative(x: Array, slope: float) -> Array:
    """Equation (12): 1 above zero, `slope` below; at zero, where there is none, `slope`."""
    return np.where(x > 0, np.ones_like(x), slope * np.ones_like(x))
