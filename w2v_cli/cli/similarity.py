"""`w2v similarity`: how alike two words are."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses, source_argument, strict_option, vectors_option
from w2v_cli.cli.question_options import Form, form_options, metric_option
from w2v_cli.cli.questions import QuestionCommand, answer_words
from w2v_cli.cli.rendering import Answer
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.vectors.search.similarity import Metric
    from w2v_cli.vectors.source import Which

__all__ = ["command"]


@click.command(
    "similarity",
    cls=QuestionCommand,
    short_help="Print how alike two words are.",
    epilog=exit_statuses("no question had an answer, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[A B]...", nargs=-1)
@metric_option
@vectors_option
@strict_option
@form_options
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    words: tuple[str, ...],
    metric: "Metric",
    which: "Which",
    strict: bool,
    form: Form,
) -> None:
    """Print the cosine between the vectors of A and B, and of A and every further B.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Without
    A and B, questions are read from standard input, one a line, with spaces between the
    words, or tabs if the words hold spaces.

    A and B may be expressions, as for `w2v nearest`: give each as one argument, or put a
    tab between them. Words that were never seen are composed as there. A question that
    cannot be answered is reported on standard error and the others are still answered. Put --
    before words that begin with a dash.

    \b
    Example:
      w2v similarity runs/first king queen
      w2v similarity runs/first "king - man + woman" queen princess
      cut -f1,2 wordsim353.tsv | w2v similarity runs/first --format tsv
    """
    from w2v_cli.vectors.search.neighbours import likeness
    from w2v_cli.vectors.search.queries import Query, words_composed

    if len(words) == 1:
        raise UsageError("expected two words or more, A and B, as in king queen, got 1")
    vectors = vectors_asked(source, which, words, strict=strict)

    def answer(questions: list[list[Query]]) -> list[Answer]:
        return [
            Answer(
                queries[0].text,
                [(b.text, likeness(queries[0], b, metric)) for b in queries[1:]],
                "to",
                metric,
                words_composed(queries),
            )
            for queries in questions
        ]

    example, sizes = "king queen", range(2, sys.maxsize)
    ctx.exit(answer_words(words, vectors, sizes, answer, form, example=example, metric=metric))
