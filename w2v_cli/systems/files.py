"""Files: how one is opened or replaced, and why a folder refuses to be written."""

import errno
import os
import sys
import time
from pathlib import Path

__all__ = ["open_inside", "refusal", "replace"]

_PATIENCE, _PAUSE = 2.0, 0.02  # seconds

if sys.platform == "win32":
    _OURS = os.O_BINARY  # else line ends are translated
else:
    _OURS = os.O_NOFOLLOW


def open_inside(path: Path, flags: int) -> int:
    """A descriptor of the file itself; a link is never followed.

    Raises:
        OSError: it is a link, or cannot be opened.
    """
    if path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return os.open(path, flags | _OURS, 0o666)


def replace(new: Path, target: Path) -> None:
    """Let a file take the place of another, in one step.

    Windows refuses it while any program has the other one open, as virus scanners do for a
    moment after each change. So there it is tried for two seconds.

    Raises:
        OSError: it cannot be done.
    """
    until = time.monotonic() + (_PATIENCE if sys.platform == "win32" else 0)
    while True:
        try:
            new.replace(target)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(_PAUSE)


def refusal(folder: Path) -> int | None:
    """The number of the error with which a folder refuses new files; None where it takes them."""
    if not folder.is_dir():
        return errno.ENOTDIR
    if os.access(folder, os.W_OK | os.X_OK):
        return None
    if sys.platform != "win32" and os.statvfs(folder).f_flag & os.ST_RDONLY:
        return errno.EROFS
    return errno.EACCES
