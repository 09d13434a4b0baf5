"""A run from its first step, or from a checkpoint, to its end: reports, metrics, saving."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.training.checkpoint import Checkpoint, CheckpointFolder, Tally
from w2v_cli.training.run_folder import RunFolder
from w2v_cli.training.trainer import Position, StepReport, Trainer

__all__ = ["Progress", "Session"]

_REPORTS_PER_EPOCH = 20  # lines of metrics.jsonl


@dataclass(frozen=True)
class Progress:
    """What a step tells whoever watches."""

    epoch: int  # 1 for the first
    steps: int
    progress: float  # of the whole run, in [0, 1]
    words: int  # raw in-vocabulary words trained so far, over all epochs
    learning_rate: float
    loss: float | None  # nats a pair since the last report; None before the first measurement
    words_per_second: float
    seconds_left: float
    epoch_loss: float | None  # of the epoch that has just ended


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
        self._words, self._epochs = words_per_epoch * epochs, epochs
        self._checkpoint_seconds, self._checkpoint_steps = checkpoint_seconds, checkpoint_steps
        self._saved = CheckpointFolder(folder.checkpoints, keep)
        self.position, self.tally = Position(), Tally()
        self.epoch_loss: float | None = None  # nats a pair, of the last whole epoch
        self.stop_requested = False

    @property
    def finished(self) -> bool:
        """Whether every epoch is done."""
        return self.position.epoch == self._epochs

    def restore(self) -> bool:
        """Continue from the newest checkpoint; False if there is none.

        Raises:
            RunError: it is damaged, or was made from other data or settings.
        """
        checkpoint = self._saved.load_newest(self._parameters)
        if checkpoint is not None:
            self._check_fingerprint(checkpoint)
            self.position, self.tally = checkpoint.position, checkpoint.tally
        self._folder.cut_metrics(self.tally.reports)
        return checkpoint is not None

    def _check_fingerprint(self, checkpoint: Checkpoint) -> None:
        saved = checkpoint.fingerprint
        other = [key for key, value in self._fingerprint.items() if saved.get(key) != value]
        if other:
            raise RunError(
                f"{self._folder.path}: cannot be resumed: the {' and '.join(other)} changed since "
                "the run began; restore what was, or start a new run"
            )

    def save(self) -> None:
        """Write a checkpoint of the present moment."""
        self._saved.save(
            Checkpoint(self._fingerprint, self.position, self.tally, self._parameters)
        )
        self._saved_at = time.perf_counter()

    def run(self) -> Iterator[Progress]:
        """Train to the end, or until `stop_requested`; either way the last step is saved."""
        self._began = self._saved_at = time.perf_counter()
        seconds_before, self._progress_before = self.tally.train_seconds, None
        steps = self._trainer.steps(self.position)
        try:
            for report in steps:
                self.position = report.position
                self.tally.train_seconds = seconds_before + time.perf_counter() - self._began
                yield self._account(report)
                if self.stop_requested:
                    break
                if report.epoch_ended or self._checkpoint_is_due():
                    self.save()
        finally:
            steps.close()
        if self.stop_requested:
            self.save()

    def _checkpoint_is_due(self) -> bool:
        due = time.perf_counter() - self._saved_at >= self._checkpoint_seconds
        every = self._checkpoint_steps
        return due or (every is not None and self.position.steps_done % every == 0)

    def _account(self, report: StepReport) -> Progress:
        """Add a step to the tally; write a line of metrics when one is due."""
        tally = self.tally
        tally.loss += report.loss
        tally.pairs += report.pairs
        tally.epoch_loss += report.loss
        tally.epoch_pairs += report.pairs
        progress = self._progress(report)
        due = int(report.progress * self._epochs * _REPORTS_PER_EPOCH) >= tally.reports
        if due or report.epoch_ended:
            tally.reports += 1
            self._folder.append_metrics({**asdict(progress), "baseline": self._baseline})
            tally.loss = tally.pairs = 0.0
        if report.epoch_ended:
            self.epoch_loss = progress.epoch_loss
            tally.epoch_loss = tally.epoch_pairs = 0.0
        return progress

    def _progress(self, report: StepReport) -> Progress:
        if self._progress_before is None:
            self._progress_before = report.progress
        seconds = time.perf_counter() - self._began
        done = report.progress - self._progress_before
        speed = done / seconds
        tally = self.tally
        return Progress(
            epoch=min(report.position.epoch + (not report.epoch_ended), self._epochs),
            steps=report.position.steps_done,
            progress=report.progress,
            words=round(report.progress * self._words),
            learning_rate=report.learning_rate,
            loss=tally.loss / tally.pairs if tally.pairs else None,
            words_per_second=speed * self._words,
            seconds_left=(1 - report.progress) / speed if speed else float("inf"),
            epoch_loss=tally.epoch_loss / max(tally.epoch_pairs, 1) if report.epoch_ended else None,
        )
