"""The epoch with the lowest held-out loss: its vectors, in memory and on disk."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from w2v_cli.training.engine.rounds import Position
from w2v_cli.training.run.checkpoint import Arrays, Checkpoint, CheckpointFolder

__all__ = ["BestEpoch"]


class BestEpoch:
    """A copy of what is trained at the end of the best epoch so far."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays
        self._copies = {name: np.empty_like(array) for name, array in arrays.items()}
        self._position, self._saved = Position(), True

    @staticmethod
    def nbytes(arrays: int) -> int:
        """Bytes of the copies of arrays of so many bytes."""
        return arrays

    def take(self, position: Position) -> None:
        """The present vectors are the best."""
        for name, array in self._arrays.items():
            self._copies[name][:] = array
        self._position, self._saved = position, False

    def put_back(self) -> None:
        """Let the vectors be the best ones again."""
        for name, array in self._arrays.items():
            array[:] = self._copies[name]

    def save(self, folder: CheckpointFolder, now: Checkpoint) -> None:
        """Write them, if they are new, beside a checkpoint of the present moment.

        Raises:
            W2VError: they cannot be written.
        """
        if not self._saved:
            folder.save_best(replace(now, position=self._position, arrays=self._copies))
            self._saved = True

    def restore(
        self, folder: CheckpointFolder, accept: Callable[[dict[str, str]], None]
    ) -> Position:
        """Read them back; where the epoch of theirs ended.

        Raises:
            RunError: the file is missing, damaged or of another run.
        """
        self._position = folder.load_best(self._copies, accept)
        return self._position
