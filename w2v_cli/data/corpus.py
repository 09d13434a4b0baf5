"""The sources of a corpus: files, globs, folders, URLs, standard input, the built-in corpus."""

import glob
import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from w2v_cli.data.decoding import is_utf8
from w2v_cli.data.own_files import own_file, own_files
from w2v_cli.data.python_docs import PythonDocs
from w2v_cli.data.reading import (
    Block,
    first_bytes,
    opened,
    read_blocks,
    text_head,
    unreadable,
)
from w2v_cli.data.remote_source import RemoteSource, files_below
from w2v_cli.data.sentences import GIVEN
from w2v_cli.errors import CorpusError, W2VError
from w2v_cli.file_kinds import MARKUP, FileKind, file_kind, vectors_kind
from w2v_cli.remote import Remote, is_url, local_path
from w2v_cli.resources import free_disk
from w2v_cli.standard_input import standard_input

__all__ = ["FileSource", "OtherFile", "Source", "find_sources"]

STANDARD_INPUT = "standard input"
DISK_LEFT_FREE = 1 << 30  # bytes
_CHUNKS_BETWEEN_LOOKS = 64  # at how much disk is free, while standard input is copied


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

    `modified` and `changed` are its times of last change in nanoseconds, of its content as
    programs may set it, and of anything as the system notes it.
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
        status = _status(path)
        times = status.st_mtime_ns, status.st_ctime_ns
        return cls(name, path, status.st_size, *times, status.st_dev, status.st_ino)

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


class OtherFile(NamedTuple):
    """A file that is no plain text: left out, or `is_read` as it is, markup and all."""

    name: str
    kind: FileKind
    is_read: bool


_BINARY = FileKind("a binary file", "give a file of text")


def find_sources(
    paths: Sequence[str],
    *,
    encoding: str,
    spool: Path,
    other: Callable[[OtherFile], None] | None = None,
    given: Iterable[bytes] | None = None,
) -> list[Source]:
    """The sources that `paths` name, in their order.

    A path is a file, a folder (its text files at any depth, in order of their paths), a glob
    (`**` for any depth), a URL of one of these, `-` for standard input, or
    `builtin:python-docs`. Of folders and
    globs, what is no text is left out: hidden, empty and binary files, archives, vectors, and
    what w2v itself wrote. `other` is told of these, and of markup that is read as text.
    Standard input and FIFOs can be read only once: they are copied to a file in `spool`,
    which must exist as long as the sources are used. A program may have `given` pieces of text
    that take the place of standard input.

    Raises:
        CorpusError: a path that leads to no text, or that cannot be read.
    """
    if not paths:
        raise CorpusError(
            "no corpus is given: expected files, folders, globs, '-' or 'builtin:...'"
        )
    if list(paths).count("-") > 1:
        raise CorpusError("'-' is given more than once: standard input can be read only once")
    search = _Search(encoding, spool, other or (lambda found: None), given)
    return [source for path in paths for source in search.at(path)]


@dataclass(frozen=True)
class _Search:
    """The search for the sources of one corpus."""

    encoding: str
    spool: Path
    other: Callable[[OtherFile], None]
    given: Iterable[bytes] | None = None

    def at(self, path: str) -> Sequence[Source]:
        """The sources that one path of the settings names."""
        if not path:
            raise CorpusError("a path of the corpus is empty: expected a file, a folder or a glob")
        if path == "-":
            return [self._standard_input()]
        if path.startswith("builtin:"):
            return [_builtin(path)]
        if is_url(path):
            local = local_path(path)
            return self._remote(Remote.at(path)) if local is None else self.at(str(local))
        if not os.path.lexists(path) and glob.has_magic(path):
            return self._matching(path)
        return self._named(Path(path))

    def _remote(self, remote: Remote) -> Sequence[Source]:
        """The sources at a URL: of a file, a folder or a glob."""
        try:
            if remote.is_pattern:
                problem = f"{remote}: no file that matches this pattern is text"
                matches = remote.matching()
                if not matches:
                    raise CorpusError(f"{remote}: no file matches this pattern")
            elif remote.is_folder():
                problem, matches = f"{remote}: no text file in this folder", [remote]
            else:
                self._check(remote.url, text_head(remote.url, remote))
                return [RemoteSource.found(remote)]
            return self._remote_texts(problem, matches)
        except OSError as error:
            raise unreadable(remote.url, error) from error

    def _remote_texts(self, problem: str, matches: Iterable[Remote]) -> list[Source]:
        """The text files among files, and in folders, of another system."""
        others: list[OtherFile] = []
        files: list[Remote] = []
        for match in matches:
            if match.is_folder():
                found, own = files_below(match)
                files += found
                others += [OtherFile(file.url, kind, is_read=False) for file, kind in own]
            else:
                files.append(match)
        sources = self._texts(files, others)
        self._tell(others)
        if not sources:
            raise _none_is_text(problem, others)
        return sources

    def _named(self, path: Path) -> Sequence[Source]:
        """The sources at a path that is to be taken literally."""
        mode = _status(path).st_mode
        kind = own_file(path)
        if kind is not None:
            raise _no_text(str(path), kind)
        if stat.S_ISDIR(mode):
            return self._in_folder(path)
        if stat.S_ISFIFO(mode):
            with opened(str(path), path) as file:
                return [self._spooled(str(path), _chunks(str(path), file))]
        if not stat.S_ISREG(mode):
            raise CorpusError(
                f"{path}: is neither a file nor a folder (give '-' for standard input)"
            )
        self._check(str(path), text_head(str(path), path))
        return [FileSource.found(path)]

    def _check(self, name: str, head: bytes | None) -> None:
        """Refuse a file whose first bytes are not those of text; unreadable ones come later."""
        kind = self._kind(head)
        if kind is not None and kind.name != MARKUP:
            raise _no_text(name, kind)
        if kind is not None:
            self.other(OtherFile(name, kind, is_read=True))

    def _kind(self, head: bytes | None) -> FileKind | None:
        """What a file with these first bytes is, if it is no plain text in any encoding."""
        if not head:
            return None
        kind = file_kind(head)
        if kind is None:
            return vectors_kind(head)
        return None if kind.encoding else kind

    def _matching(self, pattern: str) -> list[Source]:
        """The sources that a glob names."""
        matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 (absolute ones too)
        if not matches:
            raise CorpusError(f"{pattern}: no file matches this pattern")
        others: list[OtherFile] = []
        sources: list[Source] = []
        for path in map(Path, matches):
            if kind := own_file(path):
                others.append(OtherFile(str(path), kind, is_read=False))
            elif path.is_dir():
                sources += self._texts(_walk(path, others), others)
            elif path.is_file():
                sources += self._texts([path], others)
            else:
                sources += self._named(path)
        self._tell(others)
        if not sources:
            raise _none_is_text(f"{pattern}: no file that matches this pattern is text", others)
        return sources

    def _in_folder(self, folder: Path) -> Sequence[Source]:
        """The text files below a folder, without hidden ones."""
        others: list[OtherFile] = []
        sources = self._texts(_walk(folder, others), others)
        self._tell(others)
        if not sources:
            raise _none_is_text(f"{folder}: no text file in this folder", others)
        return sources

    def _texts(self, paths: Iterable[Path | Remote], others: list[OtherFile]) -> list[Source]:
        """The sources of those files that are text; adds what is not plain text to `others`."""
        found: list[Source] = []
        for path in paths:
            head = text_head(str(path), path)
            kind = self._kind(head)
            if kind is None and head and b"\0" in head and not self._is_text_with_nul(head):
                kind = _BINARY
            is_read = head != b"" and (kind is None or kind.name == MARKUP)
            if kind is not None:
                others.append(OtherFile(str(path), kind, is_read))
            if is_read:
                found.append(_source(path))
        return found

    def _is_text_with_nul(self, head: bytes) -> bool:
        """Whether NUL bytes may belong to the encoding: set as another, or UTF-16 or UTF-32."""
        return file_kind(head) is not None or not is_utf8(self.encoding)

    def _tell(self, others: Iterable[OtherFile]) -> None:
        for found in others:
            self.other(found)

    def _standard_input(self) -> Source:
        if self.given is not None:
            return self._spooled(GIVEN, self.given)
        try:
            file = standard_input()
        except W2VError as error:
            raise CorpusError(str(error)) from error
        return self._spooled(STANDARD_INPUT, _chunks(STANDARD_INPUT, file))

    def _spooled(self, name: str, chunks: Iterable[bytes]) -> Source:
        """The source of a copy of `chunks`, which may be readable only once."""
        descriptor, copy = tempfile.mkstemp(dir=self.spool)
        with os.fdopen(descriptor, "wb") as target:
            for number, chunk in enumerate(chunks):
                if number == 0:
                    self._check(name, _head(name, chunk))
                if number % _CHUNKS_BETWEEN_LOOKS == _CHUNKS_BETWEEN_LOOKS - 1:
                    _check_disk(name, self.spool, target.tell())
                target.write(chunk)
        return FileSource.found(Path(copy), name)


def _source(path: Path | Remote) -> Source:
    return RemoteSource.found(path) if isinstance(path, Remote) else FileSource.found(path)


def _head(name: str, chunk: bytes) -> bytes | None:
    """The decompressed beginning of a file's first chunk; None if it is damaged."""
    try:
        return first_bytes(name, io.BytesIO(chunk))
    except CorpusError:
        return None


def _check_disk(name: str, spool: Path, copied: int) -> None:
    """Raise CorpusError if a growing copy leaves too little room on the disk for the rest.

    The corpus as numbers takes about as much again, the run a part of what must stay free.
    """
    free = free_disk(spool)
    if free is not None and free < copied + DISK_LEFT_FREE:
        raise CorpusError(
            f"{name}: after {copied:,} bytes only {free:,} are free in the cache, where a copy is "
            "made: write the text to a file and give that, or name a cache on another disk with "
            "--set machine.cache=FOLDER"
        )


def _no_text(name: str, kind: FileKind) -> CorpusError:
    return CorpusError(f"{name}: {kind.name}, expected text: {kind.advice}")


def _none_is_text(problem: str, others: Sequence[OtherFile]) -> CorpusError:
    """The error for a search that found no text; it names some of the `others`."""
    told = [found for found in others if found.kind != _BINARY]
    if not told:
        return CorpusError(f"{problem} (hidden, empty and binary files do not count)")
    name, kind, _ = told[0]
    more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
    return CorpusError(f"{problem}, found {name}{more}: {kind.name}; {kind.advice}")


def _walk(folder: Path, others: list[OtherFile]) -> list[Path]:
    """The files below a folder, in order, but for hidden ones; adds w2v's own to `others`."""

    def fail(error: OSError) -> None:
        raise unreadable(str(error.filename), error) from error

    found: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=fail):
        own = own_files({*folders, *names})
        others += [
            OtherFile(str(Path(parent, name)), own[name], is_read=False)
            for name in sorted(own)
            if not name.startswith(".")
        ]
        folders[:] = [name for name in folders if not name.startswith(".") and name not in own]
        found += [
            Path(parent, name) for name in names if not name.startswith(".") and name not in own
        ]
    # By their names, on every system: paths of Windows compare without case.
    return [path for path in sorted(found, key=lambda path: path.parts) if path.is_file()]


def _builtin(path: str) -> Source:
    if path != PythonDocs.name:
        raise CorpusError(f"{path}: there is no such built-in corpus; expected {PythonDocs.name}")
    return PythonDocs()


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
