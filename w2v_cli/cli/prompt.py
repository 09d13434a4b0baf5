"""The prompt at which a person types questions, with the lines of earlier sessions."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import click

from w2v_cli.errors import W2VError
from w2v_cli.standard_input import standard_input

__all__ = ["at_terminal", "typed"]

HISTORY_LINES = 1000


def at_terminal() -> bool:
    """Whether a person types questions and reads the answers."""
    return standard_input().isatty() and sys.stdout.isatty()


def typed(example: str) -> Iterator[list[str]]:
    """What is typed at a prompt with editing and history; Ctrl-C drops a line, Ctrl-D ends."""
    click.echo(f"a question a line, such as: {example}\nCtrl-D ends", err=True)
    with suppress(AttributeError):
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    save_history = _history()
    try:
        while True:
            try:
                line = input("> ").strip(" \t")
            except KeyboardInterrupt:
                click.echo()
                continue
            if line:
                yield [line]
    except EOFError:
        click.echo()
    finally:
        save_history()


def _history() -> Callable[[], None]:
    """Let `input` remember the lines of earlier sessions; returns what saves those of this one.

    They are kept in the cache folder. A Python without readline has no history, and a folder
    that cannot be written keeps none: neither is worth an error.
    """
    from w2v_cli.systems.shell import line_editor

    readline = line_editor()
    if readline is None:
        return lambda: None
    from w2v_cli.data.cache_folder import default_cache
    from w2v_cli.files import replacing

    def path() -> Path:
        return default_cache() / "history"

    def save() -> None:
        newest = readline.get_current_history_length()
        numbers = range(max(1, newest - HISTORY_LINES + 1), newest + 1)
        lines = [f"{readline.get_history_item(number)}\n" for number in numbers]
        with suppress(OSError, W2VError):
            path().parent.mkdir(parents=True, exist_ok=True)
            with replacing(path()) as file:
                file.write("".join(lines).encode(errors="replace"))

    with suppress(OSError, W2VError):
        for line in path().read_bytes().decode(errors="replace").splitlines():
            readline.add_history(line)
    return save
