"""Vector files inside gzip, bzip2 or xz."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from w2v_cli.compression import DAMAGE, Streams, compression_of
from w2v_cli.errors import VectorsError
from w2v_cli.resources import available_memory

__all__ = [
    "BYTE_ORDER_MARK",
    "contents",
    "decompressed",
    "is_compressed",
    "largest_size",
    "naming_damage",
]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_MAGIC_BYTES = 16
LINES_SHARE = 16  # lines taken apart take up to so many times the memory of the text


def decompressed(file: IO[bytes]) -> IO[bytes]:
    """The contents of an open file from its start, decompressed if it begins as one does."""
    compression = compression_of(file.read(_MAGIC_BYTES))
    file.seek(0)
    return file if compression is None else cast(IO[bytes], compression.reader(file))


def is_compressed(file: IO[bytes]) -> bool:
    """Whether it is what `decompressed` made of a compressed file."""
    raw = getattr(file, "raw", None)  # a plain file, buffered, has one
    return raw is None or isinstance(raw, Streams)


@contextmanager
def naming_damage(name: str) -> Iterator[None]:
    """Turn an error of decompression in the block into a VectorsError that names the file."""
    try:
        yield
    except DAMAGE as error:
        if getattr(error, "errno", None) is not None:
            raise  # the disk, not the data
        raise VectorsError(f"{name}: damaged compressed file: {error}") from error


def contents(file: IO[bytes], name: str) -> bytes:
    """All of a file.

    Raises:
        VectorsError: a compressed one holds more than fits into memory.
    """
    memory = available_memory()
    if not is_compressed(file) or memory is None:
        return file.read()
    most = memory // LINES_SHARE
    data = file.read(most + 1)
    if len(data) > most:
        raise VectorsError(f"{name}: holds more than {most:,} bytes, too many for this machine")
    return data


def largest_size(file: IO[bytes]) -> int | None:
    """How many bytes can be read from the start of `file`; None where it is compressed."""
    return None if is_compressed(file) else os.fstat(file.fileno()).st_size
