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
    "ModelRates",
    "ObjectiveChoice",
    "OptimizerChoice",
    "pair_rates_text",
    "steps_text",
]


MAX_PAIR_RATE = 14.0  # κ, where vectors are in few pairs of a step
_LEAST_BY_MEETINGS = 0.25  # of the learning rate, however often words are met
_FEW_CONTEXTS = 15.0  # words around a token; with fewer, a meeting counts less
_OFTEN = 15.0  # times an epoch; the median word of a text that is no larger than it has to be


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
class ModelRates:
    """An optimizer's defaults for a model."""

    learning_rate: float  # at the start
    fewest_epochs: int = 1  # with fewer, the learning rate rises by the root of the ratio
    power: float = 1.0  # of the ratios by which the learning rate falls
    max_pair_rate: float = MAX_PAIR_RATE  # κ


@dataclass(frozen=True)
class OptimizerChoice:
    """An optimizer."""

    title: str
    rates: dict[str, ModelRates]  # for each model
    composed_rates: dict[str, ModelRates]  # for each model with subwords
    most_epochs: float  # with more, the learning rate falls by a power of the ratio
    most_meetings: float  # of a median word that is not met often; with more, the same
    remembers: bool  # whether it keeps a number for each vector
    crowded_pair_rate: float  # κ by default where even the smallest step is crowded
    # (κ, those numbers (2V,), zeros at first, factors (2V,) of the moves, scale of those numbers)
    # → the optimizer
    make: Callable[
        [float, "npt.NDArray[np.float32]", "npt.NDArray[np.float32] | None", float], "Optimizer"
    ]

    def learning_rate(
        self,
        model: str,
        epochs: int,
        meetings: float,
        contexts: float,
        *,
        composed: bool = False,
        shards: int = 1,
    ) -> float:
        """The default rate at the start (docs/decisions/0015, 0016, 0023, 0029).

        `meetings` says how often the median word is met in an epoch, `contexts` how many context
        words a token has. Centre vectors may be `composed`. Shards repeat each other in part, so
        they learn as if in fewer epochs.
        """
        of_model = self._rates(model, composed=composed)
        learned = max(1.0, epochs / shards ** (1 / 3))
        more = math.sqrt(max(1.0, of_model.fewest_epochs / learned))
        less = min(1.0, self.most_epochs / epochs, self._by_meetings(epochs, meetings, contexts))
        less **= of_model.power
        return float(f"{of_model.learning_rate * more * less:.3g}")

    def scale(self, epochs: int, meetings: float, contexts: float) -> float:
        """Of the numbers it keeps, by default: more than 1 lowers the rate of the first steps only.

        It is for a median word that is met often in every epoch (docs/decisions/0015).
        """
        most = max(1.0, meetings / _OFTEN)
        return min(1 / self._by_meetings(epochs, meetings, contexts), most) ** 2

    def _by_meetings(self, epochs: int, meetings: float, contexts: float) -> float:
        """The factor of the rate where the median word is met so often in each epoch."""
        often = min(meetings / _OFTEN, _FEW_CONTEXTS / contexts)
        most = self.most_meetings * max(1.0, often)
        return min(1.0, max(most / max(epochs * meetings, 1), _LEAST_BY_MEETINGS))

    def max_pair_rate(self, model: str, *, composed: bool, crowded: bool) -> float:
        """The default κ (docs/decisions/0015, 0029); centre vectors may be `composed`."""
        if crowded:
            return self.crowded_pair_rate
        return self._rates(model, composed=composed).max_pair_rate

    def _rates(self, model: str, *, composed: bool) -> ModelRates:
        return (self.composed_rates if composed else self.rates)[model]

    @property
    def rates_text(self) -> str:
        """The default rates, for a reader."""
        rates = ", ".join(f"{each.learning_rate} for `{name}`" for name, each in self.rates.items())
        if math.isinf(self.most_epochs):
            return rates
        raised = [f"`{name}`" for name, each in self.rates.items() if each.fewest_epochs > 1]
        raised += [
            f"`{name}` with subwords"
            for name, each in self.composed_rates.items()
            if each.fewest_epochs > self.rates[name].fewest_epochs
        ]
        return (
            f"{rates}, less for many epochs or if most words come very often, more for few epochs "
            f"of {', and of '.join(raised)}; in shards as for fewer epochs "
            "(docs/decisions/0015, 0016, 0023, 0029)"
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

_SGD = {"skipgram": ModelRates(0.045), "cbow": ModelRates(0.07)}

OPTIMIZERS = {
    "sgd": OptimizerChoice(
        "SGD",
        rates=_SGD,
        composed_rates=_SGD,
        most_epochs=math.inf,
        most_meetings=math.inf,
        remembers=False,
        crowded_pair_rate=4.0,
        make=_sgd,
    ),
    "adagrad": OptimizerChoice(
        "AdaGrad",
        rates={"skipgram": ModelRates(0.1), "cbow": ModelRates(0.15, fewest_epochs=5, power=0.5)},
        composed_rates={
            "skipgram": ModelRates(0.1, fewest_epochs=2),
            "cbow": ModelRates(0.15, fewest_epochs=5, power=0.5, max_pair_rate=28.0),
        },
        most_epochs=12,
        most_meetings=100,
        remembers=True,
        crowded_pair_rate=2.0,
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
        for model, each in optimizer.composed_rates.items()
        if each.max_pair_rate != MAX_PAIR_RATE
    ]
    of_crowded = [f"{each.crowded_pair_rate:g} for `{name}`" for name, each in OPTIMIZERS.items()]
    return "; ".join([f"{MAX_PAIR_RATE:g}", *composed, f"{crowded}, {', '.join(of_crowded)}"])
