"""Models, objectives and optimizers to choose from, and all that other modules must know of each.

These tables serve the settings, the assembly, the gradient checks and the reports. They load
no NumPy, so that settings can be read without it; what computes is imported when it is made.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from w2v_cli.core.default_rates import ADAGRAD_RATES, MAX_PAIR_RATE, SGD_RATES, DefaultRates

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from w2v_cli.core.kernels import Objective
    from w2v_cli.core.layout import KernelShape, Layout
    from w2v_cli.core.models import Model
    from w2v_cli.core.optimizers import Optimizer
    from w2v_cli.core.windows import Windows

__all__ = [
    "MODELS",
    "OBJECTIVES",
    "OPTIMIZERS",
    "ModelChoice",
    "ObjectiveChoice",
    "OptimizerChoice",
    "pair_rates_text",
    "steps_text",
]


@dataclass(frozen=True)
class ModelChoice:
    """A model."""

    title: str
    targets_center: bool  # whether the centre is what is predicted
    composed_step: int  # tokens of a step at most, by default, with subwords
    # (shape, windows, combine, cbow_gradient) → the model
    make: Callable[["KernelShape", "Windows", str, str], "Model"]
    nbytes: Callable[["Layout", int], int]  # (layout, D) → bytes of its buffers


@dataclass(frozen=True)
class OptimizerChoice:
    """An optimizer."""

    title: str
    rates: DefaultRates
    remembers: bool  # whether it keeps a number for each vector
    # (κ, those numbers (2V,), zeros at first, factors (2V,) of the moves, scale of those numbers)
    # → the optimizer
    make: Callable[
        [float, "npt.NDArray[np.float32]", "npt.NDArray[np.float32] | None", float], "Optimizer"
    ]


@dataclass(frozen=True)
class ObjectiveChoice:
    """An objective."""

    title: str
    dense: bool  # whether every outside vector has a gradient, in Gradient.dense_outside
    draws_negatives: bool
    tokens_per_step: int  # at most, by default
    # K → pairs that each target brings with it: its negatives, or the softmax's one mean
    negatives_per_target: Callable[[int], int]
    baseline: Callable[[int, int], float]  # (V, K) → loss of zero vectors, nats a target (61)
    make: Callable[["KernelShape", int], "Objective"]  # (shape, K) → the objective
    nbytes: Callable[["Layout", int, int], int]  # (layout, V, D) → bytes of its buffers

    def default_step(self, model: str, *, composed: bool) -> int:
        """Tokens of a step at most, by default; centre vectors may be `composed` (0029)."""
        most = MODELS[model].composed_step if composed else self.tokens_per_step
        return min(self.tokens_per_step, most)


def _skipgram(shape: "KernelShape", windows: "Windows", *_: Any) -> "Model":
    from w2v_cli.core.models import SkipGram

    return SkipGram(shape.layout, windows, shape.dim, shape.dtype)


def _cbow(shape: "KernelShape", windows: "Windows", combine: str, gradient: str) -> "Model":
    from w2v_cli.core.models import Cbow

    mean, exact = combine == "mean", gradient == "exact"
    return Cbow(shape.layout, windows, shape.dim, shape.dtype, mean=mean, exact=exact)


def _negative_sampling(shape: "KernelShape", negatives: int) -> "Objective":
    from w2v_cli.core.negative_sampling import NegativeSampling

    return NegativeSampling(shape.layout, negatives, shape.dim, shape.dtype)


def _naive_softmax(shape: "KernelShape", negatives: int) -> "Objective":
    from w2v_cli.core.naive_softmax import NaiveSoftmax

    return NaiveSoftmax(shape.layout, shape.words, shape.dim, shape.dtype)


def _skipgram_bytes(layout: "Layout", dim: int) -> int:
    from w2v_cli.core.models import SkipGram

    return SkipGram.nbytes(layout, dim)


def _cbow_bytes(layout: "Layout", dim: int) -> int:
    from w2v_cli.core.models import Cbow

    return Cbow.nbytes(layout, dim)


def _negative_sampling_bytes(layout: "Layout", words: int, dim: int) -> int:
    from w2v_cli.core.negative_sampling import NegativeSampling

    return NegativeSampling.nbytes(layout, words, dim)


def _naive_softmax_bytes(layout: "Layout", words: int, dim: int) -> int:
    from w2v_cli.core.naive_softmax import NaiveSoftmax

    return NaiveSoftmax.nbytes(layout, words, dim)


def _sgd(
    kappa: float,
    _: "npt.NDArray[np.float32]",
    factors: "npt.NDArray[np.float32] | None",
    scale: float,
) -> "Optimizer":
    from w2v_cli.core.optimizers import Sgd

    return Sgd(kappa, factors)


def _adagrad(
    kappa: float,
    squares: "npt.NDArray[np.float32]",
    factors: "npt.NDArray[np.float32] | None",
    scale: float,
) -> "Optimizer":
    from w2v_cli.core.optimizers import AdaGrad

    return AdaGrad(kappa, squares, factors, scale)


MODELS = {
    "skipgram": ModelChoice("skip-gram", False, 16_384, _skipgram, _skipgram_bytes),
    "cbow": ModelChoice("CBOW", True, 32_768, _cbow, _cbow_bytes),
}

OPTIMIZERS = {
    "sgd": OptimizerChoice("SGD", SGD_RATES, remembers=False, make=_sgd),
    "adagrad": OptimizerChoice("AdaGrad", ADAGRAD_RATES, remembers=True, make=_adagrad),
}

OBJECTIVES = {
    "negative_sampling": ObjectiveChoice(
        "negative sampling",
        dense=False,
        draws_negatives=True,
        tokens_per_step=32_768,
        negatives_per_target=lambda negatives: negatives,
        baseline=lambda words, negatives: (negatives + 1) * math.log(2),
        make=_negative_sampling,
        nbytes=_negative_sampling_bytes,
    ),
    "naive_softmax": ObjectiveChoice(
        "naive softmax",
        dense=True,
        draws_negatives=False,
        tokens_per_step=1_024,
        negatives_per_target=lambda _: 1,
        baseline=lambda words, _: math.log(words),
        make=_naive_softmax,
        nbytes=_naive_softmax_bytes,
    ),
}


def steps_text() -> str:
    """The default lengths of a step, for a reader."""
    of_objectives = [f"{each.tokens_per_step:,} for `{name}`" for name, each in OBJECTIVES.items()]
    longest = max(each.tokens_per_step for each in OBJECTIVES.values())
    of_models = [
        f"at most {each.composed_step:,} for `{name}` with subwords"
        for name, each in MODELS.items()
        if each.composed_step < longest
    ]
    return ", ".join(of_objectives + of_models)


def pair_rates_text(crowded: str) -> str:
    """The default κ, for a reader, who is told when a step is `crowded`."""
    composed = [
        f"{each.max_pair_rate:g} for `{model}` with subwords and `{name}`"
        for name, optimizer in OPTIMIZERS.items()
        for model, each in optimizer.rates.composed.items()
        if each.max_pair_rate != MAX_PAIR_RATE
    ]
    of_crowded = [
        f"{each.rates.crowded_pair_rate:g} for `{name}`" for name, each in OPTIMIZERS.items()
    ]
    return "; ".join([f"{MAX_PAIR_RATE:g}", *composed, f"{crowded}, {', '.join(of_crowded)}"])
