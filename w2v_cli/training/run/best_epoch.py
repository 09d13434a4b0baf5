"""The epoch with the lowest held-out loss: its parameters, in memory and on disk."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from w2v_cli.training.engine.rounds import Position
from w2v_cli.training.run.checkpoint import Checkpoint, CheckpointFolder

__all__ = ["BestEpoch"]


class BestEpoch:
    """A copy of the parameters (V, 2, D) at the end of the best epoch so far."""

    def __init__(self, parameters: npt.NDArray[np.float32]) -> None:
        self._parameters, self._copy = parameters, np.empty_like(parameters)
        self._position, self._saved = Position(), True

    def take(self, position: Position) -> None:
        """The present parameters are the best."""
        self._copy[:] = self._parameters
        self._position, self._saved = position, False

    def put_back(self) -> None:
        """Let the parameters be the best ones again."""
        self._parameters[:] = self._copy

    def save(self, folder: CheckpointFolder, now: Checkpoint) -> None:
        """Write them, if they are new, beside a checkpoint of the present moment.

        Raises:
            W2VError: they cannot be written.
        """
        if not self._saved:
            folder.save_best(replace(now, position=self._position, parameters=self._copy))
            self._saved = True

    def restore(
        self, folder: CheckpointFolder, accept: Callable[[dict[str, str]], None]
    ) -> Position:
        """Read them back; where the epoch of theirs ended.

        Raises:
            RunError: the file is missing, damaged or of another run.
        """
        self._position = folder.load_best(self._copy, accept)
        return self._position
