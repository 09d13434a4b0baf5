"""What the steps of a run are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.choices import ModelChoice, ObjectiveChoice
from w2v_cli.core.layout import Layout

__all__ = ["StepPlan"]


@dataclass(frozen=True)
class StepPlan:
    """What follows from settings and vocabulary for every step, worked out once for a run."""

    model: ModelChoice
    objective: ObjectiveChoice
    counts: npt.NDArray[np.int64]  # (V,) occurrences of each word in the corpus
    frequencies: npt.NDArray[np.int64]  # (V,) the same with other text that was counted before
    keep: npt.NDArray[np.float64]  # (V,) probability that an occurrence is kept
    contexts: float  # context words of the average token
    layout: Layout  # of a micro-batch
    micro_batches: int  # of a step, at most
    growth: int  # tokens trained for each token by which steps grow
    workers: int
    max_pair_rate: float  # κ

    @property
    def words(self) -> int:
        """Words of the vocabulary, V."""
        return len(self.counts)

    @property
    def tokens_per_epoch(self) -> float:
        """Tokens of an epoch that subsampling is expected to keep."""
        return float((self.counts * self.keep).sum())

    @property
    def median_meetings(self) -> float:
        """How often an epoch is expected to have the median word of the corpus."""
        kept = (self.counts * self.keep)[self.counts > 0]
        return float(np.median(kept)) if len(kept) else 0.0

    @property
    def tokens_per_step(self) -> int:
        """Centres of a step, at most."""
        return self.micro_batches * self.layout.centers

    def distinct_words(self, tokens: int) -> float:
        """How many different words so many kept tokens are expected to have."""
        kept = self.counts * self.keep
        return float(-np.expm1(-tokens * kept / kept.sum()).sum())
