"""Checks of what a Python program gives; the command line checks its options itself."""

from collections.abc import Collection
from operator import index
from os import PathLike, fspath
from pathlib import Path

from w2v_cli.errors import UsageError

__all__ = ["check_choice", "check_count", "check_function", "checked_path"]


def check_count(name: str, value: object, least: int = 1) -> None:
    """Make sure that an argument is an integer from `least` on.

    Raises:
        UsageError: it is not.
    """
    try:
        sound = not isinstance(value, bool) and index(value) >= least  # type: ignore[arg-type]
    except TypeError:
        sound = False
    if not sound:
        raise UsageError(f"{name}: got {value!r}, expected an integer from {least} on")


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Make sure that an argument is one of the choices.

    Raises:
        UsageError: it is not.
    """
    if not isinstance(value, str) or value not in choices:
        expected = " or ".join(map(repr, choices))
        raise UsageError(f"{name}: got {value!r}, expected {expected}")


def check_function(name: str, value: object) -> None:
    """Make sure that an argument can be called, or is None.

    Raises:
        UsageError: it is neither.
    """
    if value is not None and not callable(value):
        raise UsageError(f"{name}: got {value!r}, expected a function or None")


def checked_path(name: str, value: object) -> Path:
    """The path that an argument gives.

    Raises:
        UsageError: it is no path.
    """
    text = fspath(value) if isinstance(value, str | PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise UsageError(f"{name}: got {value!r}, expected a path")
    return Path(text)
