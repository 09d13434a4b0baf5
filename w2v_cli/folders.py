"""Folders by path or by URL, where machines meet; their files are whole or absent."""

from pathlib import Path
from typing import Protocol

from w2v_cli.files import partial_name, replacing, write_errors
from w2v_cli.remote import Remote, local_path

__all__ = ["Folder", "folder_at"]


class Folder(Protocol):
    """A folder; each of its files is written whole or not at all."""

    @property
    def location(self) -> str:
        """Its path or URL, as others find it."""

    def create(self) -> None:
        """Make the folder if it is missing, and make sure that files can be written in it.

        Raises:
            W2VError: they cannot.
        """

    def inner(self, name: str) -> "Folder":
        """A folder in it."""

    def write(self, name: str, *parts: bytes | memoryview) -> None:
        """Write a file, one part after another; what it held before is replaced.

        Raises:
            W2VError: it cannot be written.
        """

    def put(self, name: str, source: Path) -> None:
        """Copy a file of this machine into the folder.

        Raises:
            W2VError: it cannot be written.
        """

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: it is missing, or cannot be read; `strerror` says why.
        """

    def get(self, name: str, target: Path) -> None:
        """Copy a file to this machine.

        Raises:
            OSError: it is missing, or cannot be read.
        """

    def names(self) -> list[str]:
        """The names of its files in order, half-written ones too; none if there is no folder.

        Raises:
            OSError: they cannot be listed.
        """

    def remove(self, name: str) -> None:
        """Remove a file, if there is one.

        Raises:
            OSError: it cannot be removed.
        """


def folder_at(location: str) -> Folder:
    """The folder at a path or URL.

    Raises:
        W2VError: nobody knows such URLs, or a package is missing.
    """
    path = local_path(location)
    return _RemoteFolder(Remote.at(location)) if path is None else _LocalFolder(path.absolute())


class _LocalFolder:
    """A folder of this machine, or one that it mounts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def location(self) -> str:
        return str(self._path)

    def create(self) -> None:
        with write_errors(self._path):
            self._path.mkdir(parents=True, exist_ok=True)

    def inner(self, name: str) -> Folder:
        return _LocalFolder(self._path / name)

    def write(self, name: str, *parts: bytes | memoryview) -> None:
        with replacing(self._path / name) as target:
            target.writelines(parts)

    def put(self, name: str, source: Path) -> None:
        with source.open("rb") as file, replacing(self._path / name) as target:
            while piece := file.read(1 << 20):
                target.write(piece)

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def get(self, name: str, target: Path) -> None:
        with (self._path / name).open("rb") as file, target.open("wb") as copy:
            while piece := file.read(1 << 20):
                copy.write(piece)

    def names(self) -> list[str]:
        if not self._path.is_dir():
            return []
        return sorted(path.name for path in self._path.iterdir() if path.is_file())

    def remove(self, name: str) -> None:
        (self._path / name).unlink(missing_ok=True)


class _RemoteFolder:
    """A folder of another system."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    @property
    def location(self) -> str:
        return self._remote.url

    def create(self) -> None:
        """Write a file and remove it: many systems know no folders."""
        tried = self._remote.child(partial_name("w2v"))
        with write_errors(self._remote.url):
            tried.write(b"")
            tried.remove()

    def inner(self, name: str) -> Folder:
        return _RemoteFolder(self._remote.child(name))

    def write(self, name: str, *parts: bytes | memoryview) -> None:
        file = self._remote.child(name)
        with write_errors(file.url):
            file.write(b"".join(parts))

    def put(self, name: str, source: Path) -> None:
        file = self._remote.child(name)
        with write_errors(file.url):
            file.put(source)

    def read(self, name: str) -> bytes:
        return self._remote.child(name).read()

    def get(self, name: str, target: Path) -> None:
        self._remote.child(name).get(target)

    def names(self) -> list[str]:
        try:
            return [file.name for file in self._remote.files()]
        except FileNotFoundError:
            return []

    def remove(self, name: str) -> None:
        self._remote.child(name).remove()
