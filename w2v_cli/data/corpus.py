"""Where the text of a corpus is: files, globs, folders, URLs, standard input, built in."""

import glob
import io
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from w2v_cli.data.own_files import own_file
from w2v_cli.data.python_docs import PythonDocs
from w2v_cli.data.reading import first_bytes, opened, text_head, unreadable
from w2v_cli.data.remote_source import RemoteSource, file_at, files_below
from w2v_cli.data.sentences import GIVEN
from w2v_cli.data.sources import FileSource, Source, pieces, status
from w2v_cli.data.spooling import spooled
from w2v_cli.data.text_files import OtherFile, TextFiles, files_inside, no_text, none_is_text
from w2v_cli.errors import CorpusError, W2VError
from w2v_cli.remote import Remote, is_url, local_path
from w2v_cli.standard_input import standard_input

__all__ = ["find_sources"]

STANDARD_INPUT = "standard input"


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
    `builtin:python-docs`. In folders and globs, what is no text is left out: hidden, empty and
    binary files, archives, vectors, and what w2v itself wrote. `other` is told of these, and of
    markup that is read as text. Standard input and FIFOs can be read only once: they are copied
    to a file in `spool`, which must exist as long as the sources are used. Pieces of text that
    are `given` take the place of standard input.

    Raises:
        CorpusError: a path that leads to no text, or that cannot be read.
    """
    if not paths:
        raise CorpusError(
            "no corpus is given: expected files, folders, globs, '-' or 'builtin:...'"
        )
    if list(paths).count("-") > 1:
        raise CorpusError("'-' is given more than once: standard input can be read only once")
    search = _Search(TextFiles(encoding, other or (lambda found: None)), spool, given)
    return [source for path in paths for source in search.at(path)]


@dataclass(frozen=True)
class _Search:
    """The search for the sources of one corpus."""

    files: TextFiles
    spool: Path
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
                self.files.check(remote.url, text_head(remote.url, remote))
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
        once = {file.url: file for file in files}  # `**` matches folders and what is in them
        sources = self._texts(once.values(), others)
        return self._told(sources, others, problem)

    def _named(self, path: Path) -> Sequence[Source]:
        """The sources at a path that is no pattern."""
        mode = status(path).st_mode
        kind = own_file(path)
        if kind is not None:
            raise no_text(str(path), kind)
        if stat.S_ISDIR(mode):
            return self._in_folder(path)
        if stat.S_ISFIFO(mode):
            with opened(str(path), path) as file:
                return [self._spooled(str(path), pieces(str(path), file))]
        if not stat.S_ISREG(mode):
            raise CorpusError(
                f"{path}: is neither a file nor a folder (give '-' for standard input)"
            )
        self.files.check(str(path), text_head(str(path), path))
        return [FileSource.found(path)]

    def _matching(self, pattern: str) -> list[Source]:
        """The sources that a glob names."""
        matches = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 (absolute ones too)
        if not matches:
            raise CorpusError(f"{pattern}: no file matches this pattern")
        others: list[OtherFile] = []
        sources: list[Source] = []
        seen: set[Path] = set()  # `**` matches folders and what is in them: each counts once
        for path in map(Path, matches):
            if kind := own_file(path):
                others.append(OtherFile(str(path), kind, is_read=False))
            elif stat.S_ISDIR(mode := status(path).st_mode) or stat.S_ISREG(mode):
                files = files_inside(path, others) if stat.S_ISDIR(mode) else [path]
                sources += self._texts([file for file in files if file not in seen], others)
                seen |= {*files}
            else:
                sources += self._named(path)
        problem = f"{pattern}: no file that matches this pattern is text"
        return self._told(sources, others, problem)

    def _in_folder(self, folder: Path) -> Sequence[Source]:
        """The text files below a folder, without hidden ones."""
        others: list[OtherFile] = []
        sources = self._texts(files_inside(folder, others), others)
        return self._told(sources, others, f"{folder}: no text file in this folder")

    def _told(self, sources: list[Source], others: list[OtherFile], problem: str) -> list[Source]:
        """The sources that a search has found, when `other` is told of the other files, once each.

        Raises:
            CorpusError: there are none; names the problem.
        """
        others = list(dict.fromkeys(others))
        self.files.tell(others)
        if not sources:
            raise none_is_text(problem, others)
        return sources

    def _standard_input(self) -> Source:
        if self.given is not None:
            return spooled(GIVEN, self.given, self.spool, lambda chunk: None)  # it is text
        try:
            file = standard_input()
        except W2VError as error:
            raise CorpusError(str(error)) from error
        return self._spooled(STANDARD_INPUT, pieces(STANDARD_INPUT, file))

    def _spooled(self, name: str, chunks: Iterable[bytes]) -> Source:
        """The source of a copy of `chunks`."""
        return spooled(
            name, chunks, self.spool, lambda chunk: self.files.check(name, _head(name, chunk))
        )

    def _texts(self, files: Iterable[Path | Remote], others: list[OtherFile]) -> list[Source]:
        """The sources of those files that are text; adds what is not plain text to `others`."""
        return [file_at(place) for place in self.files.among(files, others)]


def _head(name: str, chunk: bytes) -> bytes | None:
    """The decompressed beginning of a file's first chunk; None if it is damaged."""
    try:
        return first_bytes(name, io.BytesIO(chunk))
    except CorpusError:
        return None


def _builtin(path: str) -> Source:
    if path != PythonDocs.name:
        raise CorpusError(f"{path}: there is no such built-in corpus; expected {PythonDocs.name}")
    return PythonDocs()
