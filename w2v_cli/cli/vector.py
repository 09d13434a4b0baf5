"""`w2v vector`: the vectors of words, seen in training or not."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.messages import show_error
from w2v_cli.cli.options import (
    exit_statuses,
    force_option,
    output_option,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import results
from w2v_cli.cli.questions import QuestionCommand
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import QueryError
from w2v_cli.standard_input import standard_input

if TYPE_CHECKING:
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]


@click.command(
    "vector",
    cls=QuestionCommand,
    short_help="Print the vectors of words, seen or not.",
    epilog=exit_statuses("no word has a vector, or the vectors cannot be read"),
)
@source_argument
@click.argument("words", metavar="[WORD]...", nargs=-1)
@vectors_option
@strict_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@output_option
@force_option
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    words: tuple[str, ...],
    which: "Which",
    strict: bool,
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Print the vector of each WORD, or of each line of standard input.

    A line is the word and its numbers, with a space between, as in a GloVe file. Where
    RUN_OR_FILE knows the vectors of character n-grams (a run with model.subwords, or a fastText
    model), a word that was never seen is composed of them. A word without a vector is reported
    on standard error, and the others are still printed. Put -- before words that begin with
    a dash. JSON is an object a line, {"word": ..., "vector": [...], "composed": true if it was
    never seen}.

    \b
    Example:
      w2v vector runs/first king queen
      cut -f1 words.tsv | w2v vector runs/subwords > vectors.txt
      w2v vector cc.ko.300.bin 나무들 --json
    """
    from w2v_cli.vectors.search.queries import SUGGESTIONS

    vectors = vectors_asked(source, which, words, strict=strict)
    asked = printed = 0
    with results(output, force=force) as write:
        for word in words or _lines():
            asked += 1
            suggest = asked - printed <= SUGGESTIONS
            try:
                write(_line(vectors, word, as_json=as_json, suggest=suggest))
            except QueryError as error:
                show_error(error)
            else:
                printed += 1
    ctx.exit(1 if asked and not printed else 0)


def _line(vectors: "WordVectors", word: str, *, as_json: bool, suggest: bool) -> str:
    """The line of a word.

    Raises:
        QueryError: it has no vector, or one that is not finite; with `suggest`, it says what may
            be meant by an unknown word.
    """
    vector = vectors.vector(word, suggest=suggest)
    numbers = vector.tolist()
    if not all(map(math.isfinite, numbers)):  # JSON has no NaN, and no reader of text takes one
        raise QueryError(
            f"the vector of {word!r} is not finite (NaN or infinity): "
            "training diverged or the file is damaged"
        )
    if as_json:
        composed = vectors.find(word) is None
        said = {"word": word, "vector": numbers, "composed": composed}
        return f"{json.dumps(said, ensure_ascii=False)}\n"
    # A word that is not UTF-8 may have a vector, composed of its n-grams.
    return " ".join([word.encode(errors="replace").decode(), *map(str, vector)]) + "\n"


def _lines() -> Iterator[str]:
    """The words of standard input, one a line."""
    for line in standard_input():
        word = line.strip().decode(errors="replace")
        if word:
            yield word
