"""Errors and warnings, on standard error, a line each."""

import click

__all__ = ["show_error", "show_warning"]


def show_error(message: object) -> None:
    """Say what failed."""
    click.echo(f"w2v: error: {_on_one_line(str(message))}", err=True)


def show_warning(message: str) -> None:
    """Say what the user may not have meant."""
    click.echo(f"w2v: warning: {_on_one_line(message)}", err=True)


def _on_one_line(text: str) -> str:
    """The text with escapes for characters that no terminal should get, as of a file's name."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
