"""Where questions come from, and the loop that answers them, for every command that asks vectors.

Questions are the arguments, or the lines of standard input as they come, or what a person
types at a prompt. One that has no answer is reported and the others are still answered.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar, cast

import click

from w2v_cli.cli.messages import show_error
from w2v_cli.cli.rendering import RENDERERS, STREAM_RENDERERS, Answer
from w2v_cli.errors import QueryError

if TYPE_CHECKING:
    import io

__all__ = [
    "answer_all",
    "fields",
    "format_option",
    "metric_option",
    "n_option",
    "restrict_option",
]

READ_BYTES = 1 << 16
HISTORY_LINES = 1000

T = TypeVar("T")

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(RENDERERS)),
    default="table",
    show_default=True,
    help="A table to read; tsv (query, word, number) or json for programs.",
)
n_option = click.option(
    "-n",
    "n",
    type=click.IntRange(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="Words an answer.",
)
restrict_option = click.option(
    "--restrict",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answer with the N most frequent words only; a question may hold any word. Default: all.",
)
metric_option = click.option(
    "--metric",
    type=click.Choice(["cosine", "dot"]),
    default="cosine",
    show_default=True,
    help="Compare directions alone, or lengths too.",
)


def answer_all(
    arguments: Sequence[str],
    parse: Callable[[Sequence[str]], Sequence[T | QueryError]],
    answer: Callable[[list[T]], Iterable[Answer]],
    *,
    format_name: str,
    example: str,
) -> int:
    """Print the answers to the arguments, or else to the lines of standard input or a prompt.

    `parse` finds what each question of a batch asks for, or what is wrong with it, and
    `answer` answers those that are right; `example` is a question to show at the prompt.
    Returns the exit status: 1 if there were questions and none could be answered.
    """
    render = (RENDERERS if arguments else STREAM_RENDERERS)[format_name]
    asked = answered = 0
    for questions in [list(arguments)] if arguments else _batches(example):
        known = []
        for parsed in parse(questions):
            if isinstance(parsed, QueryError):
                show_error(parsed)
            else:
                known.append(parsed)
        click.echo(render(list(answer(known))).encode(), nl=False)
        asked += len(questions)
        answered += len(known)
    return 1 if asked and not answered else 0


def fields(line: str) -> list[str]:
    """The words of a line, which are between tabs, or between spaces where it has no tab."""
    words = line.split("\t") if "\t" in line else line.split(" ")
    return [word for word in (word.strip(" ") for word in words) if word]


def _batches(example: str) -> Iterator[list[str]]:
    """Questions from a prompt on a terminal, and from the lines of standard input elsewhere."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        return _prompted(example)
    return _stream(sys.stdin.buffer)


def _stream(file: IO[bytes]) -> Iterator[list[str]]:
    """The lines that are waiting to be read, without blank ones, each time there are some.

    One pass over the vectors answers them all: quick for a file, immediate for a person.
    """
    pending = b""
    while data := cast("io.BufferedReader", file).read1(READ_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        if questions := _questions(lines):
            yield questions
    if questions := _questions([pending]):
        yield questions


def _questions(lines: Sequence[bytes]) -> list[str]:
    """The lines as text, without surrounding ASCII white space, and none that is blank."""
    stripped = (line.strip() for line in lines)  # as bytes: a word may begin with U+00A0
    return [line.decode(errors="replace") for line in stripped if line]


def _prompted(example: str) -> Iterator[list[str]]:
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
    try:
        import readline
    except ImportError:
        return lambda: None
    from w2v_cli.data.cache import default_cache
    from w2v_cli.errors import W2VError
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
