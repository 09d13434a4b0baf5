"""The standard streams: closed ones, failing ones, and characters that they cannot encode."""

import codecs
import io
import os
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["discard_output", "prepare_streams"]

_BYTES_OF_NAMES = range(0xDC80, 0xDD00)  # how Python reads bytes of a name that are not UTF-8
_HANDLER = "w2v.readable"
_LAST_STANDARD = 2  # the descriptor of standard error


def prepare_streams() -> None:
    """Make sure that whatever is written to standard output and standard error can be.

    A stream that is closed is as one to /dev/null, and no file that is opened later takes its
    place. A character that an encoding lacks is written as its escape, a name that is not UTF-8
    as the bytes it has.
    """
    _fill_closed()
    codecs.register_error(_HANDLER, _readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def discard_output() -> None:
    """Write what is left, or drop it, so that Python's own attempt at its end cannot fail."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())


def _fill_closed() -> None:
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8"))


def _readable(error: UnicodeError) -> tuple[str | bytes, int]:
    """What is written in place of characters that cannot be encoded, and where the next one is."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = b""
    for character in error.object[error.start : error.end]:
        if ord(character) in _BYTES_OF_NAMES:
            written += bytes([ord(character) - _BYTES_OF_NAMES[0] + 0x80])
        else:
            written += character.encode("ascii", "backslashreplace")
    return written, error.end
