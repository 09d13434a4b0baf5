"""The oracle: word2vec's losses and gradients on one example, written to be right, not fast.

The kernels that `w2v train` runs are checked against these functions. V and U hold the centre
vectors v_w and the outside vectors u_w as rows, (words, D); all work is in float64. A loss
is a sum in nats. Numbers in brackets are equations of docs/maths.md.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from w2v_cli.checking.numerics import Array, log_sigmoid, log_softmax, log_sum_exp, sigmoid, softmax

__all__ = [
    "Combine",
    "Objective",
    "PairGradient",
    "WindowGradient",
    "Words",
    "cbow",
    "naive_softmax",
    "negative_sampling",
    "skipgram",
    "skipgram_one_hot",
]

Combine = Literal["sum", "mean"]
Words = Sequence[int] | npt.NDArray[np.integer[Any]]


class PairGradient(NamedTuple):
    """Loss of a centre vector and an outside word; gradients for v_c (D,) and U (words, D)."""

    loss: float
    center: Array
    outside: Array


class WindowGradient(NamedTuple):
    """Loss of a window; gradients in the shapes of its two arrays, V and U or W and W_out."""

    loss: float
    center: Array
    outside: Array


Objective = Callable[[Array, int, Array], PairGradient]
"""Loss and gradients of (v_c, o, U); random draws were made before."""


def naive_softmax(v_c: Array, o: int, U: Array) -> PairGradient:
    """Loss of predicting the word o among all words (22), and its gradients (23), (24)."""
    v_c, U = _float64(v_c), _float64(U)
    scores = U @ v_c  # (words,)
    d_scores = softmax(scores)
    d_scores[o] -= 1
    return PairGradient(
        loss=-float(log_softmax(scores)[o]),
        center=U.T @ d_scores,
        outside=np.outer(d_scores, v_c),
    )


def negative_sampling(
    v_c: Array, o: int, negatives: Words, U: Array, weights: Array | None = None
) -> PairGradient:
    """Loss of telling the word o from the negatives (26), (30), and its gradients (27)-(29).

    A negative drawn twice counts twice. `weights` (K,) multiply the terms of the negatives;
    None means 1 for each.

    Raises:
        ValueError: o is among the negatives, with a weight other than zero.
    """
    v_c, U = _float64(v_c), _float64(U)
    weights = np.ones(len(negatives)) if weights is None else _float64(weights)
    draws = list(zip(negatives, weights.tolist(), strict=True))
    if any(k == o and weight != 0 for k, weight in draws):
        raise ValueError(
            f"word {o} is both the outside word and a negative, expected negatives that differ "
            "from it: draw again, or give that negative the weight 0"
        )
    loss, d_score = _logistic(U[o] @ v_c)
    d_v = d_score * U[o]
    d_U = np.zeros_like(U)
    d_U[o] = d_score * v_c
    for k, weight in draws:
        loss_k, d_minus_score = _logistic(-U[k] @ v_c)
        loss += weight * loss_k
        d_v -= weight * d_minus_score * U[k]
        d_U[k] -= weight * d_minus_score * v_c
    return PairGradient(loss, d_v, d_U)


def skipgram(
    center: int, context: Words, V: Array, U: Array, objective: Objective
) -> WindowGradient:
    """Sum over the context words of the objective given the centre word, (31) and (32).

    All context words share the negatives of the objective. To give each word its own negatives,
    add up windows of one context word.
    """
    loss, d_V, d_U = 0.0, _zeros(V), _zeros(U)
    for o in context:
        pair = objective(V[center], o, U)
        loss += pair.loss
        d_V[center] += pair.center
        d_U += pair.outside
    return WindowGradient(loss, d_V, d_U)


def cbow(
    center: int,
    context: Words,
    V: Array,
    U: Array,
    objective: Objective,
    combine: Combine = "sum",
) -> WindowGradient:
    """The objective of the centre word given the sum (37), (38) or mean (39), (40) of its context.

    A context word that occurs twice counts twice. Without context there is nothing to
    predict from: the loss and the gradients are zero.
    """
    V, d_V = _float64(V), _zeros(V)
    if len(context) == 0:
        return WindowGradient(0.0, d_V, _zeros(U))
    scale = 1.0 if combine == "sum" else 1.0 / len(context)
    v_hat = np.zeros(V.shape[1])
    for j in context:
        v_hat += scale * V[j]
    pair = objective(v_hat, center, U)
    for j in context:
        d_V[j] += scale * pair.center
    return WindowGradient(pair.loss, d_V, pair.outside)


def skipgram_one_hot(x: Array, context: Words, W: Array, W_out: Array) -> WindowGradient:
    """Skip-gram with naive softmax as a linear network with one-hot input (33)-(36).

    x is (words,), W is (words, D) and W_out is (D, words). The scores are computed once for
    all context words.
    """
    x, W, W_out = _float64(x), _float64(W), _float64(W_out)
    h = x @ W  # (D,)
    scores = h @ W_out  # (words,)
    counts = np.zeros_like(scores)
    for c in context:
        counts[c] += 1
    d_scores = len(context) * softmax(scores) - counts
    return WindowGradient(
        loss=float(len(context) * log_sum_exp(scores) - counts @ scores),
        center=np.outer(x, W_out @ d_scores),
        outside=np.outer(h, d_scores),
    )


def _logistic(score: Any) -> tuple[float, float]:
    """-log sigmoid(score) and its derivative, -sigmoid(-score), equation (10)."""
    return -float(log_sigmoid(score)), -float(sigmoid(-score))


def _float64(array: Array) -> Array:
    return np.asarray(array, dtype=np.float64)


def _zeros(like: Array) -> Array:
    return np.zeros(like.shape)
