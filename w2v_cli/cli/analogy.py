"""`w2v analogy`: "A is to B as C is to ?"."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses, source_argument, strict_option, vectors_option
from w2v_cli.cli.question_options import Form, form_options, n_option, restrict_option
from w2v_cli.cli.questions import QuestionCommand, answer_words
from w2v_cli.cli.rendering import Answer
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from w2v_cli.vectors.search.queries import Query
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]


@click.command(
    "analogy",
    cls=QuestionCommand,
    short_help="Complete: A is to B as C is to ?",
    epilog=exit_statuses("no question had an answer, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[A B C]", nargs=-1)
@n_option
@restrict_option
@click.option(
    "--method",
    type=click.Choice(["3cosadd", "3cosmul"]),
    default="3cosadd",
    show_default=True,
    help="How the three cosines of an answer are combined.",
)
@vectors_option
@strict_option
@form_options
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    words: tuple[str, ...],
    n: int,
    restrict: int | None,
    method: str,
    which: "Which",
    strict: bool,
    form: Form,
) -> None:
    """Print the words that are to C as B is to A, the best first.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Without
    A, B and C, questions are read from standard input, one a line, three words with spaces
    between them, or tabs if the words hold spaces.

    \b
    3cosadd  cos(d, B) - cos(d, A) + cos(d, C): the order of `w2v nearest` for B - A + C
    3cosmul  cos(d, B) cos(d, C) / cos(d, A), of cosines moved to 0 ... 1: no single large
             cosine decides; often better at analogies (Levy and Goldberg 2014)

    A, B and C may be expressions, as for `w2v nearest`, and words that were never seen are
    composed as there. No word of the question is its answer. A question that cannot be
    answered is reported on standard error and the others are still answered. Put -- before
    words that begin with a dash.

    \b
    Example:
      w2v analogy runs/first man king woman
      w2v analogy runs/first paris france rome --method 3cosmul --restrict 50000
    """
    if len(words) not in (0, 3):
        raise UsageError(f"expected three words A B C, as in man king woman, got {len(words)}")
    vectors = vectors_asked(source, which, words, strict=strict)
    answer = _completing(vectors, n, method, restrict)
    ctx.exit(answer_words(words, vectors, range(3, 4), answer, form, example="man king woman"))


def _completing(
    vectors: "WordVectors", n: int, method: str, restrict: int | None
) -> "Callable[[list[list[Query]]], list[Answer]]":
    """What answers analogies with the words that complete them."""
    from w2v_cli.vectors.search.analogies import THREE_COS_ADD, THREE_COS_MUL
    from w2v_cli.vectors.search.neighbours import best_analogies
    from w2v_cli.vectors.search.queries import words_composed

    score = {"3cosadd": THREE_COS_ADD, "3cosmul": THREE_COS_MUL}[method]

    def answer(questions: "list[list[Query]]") -> list[Answer]:
        found = best_analogies(questions, vectors, n, score, restrict)
        return [
            Answer(
                " ".join(query.text for query in abc),
                answers,
                "answers",
                method,
                words_composed(abc),
            )
            for abc, answers in zip(questions, found, strict=True)
        ]

    return answer
