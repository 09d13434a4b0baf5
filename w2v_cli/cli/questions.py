"""Where questions come from, and the loop that answers them, for every command that asks vectors.

Questions are the arguments, or the lines of standard input as they come, or what a person
types at a prompt. One that has no answer is reported and the others are still answered.
"""

import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import click

from w2v_cli.cli.messages import show_error, show_warning
from w2v_cli.cli.options import WholeNumber, force_option, json_option, output_option
from w2v_cli.cli.outputs import results
from w2v_cli.cli.rendering import RENDERERS, STREAM_RENDERERS, Answer
from w2v_cli.cli.sources import read_source
from w2v_cli.errors import QueryError, UsageError, W2VError
from w2v_cli.standard_input import standard_input

if TYPE_CHECKING:
    import io

    from w2v_cli.vectors.search.expressions import Query
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "Form",
    "QuestionCommand",
    "answer_all",
    "fields",
    "form_options",
    "metric_option",
    "n_option",
    "restrict_option",
    "vectors_asked",
    "warn_of_other_case",
]

READ_BYTES = 1 << 16
HISTORY_LINES = 1000
SHOWN_WORDS = 5  # of those in another case

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
    type=WholeNumber(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="How many words each answer has.",
)
restrict_option = click.option(
    "--restrict",
    type=WholeNumber(min=1),
    metavar="N",
    help="Answer with the N most frequent words only; a question may hold any word. Default: all.",
)
metric_option = click.option(
    "--metric",
    type=click.Choice(["cosine", "dot"]),
    default="cosine",
    show_default=True,
    help="cosine compares directions alone; dot, the product, lengths too.",
)


class Form(NamedTuple):
    """How answers are written, and where: a file, or None for standard output."""

    name: str
    output: Path | None
    force: bool


def form_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a form; it is called with `form`."""

    @functools.wraps(command)
    def called(
        *arguments: Any,
        format_name: str,
        as_json: bool,
        output: Path | None,
        force: bool,
        **rest: Any,
    ) -> None:
        form = Form("json" if as_json else format_name, output, force)
        command(*arguments, form=form, **rest)

    for option in (force_option, output_option, json_option, format_option):
        called = option(called)
    return called


class QuestionCommand(click.Command):
    """A command with words as arguments, which says how to give one that begins with a dash."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; an unknown option may have been meant as a word."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            word = next(text for text in given if text.startswith(error.option_name))
            like = ", ".join(error.possibilities or ())
            meant = f" (did you mean {like}?)" if like else ""
            raise click.UsageError(
                f"no option {word!r}{meant}; if it is a word, put -- before the words: "
                f"{ctx.command_path} RUN_OR_FILE -- {word}",
                ctx,
            ) from error


def vectors_asked(
    source: Path, which: "Which", words: Sequence[str], *, strict: bool
) -> "WordVectors":
    """The vectors at `source`, for questions about `words`.

    Raises:
        UsageError: `source` is not there, but one of the words is a file or folder.
        W2VError: they cannot be read.
    """
    try:
        return read_source(source, which, strict=strict)
    except W2VError as error:
        file = next((word for word in words if word and Path(word).exists()), None)
        if file is None or source.exists():
            raise
        raise UsageError(
            f"{source}: no such file or folder, but {file} is one: "
            "RUN_OR_FILE comes before the words"
        ) from error


def answer_all(
    arguments: Sequence[str],
    ask: "Callable[[Sequence[str]], Sequence[list[Query] | QueryError]]",
    answer: "Callable[[list[list[Query]]], Iterable[Answer]]",
    form: Form,
    *,
    example: str,
) -> int:
    """Write the answers to the arguments, or else to the lines of standard input or a prompt.

    `ask` finds what each question of a batch asks for, or what is wrong with it, and `answer`
    answers those that are right; `example` is a question to show at the prompt. A warning names
    the words that were found only in another case: one in the end, at a prompt one after each
    answer. Another names those never seen, if the form has no place to mark them.
    Returns the exit status: 1 if there were questions and none could be answered.
    """
    render = (RENDERERS if arguments else STREAM_RENDERERS)[form.name]
    prompted = not arguments and form.output is None and _at_terminal()
    lines: Iterable[list[str]] = [list(arguments)]
    if not arguments:
        lines = _prompted(example) if prompted else _stream(standard_input())
    asked = answered = 0
    other_case: dict[str, str] = {}
    composed: dict[str, None] = {}
    with results(form.output, force=form.force) as write:
        for questions in lines:
            known = _without_errors(ask(questions))
            write(render(list(answer(known))))
            asked += len(questions)
            answered += len(known)
            for query in (query for queries in known for query in queries):
                other_case |= query.other_case
                composed |= dict.fromkeys(query.composed)
            if prompted:
                warn_of_other_case(other_case)
                other_case = {}
    warn_of_other_case(other_case)
    if form.name == "tsv":
        _warn_of_composed(list(composed))
    return 1 if asked and not answered else 0


def _without_errors(found: "Iterable[list[Query] | QueryError]") -> "list[list[Query]]":
    """What is asked for by the questions that are right; the errors of the others are shown."""
    known = []
    for queries in found:
        if isinstance(queries, QueryError):
            show_error(queries)
        else:
            known.append(queries)
    return known


def warn_of_other_case(words: dict[str, str]) -> None:
    """Say which words were asked for in one case and found in another."""
    if words:
        pairs = [f"{asked!r} as {found!r}" for asked, found in words.items()]
        shown = ", ".join(pairs[:SHOWN_WORDS]) + ", …" * (len(pairs) > SHOWN_WORDS)
        several = len(words) > 1
        show_warning(
            f"{len(words):,} word{'s were' if several else ' was'} not in the vocabulary as spelt, "
            f"and found in another case: {shown}"
        )


def _warn_of_composed(words: Sequence[str]) -> None:
    """Say which words were never seen."""
    if words:
        shown = ", ".join(map(repr, words[:SHOWN_WORDS])) + ", …" * (len(words) > SHOWN_WORDS)
        were = "s were" if len(words) > 1 else " was"
        show_warning(f"{len(words):,} word{were} never seen, and composed of n-grams: {shown}")


def fields(line: str) -> list[str]:
    """The words of a line, which are between tabs, or between spaces where it has no tab."""
    words = line.split("\t") if "\t" in line else line.split(" ")
    return [word for word in (word.strip(" ") for word in words) if word]


def _at_terminal() -> bool:
    """Whether a person types questions and reads the answers."""
    return standard_input().isatty() and sys.stdout.isatty()


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
    from w2v_cli.systems.shell import line_editor

    readline = line_editor()
    if readline is None:
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
