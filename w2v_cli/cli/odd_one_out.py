"""`w2v odd-one-out`: the word that belongs least with the others."""

import sys
from pathlib import Path

import click

from w2v_cli.cli.options import exit_statuses, source_argument
from w2v_cli.cli.questions import answer_all, fields, format_option
from w2v_cli.cli.rendering import Answer
from w2v_cli.errors import UsageError

__all__ = ["command"]


@click.command(
    "odd-one-out",
    short_help="Print which word belongs least with the others.",
    epilog=exit_statuses("no question had an answer, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[A B C]...", nargs=-1)
@format_option
@click.pass_context
def command(ctx: click.Context, source: Path, words: tuple[str, ...], format_name: str) -> None:
    """Print the words with their mean cosine to the others: the first is the odd one out.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Without
    words, questions are read from standard input, one a line, with spaces between the
    words, or tabs if the words hold spaces.

    A question with an unknown word has no answer, since that word may be the odd one. It is
    reported on standard error and the others are still answered.

    \b
    Example:
      w2v odd-one-out runs/first breakfast cereal dinner lunch
    """
    from w2v_cli.vectors.search.expressions import Query, oddest_first, resolve_each
    from w2v_cli.vectors.source import load_vectors

    if len(words) in (1, 2):
        raise UsageError(f"expected three words or more, got {len(words)}")
    vectors = load_vectors(source)

    def answer(questions: list[list[Query]]) -> list[Answer]:
        return [
            Answer(" ".join(query.text for query in queries), oddest_first(queries), "oddest_first")
            for queries in questions
        ]

    sizes = range(3, sys.maxsize)
    status = answer_all(
        ["\t".join(words)] if words else [],
        lambda lines: resolve_each([fields(line) for line in lines], vectors, sizes),
        answer,
        format_name=format_name,
        example="breakfast cereal dinner lunch",
    )
    ctx.exit(status)
