"""The loss on text that is never trained on, and the epoch in which it was lowest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.sampling import generator
from w2v_cli.core.segments import PortionText, SegmentTable, cut_segments
from w2v_cli.errors import CorpusError
from w2v_cli.training.engine.chunks import Chunks
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.run.checkpoint import Accept, Arrays, Checkpoint, CheckpointFolder

__all__ = ["HELD_OUT_CHUNKS", "BestEpoch", "HeldOut", "Losses"]

HELD_OUT_CHUNKS = 16  # read at most: a million tokens
_TOKENS = 50_000  # kept tokens that are measured, about


class HeldOut:
    """Measures the held-out loss in one process, on windows and negatives drawn once for all."""

    def __init__(
        self,
        chunks: Chunks,
        builder: BatchBuilder,
        kernel: Kernel,
        parameters: npt.NDArray[np.float32],
        *,
        dense: bool,
    ) -> None:
        """Measuring overwrites the buffers of `builder` and `kernel`; `parameters` are only read.

        Raises:
            CorpusError: no two words are side by side in the held-out text.
        """
        self._builder, self._kernel, self._parameters = builder, kernel, parameters
        self._text, self._table = _cut(chunks)
        layout = chunks.layout
        self._batches = min(len(self._table.starts), -(-_TOKENS // layout.centers))
        words, _, dim = parameters.shape
        dense_outside = np.empty((words, dim), np.float32) if dense else None
        center = np.empty((layout.tokens, dim), np.float32)
        outside = np.empty((layout.outside_rows, dim), np.float32)
        # The kernel writes it, nobody reads it.
        self._unused = Gradient(layout, center, outside, dense_outside)
        if not self._count_pairs():
            raise CorpusError(
                "training.held_out: no two words are side by side in the held-out text; hold out "
                "a larger part of it, or lower vocabulary.min_count"
            )

    def loss(self) -> float:
        """The loss of the present parameters, nats a target."""
        total = pairs = 0.0
        for batch in self._built():
            total += self._kernel.gradient(self._parameters, batch, self._unused, with_loss=True)
            pairs += float(self._kernel.model.target_counts(batch).sum(dtype=np.float64))
        return total / pairs

    def _count_pairs(self) -> float:
        return sum(float(batch.contexts.sum()) for batch in self._built())

    def _built(self) -> Iterator[Batch]:
        """The micro-batches, each of which lives until the next."""
        for index in range(self._batches):
            yield from self._builder.build(self._text, self._table, np.array([index]))


def _cut(chunks: Chunks) -> tuple[PortionText, SegmentTable]:
    """The held-out text, subsampled and cut as in epoch 0, which never trains on it."""
    held_out = chunks.held_out[:HELD_OUT_CHUNKS].tolist()
    shape = (len(held_out), chunks.capacity)
    left, right = np.zeros((2, *shape), np.int16)
    text = PortionText(np.zeros(shape, np.int32), left, right, np.zeros(len(held_out), np.int64))
    for row, chunk in enumerate(held_out):
        chunks.prepare(0, chunk, row, text)
    rng = generator(chunks.seed, "held out", 1)
    return text, cut_segments(text, len(held_out), chunks.layout, 1, rng)


@dataclass(frozen=True)
class Losses:
    """The held-out losses of the epochs so far, nats a target, and what follows from them."""

    values: list[float]
    patience: int  # epochs without a better one after which to stop; 0 never stops

    @property
    def best(self) -> int:
        """The epoch of the lowest loss, counted from 0; the earlier of two equal ones."""
        return min(range(len(self.values)), key=self.values.__getitem__)

    @property
    def best_is_last(self) -> bool:
        """Whether the newest epoch is the best."""
        return self.best == len(self.values) - 1

    @property
    def exhausted(self) -> bool:
        """Whether the patience is used up."""
        if not (self.values and self.patience):
            return False
        return len(self.values) - 1 - self.best >= self.patience


class BestEpoch:
    """A copy of what is trained at the end of the best epoch so far, in memory and on disk."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._copies = {name: np.empty_like(array) for name, array in arrays.items()}
        self._position, self._saved = Position(), True

    def take(self, position: Position) -> None:
        """Copy the present vectors, which are the best so far."""
        for name, array in self._arrays.items():
            self._copies[name][:] = array
        self._position, self._saved = position, False

    def put_back(self) -> None:
        """Let the vectors be the best ones again."""
        for name, array in self._arrays.items():
            array[:] = self._copies[name]

    def save(self, folder: CheckpointFolder, now: Checkpoint) -> None:
        """Write the copy, if it is new, with all else as in the checkpoint `now`.

        Raises:
            W2VError: it cannot be written.
        """
        if not self._saved:
            folder.save_best(replace(now, position=self._position, arrays=self._copies))
            self._saved = True

    def restore(self, folder: CheckpointFolder, accept: Accept) -> Position:
        """Read the copy back; returns the position at the end of its epoch.

        Raises:
            RunError: the file is missing, damaged or of another run.
        """
        self._position = folder.load_best(self._copies, accept)
        return self._position
