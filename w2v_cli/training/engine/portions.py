"""An epoch as a sequence of portions: chunks from all over the corpus, in a shuffled order.

Only the text of one portion is in memory, so memory does not grow with the corpus. The disk is
read in long runs, and the segments of a step still come from far apart.
"""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.sampling import generator
from w2v_cli.training.engine.chunks import CHUNKS_PER_PORTION, Chunks

__all__ = ["Course", "Portion", "Portions", "Position"]


@dataclass(frozen=True)
class Position:
    """How far a run has come: the next step to take."""

    epoch: int = 0
    number: int = 0  # of the portion within the epoch; of the round where there are shards
    step: int = 0  # within the portion
    steps_done: int = 0  # in the whole run
    tokens_done: int = 0  # raw tokens of the portions or rounds before


@dataclass(frozen=True)
class Portion:
    """Chunks that are read and subsampled together, and their place in the run."""

    epoch: int
    number: int  # within the epoch
    chunks: npt.NDArray[np.int64]
    raw_tokens: int  # of the chunks, before anything is dropped
    last: bool  # of its epoch

    def after(self, position: Position, steps: int) -> Position:
        """The position after the next of the portion's `steps`, or after a portion without any."""
        step = position.step + 1
        if step < steps:
            return replace(position, step=step, steps_done=position.steps_done + 1)
        return Position(
            epoch=position.epoch + self.last,
            number=0 if self.last else position.number + 1,
            steps_done=position.steps_done + (steps > 0),
            tokens_done=position.tokens_done + self.raw_tokens,
        )


class Course(Protocol):
    """The order in which text is trained."""

    per_epoch: int

    def at(self, epoch: int, number: int) -> Portion:
        """The portion of that number in the epoch."""


class Portions:
    """The portions of every epoch; the same for the same seed."""

    def __init__(self, chunks: Chunks, seed: int) -> None:
        self._chunks, self._seed = chunks, seed
        self.per_epoch = -(-len(chunks.trained) // CHUNKS_PER_PORTION)

    def at(self, epoch: int, number: int) -> Portion:
        """The portion of that number in the epoch."""
        trained = self._chunks.trained
        order = trained[generator(self._seed, "order", epoch).permutation(len(trained))]
        chunks = order[number * CHUNKS_PER_PORTION : (number + 1) * CHUNKS_PER_PORTION]
        raw_tokens = self._chunks.raw_tokens(chunks)
        return Portion(epoch, number, chunks, raw_tokens, number + 1 == self.per_epoch)
