"""Files that are either whole or absent: written beside their target, then renamed."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from w2v_cli.errors import W2VError, reason_of
from w2v_cli.systems.files import replace

__all__ = [
    "is_partial",
    "nearest_existing",
    "partial_name",
    "remove_partial",
    "replacing",
    "write_errors",
]

_SUFFIX = ".part"


def nearest_existing(path: Path) -> Path:
    """The path, or the nearest above it that exists."""
    return next(place for place in (path, *path.parents) if place.exists())


@contextmanager
def write_errors(place: Path | str) -> Iterator[None]:
    """Turn an OSError of the block into an error that names the place, a path or a URL.

    Raises:
        W2VError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise W2VError(f"{place}: cannot be written: {reason_of(error)}") from error


@contextmanager
def replacing(path: Path, mode: str = "wb", *, durable: bool = False) -> Iterator[IO[Any]]:
    r"""Yield a file that takes the place of `path` when the block ends without an error.

    The file is made in the same folder, so that the rename is atomic. On any error the
    target keeps its old content and the new file is removed. Text is UTF-8 with `\n`. The
    permissions are those of the file that is replaced. `durable` also waits until the disk
    has it, so that a power cut cannot undo it.

    Raises:
        W2VError: the folder is missing or read-only, or the disk is full.
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    # The name is known before the file is made, so that no signal can come in between.
    temporary = path.parent / partial_name(path.name)
    try:
        with write_errors(path):
            with temporary.open(mode.replace("w", "x"), encoding=encoding, newline=newline) as file:
                _keep_mode(temporary, path)
                yield file
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            replace(temporary, path)
            if durable:
                _sync_folder(path.parent)
    finally:
        with suppress(OSError):  # it was renamed, or the disk still fails
            temporary.unlink()


def _keep_mode(temporary: Path, path: Path) -> None:
    """Give the file the permissions of the one that it will replace, before anything is in it."""
    with suppress(OSError):  # there is none, or the file system has no permissions
        temporary.chmod(stat.S_IMODE(path.stat().st_mode))


def remove_partial(folder: Path) -> None:
    """Remove what `replacing` left in a folder when its process was killed.

    Call it only while nobody else writes there.
    """
    for path in folder.glob(".*"):
        if is_partial(path.name):
            path.unlink(missing_ok=True)


def partial_name(name: str) -> str:
    """A new name, for the file `name` until it is whole."""
    return f".{name}.{os.urandom(4).hex()}{_SUFFIX}"


def is_partial(name: str) -> bool:
    """Whether `partial_name` gives such a name."""
    return re.fullmatch(rf"\..+\.[0-9a-f]{{8}}{re.escape(_SUFFIX)}", name) is not None


def _sync_folder(folder: Path) -> None:
    """Wait until the disk has the rename; some file systems cannot tell."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
