"""Which files are text, by their first bytes and by who wrote them; and what the others are."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from w2v_cli.data.decoding import is_utf8
from w2v_cli.data.own_files import own_files
from w2v_cli.data.reading import text_head, unreadable
from w2v_cli.errors import CorpusError
from w2v_cli.file_kinds import MARKUP, FileKind, file_kind, vectors_kind
from w2v_cli.remote import Remote

__all__ = ["OtherFile", "TextFiles", "files_inside", "no_text", "none_is_text"]


class OtherFile(NamedTuple):
    """A file that is no plain text: left out, or `is_read` as it is, markup and all."""

    name: str
    kind: FileKind
    is_read: bool


_BINARY = FileKind("a binary file", "give a file of text")


@dataclass(frozen=True)
class TextFiles:
    """Tells text from what is none, in the encoding of a corpus.

    `other` is told of each file that is no plain text.
    """

    encoding: str
    other: Callable[[OtherFile], None]

    def check(self, name: str, head: bytes | None) -> None:
        """Refuse a file by its first bytes, None where they cannot be read.

        Raises:
            CorpusError: they are not those of text.
        """
        kind = self._kind(head)
        if kind is not None and kind.name != MARKUP:
            raise no_text(name, kind)
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

    def among(self, files: Iterable[Path | Remote], others: list[OtherFile]) -> list[Path | Remote]:
        """Those of the files that are text; adds what is not plain text to `others`."""
        found: list[Path | Remote] = []
        for path in files:
            head = text_head(str(path), path)
            kind = self._kind(head)
            if kind is None and head and b"\0" in head and not self._is_text_with_nul(head):
                kind = _BINARY
            is_read = head != b"" and (kind is None or kind.name == MARKUP)
            if kind is not None:
                others.append(OtherFile(str(path), kind, is_read))
            if is_read:
                found.append(path)
        return found

    def _is_text_with_nul(self, head: bytes) -> bool:
        """Whether NUL may belong to the encoding: UTF-16, UTF-32, or one that is set."""
        return file_kind(head) is not None or not is_utf8(self.encoding)

    def tell(self, others: Iterable[OtherFile]) -> None:
        """Tell `other` of each."""
        for found in others:
            self.other(found)


def no_text(name: str, kind: FileKind) -> CorpusError:
    """The error for a file of another kind than text."""
    return CorpusError(f"{name}: {kind.name}, expected text: {kind.advice}")


def none_is_text(problem: str, others: Sequence[OtherFile]) -> CorpusError:
    """The error for a search that found no text; it names some of the `others`."""
    told = [found for found in others if found.kind != _BINARY]
    if not told:
        return CorpusError(f"{problem} (hidden, empty and binary files do not count)")
    name, kind, _ = told[0]
    more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
    return CorpusError(f"{problem}, found {name}{more}: {kind.name}; {kind.advice}")


def files_inside(folder: Path, others: list[OtherFile]) -> list[Path]:
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
    return list(filter(_is_file, sorted(found, key=lambda path: path.parts)))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError as error:  # its folder may be listed, but not entered
        raise unreadable(str(path), error) from error
