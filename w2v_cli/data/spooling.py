"""Text that can be read only once, copied to a file that can be read again."""

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from w2v_cli.data.sources import FileSource
from w2v_cli.errors import CorpusError
from w2v_cli.resources import free_disk

__all__ = ["spooled"]

DISK_LEFT_FREE = 1 << 30  # bytes
_CHUNKS_BETWEEN_LOOKS = 64  # at how much disk is free


def spooled(
    name: str, chunks: Iterable[bytes], spool: Path, check: Callable[[bytes], None]
) -> FileSource:
    """The source of a copy of `chunks`, in a new file of the folder `spool`.

    `check` may refuse the text by its first chunk.

    Raises:
        CorpusError: the chunks cannot be read, or the copy leaves too little room on the disk.
    """
    descriptor, copy = tempfile.mkstemp(dir=spool)
    with os.fdopen(descriptor, "wb") as target:
        for number, chunk in enumerate(chunks):
            if number == 0:
                check(chunk)
            if number % _CHUNKS_BETWEEN_LOOKS == _CHUNKS_BETWEEN_LOOKS - 1:
                _check_disk(name, spool, target.tell())
            target.write(chunk)
    return FileSource.found(Path(copy), name)


def _check_disk(name: str, spool: Path, copied: int) -> None:
    """Raise CorpusError if a growing copy leaves too little room on the disk for the rest.

    The encoded corpus takes about as much again, and the run takes a part of what must stay free.
    """
    free = free_disk(spool)
    if free is not None and free < copied + DISK_LEFT_FREE:
        raise CorpusError(
            f"{name}: after {copied:,} bytes only {free:,} are free in the cache, where a copy is "
            "made: write the text to a file and give that, or name a cache on another disk with "
            "--set machine.cache=FOLDER"
        )
