"""Errors and warnings, on standard error, a line each."""

import click

from w2v_cli.cli.rendering import printable

__all__ = ["show_error", "show_warning"]


def show_error(message: object) -> None:
    """Say what failed."""
    click.echo(f"w2v: error: {printable(str(message))}", err=True)


def show_warning(message: str) -> None:
    """Say what the user may not have meant."""
    click.echo(f"w2v: warning: {printable(message)}", err=True)
