"""gzip, bzip2 and xz: known by a file's first bytes when reading, by its name when writing."""

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["DAMAGE", "Compression", "Streams", "compression_named", "compression_of"]

_BUFFER = 1 << 16  # bytes read at a time
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


class Streams(io.RawIOBase):
    """The contents of the bzip2 or xz streams that a file holds one after another.

    Zeros between and after them are padding. Anything else must be a stream: the readers of the
    standard library take a damaged one for the end of the file, and so lose the rest of it.
    """

    def __init__(self, file: IO[bytes], new: Callable[[], Any]) -> None:
        """`new` makes a decompressor of one stream."""
        self._file, self._new = file, new
        self._decompressor, self._place = new(), 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, by decompressing again from the start."""
        return True

    def tell(self) -> int:
        """How many bytes were read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place counted from the start; the end is not known."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("compressed data are read from their start alone")
        if offset < self._place:
            self._file.seek(0)
            self._decompressor, self._place = self._new(), 0
        while self._place < offset and self._next(min(offset - self._place, _BUFFER)):
            pass
        return self._place

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read up to the length of the buffer; 0 at the end."""
        with memoryview(buffer) as view:
            data = self._next(view.nbytes)
            view.cast("B")[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        """The next bytes, so many at most; none at the end."""
        data = b""
        while not data:
            found = b""
            if self._decompressor.eof:
                found = self._after_padding(self._decompressor.unused_data)
                if not found:
                    break
                self._decompressor = self._new()
            elif self._decompressor.needs_input:
                found = self._file.read(_BUFFER)
                if not found:
                    raise EOFError("the last stream has no end")
            data = self._decompressor.decompress(found, most)
        self._place += len(data)
        return data

    def _after_padding(self, data: bytes) -> bytes:
        """What follows the zeros; nothing at the end of the file."""
        while not (rest := data.lstrip(b"\0")):
            data = self._file.read(_BUFFER)
            if not data:
                break
        return rest


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
        lambda file: io.BufferedReader(Streams(file, bz2.BZ2Decompressor), _BUFFER),
        lambda file: bz2.BZ2File(file, "wb"),
    ),
    Compression(
        "xz",
        ".xz",
        re.compile(rb"\xfd7zXZ\0"),
        lambda file: io.BufferedReader(Streams(file, lzma.LZMADecompressor), _BUFFER),
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
