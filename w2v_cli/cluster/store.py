"""Where nodes meet: blocks of vectors as files of a folder that all of them see."""

import hashlib
import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from w2v_cli.errors import RunError
from w2v_cli.files import replacing, write_errors
from w2v_cli.rounds.table import Rows

__all__ = ["Store"]


_PREFIX = "round-"  # of the file of a block


class Store:
    """Blocks by name, written whole or not at all, with a hash to know them again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> None:
        """Make the folder, and remove what a killed run has left there."""
        with write_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        self.close()

    def write(self, name: str, rows: Rows) -> str:
        """Write a block; returns its SHA-256.

        Raises:
            W2VError: it cannot be written.
        """
        file = io.BytesIO()
        npy.write_array(file, np.ascontiguousarray(rows, "<f4"), allow_pickle=False)
        with replacing(self._path(name)) as target:
            target.write(file.getbuffer())
        return hashlib.sha256(file.getbuffer()).hexdigest()

    def read(self, name: str, digest: str) -> Rows:
        """Read a block.

        Raises:
            RunError: it is missing, damaged or another.
        """
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise RunError(
                f"{path}: cannot be read: {(error.strerror or str(error)).lower()}; the run folder "
                "must be one that all nodes see under the same name"
            ) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise RunError(f"{path}: is damaged; go on from the newest checkpoint with --resume")
        rows: Rows = npy.read_array(io.BytesIO(data), allow_pickle=False)
        return rows

    def _path(self, name: str) -> Path:
        return self._folder / f"{_PREFIX}{name}.npy"

    def remove(self, wanted: Callable[[str], bool]) -> None:
        """Remove the blocks whose names are wanted no more."""
        for path in self._folder.glob(f"{_PREFIX}*.npy"):
            if not wanted(path.stem.removeprefix(_PREFIX)):
                with suppress(OSError):
                    path.unlink()

    def close(self) -> None:
        """Remove all blocks; who still writes one writes in vain."""
        self.remove(lambda _: False)
