"""A source of text: what each has, and a file as a source."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from w2v_cli.data.reading import Block, opened, read_blocks, unreadable
from w2v_cli.errors import CorpusError
from w2v_cli.remote import Remote

__all__ = ["FileSource", "Source", "digest", "pieces", "status"]

_PIECE = 1 << 20  # bytes read at a time


class Source(Protocol):
    """Something that yields text."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def size(self) -> int:
        """How many bytes are read to get its text, as they are stored."""

    def digest(self) -> str:
        """The digest of what the text is made from, in hexadecimal."""

    def blocks(self, size: int, encoding: str, errors: str) -> Iterator[Block]:
        """The text in blocks of about `size` bytes (see `reading.read_blocks`)."""


@dataclass(frozen=True)
class FileSource:
    """A regular file, as it was when it was found.

    Times are in nanoseconds: `modified` of the last change of its content, which programs may
    set; `changed` of the last change of anything, which only the system sets.
    """

    name: str
    path: Path
    size: int
    modified: int
    changed: int
    device: int
    inode: int

    @classmethod
    def found(cls, path: Path, name: str | None = None) -> "FileSource":
        """The source of the file at `path`.

        Raises:
            CorpusError: there is no such file.
        """
        name = str(path) if name is None else name
        found = status(path)
        times = found.st_mtime_ns, found.st_ctime_ns
        return cls(name, path, found.st_size, *times, found.st_dev, found.st_ino)

    def digest(self) -> str:
        """The digest of the file's bytes."""
        return digest(self.name, self.path)

    def blocks(self, size: int, encoding: str, errors: str) -> Iterator[Block]:
        """The file's text."""
        return read_blocks(self.name, self.path, size, encoding, errors)

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was found.

        Raises:
            CorpusError: it was changed or replaced while it was read.
        """
        if FileSource.found(self.path, self.name) != self:
            raise CorpusError(f"{self.name}: changed while it was being read: start again")


def digest(name: str, where: Path | Remote, piece: int = _PIECE) -> str:
    """The BLAKE2b digest of a file's bytes; it is faster than SHA-256.

    Raises:
        CorpusError: they cannot be read.
    """
    blake2b = hashlib.blake2b(digest_size=32)
    with opened(name, where) as file:
        for part in pieces(name, file, piece):
            blake2b.update(part)
    return blake2b.hexdigest()


def pieces(name: str, file: IO[bytes], size: int = _PIECE) -> Iterator[bytes]:
    """The bytes of an open file, `size` at a time.

    Raises:
        CorpusError: they cannot be read.
    """
    try:
        yield from iter(partial(file.read, size), b"")
    except OSError as error:
        raise unreadable(name, error) from error


def status(path: Path) -> os.stat_result:
    """What the system knows of a file or folder.

    Raises:
        CorpusError: there is none, or the system cannot be asked.
    """
    try:
        return path.stat()
    except FileNotFoundError:
        advice = "; only a shell knows ~, write the whole path" if path.parts[:1] == ("~",) else ""
        raise CorpusError(f"{path}: no such file or folder{advice}") from None
    except OSError as error:
        raise unreadable(str(path), error) from error
    except ValueError:
        raise CorpusError(f"{str(path)!r}: not a path: it holds a NUL character") from None
