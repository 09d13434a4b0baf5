"""`w2v nearest`: the words whose vectors are nearest to that of a word or an expression."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses, source_argument, vectors_option
from w2v_cli.cli.questions import (
    Form,
    QuestionCommand,
    answer_all,
    form_options,
    metric_option,
    n_option,
    restrict_option,
    vectors_asked,
)
from w2v_cli.cli.rendering import Answer

if TYPE_CHECKING:
    from w2v_cli.vectors.search.similarity import Metric
    from w2v_cli.vectors.source import Which

__all__ = ["command"]

OPERATORS = ("+", "-")


@click.command(
    "nearest",
    cls=QuestionCommand,
    short_help="Print the words nearest to a word or an expression.",
    epilog=exit_statuses("no question had an answer, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[WORD]...", nargs=-1)
@n_option
@restrict_option
@metric_option
@vectors_option
@form_options
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    words: tuple[str, ...],
    n: int,
    restrict: int | None,
    metric: "Metric",
    which: "Which",
    form: Form,
) -> None:
    """Print the words whose vectors are nearest to that of each WORD.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. A question
    is a word, or several added and subtracted: king - man + woman. Without a WORD, questions
    are read from standard input, one a line, and answered as they come; on a terminal, at
    a prompt with history.

    + and - are operators where they stand alone: between words, or before the first, as in
    - king. Words side by side in one question ("new york", or a line) are added, unless the
    vocabulary has them as one word; a question that is itself a word of the vocabulary always
    means that word. Put -- before words that begin with a dash. The words of a question are
    left out of its answer. A word that is not in the vocabulary as it is spelt is looked for
    in another case, and a warning says so. One that was never seen is composed of its character
    n-grams, if RUN_OR_FILE has their vectors (a run with model.subwords, or a fastText model),
    and the answer says so.

    The cosine forgets how long vectors are. That matters when rare words crowd an answer:
    the direction of a word seen a few times is mostly chance, and its vector is short, as
    is that of a word used in all sorts of contexts. `--metric dot` multiplies by the length,
    so that words which are frequent and used alike come first; --restrict leaves the rare
    ones out altogether. An expression adds vectors scaled to length one for the cosine, and
    as they are for the dot product.

    A question that cannot be answered is reported on standard error and the others are
    still answered. JSON is one array for words given as arguments, and one object a line
    for a stream: {"query": ..., "neighbours": [{"word": ..., "cosine": ...}]}, with
    "composed": [...] for the words of a query that were never seen.

    \b
    Example:
      w2v nearest runs/first king queen
      w2v nearest runs/first king - man + woman --restrict 50000
      cut -f1 words.tsv | w2v nearest runs/first -n 3 --format tsv
    """
    from w2v_cli.vectors.search.expressions import (
        Query,
        nearest_to_queries,
        resolve_each,
        words_composed,
    )

    vectors = vectors_asked(source, which, words)

    def answer(questions: list[list[Query]]) -> list[Answer]:
        queries = [query for (query,) in questions]
        found = nearest_to_queries(queries, vectors, n, metric, restrict)
        return [
            Answer(query.text, neighbours, score=metric, composed=words_composed([query]))
            for query, neighbours in zip(queries, found, strict=True)
        ]

    status = answer_all(
        _joined(words),
        lambda texts: resolve_each([[text] for text in texts], vectors, range(1, 2), metric),
        answer,
        form,
        example="king - man + woman",
    )
    ctx.exit(status)


def _joined(words: Sequence[str]) -> list[str]:
    """The arguments as questions: an operator ties the words on its two sides together.

    An operator that stands first belongs to the word after it, as in a line.

    >>> _joined(["-", "stone", "king", "-", "man", "+", "woman"])
    ['- stone', 'king - man + woman']
    """
    questions: list[str] = []
    open_ended = False
    for word in words:
        is_operator = word in OPERATORS and not open_ended
        if questions and (is_operator or open_ended):
            questions[-1] += f" {word}"
        else:
            questions.append(word)
        open_ended = is_operator
    return questions
