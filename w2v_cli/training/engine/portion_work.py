"""The work of a portion, without the processes that do it.

A portion turns parameters into parameters: beside these, only its chunks, the learning rates and
the seed decide the result. `train_portion` does it in one process; `Trainer` shares the same work
among several.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.batches import Batch
from w2v_cli.core.kernels import Kernel, map_blas_buffer
from w2v_cli.core.sampling import generator
from w2v_cli.core.segments import PortionText, SegmentTable, cut_segments
from w2v_cli.training.engine.chunks import Chunks
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.portions import Portion
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.step_gradients import StepGradients

__all__ = ["PortionWork", "train_portion"]


class PortionWork:
    """The pieces of a portion's work: text prepared, micro-batches built, gradients, updates."""

    def __init__(
        self,
        chunks: Chunks,
        builder: BatchBuilder,
        kernel: Kernel,
        parameters: npt.NDArray[np.float32],
        gradients: StepGradients,
        growth: int,
        composed: ComposedRows | None = None,
    ) -> None:
        """`parameters` (V, 2, D) are a shared array, updated in place.

        Steps grow by a token for each `growth` that were trained.
        Where centre vectors are `composed`, the rows they are made of are updated instead.
        """
        self.composed = composed
        self.chunks, self._builder, self._kernel = chunks, builder, kernel
        self._parameters, self._gradients, self._growth = parameters, gradients, growth
        shape = chunks.most_at_once, chunks.capacity
        self._text = PortionText(
            shared_array(shape, np.int32),
            shared_array(shape, np.int16),
            shared_array(shape, np.int16),
            shared_array(shape[:1], np.int64),
        )

    @property
    def micro_batches(self) -> int:
        """Micro-batches of a step."""
        return len(self._gradients.micro_batches)

    def prepare(self, portion: Portion, member: int, members: int) -> None:
        """Subsample the text of this member's chunks, every n-th, and draw its windows."""
        map_blas_buffer()
        for row in range(member, len(portion.chunks), members):
            self.chunks.prepare(portion.epoch, int(portion.chunks[row]), row, self._text)

    def cut(self, portion: Portion, tokens_done: float = 0) -> SegmentTable:
        """The prepared portion cut into segments, in the order of training.

        `tokens_done` are the raw tokens trained before it; by them steps grow.
        """
        rng = generator(self.chunks.seed, "segments", portion.epoch, portion.number)
        layout = self.chunks.layout
        done = tokens_done / max(portion.raw_tokens, 1)
        return cut_segments(
            self._text,
            len(portion.chunks),
            layout,
            self.micro_batches,
            rng,
            growth=self._growth,
            done=done,
        )

    def compose(self, table: SegmentTable, indices: npt.NDArray[np.integer], share: int) -> None:
        """Compose the centre vectors of a share of the words that these micro-batches have."""
        if self.composed is not None:
            self.composed.begin(self._words_in(table, indices))
            self.composed.compose(share)

    def _words_in(
        self, table: SegmentTable, indices: npt.NDArray[np.integer]
    ) -> npt.NDArray[np.int64]:
        """The words of these micro-batches, rising."""
        places = table.starts[indices].reshape(-1, 1) + np.arange(self.chunks.layout.length)
        present = np.zeros(len(self._parameters), np.bool_)
        present[self._text.tokens.reshape(-1).take(places)] = True
        return np.flatnonzero(present)

    def build(self, table: SegmentTable, indices: npt.NDArray[np.integer]) -> list[Batch]:
        """The micro-batches of the portion with these indices."""
        return self._builder.build(self._text, table, indices)

    def gradient(self, number: int, batch: Batch, *, with_loss: bool) -> tuple[float, float]:
        """Compute the gradient of a step's micro-batch; return loss and targets if asked."""
        self._gradients.label(number, batch)
        gradient = self._gradients.micro_batches[number]
        loss = self._kernel.gradient(self._parameters, batch, gradient, with_loss=with_loss)
        if not with_loss:
            return 0.0, 0.0
        return loss, float(self._kernel.model.target_counts(batch).sum(dtype=np.float64))

    @property
    def shares(self) -> int:
        """Shares of the words, one for each worker."""
        return self._gradients.shares

    def apply(self, share: int, count: int, rate: float) -> None:
        """Take the step of so many micro-batches for a share of the words."""
        self._gradients.apply(share, count, rate)

    def apply_rows(self, share: int, rate: float) -> None:
        """Move a share of the rows that centre vectors are made of, after `apply` of all."""
        if self.composed is not None:
            self.composed.apply(share, rate)


def train_portion(work: PortionWork, portion: Portion, rate: Callable[[float], float]) -> None:
    """Train a portion in one process; `rate` takes the part of it that is done, in [0, 1)."""
    work.prepare(portion, 0, 1)
    table = work.cut(portion)
    for step in range(table.n_steps):
        indices = np.arange(table.steps[step], table.steps[step + 1])
        for share in range(work.shares):
            work.compose(table, indices, share)
        for number, batch in enumerate(work.build(table, indices)):
            work.gradient(number, batch, with_loss=False)
        for update in (partial(work.apply, count=len(indices)), work.apply_rows):
            for share in range(work.shares):
                update(share, rate=rate(table.part_before(step)))
