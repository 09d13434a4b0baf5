"""Measuring a row: ours and theirs in turn, each in a new folder, and what came out."""

import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.corpora import write_prefix
from benchmark.quality import evaluate
from benchmark.rows import Row, Sides
from benchmark.task import BenchError, Sample, Task

SOFTMAX_WORDS = 60_000  # what fastText's softmax does in about a minute and a half
SOFTMAX_WORDS_QUICK = 3_000

Scores = dict[str, float]


@dataclass
class Result:
    """The samples of a row, ours and theirs of each run, and the scores of their vectors."""

    row: Row
    samples: list[tuple[Sample, Sample]] = field(default_factory=list)
    our_scores: list[Scores] = field(default_factory=list)
    their_scores: dict[str, list[Scores]] = field(default_factory=dict)  # by learning rate
    failure: str | None = None

    def record(self) -> dict[str, Any]:
        """All of it, for the tables and for other programs."""
        row, first = self.row, self.samples[0] if self.samples else None
        return {
            "name": row.name,
            "work": row.work,
            "against": row.against,
            "words": first and first[0].words,
            "vocabulary": first and first[0].vocabulary,
            "figures": self._figures() if first else {},
            "scores": {"ours": self.our_scores, "theirs": self.their_scores},
            "failure": self.failure,
        }

    def _figures(self) -> dict[str, dict[str, Any]]:
        """Values of each run by unit: the main one, and what both processes took as a whole."""
        figures = {self.row.unit: [(a.value, b.value) for a, b in self.samples]}
        if self.row.whole:
            figures["s"] = [(a.seconds, b.seconds) for a, b in self.samples]
            figures["CPU s"] = [(a.cpu_seconds, b.cpu_seconds) for a, b in self.samples]
        return {
            unit: {
                "ours": [_rounded(a) for a, _ in pairs],
                "theirs": [_rounded(b) for _, b in pairs],
                "wanted": self.row.wanted.get(unit),
            }
            for unit, pairs in figures.items()
        }


def _rounded(value: float) -> float:
    """Six digits, which are more than any measurement has."""
    return float(f"{value:.6g}")


@dataclass(frozen=True)
class Bench:
    """A plain text, and how rows are measured on it; everything made is in `folder`."""

    folder: Path
    corpus: Path
    words: int
    runs: int
    quick: bool
    benchmarks: dict[str, Path]
    rates: tuple[float, ...] = ()  # at which their vectors are judged beside their default

    def result(self, row: Row) -> Result:
        """The row measured, or why it was not."""
        result = Result(row, failure=row.missing())
        if result.failure is not None:
            return result
        corpus, words = self._text(row)
        epochs = 1 if self.quick else row.settings.get("epochs", Task.epochs)
        times = self.runs * (1 + len(self._other_rates(row)))
        expected = row.pace * words / 1e6 * epochs * times
        say(f"{row.name}: {self.runs} × both sides, about {expected:,.0f} s at most")
        try:
            for run in range(1, self.runs + 1):
                self._run(result, corpus, {**row.settings, "epochs": epochs, "seed": run})
        except BenchError as error:
            result.failure = str(error)
            say(f"{row.name}: {error}")
        return result

    def _text(self, row: Row) -> tuple[Path, int]:
        if row.most_types is None and row.most_words is None:
            return self.corpus, self.words
        prefix = self.folder / "prefix.txt"
        most = row.most_words or (SOFTMAX_WORDS_QUICK if self.quick else SOFTMAX_WORDS)
        return prefix, write_prefix(self.corpus, prefix, row.most_types or sys.maxsize, most)

    def _other_rates(self, row: Row) -> tuple[float, ...]:
        """The learning rates of theirs at which their vectors are judged but nothing is timed."""
        if row.rival is None or not row.judged or not self.benchmarks:
            return ()
        return tuple(rate for rate in row.rival.rates[1:] if rate in self.rates)

    def _run(self, result: Result, corpus: Path, settings: dict[str, Any]) -> None:
        """One run of both sides, added to the result; their folders are removed."""
        row, folder = result.row, self.folder / "run"

        def task(name: str, **changes: Any) -> Task:
            (folder / name).mkdir(parents=True)
            return Task(**{**settings, **changes, "corpus": corpus, "out": folder / name})

        try:
            ours, theirs = row.measure(Sides(task, self.folder / "cache"))
            result.samples.append((ours, theirs))
            say(f"{row.name}: run {settings['seed']}: {_shown(result)}")
            if row.judged and row.rival is not None:
                result.our_scores.append(self._scores(ours))
                vectors = {row.rival.rates[0]: theirs} | {
                    rate: row.rival.train(task(f"theirs-{rate}", learning_rate=rate))
                    for rate in self._other_rates(row)
                }
                for rate, sample in vectors.items():
                    result.their_scores.setdefault(str(rate), []).append(self._scores(sample))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _scores(self, sample: Sample) -> Scores:
        """The scores of the vectors that were made."""
        if sample.vectors is None:
            raise BenchError("no vectors were written")
        scores = evaluate(sample.vectors, self.benchmarks)
        return {name: _rounded(score) for name, score in scores.items()}


def _shown(result: Result) -> str:
    """The last run in a line, with a remark if the sides did not count the same words."""
    ours, theirs = result.samples[-1]
    unit = result.row.unit
    line = f"ours {ours.value:,.1f} {unit}, theirs {theirs.value:,.1f} {unit}"
    if ours.words and theirs.words and abs(ours.words / theirs.words - 1) > 0.001:
        line += f" (warning: {ours.words:,} words against {theirs.words:,})"
    return line


def say(text: str) -> None:
    """Tell on standard error how far the measuring is."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
