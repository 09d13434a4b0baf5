"""The arithmetic of the tables, and the tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

MISSED = "**missed**"


@dataclass(frozen=True)
class Comparison:
    """Values of alternating runs of ours and theirs; a ratio above 1 says that ours is better."""

    unit: str  # a rate, where more is better, or "s" or "MB", where less is
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

    def _better(self, ours: float, theirs: float) -> float:
        return ours / theirs if self.unit.endswith("/s") else theirs / ours


def verdict(value: float, at_least: float, aim: float | None) -> str:
    """How a value stands to what was to be reached."""
    if value < at_least:
        return MISSED
    return "aim reached" if aim is not None and value >= aim else "reached"


def speed_line(
    work: str, against: str, result: Comparison | str, at_least: float, aim: float | None
) -> tuple[str, ...]:
    """The cells of a row; a `result` that is text says why nothing was measured."""
    wanted = (f"{at_least:.1f}×", f"{aim:.1f}×" if aim is not None else "")
    if isinstance(result, str):
        return (work, against, "", "", "", *wanted, result)
    low, high = result.spread
    return (
        work,
        against,
        shown(median(result.ours), result.unit),
        shown(median(result.theirs), result.unit),
        f"{result.ratio:.2f}× [{low:.2f}–{high:.2f}]",
        *wanted,
        verdict(result.ratio, at_least, aim),
    )


def shown(value: float, unit: str) -> str:
    """A value with its unit, in a precision that means something."""
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.2f} {unit}"


def quality_line(
    vectors: str, benchmark: str, ours: Sequence[float], theirs: Sequence[float], least: float
) -> tuple[str, ...]:
    """The cells of a quality row: means over the runs, and their difference."""
    a, b = sum(ours) / len(ours), sum(theirs) / len(theirs)
    difference = round(a - b, 3)  # what is shown is what is judged
    return (
        vectors,
        benchmark,
        f"{a:.3f} [{min(ours):.3f}–{max(ours):.3f}]",
        f"{b:.3f} [{min(theirs):.3f}–{max(theirs):.3f}]",
        f"{difference:+.3f}",
        f"{least:+.3f}",
        verdict(difference, least, None),
    )


SPEED_HEADER = ("work", "against", "ours", "theirs", "ratio [spread]", "at least", "aim", "verdict")
QUALITY_HEADER = ("vectors", "benchmark", "ours", "theirs", "difference", "at least", "verdict")


def markdown(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [header, ["---"] * len(header), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
