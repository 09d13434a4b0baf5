"""Files that are either whole or absent: written beside their target, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from w2v_cli.errors import W2VError

__all__ = ["replacing"]


@contextmanager
def replacing(path: Path, mode: str = "wb", *, durable: bool = False) -> Iterator[IO[Any]]:
    r"""Yield a file that takes the place of `path` when the block ends without an error.

    The file is made in the same folder, so that the rename is atomic. On any error the
    target keeps its old content and the new file is removed. Text is UTF-8 with `\n`.
    `durable` also waits until the disk has it, so that a power cut cannot undo it.

    Raises:
        W2VError: the folder is missing or read-only, or the disk is full.
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".part", dir=path.parent
        )
        temporary = Path(name)
        with os.fdopen(descriptor, mode, encoding=encoding, newline=newline) as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
        temporary = None
    except OSError as error:
        reason = error.strerror or str(error)
        raise W2VError(f"{path}: cannot be written: {reason.lower()}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    """The process's file-creation mask (reading it means setting it for a moment)."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
