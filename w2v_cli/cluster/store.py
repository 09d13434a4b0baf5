"""Blocks of vectors as files of a folder or URL that all nodes reach."""

import hashlib
import io
from collections.abc import Callable
from contextlib import suppress

import numpy as np
from numpy.lib import format as npy

from w2v_cli.errors import RunError, reason_of
from w2v_cli.files import is_partial
from w2v_cli.folders import Folder
from w2v_cli.rounds.table import Rows

__all__ = ["Store"]


_PREFIX, _SUFFIX = "round-", ".npy"  # of the file of a block


class Store:
    """Blocks by name, written whole or not at all; a hash tells whether one is the same."""

    def __init__(self, folder: Folder, beside: tuple[str, ...] = ()) -> None:
        """The files named in `beside` go with the blocks: `close` removes them too."""
        self._folder, self._beside = folder, beside

    @property
    def location(self) -> str:
        """The path or URL of its folder."""
        return self._folder.location

    def create(self) -> None:
        """Make the folder, and remove what a killed run has left there.

        Raises:
            W2VError: it cannot be written.
        """
        self._folder.create()
        self._remove(lambda _: True)

    def write(self, name: str, rows: Rows) -> str:
        """Write a block; returns its SHA-256.

        Raises:
            W2VError: it cannot be written.
        """
        rows, header = np.ascontiguousarray(rows, "<f4"), io.BytesIO()
        npy.write_array_header_1_0(header, npy.header_data_from_array_1_0(rows))
        parts = header.getvalue(), rows.reshape(-1).view(np.uint8).data
        self._folder.write(_file(name), *parts)
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        return digest.hexdigest()

    def read(self, name: str, digest: str) -> Rows:
        """A block, as an array that cannot be written to.

        Raises:
            RunError: it is missing, or is not the one with this SHA-256.
        """
        where = f"{self.location}/{_file(name)}"
        try:
            data = self._folder.read(_file(name))
        except OSError as error:
            raise RunError(
                f"{where}: cannot be read: {reason_of(error)}; the run folder, or machine.store, "
                "must be one that all nodes see under the same name"
            ) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise RunError(
                f"{where}: is damaged; continue from the newest checkpoint with --resume"
            )
        header = io.BytesIO(data)
        npy.read_magic(header)
        shape, _, dtype = npy.read_array_header_1_0(header)
        return np.frombuffer(data, dtype, offset=header.tell()).reshape(shape)

    def remove(self, wanted: Callable[[str], bool]) -> None:
        """Remove the blocks with names that are not wanted."""
        self._remove(lambda name: name is not None and not wanted(name))

    def close(self) -> None:
        """Remove all blocks, half-written ones too."""
        self._remove(lambda _: True)
        with suppress(OSError):
            for file in self._beside:
                self._folder.remove(file)

    def _remove(self, chosen: Callable[[str | None], bool]) -> None:
        """Remove the blocks that are chosen by name; the name of a half-written one is None."""
        with suppress(OSError):
            for file in self._folder.names():
                name = file.removeprefix(_PREFIX).removesuffix(_SUFFIX)
                is_block = file == _file(name)
                is_half = is_partial(file) and file.startswith(f".{_PREFIX}")
                if (is_block or is_half) and chosen(name if is_block else None):
                    with suppress(OSError):
                        self._folder.remove(file)


def _file(name: str) -> str:
    return f"{_PREFIX}{name}{_SUFFIX}"
