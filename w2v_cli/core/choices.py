"""Models, objectives and optimizers to choose from, and all that other modules must know of each.

These tables serve the settings, the assembly, the gradient checks and the reports. They load
no NumPy, so that settings can be read without it; what computes is imported when it is made.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from w2v_cli.core.kernels import Objective
    from w2v_cli.core.layout import KernelShape, Layout
    from w2v_cli.core.models import Model
    from w2v_cli.core.optimizers import Optimizer
    from w2v_cli.core.windows import Windows

__all__ = [
    "MAX_PAIR_RATE",
    "MODELS",
    "OBJECTIVES",
    "OPTIMIZERS",
    "ModelChoice",
    "ObjectiveChoice",
    "OptimizerChoice",
]


MAX_PAIR_RATE = 14.0  # κ, where vectors are in few pairs of a step
_LEAST_BY_MEETINGS = 0.35  # of the learning rate, however often words are met


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
    learning_rates: dict[str, float]  # at the start, by default, for each model
    fewest_epochs: dict[str, int]  # with fewer, the default rises by the root of the ratio
    composed_fewest_epochs: dict[str, int]  # the same with subwords, for models with their own
    most_epochs: float  # with more, the default falls by a power of the ratio
    most_meetings: float  # of the median word in all epochs; with more, the same
    powers: dict[str, float]  # of these ratios, for each model
    remembers: bool  # whether it keeps a number for each vector
    crowded_pair_rate: float  # κ by default where even the smallest step is crowded
    composed_pair_rates: dict[str, float]  # κ by default with subwords, for models with their own
    # (κ, those numbers (2V,), zeros at first) → the optimizer
    make: Callable[[float, "npt.NDArray[np.float32]"], "Optimizer"]

    def learning_rate(
        self, model: str, epochs: int, meetings: float, *, composed: bool = False
    ) -> float:
        """The default rate at the start (docs/decisions/0016, 0029).

        `meetings` says how often the median word is met in all epochs. Centre vectors may be
        `composed`.
        """
        fewest = self.fewest_epochs | (self.composed_fewest_epochs if composed else {})
        more = math.sqrt(max(1.0, fewest[model] / epochs))
        by_meetings = max(self.most_meetings / max(meetings, 1), _LEAST_BY_MEETINGS)
        less = min(1.0, self.most_epochs / epochs, by_meetings) ** self.powers[model]
        return float(f"{self.learning_rates[model] * more * less:.3g}")

    def max_pair_rate(self, model: str, *, composed: bool, crowded: bool) -> float:
        """The default κ (docs/decisions/0015, 0029); centre vectors may be `composed`."""
        if crowded:
            return self.crowded_pair_rate
        return self.composed_pair_rates.get(model, MAX_PAIR_RATE) if composed else MAX_PAIR_RATE

    @property
    def rates_text(self) -> str:
        """The default rates, for a reader."""
        rates = ", ".join(f"{rate} for `{name}`" for name, rate in self.learning_rates.items())
        if math.isinf(self.most_epochs):
            return rates
        raised = [f"`{name}`" for name, epochs in self.fewest_epochs.items() if epochs > 1]
        raised += [f"`{name}` with subwords" for name in self.composed_fewest_epochs]
        return (
            f"{rates}, less for many epochs or if most words come very often, more for few epochs "
            f"of {', and of '.join(raised)} (docs/decisions/0015, 0016, 0029)"
        )


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


def _sgd(kappa: float, squares: "npt.NDArray[np.float32]") -> "Optimizer":
    from w2v_cli.core.optimizers import Sgd

    return Sgd(kappa)


def _adagrad(kappa: float, squares: "npt.NDArray[np.float32]") -> "Optimizer":
    from w2v_cli.core.optimizers import AdaGrad

    return AdaGrad(kappa, squares)


MODELS = {
    "skipgram": ModelChoice("skip-gram", False, 16_384, _skipgram, _skipgram_bytes),
    "cbow": ModelChoice("CBOW", True, 32_768, _cbow, _cbow_bytes),
}

OPTIMIZERS = {
    "sgd": OptimizerChoice(
        "SGD",
        learning_rates={"skipgram": 0.045, "cbow": 0.07},
        fewest_epochs={"skipgram": 1, "cbow": 1},
        composed_fewest_epochs={},
        most_epochs=math.inf,
        most_meetings=math.inf,
        powers={"skipgram": 1, "cbow": 1},
        remembers=False,
        crowded_pair_rate=4.0,
        composed_pair_rates={},
        make=_sgd,
    ),
    "adagrad": OptimizerChoice(
        "AdaGrad",
        learning_rates={"skipgram": 0.1, "cbow": 0.15},
        fewest_epochs={"skipgram": 1, "cbow": 5},
        composed_fewest_epochs={"skipgram": 2},
        most_epochs=12,
        most_meetings=100,
        powers={"skipgram": 1, "cbow": 0.5},
        remembers=True,
        crowded_pair_rate=2.0,
        composed_pair_rates={"cbow": 28.0},
        make=_adagrad,
    ),
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
