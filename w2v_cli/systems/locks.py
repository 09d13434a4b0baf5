"""A file that one process holds at a time: `flock` on Linux and macOS, `locking` on Windows."""

import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar

from w2v_cli.systems.files import open_inside

__all__ = ["FileLock"]

if sys.platform == "win32":
    import msvcrt

    # A file that is open can be neither removed nor replaced.
    _OPEN_FILES_STAY = True
    _PAUSE = 0.05  # seconds

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)  # the lock begins where the file is read or written
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(error.errno, error.strerror) from error

    def _wait_for(descriptor: int) -> None:
        while True:
            with suppress(BlockingIOError):
                return _take(descriptor)
            time.sleep(_PAUSE)
else:
    import fcntl

    _OPEN_FILES_STAY = False

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _wait_for(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


class FileLock:
    """Opens the file, made if there is none; holds it from `take` until it is closed.

    A process that dies holds it no longer. A context manager, which closes it.
    """

    _open: ClassVar["set[FileLock]"] = set()  # of this process

    def __init__(self, path: Path) -> None:
        """Open the file.

        Raises:
            OSError: it is a link, or cannot be opened.
        """
        self.path = path
        self._removed_at_end = False
        self._descriptor = open_inside(path, os.O_RDWR | os.O_CREAT)
        self._open.add(self)

    def take(self, *, wait: bool) -> None:
        """Hold the file.

        Raises:
            BlockingIOError: another process holds it, and this one does not `wait`.
            OSError: the file system has no locks.
        """
        (_wait_for if wait else _take)(self._descriptor)

    def is_in_place(self) -> bool:
        """Whether the path still names the file that was opened."""
        with suppress(OSError):
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        return False

    def remove_folder(self) -> None:
        """Remove the file, which is held, and its folder if that holds nothing else.

        At once, so that nobody else takes the lock first. Windows removes no open file: there
        `close` does it, and fails in silence if another process has the file open.

        Raises:
            OSError: it cannot be done.
        """
        if _OPEN_FILES_STAY:
            self._removed_at_end = True
        else:
            self._remove()

    def close(self) -> None:
        """Hold the file no longer."""
        self._open.discard(self)
        os.close(self._descriptor)
        if self._removed_at_end:
            with suppress(OSError):
                self._remove()

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.path.parent.rmdir()

    def __enter__(self) -> "FileLock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _close_in_child() -> None:
    """Let a forked worker hold nothing: for a moment it outlives a parent that was killed."""
    while FileLock._open:
        os.close(FileLock._open.pop()._descriptor)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_close_in_child)
