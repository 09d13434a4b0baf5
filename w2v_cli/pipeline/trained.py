"""The arrays that training changes, and their optimizer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.core.choices import OPTIMIZERS
from w2v_cli.core.composition import Composition
from w2v_cli.core.optimizers import Optimizer
from w2v_cli.core.subwords import NgramRange, WordRows, number_rows
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.step_plan import StepPlan

__all__ = ["Trained", "allocate", "joins_parts", "slows_given"]

_ROWS_AT_ONCE = 1 << 12


@dataclass(frozen=True)
class Trained:
    """The arrays that training changes, shared between processes, and their optimizer."""

    parameters: npt.NDArray[np.float32]  # (V, 2, D)
    squares: npt.NDArray[np.float32]  # what AdaGrad remembers of each vector
    optimizer: Optimizer
    word_rows: WordRows | None = None  # if centre vectors are composed
    rows: npt.NDArray[np.float32] | None = None  # (R, D)
    composed: ComposedRows | None = None
    factors: npt.NDArray[np.float32] | None = None  # of each vector's steps, where not all are 1

    @property
    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """All that is needed to continue exactly, by name."""
        optional = {"rows": self.rows, "factors": self.factors}
        always = {"parameters": self.parameters, "squares": self.squares}
        return always | {name: array for name, array in optional.items() if array is not None}

    def ngram_vectors(self) -> Iterator[npt.NDArray[np.float32]]:
        """The vectors (n, D) of n-grams, in the order of their buckets, some at a time."""
        assert self.word_rows is not None and self.rows is not None
        first, stop = self.word_rows.words, len(self.word_rows.row_of_part)
        for low in range(first, stop, _ROWS_AT_ONCE):
            parts = np.arange(low, min(low + _ROWS_AT_ONCE, stop))
            yield self.word_rows.vectors_of(parts, self.rows)

    @property
    def first_outside(self) -> int:
        """The optimizer's number of the first outside vector; centre vectors or rows come first."""
        return len(self.parameters) if self.rows is None else len(self.rows)


def slows_given(settings: Settings) -> bool:
    """Whether some vectors take smaller steps than others."""
    training = settings.training
    if training.frozen is None:
        return training.init_vocabulary == "grown"
    return training.frozen != 1


def allocate(settings: Settings, plan: StepPlan, words: Sequence[str]) -> Trained:
    """Zeros for what is trained of these words."""
    dim, choice = settings.model.dim, OPTIMIZERS[settings.training.optimizer]
    parameters = shared_array((plan.words, 2, dim), np.float32)
    parted = _parted(settings, words)
    word_rows = parted.joined() if parted is not None and joins_parts(settings) else parted
    inputs = plan.words if word_rows is None else word_rows.count
    squares = shared_array(((inputs + plan.words) * choice.remembers,), np.float32)
    factors = None
    if slows_given(settings):
        factors = shared_array((inputs + plan.words,), np.float32)
        factors[:] = 1
    scale = choice.rates.scale(settings.training.epochs, plan.median_meetings, plan.contexts)
    optimizer = choice.make(plan.max_pair_rate, squares, factors, scale)
    if word_rows is None or parted is None:
        return Trained(parameters, squares, optimizer, factors=factors)
    rows = shared_array((inputs, dim), np.float32)
    composition = Composition(word_rows, dim, np.float32)
    most = min(plan.words, plan.micro_batches * plan.layout.tokens)
    composed = ComposedRows(composition, parted, rows, parameters, optimizer, most, plan.workers)
    return Trained(parameters, squares, optimizer, word_rows, rows, composed, factors)


def joins_parts(settings: Settings) -> bool:
    """Whether parts of words that always move alike are one row: given ones begin different."""
    return settings.training.init is None


def _parted(settings: Settings, words: Sequence[str]) -> WordRows | None:
    """The words with a row for each of their parts; None where vectors are not composed."""
    subwords = settings.model.subwords
    if not subwords.enabled:
        return None
    return number_rows(words, NgramRange(subwords.min, subwords.max, subwords.buckets))
