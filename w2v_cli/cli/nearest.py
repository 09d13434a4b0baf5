"""`w2v nearest`: the words closest in direction to a word."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click

from w2v_cli.cli.options import source_argument
from w2v_cli.cli.rendering import Answer, json_array, json_lines, table, tsv

if TYPE_CHECKING:
    import io

    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

READ_BYTES = 1 << 16

Renderers = dict[str, Callable[[Sequence[Answer]], str]]
RENDERERS: Renderers = {"table": table, "tsv": tsv, "json": json_array}
STREAM_RENDERERS: Renderers = {"table": table, "tsv": tsv, "json": json_lines}


@click.command("nearest", short_help="Print the words closest in direction to a word.")
@source_argument
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "-n", "n", type=click.IntRange(min=0), default=10, show_default=True, help="Neighbours a word."
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(RENDERERS)),
    default="table",
    show_default=True,
    help="A table to read, or query, neighbour and cosine for programs.",
)
@click.pass_context
def command(
    ctx: click.Context, source: Path, words: tuple[str, ...], n: int, format_name: str
) -> None:
    """Print the words whose vectors have the largest cosine to that of each WORD.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Without
    a WORD, queries are read from standard input, one a line, and answered as they come.
    JSON is one array for words given as arguments, and one object a line for a stream:
    {"query": ..., "neighbours": [{"word": ..., "cosine": ...}]}.

    A word that is not in the vocabulary is reported on standard error and the others are
    still answered. The exit status is 1 if there were queries and none had an answer.

    \b
    Example:
      w2v nearest runs/first king queen
      cut -f1 words.tsv | w2v nearest runs/first -n 3 --format tsv
    """
    from w2v_cli.vectors.source import load_vectors

    vectors = load_vectors(source)
    streaming = not words
    render = (STREAM_RENDERERS if streaming else RENDERERS)[format_name]
    asked = answered = 0
    for queries in _stream(sys.stdin.buffer) if streaming else [list(words)]:
        answers = _answer(vectors, queries, n)
        click.echo(render(answers).encode(), nl=False)
        asked += len(queries)
        answered += len(answers)
    if asked and not answered:
        ctx.exit(1)


def _answer(vectors: "WordVectors", queries: Sequence[str], n: int) -> list[Answer]:
    """The neighbours of each known query, together; the unknown ones go to standard error."""
    known: list[str] = []
    rows: list[int] = []
    for query, row in zip(queries, vectors.rows(queries), strict=True):
        if row is None:
            click.echo(f"w2v: error: {vectors.unknown(query)}", err=True)
        else:
            known.append(query)
            rows.append(row)
    neighbours = vectors.nearest_to_each(vectors.matrix[rows], n, [{row} for row in rows])
    return list(zip(known, neighbours, strict=True))


def _stream(file: IO[bytes]) -> Iterator[list[str]]:
    """The lines that are waiting to be read, without blank ones, each time there are some.

    One pass over the vectors answers them all: quick for a file, immediate for a person.
    """
    if file.isatty():
        click.echo("type a word and Enter; Ctrl-D ends", err=True)
    pending = b""
    while data := cast("io.BufferedReader", file).read1(READ_BYTES):
        *lines, pending = (pending + data).split(b"\n")
        if queries := _queries(lines):
            yield queries
    if queries := _queries([pending]):
        yield queries


def _queries(lines: Sequence[bytes]) -> list[str]:
    """The lines as text, without surrounding ASCII white space, and none that is blank."""
    stripped = (line.strip() for line in lines)  # as bytes: a word may begin with U+00A0
    return [line.decode(errors="replace") for line in stripped if line]
