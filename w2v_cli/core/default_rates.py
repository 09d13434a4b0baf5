"""The learning rate, κ and the scale of AdaGrad's sums where nobody gives them."""

import math
from dataclasses import dataclass

__all__ = ["ADAGRAD_RATES", "MAX_PAIR_RATE", "SGD_RATES", "DefaultRates", "ModelRates"]

MAX_PAIR_RATE = 14.0  # κ, where vectors are in few pairs of a step
_LEAST_BY_MEETINGS = 0.25  # of the learning rate, however often words are met
_FEW_CONTEXTS = 15.0  # words around a token; with fewer, a meeting counts less
_OFTEN = 15.0  # times an epoch; the median word of a text that is no larger than it has to be


@dataclass(frozen=True)
class ModelRates:
    """An optimizer's defaults for a model."""

    learning_rate: float  # at the start
    fewest_epochs: int = 1  # with fewer, the learning rate rises by the root of the ratio
    power: float = 1.0  # of the ratios by which the learning rate falls
    max_pair_rate: float = MAX_PAIR_RATE  # κ


@dataclass(frozen=True)
class DefaultRates:
    """An optimizer's defaults, and how they follow from the text and the epochs."""

    plain: dict[str, ModelRates]  # for each model
    composed: dict[str, ModelRates]  # for each model with subwords
    most_epochs: float  # with more, the learning rate falls by a power of the ratio
    most_meetings: float  # of a median word that is not met often; with more, the same
    crowded_pair_rate: float  # κ where even the smallest step is crowded

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
        return (self.composed if composed else self.plain)[model]

    @property
    def text(self) -> str:
        """The default rates, for a reader."""
        rates = ", ".join(f"{each.learning_rate} for `{name}`" for name, each in self.plain.items())
        if math.isinf(self.most_epochs):
            return rates
        raised = [f"`{name}`" for name, each in self.plain.items() if each.fewest_epochs > 1]
        raised += [
            f"`{name}` with subwords"
            for name, each in self.composed.items()
            if each.fewest_epochs > self.plain[name].fewest_epochs
        ]
        return (
            f"{rates}, less for many epochs or if most words come very often, more for few epochs "
            f"of {', and of '.join(raised)}; in shards as for fewer epochs "
            "(docs/decisions/0015, 0016, 0023, 0029)"
        )


_SGD = {"skipgram": ModelRates(0.045), "cbow": ModelRates(0.07)}

SGD_RATES = DefaultRates(
    _SGD, composed=_SGD, most_epochs=math.inf, most_meetings=math.inf, crowded_pair_rate=4.0
)

ADAGRAD_RATES = DefaultRates(
    {"skipgram": ModelRates(0.1), "cbow": ModelRates(0.15, fewest_epochs=5, power=0.5)},
    composed={
        "skipgram": ModelRates(0.1, fewest_epochs=2),
        "cbow": ModelRates(0.15, fewest_epochs=5, power=0.5, max_pair_rate=28.0),
    },
    most_epochs=12,
    most_meetings=100,
    crowded_pair_rate=2.0,
)
