"""Stochastic gradient descent in steps that give the same bits for any number of workers.

A step is a fixed set of micro-batches. Any free worker computes their gradients, all from the
same parameters. Then each worker sums and applies the gradients of its own share of the words, in
an order that the tokens alone decide. A step has two barriers and no lock; where centre vectors are
composed, it has two more.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batch_builder import batches_at_once
from w2v_cli.core.batches import Batch
from w2v_cli.core.segments import SegmentTable
from w2v_cli.training.engine.chunks import Chunks
from w2v_cli.training.engine.portion_work import PortionWork
from w2v_cli.training.engine.portions import Course, Portion, Position
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.workers import Barrier, TaskQueue, WorkerPool

__all__ = ["StepReport", "Trainer"]


@dataclass(frozen=True)
class StepReport:
    """One step taken."""

    position: Position  # of the next step
    progress: float  # part of the whole run that is done and in the vectors, in [0, 1]
    learning_rate: float  # of this step
    loss: float  # nats, summed over `pairs`
    pairs: float  # targets among which the loss was measured; 0 where it was not
    epoch_ended: bool
    # Of a run in rounds of several shards: what its nodes do, whether a round has ended, and the
    # part of the whole run that is trained already but not in the vectors before the round ends.
    cluster: dict[str, float] | None = None
    round_ended: bool = False
    ahead: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether the vectors hold all that was trained: always, but within a round."""
        return self.cluster is None or self.round_ended


@dataclass(frozen=True)
class _Cut:
    """The portion being trained, cut into micro-batches and steps."""

    portion: Portion
    table: SegmentTable

    def micro_batches(self, step: int) -> npt.NDArray[np.int64]:
        """The indices of a step's micro-batches; none after the portion's last step."""
        if step >= self.table.n_steps:
            return np.empty(0, np.int64)
        return np.arange(self.table.steps[step], self.table.steps[step + 1])


class Trainer:
    """Trains the parameters of its work, in place, step by step."""

    def __init__(
        self,
        work: PortionWork,
        portions: Course,
        learning_rate: Callable[[float, int], float],
        *,
        epochs: int,
        total_tokens: int,
        workers: int,
    ) -> None:
        """`learning_rate` takes (progress, steps done); `total_tokens` are raw, of all epochs."""
        self._work, self._portions = work, portions
        self._learning_rate, self._epochs = learning_rate, epochs
        self.total_tokens = total_tokens
        self._workers = workers
        self._built_at_once = batches_at_once(work.chunks.layout)
        self._losses = shared_array((2,), np.float64)
        self._horizon = shared_array((1,), np.float64)
        self._horizon[0] = 1
        self._stop = shared_array((1,), np.uint8)

    def over(self, portions: Course, *, epochs: int) -> "Trainer":
        """A trainer with the same work and learning rates, over other portions and `epochs`."""
        return Trainer(
            self._work,
            portions,
            self._learning_rate,
            epochs=epochs,
            total_tokens=self.total_tokens,
            workers=self._workers,
        )

    @property
    def chunks(self) -> Chunks:
        """The text that is trained."""
        return self._work.chunks

    @property
    def n_portions(self) -> int:
        """Portions of the whole run."""
        return self._portions.per_epoch * self._epochs

    @property
    def horizon(self) -> float:
        """The progress at which the learning rate reaches its lowest value, in (0, 1].

        It may be set before the first step, and between two reports.
        """
        return float(self._horizon[0])

    @horizon.setter
    def horizon(self, part: float) -> None:
        self._horizon[0] = part

    def reachable(self, position: Position, part: float) -> float:
        """The part of the run at which it can end, if it is to end by that `part`: any."""
        return part

    def steps(self, start: Position) -> Generator[StepReport, None, None]:
        """Take step after step from `start` to the end of the run, reporting each.

        Between two reports the parameters do not change, so the caller may save them.
        Closing the iterator ends the workers.
        """
        self._stop[0] = 0
        self._barrier = Barrier(self._workers)
        self._tasks = TaskQueue(self._work.micro_batches, self._workers)
        pool = WorkerPool(self._workers, partial(self._serve, start))
        try:
            try:
                yield from self._run(0, start, pool.check_members)
            except GeneratorExit:
                self._dismiss(pool)
            pool.join()
        except BaseException:
            pool.kill()
            raise

    def complete(self) -> None:
        """Bring all centre vectors up to date, between two reports, where they are composed."""
        if self._work.composed is not None:
            self._work.composed.compose_all()

    def _dismiss(self, pool: WorkerPool) -> None:
        """Let the workers end at the barrier where they wait, unless the run is over anyway."""
        if self._reported.epoch < self._epochs:
            self._stop[0] = 1
            self._barrier.wait(0, pool.check_members)

    def _serve(self, start: Position, member: int, check_parent: Callable[[], None]) -> None:
        """What a worker process does: the same steps, reported to nobody."""
        for _ in self._run(member, start, check_parent):
            pass

    def _run(
        self, member: int, position: Position, check: Callable[[], None]
    ) -> Iterator[StepReport]:
        """The steps from `position` on, as one member of the pool takes them."""
        while position.epoch < self._epochs:
            cut = self._prepare(member, position, check)
            if self._stop[0]:
                return
            steps = cut.table.n_steps
            if steps == 0:  # subsampling left no word
                self._barrier.wait(member, check)  # another may still read this portion's text
                position = cut.portion.after(position, steps)
                yield self._report(position, cut, 0.0, np.zeros(2))
            batches: dict[int, Batch] = {}
            self._build(member, cut, position.step, batches)
            for step in range(position.step, steps):
                if not self._compose(member, cut, step, check):
                    return
                measured = self._measured(cut, step)
                self._compute(member, cut, step, batches, measured)
                self._barrier.arrive(member)
                self._build(member, cut, step + 1, batches)  # while others still compute
                self._barrier.leave(member, check)
                if self._stop[0]:
                    return
                rate = self._rate(position, cut)
                self._apply(member, len(cut.micro_batches(step)), rate, check)
                losses = np.zeros(2) if measured is None else self._losses.copy()
                self._barrier.wait(member, check)
                position = cut.portion.after(position, steps)
                yield self._report(position, cut, rate, losses)

    def _prepare(self, member: int, position: Position, check: Callable[[], None]) -> _Cut:
        """The portion at the position, cut; every member prepares a part of its text."""
        portion = self._portions.at(position.epoch, position.number)
        self._work.prepare(portion, member, self._workers)
        self._barrier.wait(member, check)
        if member == 0 and not portion.last:
            self._work.chunks.prefetch(self._portions.at(portion.epoch, portion.number + 1).chunks)
        return _Cut(portion, self._work.cut(portion, position.tokens_done))

    def _rate(self, position: Position, cut: _Cut) -> float:
        """The learning rate of the step at the position.

        Call only after the barrier: between two reports the parent may set another horizon.
        """
        progress = self._progress(position, cut)
        return self._learning_rate(min(progress / self.horizon, 1.0), position.steps_done)

    def _progress(self, position: Position, cut: _Cut) -> float:
        within = cut.portion.raw_tokens * cut.table.part_before(position.step)
        return (position.tokens_done + within) / self.total_tokens

    def _report(
        self, position: Position, cut: _Cut, rate: float, losses: npt.NDArray[np.float64]
    ) -> StepReport:
        """The report of the step before `position`."""
        self._reported = position
        ended = cut.portion.last and position.step == 0
        progress = self._progress(position, cut)
        return StepReport(position, progress, rate, losses[0], losses[1], ended)

    def _build(self, member: int, cut: _Cut, step: int, built: dict[int, Batch]) -> None:
        """Put this member's micro-batches of the step into `built`, by index, unless there already.

        Those of the next steps are built with them: a call costs as much as some micro-batches.
        """
        own = cut.micro_batches(step)[member :: self._workers]
        if len(own) == 0 or int(own[0]) in built:
            return
        while step + 1 < cut.table.n_steps:
            step += 1
            next_own = cut.micro_batches(step)[member :: self._workers]
            if len(own) + len(next_own) > self._built_at_once:
                break
            own = np.append(own, next_own)
        built.clear()  # other members have computed what is left there
        built.update(zip(own.tolist(), self._work.build(cut.table, own), strict=True))

    def _compute(
        self, member: int, cut: _Cut, step: int, built: dict[int, Batch], measured: int | None
    ) -> None:
        """Compute the gradients of this member's micro-batches, then of those that nobody began."""
        indices = cut.micro_batches(step)
        for number in self._tasks.each(member, len(indices)):
            batch = built.pop(int(indices[number]), None)
            if batch is None:  # another member's
                [batch] = self._work.build(cut.table, indices[number : number + 1])
            with_loss = number == measured
            losses = self._work.gradient(number, batch, with_loss=with_loss)
            if with_loss:
                self._losses[:] = losses

    def _measured(self, cut: _Cut, step: int) -> int | None:
        """The micro-batch of the step whose loss is measured, if one is.

        Measuring takes time. A short portion can afford to measure more micro-batches, and needs
        more for a useful mean. One in so many is measured, however long the steps are, so that
        every part of the text counts alike.
        """
        indices, most = cut.micro_batches(step), self._work.micro_batches
        interval = most if cut.table.steps[-1] < 200 * most else 4 * most
        number = int(-indices[0] % interval)
        return number if number < len(indices) else None

    def _compose(self, member: int, cut: _Cut, step: int, check: Callable[[], None]) -> bool:
        """Compose this member's share of the step's centre vectors, where they are composed.

        Nobody begins before the parent is back from a report, in which it may save them. Returns
        whether the run goes on.
        """
        if self._work.composed is None:
            return True
        self._barrier.wait(member, check)
        if self._stop[0]:
            return False
        self._work.compose(cut.table, cut.micro_batches(step), member)
        self._barrier.wait(member, check)
        return True

    def _apply(self, member: int, count: int, rate: float, check: Callable[[], None]) -> None:
        """Update this member's share of the words with the gradients of so many micro-batches."""
        if member == 0:
            self._tasks.clear(count)  # nobody claims any before the next barrier
        self._work.apply(member, count, rate)
        if self._work.composed is not None:
            self._barrier.wait(member, check)
            self._work.apply_rows(member, rate)
