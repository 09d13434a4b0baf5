"""gzip, bzip2 and xz: known by a file's first bytes when reading, by its name when writing."""

import bz2
import gzip
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

__all__ = ["DAMAGE", "Compression", "compression_named", "compression_of"]

_GZIP_LEVEL = 6  # as the gzip program: higher levels take far longer for little less


class Compression(NamedTuple):
    """One way to compress; `reader` and `writer` wrap an open file."""

    name: str
    suffix: str
    magic: re.Pattern[bytes]
    reader: Callable[[IO[bytes]], Any]
    writer: Callable[[IO[bytes]], Any]

    @contextmanager
    def compressed(self, file: IO[bytes]) -> Iterator[IO[bytes]]:
        """Yield a file; what is written to it goes into `file`, the same bytes each time."""
        with self.writer(file) as stream:
            yield stream


_COMPRESSIONS = (
    Compression(
        "gzip",
        ".gz",
        re.compile(rb"\x1f\x8b\x08"),
        lambda file: gzip.GzipFile(mode="rb", fileobj=file),
        lambda file: gzip.GzipFile("", "wb", _GZIP_LEVEL, file, mtime=0),
    ),
    Compression(
        "bzip2",
        ".bz2",
        re.compile(rb"BZh[1-9](1AY|\x17rE)"),
        bz2.BZ2File,
        lambda file: bz2.BZ2File(file, "wb"),
    ),
    Compression(
        "xz",
        ".xz",
        re.compile(rb"\xfd7zXZ\0"),
        lzma.LZMAFile,
        lambda file: lzma.LZMAFile(file, "wb"),  # noqa: SIM115 (closed by `compressed`)
    ),
)

DAMAGE = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading damaged data raises; an OSError of the disk itself has an `errno`."""


def compression_of(head: bytes) -> Compression | None:
    """How a file that begins with `head` is compressed, or None."""
    return next((each for each in _COMPRESSIONS if each.magic.match(head)), None)


def compression_named(path: Path) -> Compression | None:
    """How a file of this name is to be written, or None."""
    return next((each for each in _COMPRESSIONS if each.suffix == path.suffix), None)
