"""Where questions come from, and the loop that answers them, for every command that asks vectors.

Questions are the arguments, or the lines of standard input as they come, or what a person
types at a prompt. One that has no answer is reported and the others are still answered.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, cast

import click

from w2v_cli.cli.messages import show_error, show_warning
from w2v_cli.cli.outputs import results
from w2v_cli.cli.prompt import at_terminal, typed
from w2v_cli.cli.question_options import Form
from w2v_cli.cli.rendering import RENDERERS, STREAM_RENDERERS, Answer, listed
from w2v_cli.errors import QueryError
from w2v_cli.standard_input import standard_input

if TYPE_CHECKING:
    import io

    from w2v_cli.vectors.search.queries import Query
    from w2v_cli.vectors.search.similarity import Metric
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["QuestionCommand", "answer_all", "answer_words"]

READ_BYTES = 1 << 16


class QuestionCommand(click.Command):
    """A command with words as arguments; it says how to give one that begins with a dash."""

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
    the words that were found only in another case: one at the end, at a prompt one after each
    answer. Another names those never seen, if the form has no place to mark them.
    Returns the exit status: 1 if there were questions and none could be answered.
    """
    render = (RENDERERS if arguments else STREAM_RENDERERS)[form.name]
    prompted = not arguments and form.output is None and at_terminal()
    lines: Iterable[list[str]] = [list(arguments)]
    if not arguments:
        lines = typed(example) if prompted else _stream(standard_input())
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
                _warn_of_other_case(other_case)
                other_case = {}
    _warn_of_other_case(other_case)
    if form.name == "tsv":
        _warn_of_composed(list(composed))
    return 1 if asked and not answered else 0


def answer_words(
    words: Sequence[str],
    vectors: "WordVectors",
    sizes: range,
    answer: "Callable[[list[list[Query]]], Iterable[Answer]]",
    form: Form,
    *,
    example: str,
    metric: "Metric" = "cosine",
) -> int:
    """`answer_all` for questions of several words each, as many as one of `sizes`."""
    from w2v_cli.vectors.search.queries import resolve_each

    return answer_all(
        ["\t".join(words)] if words else [],
        lambda lines: resolve_each([_fields(line) for line in lines], vectors, sizes, metric),
        answer,
        form,
        example=example,
    )


def _without_errors(found: "Iterable[list[Query] | QueryError]") -> "list[list[Query]]":
    """What is asked for by the questions that are right; the errors of the others are shown."""
    known = []
    for queries in found:
        if isinstance(queries, QueryError):
            show_error(queries)
        else:
            known.append(queries)
    return known


def _warn_of_other_case(words: dict[str, str]) -> None:
    """Say which words were asked for in one case and found in another."""
    if words:
        shown = listed([f"{asked!r} as {found!r}" for asked, found in words.items()])
        were = "s were" if len(words) > 1 else " was"
        show_warning(
            f"{len(words):,} word{were} not in the vocabulary as spelt, "
            f"and found in another case: {shown}"
        )


def _warn_of_composed(words: Sequence[str]) -> None:
    """Say which words were never seen."""
    if words:
        shown = listed(words, repr)
        were = "s were" if len(words) > 1 else " was"
        show_warning(f"{len(words):,} word{were} never seen, and composed of n-grams: {shown}")


def _fields(line: str) -> list[str]:
    """The words of a line, which are between tabs, or between spaces where it has no tab."""
    words = line.split("\t") if "\t" in line else line.split(" ")
    return [word for word in (word.strip(" ") for word in words) if word]


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
