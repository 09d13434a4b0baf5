"""gzip around a file: recognised by content when reading, by the name `….gz` when writing."""

import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from w2v_cli.errors import VectorsError

__all__ = ["compressed", "decompressed", "is_gzip_name", "largest_size", "naming_damage"]

MAGIC = b"\x1f\x8b"
LEVEL = 6  # as the gzip program: level 9 takes three times as long for 1 % less
# One bit of deflate can stand for no more than 258 bytes (RFC 1951, section 3.2.5), and a
# byte for 1,032 with the two codes that it takes.
LARGEST_RATIO = 1032


def is_gzip_name(path: Path) -> bool:
    """Whether a file of this name is to be written with gzip."""
    return path.suffix == ".gz"


def decompressed(file: IO[bytes]) -> IO[bytes]:
    """The contents of an open file from its start, decompressed if it begins as gzip does."""
    magic = file.read(len(MAGIC))
    file.seek(0)
    return cast(IO[bytes], gzip.GzipFile(mode="rb", fileobj=file)) if magic == MAGIC else file


@contextmanager
def compressed(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """A file whose contents go into `file` with gzip; without name or date, so repeatable."""
    with gzip.GzipFile("", "wb", LEVEL, file, mtime=0) as stream:
        yield cast(IO[bytes], stream)


@contextmanager
def naming_damage(name: str) -> Iterator[None]:
    """An error of decompression in the block becomes a VectorsError that names the file."""
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise VectorsError(f"{name}: damaged gzip file: {error}") from error


def largest_size(file: IO[bytes]) -> int:
    """A bound of how many bytes can be read from the start of `file`; exact without gzip."""
    size = os.fstat(file.fileno()).st_size
    return size * LARGEST_RATIO if isinstance(file, gzip.GzipFile) else size
