"""Stochastic gradient descent in steps that give the same bits for any number of workers.

A step is a fixed set of micro-batches. Their gradients are computed from the same
parameters, by whichever worker; then each worker sums and applies those of its own
share of the words, in an order given by the tokens alone. Two barriers a step, no lock.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import BatchBuilder, SegmentTable, ShardText
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.segments import Batch, Layout
from w2v_cli.training.shards import Shards
from w2v_cli.training.step_gradients import StepGradients
from w2v_cli.training.workers import Barrier, Team, shared_array

__all__ = ["Position", "StepReport", "Trainer"]


@dataclass(frozen=True)
class Position:
    """How far a run has come: the next step to take."""

    epoch: int = 0
    shard: int = 0
    step: int = 0  # within the shard
    steps_done: int = 0  # in the whole run
    tokens_done: int = 0  # raw tokens of the shards that are complete


@dataclass(frozen=True)
class StepReport:
    """One step taken."""

    position: Position  # of the next step
    progress: float  # part of the whole run that is done, in [0, 1]
    learning_rate: float  # of this step
    loss: float  # nats, summed over `pairs`
    pairs: float  # targets among which the loss was measured; 0 where it was not
    epoch_ended: bool


class Trainer:
    """Trains parameters (V, 2, D), in place, step by step."""

    def __init__(
        self,
        shards: Shards,
        layout: Layout,
        builder: BatchBuilder,
        kernel: Kernel,
        parameters: npt.NDArray[np.float32],
        gradients: StepGradients,
        learning_rate: Callable[[float, int], float],
        *,
        epochs: int,
        tokens_per_epoch: int,
        workers: int,
    ) -> None:
        """`parameters` is a shared array; a step has as many micro-batches as `gradients` slots.

        `learning_rate` takes (progress, steps done); `tokens_per_epoch` are raw tokens.
        """
        self._shards, self.layout, self._builder, self._kernel = shards, layout, builder, kernel
        self._parameters, self._gradients = parameters, gradients
        self._learning_rate, self._epochs = learning_rate, epochs
        self.total_tokens = tokens_per_epoch * epochs
        self._workers = workers
        shape = shards.shape
        self._text = ShardText(
            shared_array(shape, np.int32),
            shared_array(shape, np.int16),
            shared_array(shape, np.int16),
            shared_array(shape[:1], np.int64),
        )
        self._losses = shared_array((2,), np.float64)
        self._horizon = shared_array((1,), np.float64)
        self._horizon[0] = 1
        self._stop = shared_array((1,), np.uint8)

    @property
    def horizon(self) -> float:
        """The part of the run at which the learning rate has come to its end, in (0, 1].

        It may be set before the first step, and between two reports.
        """
        return float(self._horizon[0])

    @horizon.setter
    def horizon(self, part: float) -> None:
        self._horizon[0] = part

    def steps(self, start: Position) -> Generator[StepReport, None, None]:
        """Take step after step from `start` to the end of the run, reporting each.

        Between two reports the parameters do not change, so the caller may save them.
        Closing the iterator ends the workers.
        """
        self._stop[0] = 0
        self._barrier = Barrier(self._workers)
        team = Team(self._workers, partial(self._serve, start))
        try:
            try:
                yield from self._run(0, start, team.check_members)
            except GeneratorExit:
                self._dismiss(team)
            team.join()
        except BaseException:
            team.kill()
            raise

    def _dismiss(self, team: Team) -> None:
        """Let the workers end at the barrier where they wait, unless they are done anyway."""
        if self._reported.epoch < self._epochs:
            self._stop[0] = 1
            self._barrier.wait(0, team.check_members)

    def _serve(self, start: Position, member: int, check_parent: Callable[[], None]) -> None:
        """What a worker process does: the same steps, reported to nobody."""
        for _ in self._run(member, start, check_parent):
            pass

    def _run(
        self, member: int, position: Position, check: Callable[[], None]
    ) -> Iterator[StepReport]:
        """The steps from `position` on, as seen by one member of the team."""
        while position.epoch < self._epochs:
            chunks = self._shards.chunks(position.epoch, position.shard)
            self._prepare(member, position, chunks)
            self._barrier.wait(member, check)
            if self._stop[0]:
                return
            table = self._shards.segments(
                position.epoch, position.shard, len(chunks), self._text, len(self._gradients.slots)
            )
            raw = self._shards.raw_tokens(chunks)
            last_shard = position.shard + 1 == self._shards.per_epoch
            if table.n_steps == 0:  # subsampling left no word
                position = self._next(position, table, raw, last_shard)
                yield self._report(position, raw, table, 0.0, np.zeros(2), last_shard)
            batches = self._build(member, table, position.step)
            for step in range(position.step, table.n_steps):
                progress = (position.tokens_done + raw * step / table.n_steps) / self.total_tokens
                measured = position.steps_done % _loss_interval(table.n_steps) == 0
                self._compute(member, batches, measured)
                self._barrier.arrive(member)
                batches = self._build(member, table, step + 1)  # while others still compute
                self._barrier.leave(member, check)
                if self._stop[0]:
                    return
                # Not before: between two reports the parent may have set another horizon.
                planned = min(progress / self.horizon, 1.0)
                rate = self._learning_rate(planned, position.steps_done)
                slots = int(table.steps[step + 1] - table.steps[step])
                self._gradients.apply(member, slots, rate)
                losses = self._losses.copy() if measured else np.zeros(2)
                self._barrier.wait(member, check)
                position = self._next(position, table, raw, last_shard)
                ended = last_shard and step + 1 == table.n_steps
                yield self._report(position, raw, table, rate, losses, ended)

    def _report(
        self,
        position: Position,
        raw: int,
        table: SegmentTable,
        rate: float,
        losses: npt.NDArray[np.float64],
        ended: bool,
    ) -> StepReport:
        """What is told of the step before `position`, in a shard of `raw` tokens."""
        self._reported = position
        tokens = position.tokens_done + raw * position.step / max(table.n_steps, 1)
        return StepReport(position, tokens / self.total_tokens, rate, losses[0], losses[1], ended)

    def _next(
        self, position: Position, table: SegmentTable, raw: int, last_shard: bool
    ) -> Position:
        """The position after one more step, or after a shard without steps."""
        step = position.step + 1
        if step < table.n_steps:
            return replace(position, step=step, steps_done=position.steps_done + 1)
        return Position(
            epoch=position.epoch + last_shard,
            shard=0 if last_shard else position.shard + 1,
            steps_done=position.steps_done + (table.n_steps > 0),
            tokens_done=position.tokens_done + raw,
        )

    def _prepare(self, member: int, position: Position, chunks: npt.NDArray[np.int64]) -> None:
        """This member's part of the next shard."""
        for row in range(member, len(chunks), self._workers):
            self._shards.prepare(position.epoch, int(chunks[row]), row, self._text)

    def _build(self, member: int, table: SegmentTable, step: int) -> list[Batch]:
        """This member's micro-batches of a step; none after the shard's last step."""
        if step >= table.n_steps:
            return []
        indices = np.arange(table.steps[step] + member, table.steps[step + 1], self._workers)
        return self._builder.build(self._text, table, indices)

    def _compute(self, member: int, batches: list[Batch], measured: bool) -> None:
        """The gradients of this member's micro-batches, into their slots."""
        for number, batch in enumerate(batches):
            slot = member + number * self._workers
            self._gradients.label(slot, batch)
            with_loss = measured and slot == 0
            gradient = self._gradients.slots[slot]
            loss = self._kernel.gradient(self._parameters, batch, gradient, with_loss=with_loss)
            if with_loss:
                pairs = float(self._kernel.model.target_counts(batch).sum(dtype=np.float64))
                self._losses[:] = loss, pairs


def _loss_interval(steps: int) -> int:
    """After how many steps the loss of one micro-batch is measured again.

    Measuring costs an eighth of a micro-batch: nothing to speak of in a short shard,
    where a mean over few micro-batches would be worth little.
    """
    return 1 if steps < 200 else 4
