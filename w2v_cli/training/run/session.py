"""A run from its first step, or from a checkpoint, to its end: reports, metrics, saving."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from w2v_cli.errors import RunError
from w2v_cli.run_files import BEST
from w2v_cli.training.engine.rounds import Position
from w2v_cli.training.engine.trainer import StepReport, Trainer
from w2v_cli.training.run.best_epoch import BestEpoch
from w2v_cli.training.run.checkpoint import (
    Arrays,
    Checkpoint,
    CheckpointFolder,
    check_fingerprint,
    continued,
)
from w2v_cli.training.run.guard import Diverged
from w2v_cli.training.run.observers import Observers
from w2v_cli.training.run.progress import Progress
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.training.run.save_times import SaveTimes
from w2v_cli.training.run.tally import Tally
from w2v_cli.training.run.validation import Losses

__all__ = ["Session"]

_REPORTS_PER_EPOCH = 20  # lines of metrics.jsonl


class Session:
    """Drives a trainer, keeps the run folder up to date, and stops when told to."""

    def __init__(
        self,
        trainer: Trainer,
        folder: RunFolder,
        arrays: Arrays,
        observers: Observers,
        *,
        fingerprint: dict[str, str],
        baseline: float,
        words_per_epoch: int,
        epochs: int,
        save_times: SaveTimes,
        keep: int,
    ) -> None:
        self._trainer, self._folder, self._arrays = trainer, folder, arrays
        self._observers = observers
        self._best = None if observers.held_out is None else BestEpoch(arrays)
        self._learning_rate = 0.0  # of the step before
        self._fingerprint, self._baseline = fingerprint, baseline
        self._total_words, self._epochs = words_per_epoch * epochs, epochs
        self._save_times = save_times
        self._saved = CheckpointFolder(folder.checkpoints, keep)
        self.position, self.tally = Position(), Tally()
        self.plans = [epochs]  # as in Checkpoint
        self.stop_requested = False

    @property
    def finished(self) -> bool:
        """Whether every epoch is done, or there is a reason to do no more."""
        return self.position.epoch == self._epochs or self.ended_early is not None

    @property
    def ended_early(self) -> str | None:
        """Why the run has ended before its last epoch, if it has: the setting that said so."""
        if self.tally.out_of_time:
            return "training.max_time"
        if self._losses.exhausted and self.position.epoch < self._epochs:
            return "training.patience"
        return None

    @property
    def _losses(self) -> Losses:
        return Losses(self.tally.held_out_losses, self._observers.patience)

    @property
    def best_epoch(self) -> int | None:
        """The epoch, 1 for the first, of the lowest held-out loss, where there is one."""
        return self._losses.best + 1 if self.tally.held_out_losses else None

    def restore(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        Where all epochs of its plan are done, more may have been planned since.

        Raises:
            RunError: it is damaged, or was made from other data or settings.
        """
        checkpoint = self._saved.load_newest(self._arrays, self._check_fingerprint)
        if checkpoint is not None:
            self.position, self.tally = checkpoint.position, checkpoint.tally
            self.plans = continued(self._folder.path, checkpoint, self._epochs)
            self._trainer.horizon = self.tally.horizon or 1.0
            self._restore_best()
        self._folder.cut_metrics(self.tally.reports)
        return checkpoint is not None

    def _restore_best(self) -> None:
        """Read the best epoch's parameters back.

        A file of a later epoch was written just before the run was killed: the run will come
        to that epoch again.
        """
        if self._best is not None and self.tally.held_out_losses:
            position = self._best.restore(self._saved, self._check_fingerprint)
            if position.steps_done < self.tally.best_step:
                raise RunError(
                    f"{self._folder.checkpoints}: {BEST} is of another run; train again with "
                    "--force"
                )

    def keep_best(self) -> None:
        """Let the parameters be those of the epoch with the lowest held-out loss, if known."""
        if self._best is not None and self.tally.held_out_losses:
            self._best.put_back()

    def _check_fingerprint(self, saved: dict[str, str]) -> None:
        check_fingerprint(self._folder.path, saved, self._fingerprint)

    def request_stop(self) -> None:
        """End after the present step."""
        self.stop_requested = True

    def save(self) -> None:
        """Write a checkpoint of the present moment.

        Raises:
            Diverged: its parameters are not worth saving.
        """
        self._stop_diverged(self._observers.guard.fault())
        began = time.perf_counter()
        now = Checkpoint(self._fingerprint, self.plans, self.position, self.tally, self._arrays)
        if self._best is not None:
            self._best.save(self._saved, now)  # first: what a checkpoint refers to is there
        self._saved.save(now)
        self._save_times.note(began, time.perf_counter())

    def _stop_diverged(self, fault: str | None) -> None:
        """Raise Diverged if there is a fault."""
        if fault is None:
            return
        step = self.position.steps_done
        saved = self._saved.newest_step()
        raise Diverged(
            f"{self._folder.path}: training diverged: after step {step:,}, at a learning rate of "
            f"{self._learning_rate:.4g}, {fault}; train again with a smaller "
            "training.learning_rate or training.max_pair_rate; nothing of this was saved"
            + (f", the newest checkpoint is from step {saved:,}" if saved is not None else "")
        )

    def run(self, seconds_used: float = 0.0) -> Iterator[Progress]:
        """Train to the end, or until `stop_requested`; either way the last step is saved.

        `seconds_used` are those that count for a time limit besides the time of training.

        Raises:
            Diverged: the parameters are not finite, or absurdly large; they are not saved.
        """
        if self.finished:
            return
        self._seconds_used = seconds_used
        self._progress_before = self.tally.words / self._total_words
        self._began = time.perf_counter()
        self._save_times.note(self._began, self._began)
        self._words_before = self.tally.words
        seconds_before = self.tally.train_seconds
        with closing(self._trainer.steps(self.position)) as steps:
            for report in steps:
                self.position, self._learning_rate = report.position, report.learning_rate
                self.tally.train_seconds = seconds_before + time.perf_counter() - self._began
                report = self._limited(report)
                yield self._account(report)
                if self.stop_requested:
                    break
                if self.finished or self._save_times.is_due(
                    time.perf_counter(), self.position.steps_done, epoch_ended=report.epoch_ended
                ):
                    self.save()
                if self.finished:
                    break
        if self.stop_requested:
            self.save()

    def _limited(self, step: StepReport) -> StepReport:
        """The step, which ends the run and so the epoch if the time is over."""
        limit, tally = self._observers.time_limit, self.tally
        if limit is None:
            return step
        used = self._seconds_used + tally.train_seconds
        if tally.horizon is None:
            trained = time.perf_counter() - self._began
            tally.horizon = limit.horizon(used, trained, self._progress_before, step.progress)
            self._trainer.horizon = tally.horizon or 1.0
        planned = tally.horizon is not None and step.progress >= tally.horizon
        if self.position.epoch < self._epochs and (planned or limit.is_over(used)):
            tally.out_of_time = True
            return replace(step, epoch_ended=True)
        return step

    def _account(self, step: StepReport) -> Progress:
        """Add a step to the tally; write a line of metrics when one is due.

        Raises:
            Diverged: the loss or, where a report is due, the parameters are not sound.
        """
        tally = self.tally
        tally.words = round(step.progress * self._total_words)
        tally.add(step.loss, step.pairs)
        due = step.progress * self._epochs * _REPORTS_PER_EPOCH >= tally.reports + 1
        if step.epoch_ended:
            self._trainer.complete()
        guard = self._observers.guard
        self._stop_diverged(guard.step_fault(step.loss, look=due, everywhere=step.epoch_ended))
        progress = self._progress(step, reported=due or step.epoch_ended)
        if step.epoch_ended:
            progress = self._examined(progress)
        if progress.reported:
            tally.end_report()
            self._folder.append_metrics(progress.report())
        if step.epoch_ended:
            tally.end_epoch()
        return progress

    def _examined(self, progress: Progress) -> Progress:
        """The end of an epoch with its held-out loss and its scores; keeps the best."""
        held_out, score = self._observers.held_out, self._observers.score
        if held_out is not None and self._best is not None:
            loss = held_out.loss()
            self.tally.held_out_losses.append(loss)
            best = self._losses.best_is_last
            if best:
                self._best.take(self.position)
                self.tally.best_step = self.position.steps_done
            progress = replace(progress, held_out_loss=loss, best=best)
        return progress if score is None else replace(progress, scores=score())

    def _progress(self, step: StepReport, *, reported: bool) -> Progress:
        tally = self.tally
        seconds = time.perf_counter() - self._began
        speed = max(tally.words - self._words_before, 1) / seconds
        planned_words = round(self._total_words * (tally.horizon or 1.0))
        between_epochs = not (step.position.round or step.position.step)
        return Progress(
            epoch=step.position.epoch + (not between_epochs),
            epochs=self._epochs,
            step=step.position.steps_done,
            words=tally.words,
            total_words=planned_words,
            learning_rate=step.learning_rate,
            loss=tally.mean_epoch_loss if step.epoch_ended else tally.mean_loss,
            baseline=self._baseline,
            words_per_second=speed,
            seconds_left=max(planned_words - tally.words, 0) / speed,
            epoch_ended=step.epoch_ended,
            reported=reported,
            held_out_loss=None,
            best=False,
            scores={},
        )
