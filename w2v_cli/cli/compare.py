"""`w2v compare`: how alike two runs, or two vector files, are on the words they share."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import (
    WholeNumber,
    exit_statuses,
    force_option,
    output_option,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import results
from w2v_cli.cli.rendering import columns, printable
from w2v_cli.cli.sources import read_source

if TYPE_CHECKING:
    from w2v_cli.evaluation.comparison import Comparison, MovedWord
    from w2v_cli.vectors.source import Which

__all__ = ["command"]


@click.command(
    "compare",
    short_help="Tell how alike two runs or vector files are.",
    epilog=exit_statuses("vectors that cannot be read, or share too few words"),
)
@click.argument("first", metavar="RUN_OR_FILE", type=click.Path(path_type=Path))
@click.argument("second", metavar="RUN_OR_FILE", type=click.Path(path_type=Path))
@click.option(
    "-k",
    "k",
    type=WholeNumber(min=1),
    metavar="K",
    default=10,
    show_default=True,
    help="How many neighbours of each word are compared.",
)
@click.option(
    "-n",
    "moved",
    type=WholeNumber(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="How many of the words that moved most to show.",
)
@click.option(
    "--restrict",
    type=WholeNumber(min=1),
    metavar="N",
    help="Use only the N most frequent words of each. Default: all.",
)
@vectors_option
@strict_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
@output_option
@force_option
def command(
    first: Path,
    second: Path,
    k: int,
    moved: int,
    restrict: int | None,
    which: "Which",
    strict: bool,
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Compare two sets of vectors on the words they share.

    The numbers of two runs cannot be compared, since any rotation of a space is as good as
    another. Two figures can: the share of a word's K nearest neighbours that is the same in
    both (the mean over a sample of words, with its 95 % interval), and the cosine between a
    word's two vectors after one space is rotated onto the other (orthogonal Procrustes). The
    words with the smallest such cosine moved most. Rare words have small cosines by chance;
    --restrict leaves them out. The same command always prints the same.

    To judge the overlap, compare two runs that differ in nothing but the seed: only an
    overlap below theirs is a difference.

    \b
    Example:
      w2v compare runs/first runs/second
      w2v compare runs/first vectors.bin --restrict 10000 --json
    """
    from w2v_cli.evaluation.comparison import compare

    with results(output, force=force) as write:
        pair = [read_source(source, which, strict=strict) for source in (first, second)]
        if restrict is not None:
            pair = [vectors.top(restrict) for vectors in pair]
        found = compare(*pair, k=k, moved=moved)
        write(_json(found) if as_json else _lines(found, str(first), str(second)))


def _json(found: "Comparison") -> str:
    """One object; an interval is a pair of numbers."""
    facts = asdict(found)
    facts["interval_95"] = facts.pop("interval")
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"


def _lines(found: "Comparison", first: str, second: str) -> str:
    """What was found, a line each, and the words that moved most."""
    _, low, median, high, _ = found.quantiles
    interval = found.interval
    between = "" if interval is None else f" ({interval.low:.4f} to {interval.high:.4f})"
    lines = [
        f"first       {printable(first)}: {found.words[0]:,} words",
        f"second      {printable(second)}: {found.words[1]:,} words",
        f"shared      {found.shared:,} words",
        f"overlap     {found.overlap:.4f}{between} of the {found.k} nearest neighbours of "
        f"{found.sample:,} words; by chance {found.chance:.4f}",
        f"cosine      {found.cosine:.4f} after the best rotation, median {median:.4f}, nine in ten "
        f"words {low:.4f} to {high:.4f}; of different words {_cosine(found.cosine_chance)}",
    ]
    moved = [one for one in found.moved if _cosine(one.cosine) != "1.0000"]  # the rest stayed
    if moved:
        lines.append("moved most  cosine and nearest neighbours, first | second")
    return "".join(f"{line}\n" for line in [*lines, *_moved_lines(moved)])


def _moved_lines(moved: "Sequence[MovedWord]") -> list[str]:
    """A line for each word: its cosine, and its neighbours in both spaces."""
    words = [printable(one.word) for one in moved]
    width = max(map(columns, words), default=0)
    lines = []
    for word, one in zip(words, moved, strict=True):
        first, second = (", ".join(map(printable, some)) for some in one.neighbours)
        padding = " " * (width - columns(word))
        lines.append(f"  {word}{padding}  {_cosine(one.cosine):>7}  {first} | {second}")
    return lines


def _cosine(value: float) -> str:
    """A cosine to four places, never -0."""
    return f"{round(value, 4) + 0.0:.4f}"
