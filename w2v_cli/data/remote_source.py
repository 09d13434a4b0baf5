"""Text by URL: files of object stores and of other systems that fsspec knows."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from w2v_cli.data.own_files import own_files
from w2v_cli.data.reading import Block, read_blocks, unreadable
from w2v_cli.data.sources import FileSource, digest
from w2v_cli.errors import CorpusError
from w2v_cli.file_kinds import FileKind
from w2v_cli.remote import Remote, Version

__all__ = ["RemoteSource", "file_at", "files_below"]

_PIECE = 1 << 22  # bytes read at a time


@dataclass(frozen=True)
class RemoteSource:
    """A file of another system, as it was when it was found; it is never copied."""

    remote: Remote
    size: int
    version: Version

    @classmethod
    def found(cls, remote: Remote) -> "RemoteSource":
        """The source of a file.

        Raises:
            CorpusError: there is none, or the system cannot be asked.
        """
        try:
            size, version = remote.state()
        except FileNotFoundError:
            raise CorpusError(f"{remote}: no such file or folder") from None
        except OSError as error:
            raise unreadable(remote.url, error) from error
        return cls(remote, size, version)

    @property
    def name(self) -> str:
        """Its URL."""
        return self.remote.url

    def digest(self) -> str:
        """The digest of the file's bytes, as of a file of this machine."""
        return digest(self.name, self.remote, _PIECE)

    def blocks(self, size: int, encoding: str, errors: str) -> Iterator[Block]:
        """The file's text."""
        return read_blocks(self.name, self.remote, size, encoding, errors)

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was found.

        Raises:
            CorpusError: it was changed or replaced while it was read.
        """
        now = RemoteSource.found(self.remote)
        if (now.size, now.version.mark) != (self.size, self.version.mark):
            raise CorpusError(f"{self.name}: changed while it was being read: start again")


def file_at(place: Path | Remote) -> FileSource | RemoteSource:
    """The source of a file, here or elsewhere.

    Raises:
        CorpusError: there is no such file, or the system cannot be asked.
    """
    return RemoteSource.found(place) if isinstance(place, Remote) else FileSource.found(place)


def files_below(folder: Remote) -> tuple[list[Remote], list[tuple[Remote, FileKind]]]:
    """The files below a folder, in order, but for hidden ones; and those that w2v wrote.

    Raises:
        OSError: they cannot be listed.
    """
    found: list[Remote] = []
    own: list[tuple[Remote, FileKind]] = []
    paths = {file.path.removeprefix(folder.path).strip("/"): file for file in folder.below()}
    kinds = _own_kinds(list(paths))
    for path, file in paths.items():
        parts = path.split("/")
        if any(part.startswith(".") for part in parts):
            continue
        places = ("/".join(parts[: n + 1]) for n in range(len(parts)))
        kind = next((kinds[place] for place in places if place in kinds), None)
        if kind is None:
            found.append(file)
        else:
            own.append((file, kind))
    return found, own


def _own_kinds(paths: list[str]) -> dict[str, FileKind]:
    """Of these files, and of the folders they are in, those that w2v wrote, by path."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        parts = path.split("/")
        for depth, name in enumerate(parts):
            names["/".join(parts[:depth])].add(name)
    return {
        f"{folder}/{name}".lstrip("/"): kind
        for folder, inside in names.items()
        for name, kind in own_files(inside).items()
    }
