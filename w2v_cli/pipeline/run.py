"""A run from its first step, or from a checkpoint, to its last step."""

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from w2v_cli.config import Settings
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.durations import seconds
from w2v_cli.errors import RunError, W2VError
from w2v_cli.pipeline.assembly import Engine
from w2v_cli.pipeline.provenance import fingerprint_of
from w2v_cli.run_files import Facts
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.engine.trainer import StepReport
from w2v_cli.training.run.checkpoint import Checkpoint, continued
from w2v_cli.training.run.guard import Diverged, Guard, divergence
from w2v_cli.training.run.progress import Progress, Scores
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.training.run.saving import Saving
from w2v_cli.training.run.state import TrainingState
from w2v_cli.training.run.timing import Pace, SaveTimes, TimeLimit
from w2v_cli.training.run.validation import Losses

if TYPE_CHECKING:
    from w2v_cli.evaluation.benchmarks import Benchmark

__all__ = ["Inputs", "Run"]

_REPORTS_PER_EPOCH = 20  # lines of metrics.jsonl


@dataclass(frozen=True)
class Inputs:
    """What a run is trained on, and what it started from: start.json, if it has one."""

    corpus: EncodedCorpus
    vocabulary: Vocabulary
    start: Facts | None = None


class Run:
    """Trains in a folder, keeps it up to date, and stops when told to."""

    def __init__(
        self,
        settings: Settings,
        inputs: Inputs,
        engine: Engine,
        folder: RunFolder,
        benchmarks: "Sequence[Benchmark]" = (),
    ) -> None:
        """The vectors are scored on the benchmarks after each epoch."""
        self.settings, self.engine, self.folder = settings, engine, folder
        self.corpus, self.vocabulary, self.start = inputs.corpus, inputs.vocabulary, inputs.start
        self.position, self.state = Position(), TrainingState()
        self.plans = [settings.training.epochs]  # as in Checkpoint
        self.stop_requested = False
        self.cut_round = False  # whether the time was over within a round, which is lost
        self._failure: W2VError | None = None  # that stopped it
        self.began = time.perf_counter()  # on this run, in this process
        self._seconds_before = 0.0
        self._total_words = engine.words_per_epoch * settings.training.epochs
        self._learning_rate = 0.0  # of the step before
        self._benchmarks = benchmarks
        self._guard = Guard(engine.parameters, self.vocabulary.words)
        self._limit = self._time_limit()
        self._saving = Saving(
            folder,
            engine.trained.arrays,
            fingerprint_of(settings, self.corpus, self.vocabulary, self.start),
            SaveTimes(60 * settings.checkpoint.every_minutes, settings.checkpoint.every_steps),
            keep=settings.checkpoint.keep,
            keep_best=engine.held_out is not None,
        )

    def _time_limit(self) -> TimeLimit | None:
        limit = self.settings.training.max_time
        span = None if limit is None else seconds(limit)
        if span is None:
            return None
        return TimeLimit(span, sum(array.nbytes for array in self.engine.trained.arrays.values()))

    @property
    def finished(self) -> bool:
        """Whether every epoch is done, or there is a reason to do no more."""
        return self.position.epoch == self.plans[-1] or self.ended_early is not None

    @property
    def ended_early(self) -> str | None:
        """Why the run has ended before its last epoch, if it has: the setting that said so."""
        if self.state.out_of_time:
            return "training.max_time"
        if self._losses.exhausted and self.position.epoch < self.plans[-1]:
            return "training.patience"
        return None

    @property
    def best_epoch(self) -> int | None:
        """The epoch, 1 for the first, of the lowest held-out loss, where there is one."""
        return self._losses.best + 1 if self.state.held_out_losses else None

    @property
    def total_seconds(self) -> float:
        """Seconds spent on the run, in this process and those before it, without lost work."""
        return self._seconds_before + time.perf_counter() - self.began

    @property
    def _losses(self) -> Losses:
        return Losses(self.state.held_out_losses, self.settings.training.patience)

    def restore(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        A run whose epochs are all done continues if more have been planned since.

        Raises:
            RunError: it is damaged, or was made from other data or settings.
        """
        checkpoint = self._saving.restore()
        if checkpoint is not None:
            self.position, self.state = checkpoint.position, checkpoint.state
            self.plans = continued(self.folder.path, checkpoint, self.settings.training.epochs)
            if len(self.plans) > len(checkpoint.plans):  # an extension has a time of its own
                self.state.horizon, self.state.limited_from = None, self.state.total_seconds
            self.engine.trainer.horizon = self.state.horizon or 1.0
            self._seconds_before = self.state.total_seconds
        self.folder.cut_metrics(self.state.reports)
        return checkpoint is not None

    def settle(self) -> None:
        """Make the vectors those that the run ends with: of the best epoch, if one is known.

        Raises:
            RunError: a vector is not finite.
        """
        self.engine.trainer.complete()
        if self.state.held_out_losses:
            self._saving.put_back_best()
        fault = self._guard.fault()
        if fault is not None:
            raise RunError(divergence(self.folder.path, fault))

    def request_stop(self) -> None:
        """End after the present step."""
        self.stop_requested = True

    def save(self) -> None:
        """Write a checkpoint of the present moment.

        Raises:
            Diverged: its parameters are not worth saving.
        """
        self._stop_diverged(self._guard.fault())
        self.folder.check_held()
        self.state.total_seconds = self.total_seconds
        arrays, fingerprint = self.engine.trained.arrays, self._saving.fingerprint
        self._saving.save(Checkpoint(fingerprint, self.plans, self.position, self.state, arrays))

    def train(self) -> Generator[Progress, None, None]:
        """Train to the end, or until `request_stop`; either way the last step is saved.

        Between two reports the caller may save. Closing the iterator ends the workers and saves
        nothing.

        Raises:
            Diverged: the vectors are not finite, or absurdly long; what was saved is good.
            W2VError: a file cannot be written; if it was metrics.jsonl, the last step is saved.
        """
        if self.finished:
            return
        state, now = self.state, time.perf_counter()
        part = state.words / self._total_words
        self._pace = Pace(now, state.words, part, state.train_seconds)
        self._measured_from = now, part  # the speed of the plan
        self._saving.begin(self.position)
        with closing(self.engine.trainer.steps(self.position)) as steps:
            for report in steps:
                self.position, self._learning_rate = report.position, report.learning_rate
                state.train_seconds = self._pace.seconds(time.perf_counter())
                report = self._limited(report)
                yield self._account(report)
                if self.stop_requested:
                    break
                if self.finished or self._saving.is_due(
                    self.position, epoch_ended=report.epoch_ended or report.round_ended
                ):
                    self.save()
                if self.finished:
                    break
        if self.stop_requested:
            self.save()
        if self._failure is not None:
            raise self._failure

    def _limited(self, step: StepReport) -> StepReport:
        """The step; if the time is over it is made the last of the run and of its epoch."""
        limit, state = self._limit, self.state
        if limit is None:
            return step
        used = self.total_seconds - state.limited_from
        if step.whole and state.horizon is None:
            self._plan(limit, used, step)
        planned = step.whole and state.horizon is not None and step.progress >= state.horizon
        if self.position.epoch == self.plans[-1] or not (planned or limit.is_over(used)):
            return step
        state.out_of_time, self.cut_round = True, not step.whole
        # A round that is cut is lost. With the first of an epoch, nothing of that epoch is left.
        ended = step.whole or not _between_epochs(step.position) or not step.position.tokens_done
        return replace(step, epoch_ended=ended, ahead=0.0)

    def _plan(self, limit: TimeLimit, used: float, step: StepReport) -> None:
        """Plan how much will be done in time, once enough is done to tell."""
        now, (began, before) = time.perf_counter(), self._measured_from
        if step.round_ended and before == self._pace.part and not limit.is_late(used):
            # Before its first round the nodes were opened, which says nothing of those to come.
            self._measured_from = now, step.progress
            return
        part = limit.horizon(used, now - began, before, step.progress)
        if part is not None:
            part = self.engine.trainer.reachable(step.position, part)
            self.state.horizon = self.engine.trainer.horizon = part

    def _account(self, step: StepReport) -> Progress:
        """Count a step; write a line of metrics when one is due.

        Raises:
            Diverged: the loss or, where a report is due, the parameters are not sound.
        """
        state = self.state
        state.words = round(step.progress * self._total_words)
        state.add(step.loss, step.pairs)
        # Within a round there is no loss to report.
        due = (
            step.whole and step.progress * self.plans[-1] * _REPORTS_PER_EPOCH >= state.reports + 1
        )
        if step.epoch_ended:
            self.engine.trainer.complete()
        self._stop_diverged(
            self._guard.step_fault(step.loss, look=due, everywhere=step.epoch_ended)
        )
        progress = self._progress(step, reported=due or step.epoch_ended)
        if step.epoch_ended:
            progress = self._examined(progress)
        if progress.reported:
            self._report(progress)
        if step.epoch_ended:
            state.end_epoch()
        return progress

    def _report(self, progress: Progress) -> None:
        """Write a line of metrics; a run that cannot is saved and stopped."""
        try:
            self.folder.append_metrics(progress.report())
        except W2VError as error:
            self._failure = error
            self.request_stop()
        else:
            self.state.end_report()

    def _stop_diverged(self, fault: str | None) -> None:
        """Raise Diverged if there is a fault."""
        if fault is None:
            return
        step, rate = self.position.steps_done, self._learning_rate
        what = f"after step {step:,}, at a learning rate of {rate:.4g}, {fault}"
        saved = self._saving.newest_step()
        raise Diverged(
            f"{divergence(self.folder.path, what)}; nothing of this was saved"
            + (f", the newest checkpoint is from step {saved:,}" if saved is not None else "")
        )

    def _examined(self, progress: Progress) -> Progress:
        """The end of an epoch with its held-out loss and its scores; keeps the best."""
        if self.engine.held_out is not None:
            loss = self.engine.held_out.loss()
            self.state.held_out_losses.append(loss)
            best = self._losses.best_is_last
            if best:
                self._saving.take_best(self.position)
                self.state.best_step = self.position.steps_done
            progress = replace(progress, held_out_loss=loss, best=best)
        return replace(progress, scores=self._scores())

    def _scores(self) -> Scores:
        """The present vectors' score on each benchmark, by its path."""
        if not self._benchmarks:
            return {}
        from w2v_cli.evaluation.scoring import headlines
        from w2v_cli.vectors.word_vectors import WordVectors

        matrix = np.ascontiguousarray(self.engine.parameters[:, 0])
        return headlines(WordVectors(self.vocabulary.words, matrix), self._benchmarks)

    def _progress(self, step: StepReport, *, reported: bool) -> Progress:
        state = self.state
        words = state.words + round(step.ahead * self._total_words)
        speed = self._pace.words_per_second(time.perf_counter(), words)
        planned_words = round(self._total_words * (state.horizon or 1.0))
        return Progress(
            epoch=step.position.epoch + (not (step.whole and _between_epochs(step.position))),
            epochs=self.plans[-1],
            step=step.position.steps_done,
            words=words,
            total_words=planned_words,
            learning_rate=step.learning_rate,
            loss=state.mean_epoch_loss if step.epoch_ended else state.mean_loss,
            baseline=self.engine.baseline,
            words_per_second=speed,
            seconds_left=max(planned_words - words, 0) / speed,
            epoch_ended=step.epoch_ended,
            reported=reported,
            cluster=step.cluster,
        )


def _between_epochs(position: Position) -> bool:
    """Whether the next step is the first of an epoch."""
    return not (position.number or position.step)
