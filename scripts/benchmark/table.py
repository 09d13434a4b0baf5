"""The tables of a record: what was measured, how it compares, and whether ours is ahead."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

AHEAD, BEHIND = "ahead", "behind"
MISSED = "**missed**"
MEAN = "mean"
SPEED = "work", "against", "ours", "theirs", "ratio [spread]", ""
WHOLE = "work", "against", *2 * ("ours", "theirs", "ratio [spread]", "")
QUALITY = "vectors", "score", "ours", "theirs", "theirs at their best rate", "difference", ""
Cells = tuple[str, ...]
RowRecord = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """Values of alternating runs of ours and theirs; a ratio above 1 says that ours is better."""

    unit: str  # a rate, where more is better, or "s", "CPU s" or "MB", where less is
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def ratio(self) -> float:
        """The ratio of the medians."""
        return self._better(median(self.ours), median(self.theirs))

    @property
    def spread(self) -> tuple[float, float]:
        """The smallest and the largest ratio of two runs that followed each other."""
        ratios = [self._better(a, b) for a, b in zip(self.ours, self.theirs, strict=True)]
        return min(ratios), max(ratios)

    @property
    def cells(self) -> Cells:
        """Ours, theirs, the ratio with its spread, and which is better."""
        low, high = self.spread
        spread = f" [{low:.2f}–{high:.2f}]" if len(self.ours) > 1 else ""
        values = (shown(median(side), self.unit) for side in (self.ours, self.theirs))
        return (*values, f"{self.ratio:.2f}×{spread}", standing(self.ratio >= 1))

    def _better(self, ours: float, theirs: float) -> float:
        return ours / theirs if self.unit.endswith("/s") else theirs / ours


@dataclass(frozen=True)
class Quality:
    """The scores of one kind, one a run, of ours and of theirs at each of their rates."""

    name: str
    ours: list[float]
    theirs: dict[str, list[float]]  # by rate; the first is their default

    @property
    def best_rate(self) -> str:
        """The rate at which their mean over the runs is highest."""
        return max(self.theirs, key=lambda rate: fmean(self.theirs[rate]))

    @property
    def difference(self) -> float:
        """Ours minus their best, of the means, as it is shown."""
        return round(fmean(self.ours) - fmean(self.theirs[self.best_rate]), 3)

    @property
    def cells(self) -> Cells:
        """Ours, theirs at their default and at their best, the difference, who is better."""
        default = f"{over_runs(next(iter(self.theirs.values())))}"
        best = f"{over_runs(self.theirs[self.best_rate])} at {self.best_rate}"
        if len(self.theirs) == 1:
            best = ""
        better = standing(self.difference >= 0)
        return self.name, over_runs(self.ours), default, best, f"{self.difference:+.3f}", better


def standing(better: bool) -> str:
    """The one word for a figure."""
    return AHEAD if better else BEHIND


def verdict(reached: bool) -> str:
    """The one word for what should be reached."""
    return "reached" if reached else MISSED


def shown(value: float, unit: str) -> str:
    """A value with its unit, in a precision that means something."""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"


def over_runs(scores: Sequence[float]) -> str:
    """The mean and, of several runs, the range."""
    spread = f" [{min(scores):.3f}–{max(scores):.3f}]" if len(scores) > 1 else ""
    return f"{fmean(scores):.3f}{spread}"


def comparisons(row: RowRecord) -> dict[str, Comparison]:
    """The figures of a row by unit, the main one first."""
    return {
        unit: Comparison(unit, figure["ours"], figure["theirs"])
        for unit, figure in row["figures"].items()
    }


def main_comparison(row: RowRecord) -> Comparison:
    """The main figure of a row."""
    return next(iter(comparisons(row).values()))


def qualities(row: RowRecord) -> list[Quality]:
    """The scores of a row: the mean of all benchmarks, then each of them."""
    ours, theirs = row["scores"]["ours"], row["scores"]["theirs"]
    runs = [*ours, *(run for runs in theirs.values() for run in runs)]
    names = [name for name in runs[0] if all(name in run for run in runs)] if runs else []
    if not names:
        return []

    def values(runs: list[dict[str, float]], chosen: list[str]) -> list[float]:
        return [fmean(run[name] for name in chosen) for run in runs]

    chosen = {f"{MEAN} of {len(names)}": names, **{name: [name] for name in names}}
    return [
        Quality(label, values(ours, some), {rate: values(r, some) for rate, r in theirs.items()})
        for label, some in chosen.items()
    ]


def speed_table(rows: Iterable[RowRecord]) -> str:
    """The main figure of each row."""
    lines = [(row["work"], row["against"], *main_comparison(row).cells) for row in measured(rows)]
    return markdown(SPEED, lines)


def whole_table(rows: Iterable[RowRecord]) -> str:
    """From the text to saved vectors: seconds that pass, and seconds of the processors."""
    lines = []
    for row in measured(rows):
        figures = comparisons(row)
        if "CPU s" in figures:
            both = (*figures["s"].cells, *figures["CPU s"].cells)
            lines.append((row["work"], row["against"], *both))
    return markdown(WHOLE, lines) if lines else ""


def quality_table(rows: Iterable[RowRecord]) -> str:
    """The scores of each row that has some; the first line of a row names it."""
    lines = [
        ("" if number else f"{row['work']}, against {row['against']}", *quality.cells)
        for row in measured(rows)
        for number, quality in enumerate(qualities(row))
    ]
    return markdown(QUALITY, lines) if lines else ""


def summary(rows: Sequence[RowRecord]) -> str:
    """How many figures are ahead, of what kind the others are, and what was not measured."""
    figures = [figure for row in measured(rows) for figure in _standings(row)]
    behind = Counter(what for what, better in figures if not better).most_common()
    counted = (f"{what} ({f'{n} times' if n > 1 else 'once'})" for what, n in behind)
    line = f"{len(figures) - sum(n for _, n in behind)} of {len(figures)} figures are ahead"
    line += f"; behind: {', '.join(counted)}." if behind else "."
    failures = [f"{row['work']}: not measured, {row['failure']}" for row in rows if row["failure"]]
    return "\n".join([line, *failures])


def _standings(row: RowRecord) -> Iterator[tuple[str, bool]]:
    """Each figure of a row, and whether it is ahead."""
    for unit, comparison in comparisons(row).items():
        yield unit, comparison.ratio >= 1
    for quality in qualities(row):
        yield quality.name, quality.difference >= 0


def shortfalls(rows: Iterable[RowRecord]) -> list[str]:
    """The figures below the least they should be, a line for each."""
    found = []
    for row in measured(rows):
        for unit, comparison in comparisons(row).items():
            least = row["figures"][unit]["wanted"] or 0.0
            if comparison.ratio < least:
                found.append(f"{row['work']}, {unit}: {comparison.ratio:.2f}× of {least}×")
        for quality in qualities(row)[:1]:
            if quality.difference < 0:
                found.append(f"{row['work']}, {quality.name}: {quality.difference:+.3f}")
    return found


def measured(rows: Iterable[RowRecord]) -> list[RowRecord]:
    """The rows that have figures."""
    return [row for row in rows if row["failure"] is None]


def speed_line(work: str, against: str, result: Comparison, at_least: float) -> Cells:
    """The cells of a row, with what should be reached."""
    reached = verdict(result.ratio >= at_least)
    return (work, against, *result.cells[:-1], f"{at_least:.1f}×", reached)


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
