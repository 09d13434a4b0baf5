"""A run from its first step, or from a checkpoint, to its end: reports, metrics, saving."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.training.checkpoint import Checkpoint, CheckpointFolder, Tally
from w2v_cli.training.guard import Diverged, Guard
from w2v_cli.training.run_folder import RunFolder
from w2v_cli.training.time_limit import TimeLimit
from w2v_cli.training.trainer import Position, StepReport, Trainer
from w2v_cli.training.validation import HeldOut, Losses

__all__ = ["Observers", "Progress", "Session"]

Scores = dict[str, float | None]

_REPORTS_PER_EPOCH = 20  # lines of metrics.jsonl
_LARGEST_SHARE = 0.01  # of the time, that saving at the end of short epochs may take


@dataclass(frozen=True)
class Progress:
    """What a step tells whoever watches."""

    epoch: int  # 1 for the first
    epochs: int
    step: int  # steps done
    words: int  # raw in-vocabulary words trained so far, over all epochs
    total_words: int  # as planned
    learning_rate: float
    loss: float | None  # nats a pair, since the last report or, at its end, of the epoch
    baseline: float  # the loss of vectors that know nothing
    words_per_second: float  # since training began or was resumed
    seconds_left: float
    epoch_ended: bool
    reported: bool  # whether it became a line of metrics.jsonl
    held_out_loss: float | None  # nats a target, at the end of an epoch where text is held out
    best: bool  # whether no epoch before had a lower one
    scores: Scores  # of each benchmark, at the end of an epoch

    def report(self) -> dict[str, Any]:
        """What metrics.jsonl says of it."""
        kept = asdict(self)
        del kept["reported"], kept["total_words"], kept["epochs"], kept["best"]
        if self.held_out_loss is None:
            del kept["held_out_loss"]
        if not self.scores:
            del kept["scores"]
        return kept


@dataclass(frozen=True)
class Observers:
    """Who looks at a run while it trains; all but the guard may be missing."""

    guard: Guard
    held_out: HeldOut | None = None
    patience: int = 0  # epochs without a better held-out loss after which to stop; 0 never stops
    score: Callable[[], Scores] | None = None  # of benchmarks, at each epoch's end
    time_limit: TimeLimit | None = None


class Session:
    """Drives a trainer, keeps the run folder up to date, and stops when told to."""

    def __init__(
        self,
        trainer: Trainer,
        folder: RunFolder,
        parameters: npt.NDArray[np.float32],
        observers: Observers,
        *,
        fingerprint: dict[str, str],
        baseline: float,
        words_per_epoch: int,
        epochs: int,
        checkpoint_seconds: float,
        checkpoint_steps: int | None,
        keep: int,
    ) -> None:
        self._trainer, self._folder, self._parameters = trainer, folder, parameters
        self._observers = observers
        self._best = None if observers.held_out is None else np.empty_like(parameters)
        self._best_saved, self._best_position = True, Position()
        self._learning_rate = 0.0  # of the step before
        self._fingerprint, self._baseline = fingerprint, baseline
        self._total_words, self._epochs = words_per_epoch * epochs, epochs
        self._checkpoint_seconds, self._checkpoint_steps = checkpoint_seconds, checkpoint_steps
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
            return "training.max_minutes"
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
        checkpoint = self._saved.load_newest(self._parameters, self._check_fingerprint)
        if checkpoint is not None:
            self.position, self.tally = checkpoint.position, checkpoint.tally
            self.plans = self._continued(checkpoint.plans)
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
            self._best_position = self._saved.load_best(self._best, self._check_fingerprint)
            if self._best_position.steps_done < self.tally.best_step:
                raise RunError(
                    f"{self._folder.checkpoints}: best.npz is of another run; train again with "
                    "--force"
                )

    def keep_best(self) -> None:
        """Let the parameters be those of the epoch with the lowest held-out loss, if known."""
        if self._best is not None and self.tally.held_out_losses:
            self._parameters[:] = self._best

    def _continued(self, plans: list[int]) -> list[int]:
        """The epochs of the plans up to the present one."""
        if plans[-1] == self._epochs:
            return plans
        if self.position.epoch == plans[-1] < self._epochs:
            return [*plans, self._epochs]
        raise RunError(
            f"{self._folder.path}: cannot be resumed: training.epochs was {plans[-1]}, now "
            f"{self._epochs}; let the run come to its end, then extend it with --extend-epochs"
        )

    def _check_fingerprint(self, saved: dict[str, str]) -> None:
        other = [key for key, value in self._fingerprint.items() if saved.get(key) != value]
        if other:
            raise RunError(
                f"{self._folder.path}: cannot be resumed: the {' and '.join(other)} changed since "
                "the run began; restore what was, or start a new run"
            )

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
        now = Checkpoint(self._fingerprint, self.plans, self.position, self.tally, self._parameters)
        if self._best is not None and not self._best_saved:  # first: what it refers to is there
            best = replace(now, position=self._best_position, parameters=self._best)
            self._saved.save_best(best)
            self._best_saved = True
        self._saved.save(now)
        self._saved_at = time.perf_counter()
        self._save_seconds = self._saved_at - began

    def _check(self, step: StepReport, due: bool) -> None:
        """Stop the run at a step whose loss or, where a report is due, parameters are not sound.

        Raises:
            Diverged: they are not.
        """
        guard = self._observers.guard
        if not math.isfinite(step.loss):
            self._stop_diverged(f"the loss is not finite, {guard.worst()}")
        if step.epoch_ended:
            self._stop_diverged(guard.fault())
        elif due:
            self._stop_diverged(guard.glance())

    def _stop_diverged(self, fault: str | None) -> None:
        """Raise Diverged if there is a fault."""
        if fault is None:
            return
        step = self.position.steps_done
        saved = self._saved.newest_step()
        raise Diverged(
            f"{self._folder.path}: training diverged: after step {step:,}, at a learning rate of "
            f"{self._learning_rate:.4g}, {fault}; train again with a smaller "
            "training.learning_rate or training.kappa; nothing of this was saved"
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
        self._began = self._saved_at = time.perf_counter()
        self._save_seconds = 0.0
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
                if self.finished or self._checkpoint_is_due(report.epoch_ended):
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

    def _checkpoint_is_due(self, epoch_ended: bool) -> bool:
        """Whether to save now: when it is time, and at the end of all but short epochs."""
        seconds = time.perf_counter() - self._saved_at
        if seconds >= self._checkpoint_seconds:
            return True
        if epoch_ended and self._save_seconds <= seconds * _LARGEST_SHARE:
            return True
        every = self._checkpoint_steps
        return every is not None and self.position.steps_done % every == 0

    def _account(self, step: StepReport) -> Progress:
        """Add a step to the tally; write a line of metrics when one is due.

        Raises:
            Diverged: as `_check`, which looks at the parameters then.
        """
        tally = self.tally
        tally.words = round(step.progress * self._total_words)
        tally.loss, tally.pairs = tally.loss + step.loss, tally.pairs + step.pairs
        tally.epoch_loss += step.loss
        tally.epoch_pairs += step.pairs
        due = step.progress * self._epochs * _REPORTS_PER_EPOCH >= tally.reports + 1
        self._check(step, due)
        progress = self._progress(step, reported=due or step.epoch_ended)
        if step.epoch_ended:
            progress = self._examined(progress)
        if progress.reported:
            tally.reports += 1
            tally.loss = tally.pairs = 0.0
            self._folder.append_metrics(progress.report())
        if step.epoch_ended:
            tally.epoch_losses.append(progress.loss)
            tally.epoch_loss = tally.epoch_pairs = 0.0
        return progress

    def _examined(self, progress: Progress) -> Progress:
        """The end of an epoch with its held-out loss and its scores; keeps the best."""
        held_out, score = self._observers.held_out, self._observers.score
        if held_out is not None and self._best is not None:
            loss = held_out.loss()
            self.tally.held_out_losses.append(loss)
            best = self._losses.best_is_last
            if best:
                self._best[:] = self._parameters
                self._best_saved, self._best_position = False, self.position
                self.tally.best_step = self.position.steps_done
            progress = replace(progress, held_out_loss=loss, best=best)
        return progress if score is None else replace(progress, scores=score())

    def _progress(self, step: StepReport, *, reported: bool) -> Progress:
        tally = self.tally
        loss, pairs = tally.loss, tally.pairs
        if step.epoch_ended:
            loss, pairs = tally.epoch_loss, tally.epoch_pairs
        seconds = time.perf_counter() - self._began
        speed = max(tally.words - self._words_before, 1) / seconds
        planned_words = round(self._total_words * (tally.horizon or 1.0))
        between_epochs = not (step.position.shard or step.position.step)
        return Progress(
            epoch=step.position.epoch + (not between_epochs),
            epochs=self._epochs,
            step=step.position.steps_done,
            words=tally.words,
            total_words=planned_words,
            learning_rate=step.learning_rate,
            loss=loss / pairs if pairs else None,
            baseline=self._baseline,
            words_per_second=speed,
            seconds_left=max(planned_words - tally.words, 0) / speed,
            epoch_ended=step.epoch_ended,
            reported=reported,
            held_out_loss=None,
            best=False,
            scores={},
        )
