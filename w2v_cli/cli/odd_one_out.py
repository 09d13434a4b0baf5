"""`w2v odd-one-out`: the word that belongs least with the others."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses, source_argument, strict_option, vectors_option
from w2v_cli.cli.question_options import Form, form_options
from w2v_cli.cli.questions import QuestionCommand, answer_words
from w2v_cli.cli.rendering import Answer
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.vectors.source import Which

__all__ = ["command"]


@click.command(
    "odd-one-out",
    cls=QuestionCommand,
    short_help="Print which word belongs least with the others.",
    epilog=exit_statuses("no question had an answer, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[A B C]...", nargs=-1)
@vectors_option
@strict_option
@form_options
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    words: tuple[str, ...],
    which: "Which",
    strict: bool,
    form: Form,
) -> None:
    """Print the words with their mean cosine to the others: the first is the odd one out.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Without
    words, questions are read from standard input, one a line, with spaces between the
    words, or tabs if the words hold spaces.

    Words that were never seen are composed as for `w2v nearest`. A question with an unknown
    word has no answer, since that word may be the odd one. It is reported on standard error
    and the others are still answered. Put -- before words that begin with a dash.

    \b
    Example:
      w2v odd-one-out runs/first breakfast cereal dinner lunch
    """
    from w2v_cli.vectors.search.neighbours import oddest_first
    from w2v_cli.vectors.search.queries import Query, words_composed

    if len(words) in (1, 2):
        raise UsageError(
            f"expected three words or more, as in breakfast cereal lunch, got {len(words)}"
        )
    vectors = vectors_asked(source, which, words, strict=strict)

    def answer(questions: list[list[Query]]) -> list[Answer]:
        return [
            Answer(
                " ".join(query.text for query in queries),
                oddest_first(queries),
                "oddest_first",
                composed=words_composed(queries),
            )
            for queries in questions
        ]

    example, sizes = "breakfast cereal dinner lunch", range(3, sys.maxsize)
    ctx.exit(answer_words(words, vectors, sizes, answer, form, example=example))
