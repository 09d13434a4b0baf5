"""Checks of what a Python program gives; the command line checks its options itself."""

from collections.abc import Collection
from operator import index

from w2v_cli.errors import UsageError

__all__ = ["check_choice", "check_count"]


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
    if value not in choices:
        expected = " or ".join(map(repr, choices))
        raise UsageError(f"{name}: got {value!r}, expected {expected}")
