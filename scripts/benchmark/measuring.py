"""Measuring a row: ours and theirs in turn, each in a new folder, and what came out."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.corpora import write_prefix
from benchmark.quality import evaluate
from benchmark.rows import Row, Sides
from benchmark.table import MISSED, Comparison, quality_line, speed_line
from benchmark.task import BenchError, Sample, Task

SOFTMAX_WORDS = 60_000  # what fastText's softmax does in about a minute and a half
SOFTMAX_WORDS_QUICK = 3_000

Scores = dict[str, float]


@dataclass
class Result:
    """The samples of a row, ours and theirs of each run, and the scores of their vectors."""

    row: Row
    samples: list[tuple[Sample, Sample]] = field(default_factory=list)
    scores: list[tuple[Scores, Scores]] = field(default_factory=list)
    failure: str | None = None

    @property
    def comparison(self) -> Comparison:
        """Of the values."""
        ours, theirs = zip(*self.samples, strict=True)
        return Comparison(self.row.unit, [a.value for a in ours], [b.value for b in theirs])

    @property
    def reached(self) -> bool:
        """Whether speed and quality are at least what they should be."""
        if self.failure is not None:
            return False
        lines = [self.speed_line(), *self.quality_lines()]
        return all(line[-1] != MISSED for line in lines)

    def speed_line(self) -> tuple[str, ...]:
        """Its line of the table."""
        row = self.row
        result = self.comparison if self.failure is None else self.failure
        return speed_line(row.work, row.against, result, row.at_least, row.aim)

    def quality_lines(self) -> Iterator[tuple[str, ...]]:
        """Its lines of the table of quality, one for each benchmark that every run has."""
        least = self.row.least_quality
        if least is None or self.failure is not None or not self.scores:
            return
        for name in self.scores[0][0]:
            if all(name in a and name in b for a, b in self.scores):
                ours, theirs = zip(*((a[name], b[name]) for a, b in self.scores), strict=True)
                yield quality_line(self.row.work, name, ours, theirs, least)

    def record(self) -> dict[str, Any]:
        """All of it, for a program."""
        values = [[(s.value, s.words, s.vocabulary) for s in pair] for pair in self.samples]
        return {
            "name": self.row.name,
            "unit": self.row.unit,
            "value_words_vocabulary": values,
            "scores": self.scores,
            "ratio": None if self.failure else self.comparison.ratio,
            "spread": None if self.failure else self.comparison.spread,
            "failure": self.failure,
        }


@dataclass(frozen=True)
class Bench:
    """A plain text, and how it is used; everything made is in `folder`."""

    folder: Path
    corpus: Path
    words: int
    runs: int
    quick: bool
    benchmarks: dict[str, Path]

    def result(self, row: Row) -> Result:
        """The row measured, or why it was not."""
        result = Result(row, failure=row.missing())
        if result.failure is not None:
            return result
        corpus, words = self._text(row)
        epochs = 1 if self.quick else row.settings.get("epochs", Task.epochs)
        expected = row.pace * words / 1e6 * epochs * self.runs
        _say(f"{row.name}: {self.runs} × both sides, about {expected:,.0f} s in all")
        try:
            for run in range(1, self.runs + 1):
                self._run(result, corpus, {**row.settings, "epochs": epochs, "seed": run})
        except BenchError as error:
            result.failure = str(error)
            _say(f"{row.name}: {error}")
        return result

    def _text(self, row: Row) -> tuple[Path, int]:
        if row.most_types is None:
            return self.corpus, self.words
        prefix = self.folder / "prefix.txt"
        most = SOFTMAX_WORDS_QUICK if self.quick else SOFTMAX_WORDS
        return prefix, write_prefix(self.corpus, prefix, row.most_types, most)

    def _run(self, result: Result, corpus: Path, settings: dict[str, Any]) -> None:
        """One run of both sides, added to the result; their folders are removed."""
        folder = self.folder / "run"

        def task(name: str, **changes: Any) -> Task:
            (folder / name).mkdir(parents=True)
            return Task(**{**settings, **changes, "corpus": corpus, "out": folder / name})

        try:
            pair = result.row.measure(Sides(task, self.folder / "cache"))
            result.samples.append(pair)
            _say(f"{result.row.name}: run {settings['seed']}: {_shown(result)}")
            if result.row.least_quality is not None:
                ours, theirs = (evaluate(s.vectors, self.benchmarks) for s in pair if s.vectors)
                result.scores.append((ours, theirs))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _shown(result: Result) -> str:
    """The last run in a line, with a remark if the sides did not count the same words."""
    ours, theirs = result.samples[-1]
    unit = result.row.unit
    line = f"ours {ours.value:,.1f} {unit}, theirs {theirs.value:,.1f} {unit}"
    if ours.words and theirs.words and abs(ours.words / theirs.words - 1) > 0.001:
        line += f" (warning: {ours.words:,} words against {theirs.words:,})"
    return line


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)
