"""Stochastic gradient descent in steps that give the same bits for any number of workers.

A step is a fixed set of micro-batches. Their gradients are computed from the same
parameters, by whichever worker is free; then each worker sums and applies those of its own
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
from w2v_cli.training.engine.shards import Shards
from w2v_cli.training.engine.step_gradients import StepGradients
from w2v_cli.training.engine.workers import Barrier, Claims, Team, shared_array

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


@dataclass(frozen=True)
class _Shard:
    """The shard being trained on, and what it is of its epoch."""

    table: SegmentTable
    raw_tokens: int
    last: bool

    def slots(self, step: int) -> int:
        """Micro-batches of a step."""
        return int(self.table.steps[step + 1] - self.table.steps[step])

    def tokens_before(self, position: Position) -> float:
        """Raw tokens of the whole run before a position in this shard or at its end."""
        part = position.step / max(self.table.n_steps, 1)
        return position.tokens_done + self.raw_tokens * part

    def after(self, position: Position) -> Position:
        """The position after one more step, or after a shard without steps."""
        step = position.step + 1
        if step < self.table.n_steps:
            return replace(position, step=step, steps_done=position.steps_done + 1)
        return Position(
            epoch=position.epoch + self.last,
            shard=0 if self.last else position.shard + 1,
            steps_done=position.steps_done + (self.table.n_steps > 0),
            tokens_done=position.tokens_done + self.raw_tokens,
        )


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
        self._slots = Claims(len(self._gradients.slots), self._workers)
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
            shard = self._prepare(member, position, check)
            if self._stop[0]:
                return
            if shard.table.n_steps == 0:  # subsampling left no word
                position = shard.after(position)
                yield self._report(position, shard, 0.0, np.zeros(2))
            batches = self._build(member, shard, position.step)
            for step in range(position.step, shard.table.n_steps):
                measured = position.steps_done % _loss_interval(shard.table.n_steps) == 0
                self._compute(member, shard, step, batches, measured)
                self._barrier.arrive(member)
                batches = self._build(member, shard, step + 1)  # while others still compute
                self._barrier.leave(member, check)
                if self._stop[0]:
                    return
                rate = self._rate(position, shard)
                self._apply(member, shard.slots(step), rate)
                losses = self._losses.copy() if measured else np.zeros(2)
                self._barrier.wait(member, check)
                position = shard.after(position)
                yield self._report(position, shard, rate, losses)

    def _prepare(self, member: int, position: Position, check: Callable[[], None]) -> _Shard:
        """The shard of the position, of whose text every member prepares a part."""
        chunks = self._shards.chunks(position.epoch, position.shard)
        for row in range(member, len(chunks), self._workers):
            self._shards.prepare(position.epoch, int(chunks[row]), row, self._text)
        self._barrier.wait(member, check)
        table = self._shards.segments(
            position.epoch, position.shard, len(chunks), self._text, len(self._gradients.slots)
        )
        last = position.shard + 1 == self._shards.per_epoch
        if member == 0 and not last:
            self._shards.prefetch(self._shards.chunks(position.epoch, position.shard + 1))
        return _Shard(table, self._shards.raw_tokens(chunks), last)

    def _rate(self, position: Position, shard: _Shard) -> float:
        """The learning rate of the step at the position.

        Not to be asked earlier: between two reports the parent may set another horizon.
        """
        progress = shard.tokens_before(position) / self.total_tokens
        return self._learning_rate(min(progress / self.horizon, 1.0), position.steps_done)

    def _report(
        self, position: Position, shard: _Shard, rate: float, losses: npt.NDArray[np.float64]
    ) -> StepReport:
        """What is told of the step before `position`."""
        self._reported = position
        progress = shard.tokens_before(position) / self.total_tokens
        ended = shard.last and position.step == 0
        return StepReport(position, progress, rate, losses[0], losses[1], ended)

    def _build(self, member: int, shard: _Shard, step: int) -> dict[int, Batch]:
        """This member's micro-batches of a step by slot; none after the shard's last step."""
        if step >= shard.table.n_steps:
            return {}
        slots = np.arange(member, shard.slots(step), self._workers)
        built = self._builder.build(self._text, shard.table, shard.table.steps[step] + slots)
        return dict(zip(slots.tolist(), built, strict=True))

    def _compute(
        self, member: int, shard: _Shard, step: int, built: dict[int, Batch], measured: bool
    ) -> None:
        """The gradients of this member's micro-batches, then of those no other has begun."""
        for slot in self._slots.each(member, shard.slots(step)):
            batch = built.get(slot)
            if batch is None:  # another's; this member's own are done, so the builder is free
                place = shard.table.steps[step] + np.array([slot])
                [batch] = self._builder.build(self._text, shard.table, place)
            self._gradient(slot, batch, measured)

    def _gradient(self, slot: int, batch: Batch, measured: bool) -> None:
        """The gradient of a micro-batch into its slot."""
        self._gradients.label(slot, batch)
        with_loss = measured and slot == 0
        gradient = self._gradients.slots[slot]
        loss = self._kernel.gradient(self._parameters, batch, gradient, with_loss=with_loss)
        if with_loss:
            pairs = float(self._kernel.model.target_counts(batch).sum(dtype=np.float64))
            self._losses[:] = loss, pairs

    def _apply(self, member: int, slots: int, rate: float) -> None:
        """Update this member's share of the words with the gradients of so many slots."""
        if member == 0:
            self._slots.clear(slots)  # nobody claims any before the next barrier
        self._gradients.apply(member, slots, rate)


def _loss_interval(steps: int) -> int:
    """After how many steps the loss of one micro-batch is measured again.

    Measuring costs an eighth of a micro-batch: nothing to speak of in a short shard,
    where a mean over few micro-batches would be worth little.
    """
    return 1 if steps < 200 else 4
