"""`w2v nearest`: the words whose vectors are nearest to that of a word or an expression."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import (
    check_not_given,
    exit_statuses,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.question_options import (
    Form,
    form_options,
    metric_option,
    n_option,
    restrict_option,
)
from w2v_cli.cli.questions import QuestionCommand, answer_all
from w2v_cli.cli.rendering import Answer
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import QueryError, UsageError

if TYPE_CHECKING:
    from w2v_cli.vectors.search.queries import Query
    from w2v_cli.vectors.search.similarity import Metric
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

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
@strict_option
@click.option(
    "--subwords",
    "parts",
    is_flag=True,
    help="List the n-grams of each WORD that count most, instead of neighbours.",
)
@click.option(
    "--vector",
    "written",
    is_flag=True,
    help="Read vectors from standard input, one a line, as `w2v vector` prints them.",
)
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
    strict: bool,
    parts: bool,
    written: bool,
    form: Form,
) -> None:
    """Print the words whose vectors are nearest to that of each WORD.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. A question
    is a word, or several added and subtracted: king - man + woman. Without a WORD, questions
    are read from standard input, one a line, and answered as they come; on a terminal, at
    a prompt with history.

    + and - are operators where they stand alone: between words, or before the first, as in
    - king. Words side by side in one question ("new york", or a line) are added, unless the
    vocabulary has them as one word, "new york" or new_york. A question that is itself a word
    of the vocabulary always means that word. Put -- before words that begin with a dash. The
    words of a question are left out of its answer. A word that is not in the vocabulary as it
    is spelt is looked for in another case, and a warning says so. A word that was never seen
    is composed of its character n-grams, if RUN_OR_FILE has their vectors (a run with
    model.subwords, or a fastText model), and the answer says so.

    The cosine leaves the length of vectors out. That matters when rare words crowd an answer:
    a word seen a few times points in a direction that is mostly chance, and its vector is
    short. `--metric dot` multiplies by the length, so that frequent words come first;
    --restrict leaves the rare ones out altogether. An expression adds vectors scaled to length
    one for the cosine, and as they are for the dot product.

    A question that cannot be answered is reported on standard error and the others are
    still answered. JSON is one array for words given as arguments, and one object a line
    for a stream: {"query": ..., "neighbours": [{"word": ..., "cosine": ...}]}, with
    "composed": [...] for the words of a query that were never seen.

    --subwords explains a vector that is made of n-grams, seen or not: the share of each n-gram,
    and of the word's own vector, in it. All shares sum to 1; one below 0 points the other way.
    --vector asks for the neighbours of vectors that come from elsewhere, such as a program: a line
    is a name and D numbers, or JSON, {"word": ..., "vector": [...]}, or [...]. The vectors of two
    runs lie in different spaces, unless one was continued from the other.

    \b
    Example:
      w2v nearest runs/first king queen
      w2v nearest runs/first king - man + woman --restrict 50000
      cut -f1 words.tsv | w2v nearest runs/first -n 3 --format tsv
      w2v nearest runs/subwords unhappiness --subwords -n 5
      w2v vector runs/may king | w2v nearest runs/june --vector
    """
    from w2v_cli.vectors.search.queries import resolve_each

    if written and (parts or words):
        raise UsageError("--vector reads standard input; leave --subwords and words out")
    if parts:
        check_not_given(ctx, ("metric", "restrict"), "--subwords", "n-grams are no neighbours")
    vectors = vectors_asked(source, which, words, strict=strict)
    answer = (
        _parts(vectors, source, which, n) if parts else _neighbours(vectors, n, metric, restrict)
    )

    def ask(texts: Sequence[str]) -> "Sequence[list[Query] | QueryError]":
        if written:
            return _written(texts, vectors)
        found = resolve_each([[text] for text in texts], vectors, range(1, 2), metric)
        return _single_words(found) if parts else found

    example = "unhappiness" if parts else "king - man + woman"
    if written:
        example = f"a name and {vectors.dim} numbers"
    ctx.exit(answer_all(_joined(words), ask, answer, form, example=example))


def _neighbours(
    vectors: "WordVectors", n: int, metric: "Metric", restrict: int | None
) -> "Callable[[list[list[Query]]], list[Answer]]":
    """What answers questions with the words nearest to them."""
    from w2v_cli.vectors.search.neighbours import nearest_to_queries

    def answer(questions: "list[list[Query]]") -> list[Answer]:
        queries = [query for (query,) in questions]
        found = nearest_to_queries(queries, vectors, n, metric, restrict)
        return [
            Answer(query.text, neighbours, score=metric, composed=query.composed)
            for query, neighbours in zip(queries, found, strict=True)
        ]

    return answer


def _parts(
    vectors: "WordVectors", source: Path, which: "Which", n: int
) -> "Callable[[list[list[Query]]], list[Answer]]":
    """What answers words with the n-grams that count most in them."""
    from w2v_cli.vectors.composed_words import check_composes
    from w2v_cli.vectors.search.word_parts import word_parts

    check_composes(vectors, str(source), which, "--subwords")

    def answer(questions: "list[list[Query]]") -> list[Answer]:
        return [
            Answer(
                query.text,
                word_parts(query, vectors, n),
                "ngrams",
                "share",
                composed=query.composed,
                item="ngram",
            )
            for (query,) in questions
        ]

    return answer


def _single_words(
    questions: "Sequence[list[Query] | QueryError]",
) -> "list[list[Query] | QueryError]":
    """The questions, with an error in place of each that is not one word."""
    from w2v_cli.vectors.search.word_parts import check_one_word

    found: list[list[Query] | QueryError] = []
    for question in questions:
        one = question if isinstance(question, QueryError) else check_one_word(question[0])
        found.append(one if isinstance(one, QueryError) else [one])
    return found


def _written(lines: Sequence[str], vectors: "WordVectors") -> "list[list[Query] | QueryError]":
    """The question that each line with a vector asks, or what is wrong with it."""
    from w2v_cli.vectors.search.written_vectors import read_vector

    found = [read_vector(line, vectors.dim) for line in lines]
    return [one if isinstance(one, QueryError) else [one] for one in found]


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
