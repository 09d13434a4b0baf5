"""Gradient checks of the oracle: both objectives, skip-gram, CBOW, the one-hot form.

Numbers in brackets are equations of docs/maths.md.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from w2v_cli.checking import numerics, reference
from w2v_cli.checking.differences import GradientCheck, check, compare
from w2v_cli.checking.numerics import Array
from w2v_cli.checking.reference import Combine, Objective, PairGradient, WindowGradient

__all__ = ["CHECKS"]

WORDS, DIM = 9, 4
CENTER, OUTSIDE = 2, 5
NEGATIVES = (1, 7, 3)
CONTEXT = (5, 0, 6, 5)
"""A window in which a word occurs twice. Neither its words nor CENTER are among NEGATIVES."""


def check_naive_softmax(rng: np.random.Generator) -> list[GradientCheck]:
    """Naive softmax of a few words, element by element."""
    v_c, U = rng.standard_normal(DIM), rng.standard_normal((WORDS, DIM))
    return _check_pair("naive softmax", ("(23)", "(24)"), v_c, U, reference.naive_softmax)


def check_naive_softmax_of_many_words(rng: np.random.Generator) -> list[GradientCheck]:
    """Naive softmax of 2,000 words, along random directions."""
    v_c, U = rng.standard_normal(DIM), rng.standard_normal((2000, DIM))
    name, equations = "naive softmax, 2,000 words", ("(23)", "(24)")
    return _check_pair(name, equations, v_c, U, reference.naive_softmax, rng)


def check_zero_gradient(rng: np.random.Generator) -> list[GradientCheck]:
    """The gradient by v_c is U ŷ - u_o, so it is zero for a U that makes this zero."""
    v_c, U = rng.standard_normal(DIM), rng.standard_normal((WORDS, DIM))
    balanced, others = U.copy(), np.delete(U, OUTSIDE, axis=0)
    # u_o becomes the other words' mean under their own softmax. That changes the odds of the word
    # o, but not those of the others among themselves, and so not their mean.
    balanced[OUTSIDE] = numerics.softmax(others @ v_c) @ others
    found = [reference.naive_softmax(v_c, OUTSIDE, matrix).center for matrix in (U, balanced)]
    expected = [numerics.softmax(U @ v_c) @ U - U[OUTSIDE], np.zeros(DIM)]
    name = "naive softmax: v_c is zero if u_o = U ŷ"
    return [compare(name, "(25)", np.stack(found), np.stack(expected))]


def check_negative_sampling(rng: np.random.Generator) -> list[GradientCheck]:
    """Negative sampling, for the centre, the outside and the negative vectors apart."""
    v_c, U = rng.standard_normal(DIM), rng.standard_normal((WORDS, DIM))
    negatives = list(NEGATIVES)

    def loss(p: Mapping[str, Array]) -> float:
        moved = U.copy()
        moved[OUTSIDE], moved[negatives] = p["u_o"], p["u_k"]
        return reference.negative_sampling(p["v_c"], OUTSIDE, negatives, moved).loss

    _, d_v, d_U = reference.negative_sampling(v_c, OUTSIDE, negatives, U)
    parameters = {"v_c": v_c, "u_o": U[OUTSIDE], "u_k": U[negatives]}
    return [
        *check("negative sampling", "(27)", loss, parameters, {"v_c": d_v}),
        *check("negative sampling", "(28)", loss, parameters, {"u_o": d_U[OUTSIDE]}),
        *check("negative sampling", "(29)", loss, parameters, {"u_k": d_U[negatives]}),
    ]


def check_repeated_and_weighted_negatives(rng: np.random.Generator) -> list[GradientCheck]:
    """A negative drawn twice; and weights, one of them 0 for a draw of the outside word."""
    v_c, U = rng.standard_normal(DIM), rng.standard_normal((WORDS, DIM))

    def twice(v: Array, o: int, U: Array) -> PairGradient:
        return reference.negative_sampling(v, o, (1, 7, 1), U)

    def weighted(v: Array, o: int, U: Array) -> PairGradient:
        weights = np.array([0.5, 0.0, 2.0, 1.5])
        return reference.negative_sampling(v, o, (1, OUTSIDE, 7, 1), U, weights)

    return [
        *_check_pair("negative sampling, a negative twice", ("(27)", "(29)"), v_c, U, twice),
        *_check_pair("negative sampling, weighted", ("(30)", "(30)"), v_c, U, weighted),
    ]


def check_skipgram(rng: np.random.Generator) -> list[GradientCheck]:
    """A skip-gram window with each objective."""
    return [
        verdict
        for name, objective in _objectives().items()
        for verdict in _check_window(
            f"skip-gram, {name}",
            "(32)",
            partial(reference.skipgram, CENTER, CONTEXT, objective=objective),
            rng,
        )
    ]


def check_cbow(rng: np.random.Generator) -> list[GradientCheck]:
    """A CBOW window, its context vectors summed or averaged, with each objective."""
    equations: dict[Combine, str] = {"sum": "(38)", "mean": "(40)"}
    return [
        verdict
        for combine, equation in equations.items()
        for name, objective in _objectives().items()
        for verdict in _check_window(
            f"CBOW {combine}, {name}",
            equation,
            partial(reference.cbow, CENTER, CONTEXT, objective=objective, combine=combine),
            rng,
        )
    ]


def check_skipgram_one_hot(rng: np.random.Generator) -> list[GradientCheck]:
    """The one-hot form: against differences, and against the indexed form."""
    W, W_out = rng.standard_normal((WORDS, DIM)), rng.standard_normal((DIM, WORDS))
    x = np.eye(WORDS)[CENTER]
    one_hot = reference.skipgram_one_hot(x, CONTEXT, W, W_out)
    indexed = reference.skipgram(CENTER, CONTEXT, W, W_out.T, reference.naive_softmax)

    def loss(p: Mapping[str, Array]) -> float:
        return reference.skipgram_one_hot(x, CONTEXT, p["W"], p["W_out"]).loss

    parameters = {"W": W, "W_out": W_out}
    name = "one-hot skip-gram"
    return [
        *check(name, "(36)", loss, parameters, {"W": one_hot.center}),
        *check(name, "(35)", loss, parameters, {"W_out": one_hot.outside}),
        compare(f"{name} = indexed: loss", "(34)", np.array(one_hot.loss), np.array(indexed.loss)),
        compare(f"{name} = indexed: W", "(36)", one_hot.center, indexed.center),
        compare(f"{name} = indexed: W_out", "(35)", one_hot.outside.T, indexed.outside),
    ]


CHECKS = (
    check_naive_softmax,
    check_naive_softmax_of_many_words,
    check_zero_gradient,
    check_negative_sampling,
    check_repeated_and_weighted_negatives,
    check_skipgram,
    check_cbow,
    check_skipgram_one_hot,
)


def _objectives() -> dict[str, Objective]:
    return {
        "naive softmax": reference.naive_softmax,
        "negative sampling": lambda v, o, U: reference.negative_sampling(v, o, NEGATIVES, U),
    }


def _check_pair(
    name: str,
    equations: tuple[str, str],
    v_c: Array,
    U: Array,
    objective: Objective,
    rng: np.random.Generator | None = None,
) -> list[GradientCheck]:
    """The two gradients of `objective` at the word OUTSIDE, zeros included."""

    def loss(p: Mapping[str, Array]) -> float:
        return objective(p["v_c"], OUTSIDE, p["U"]).loss

    _, d_v, d_U = objective(v_c, OUTSIDE, U)
    parameters = {"v_c": v_c, "U": U}
    return [
        *check(name, equations[0], loss, parameters, {"v_c": d_v}, rng),
        *check(name, equations[1], loss, parameters, {"U": d_U}, rng),
    ]


def _check_window(
    name: str,
    equation: str,
    window: Callable[[Array, Array], WindowGradient],
    rng: np.random.Generator,
) -> list[GradientCheck]:
    """The gradients for all of V and all of U, the words outside the window included."""
    V, U = rng.standard_normal((2, WORDS, DIM))
    _, d_V, d_U = window(V, U)
    return check(
        name,
        equation,
        lambda p: window(p["V"], p["U"]).loss,
        {"V": V, "U": U},
        {"V": d_V, "U": d_U},
    )
