"""Scores of vectors on benchmarks, with their intervals, as a table."""

from collections.abc import Sequence

from w2v_cli.evaluation.analogies import METHODS, SectionResult
from w2v_cli.evaluation.scoring import Result
from w2v_cli.evaluation.statistics import Interval, proportion_interval
from w2v_cli.evaluation.word_pairs import PairsResult
from w2v_cli.pages.elements import RowGroup, table

__all__ = ["scores_table"]

HEAD = ("", "score", "95% interval", "unknown counted")
NOTHING = "–"


def scores_table(results: Sequence[tuple[str, Result]]) -> str:
    """A group of rows for each file: scores without unknown words, and with them counted."""
    groups = []
    for file, result in results:
        if isinstance(result, PairsResult):
            known = f"{result.known:,} of {result.pairs:,} pairs known"
            groups.append(RowGroup(file, known, _pairs_rows(result)))
        else:
            total = result.total
            known = f"{total.known:,} of {total.questions:,} questions known"
            parts = [*result.groups, ("all", total)]
            rows = [row for name, part in parts for row in _analogies_rows(name, part)]
            groups.append(RowGroup(file, known, rows))
    return table(HEAD, groups)


def _pairs_rows(result: PairsResult) -> list[list[str]]:
    """Both correlations."""
    return [
        [label, _figure(skipping.value), _interval(skipping.interval), _figure(counting.value)]
        for label, skipping, counting in (
            ("Spearman’s ρ", result.skipping.spearman, result.counting.spearman),
            ("Pearson’s r", result.skipping.pearson, result.counting.pearson),
        )
    ]


def _analogies_rows(name: str, part: SectionResult) -> list[list[str]]:
    """The share right by each method."""
    return [
        [
            f"{method}, {name}",
            _figure(part.skipping(method)),
            _interval(proportion_interval(part.correct[method], part.known)),
            _figure(part.counting(method)),
        ]
        for method in METHODS
    ]


def _figure(value: float | None) -> str:
    """A score to three places, which is more than the intervals allow."""
    return NOTHING if value is None else f"{round(value, 3) + 0.0:.3f}"


def _interval(interval: Interval | None) -> str:
    return NOTHING if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"
