"""The sources of a corpus: files, globs, folders, standard input and the built-in corpus."""

import glob
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from w2v_cli.data.python_docs import PythonDocs
from w2v_cli.data.reading import Block, looks_like_text, opened, read_blocks, unreadable
from w2v_cli.errors import CorpusError

__all__ = ["FileSource", "Source", "find_sources"]

STANDARD_INPUT = "standard input"


class Source(Protocol):
    """Something that yields text: `size` counts its bytes as they are stored."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def size(self) -> int:
        """How many bytes are read to get its text."""

    def digest(self) -> str:
        """The digest of what the text is made from, in hexadecimal."""

    def blocks(self, size: int, encoding: str, errors: str) -> Iterator[Block]:
        """The text in blocks of about `size` bytes (see `reading.read_blocks`)."""


@dataclass(frozen=True)
class FileSource:
    """A regular file, as it was when it was found.

    `modified` is its time of last change in nanoseconds.
    """

    name: str
    path: Path
    size: int
    modified: int
    inode: int

    @classmethod
    def found(cls, path: Path, name: str | None = None) -> "FileSource":
        """The source of the file at `path`.

        Raises:
            CorpusError: there is no such file.
        """
        name = str(path) if name is None else name
        status = _status(path)
        return cls(name, path, status.st_size, status.st_mtime_ns, status.st_ino)

    def digest(self) -> str:
        """The BLAKE2b digest of the file's bytes: two to three times as fast as SHA-256."""
        blake2b = hashlib.blake2b(digest_size=32)
        with opened(self.name, self.path) as file:
            for chunk in _chunks(self.name, file):
                blake2b.update(chunk)
        return blake2b.hexdigest()

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


def find_sources(paths: Sequence[str], *, encoding: str, spool: Path) -> list[Source]:
    """The sources that `paths` name, in their order.

    A path is a file, a folder (its text files at any depth, in order of their paths; hidden,
    empty and binary ones are left out), a glob (`**` for any depth), `-` for standard input,
    or `builtin:python-docs`. Standard input and FIFOs can be read only once: they are
    copied to a file in `spool`, which must exist as long as the sources are used.

    Raises:
        CorpusError: a path that leads to no text, or that cannot be read.
    """
    if not paths:
        raise CorpusError(
            "no corpus is given: expected files, folders, globs, '-' or 'builtin:...'"
        )
    if list(paths).count("-") > 1:
        raise CorpusError("'-' is given more than once: standard input can be read only once")
    return [source for path in paths for source in _sources_at(path, encoding, spool)]


def _sources_at(path: str, encoding: str, spool: Path) -> Sequence[Source]:
    if not path:
        raise CorpusError("a path of the corpus is empty: expected a file, a folder or a glob")
    if path == "-":
        return [_spooled_input(spool)]
    if path.startswith("builtin:"):
        return [_builtin(path)]
    if not os.path.lexists(path) and glob.has_magic(path):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207 (absolute ones too)
        if not matches:
            raise CorpusError(f"{path}: no file matches this pattern")
        return [source for match in matches for source in _at(Path(match), encoding, spool)]
    return _at(Path(path), encoding, spool)


def _at(path: Path, encoding: str, spool: Path) -> Sequence[Source]:
    """The sources at a path that is to be taken literally."""
    mode = _status(path).st_mode
    if stat.S_ISDIR(mode):
        return _in_folder(path, encoding)
    if stat.S_ISFIFO(mode):
        with opened(str(path), path) as file:
            return [_spooled(str(path), file, spool)]
    if not stat.S_ISREG(mode):
        raise CorpusError(f"{path}: is neither a file nor a folder (give '-' for standard input)")
    return [FileSource.found(path)]


def _in_folder(folder: Path, encoding: str) -> list[Source]:
    """The text files below a folder, without hidden ones."""

    def fail(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from error

    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if not name.startswith(".")]
    files = [path for path in sorted(found) if path.is_file() and looks_like_text(path, encoding)]
    if not files:
        raise CorpusError(
            f"{folder}: no text file in this folder (hidden, empty and binary files do not count)"
        )
    return [FileSource.found(path) for path in files]


def _builtin(path: str) -> Source:
    if path != PythonDocs.name:
        raise CorpusError(f"{path}: there is no such built-in corpus; expected {PythonDocs.name}")
    return PythonDocs()


def _spooled_input(spool: Path) -> Source:
    if sys.stdin is None or sys.stdin.closed:
        raise CorpusError("standard input is closed: give a file, or send text into the command")
    return _spooled(STANDARD_INPUT, sys.stdin.buffer, spool)


def _spooled(name: str, file: IO[bytes], spool: Path) -> Source:
    """The source of a copy of `file`, which may be readable only once."""
    descriptor, copy = tempfile.mkstemp(dir=spool)
    with os.fdopen(descriptor, "wb") as target:
        for chunk in _chunks(name, file):
            target.write(chunk)
    return FileSource.found(Path(copy), name)


def _chunks(name: str, file: IO[bytes]) -> Iterator[bytes]:
    try:
        yield from iter(partial(file.read, 1 << 20), b"")
    except OSError as error:
        raise unreadable(name, error) from error


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file or folder") from None
    except OSError as error:
        raise unreadable(str(path), error) from error
    except ValueError:
        raise CorpusError(f"{str(path)!r}: not a path: it holds a NUL character") from None
