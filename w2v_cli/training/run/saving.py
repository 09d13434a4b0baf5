"""What is saved of a run while it trains: checkpoints, and its best epoch."""

import time

from w2v_cli.errors import RunError
from w2v_cli.run_files import BEST
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.run.checkpoint import (
    Arrays,
    Checkpoint,
    CheckpointFolder,
    check_fingerprint,
)
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.training.run.timing import SaveTimes
from w2v_cli.training.run.validation import BestEpoch

__all__ = ["Saving"]


class Saving:
    """Writes checkpoints of a run's arrays when they are due, and reads the newest back."""

    def __init__(
        self,
        folder: RunFolder,
        arrays: Arrays,
        fingerprint: dict[str, str],
        times: SaveTimes,
        *,
        keep: int,
        keep_best: bool,
    ) -> None:
        """At most `keep` checkpoints stay, beside that of the best epoch."""
        self.fingerprint = fingerprint
        self._path, self._arrays, self._times = folder.path, arrays, times
        self._checkpoints = CheckpointFolder(folder.checkpoints, keep)
        self._best = BestEpoch(arrays) if keep_best else None

    def begin(self, position: Position) -> None:
        """Count time and steps to the first checkpoint from now."""
        now = time.perf_counter()
        self._times.note(now, now, position.steps_done)

    def is_due(self, position: Position, *, epoch_ended: bool) -> bool:
        """Whether to save at this position."""
        now = time.perf_counter()
        return self._times.is_due(now, position.steps_done, epoch_ended=epoch_ended)

    def save(self, now: Checkpoint) -> None:
        """Write a checkpoint, and the best epoch if it is a new one.

        Raises:
            W2VError: it cannot be written; those before it stay as they are.
        """
        began = time.perf_counter()
        if self._best is not None:
            self._best.save(self._checkpoints, now)  # first, since the checkpoint refers to it
        self._checkpoints.save(now)
        self._times.note(began, time.perf_counter(), now.position.steps_done)

    def newest_step(self) -> int | None:
        """The steps done at the newest checkpoint; None where there is none."""
        return self._checkpoints.newest_step()

    def restore(self) -> Checkpoint | None:
        """The newest checkpoint, its arrays read into those of the run; None where there is none.

        Raises:
            RunError: it is damaged, or was made from other data or settings.
        """
        checkpoint = self._checkpoints.load_newest(self._arrays, self._accept)
        if checkpoint is not None and self._best is not None and checkpoint.state.held_out_losses:
            # It may be of a later epoch, if the run was killed before the checkpoint that belongs
            # to it: then the run will come to that epoch again.
            position = self._best.restore(self._checkpoints, self._accept)
            if position.steps_done < checkpoint.state.best_step:
                raise RunError(f"{self._path}: {BEST} is of another run; train again with --force")
        return checkpoint

    def take_best(self, position: Position) -> None:
        """The epoch that ends here is the best so far."""
        if self._best is not None:
            self._best.take(position)

    def put_back_best(self) -> None:
        """Let the run's arrays be those of the best epoch."""
        if self._best is not None:
            self._best.put_back()

    def _accept(self, saved: dict[str, str]) -> None:
        check_fingerprint(self._path, saved, self.fingerprint)
