"""Errors and warnings, on standard error, a line each."""

from contextlib import suppress

import click

from w2v_cli.cli.rendering import printable
from w2v_cli.errors import ConfigError

__all__ = ["show_error", "show_interruption", "show_warning"]


def show_error(message: object) -> None:
    """Say what failed; where settings are wrong, a line for each of them."""
    problems = message.problems if isinstance(message, ConfigError) else (str(message),)
    for problem in problems:
        _say(f"error: {printable(problem)}")


def show_warning(message: str) -> None:
    """Warn of what the user may not have meant."""
    _say(f"warning: {printable(message)}")


def show_interruption() -> None:
    """Say that it was Ctrl-C."""
    _say("interrupted")


def _say(text: str) -> None:
    with suppress(OSError):  # where standard error fails, nobody can be told
        click.echo(f"w2v: {text}", err=True)
