"""A run from its first step, or from a checkpoint, to its end: reports, metrics, saving."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.training.checkpoint import Checkpoint, CheckpointFolder, Tally
from w2v_cli.training.run_folder import RunFolder
from w2v_cli.training.trainer import Position, StepReport, Trainer

__all__ = ["Progress", "Session"]

_REPORTS_PER_EPOCH = 20  # lines of metrics.jsonl
_LARGEST_SHARE = 0.01  # of the time, that saving at the end of short epochs may take


@dataclass(frozen=True)
class Progress:
    """What a step tells whoever watches."""

    epoch: int  # 1 for the first
    epochs: int
    step: int  # steps done
    words: int  # raw in-vocabulary words trained so far, over all epochs
    total_words: int
    learning_rate: float
    loss: float | None  # nats a pair, since the last report or, at its end, of the epoch
    baseline: float  # the loss of vectors that know nothing
    words_per_second: float  # since training began or was resumed
    seconds_left: float
    epoch_ended: bool
    reported: bool  # whether it became a line of metrics.jsonl

    def report(self) -> dict[str, Any]:
        """What metrics.jsonl says of it."""
        kept = asdict(self)
        del kept["reported"], kept["total_words"], kept["epochs"]
        return kept


class Session:
    """Drives a trainer, keeps the run folder up to date, and stops when told to."""

    def __init__(
        self,
        trainer: Trainer,
        folder: RunFolder,
        parameters: npt.NDArray[np.float32],
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
        self._fingerprint, self._baseline = fingerprint, baseline
        self._total_words, self._epochs = words_per_epoch * epochs, epochs
        self._checkpoint_seconds, self._checkpoint_steps = checkpoint_seconds, checkpoint_steps
        self._saved = CheckpointFolder(folder.checkpoints, keep)
        self.position, self.tally = Position(), Tally()
        self.plans = [epochs]  # as in Checkpoint
        self.stop_requested = False

    @property
    def finished(self) -> bool:
        """Whether every epoch is done."""
        return self.position.epoch == self._epochs

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
        self._folder.cut_metrics(self.tally.reports)
        return checkpoint is not None

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
        """Write a checkpoint of the present moment."""
        began = time.perf_counter()
        self._saved.save(
            Checkpoint(self._fingerprint, self.plans, self.position, self.tally, self._parameters)
        )
        self._saved_at = time.perf_counter()
        self._save_seconds = self._saved_at - began

    def run(self) -> Iterator[Progress]:
        """Train to the end, or until `stop_requested`; either way the last step is saved."""
        self._began = self._saved_at = time.perf_counter()
        self._save_seconds = 0.0
        self._words_before = self.tally.words
        seconds_before = self.tally.train_seconds
        with closing(self._trainer.steps(self.position)) as steps:
            for report in steps:
                self.position = report.position
                self.tally.train_seconds = seconds_before + time.perf_counter() - self._began
                yield self._account(report)
                if self.stop_requested:
                    break
                if self.finished or self._checkpoint_is_due(report.epoch_ended):
                    self.save()
        if self.stop_requested:
            self.save()

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
        """Add a step to the tally; write a line of metrics when one is due."""
        tally = self.tally
        tally.words = round(step.progress * self._total_words)
        tally.loss, tally.pairs = tally.loss + step.loss, tally.pairs + step.pairs
        tally.epoch_loss += step.loss
        tally.epoch_pairs += step.pairs
        due = step.progress * self._epochs * _REPORTS_PER_EPOCH >= tally.reports + 1
        progress = self._progress(step, reported=due or step.epoch_ended)
        if progress.reported:
            tally.reports += 1
            tally.loss = tally.pairs = 0.0
            self._folder.append_metrics(progress.report())
        if step.epoch_ended:
            tally.epoch_losses.append(progress.loss)
            tally.epoch_loss = tally.epoch_pairs = 0.0
        return progress

    def _progress(self, step: StepReport, *, reported: bool) -> Progress:
        tally = self.tally
        loss, pairs = tally.loss, tally.pairs
        if step.epoch_ended:
            loss, pairs = tally.epoch_loss, tally.epoch_pairs
        seconds = time.perf_counter() - self._began
        speed = max(tally.words - self._words_before, 1) / seconds
        return Progress(
            epoch=step.position.epoch + (not step.epoch_ended),
            epochs=self._epochs,
            step=step.position.steps_done,
            words=tally.words,
            total_words=self._total_words,
            learning_rate=step.learning_rate,
            loss=loss / pairs if pairs else None,
            baseline=self._baseline,
            words_per_second=speed,
            seconds_left=(self._total_words - tally.words) / speed,
            epoch_ended=step.epoch_ended,
            reported=reported,
        )
