"""Errors and warnings, on standard error, a line each."""

import click

from w2v_cli.cli.rendering import printable
from w2v_cli.errors import ConfigError

__all__ = ["show_error", "show_warning"]


def show_error(message: object) -> None:
    """Say what failed; of settings, all that is wrong with them."""
    problems = message.problems if isinstance(message, ConfigError) else (str(message),)
    for problem in problems:
        click.echo(f"w2v: error: {printable(problem)}", err=True)


def show_warning(message: str) -> None:
    """Say what the user may not have meant."""
    click.echo(f"w2v: warning: {printable(message)}", err=True)
