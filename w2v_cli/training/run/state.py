"""What a run has done so far: what a checkpoint holds beside its position and arrays."""

from dataclasses import dataclass, field

__all__ = ["TrainingState"]


@dataclass
class TrainingState:
    """What was done and measured so far, and what was planned from it."""

    words: int = 0  # raw in-vocabulary words trained
    loss: float = 0.0  # nats, summed over `pairs` since the last report
    pairs: float = 0.0
    epoch_loss: float = 0.0  # the same since the epoch began
    epoch_pairs: float = 0.0
    # Nats a pair, of whole epochs; None where no centre had a context word.
    epoch_losses: list[float | None] = field(default_factory=list)
    reports: int = 0  # lines written to metrics.jsonl
    read_seconds: float = 0.0  # these three: of all commands that trained the run together
    train_seconds: float = 0.0
    total_seconds: float = 0.0
    held_out_losses: list[float] = field(default_factory=list)  # nats a target, of epochs
    best_step: int = 0  # steps done at the end of the epoch with the lowest of them
    horizon: float | None = None  # part of the run that is planned to be done in time
    began: str | None = None  # when the run was started, in ISO 8601; None where that is not known
    commands: list[str] = field(default_factory=list)  # that trained it, in order
    limited_from: float = 0.0  # `total_seconds` when the run, or its last extension, began
    out_of_time: bool = False  # whether the run has ended because its time was over

    @property
    def mean_loss(self) -> float | None:
        """Nats a pair since the last report; None where there was no pair."""
        return self.loss / self.pairs if self.pairs else None

    @property
    def mean_epoch_loss(self) -> float | None:
        """Nats a pair since the epoch began; None where there was no pair."""
        return self.epoch_loss / self.epoch_pairs if self.epoch_pairs else None

    def add(self, loss: float, pairs: float) -> None:
        """Count a step: its loss in nats, summed over so many pairs."""
        self.loss, self.pairs = self.loss + loss, self.pairs + pairs
        self.epoch_loss, self.epoch_pairs = self.epoch_loss + loss, self.epoch_pairs + pairs

    def end_report(self) -> None:
        """Begin the next report."""
        self.reports += 1
        self.loss = self.pairs = 0.0

    def end_epoch(self) -> None:
        """Keep the loss of the epoch, and begin the next one."""
        self.epoch_losses.append(self.mean_epoch_loss)
        self.epoch_loss = self.epoch_pairs = 0.0
