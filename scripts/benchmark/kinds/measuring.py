"""Measuring the cases of a kind: ours and gensim's in turn, and what came out, as tables."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmark import ours, peers
from benchmark.kinds import graphs, novel, sessions, symbols
from benchmark.kinds.case import Case, Judge, Score, load, write_lines
from benchmark.measuring import say
from benchmark.processes import CAN_MEASURE_MEMORY
from benchmark.rows import MEMORY_ALLOWED
from benchmark.table import MISSED, Comparison, markdown, speed_line, verdict
from benchmark.task import BenchError, Sample, Task

SCORES = "data", "score", "ours", "gensim", "difference", "allowed", "verdict"
SPEEDS = "data", "against", "ours", "theirs", "ratio [spread]", "at least", "verdict"
MEMORY = "data", "peak", "forecast", "parameters + 400 MB", "verdict"
NEAR = 0.1  # of the peak, that a forecast may be wrong by


@dataclass(frozen=True)
class Kind:
    """The cases of a kind, of a corpus or of data made here, and how often each is trained."""

    cases: Callable[[str | None, Path], list[Case]]
    corpus: str  # what a corpus of one's own is
    runs: int = 3


KINDS = {
    "graph": Kind(graphs.cases, "a .mat file with `network` and `group`, as DeepWalk's"),
    "sessions": Kind(sessions.cases, "a session a line"),
    "events": Kind(symbols.events, "a sequence a line"),
    "characters": Kind(symbols.characters, "a text"),
    "novel": Kind(novel.cases, "a text", novel.RUNS),
}


@dataclass
class Outcome:
    """What the runs of a case gave."""

    case: Case
    samples: list[tuple[Sample, Sample]] = field(default_factory=list)
    scores: list[tuple[dict[str, Score], dict[str, Score]]] = field(default_factory=list)
    memory: tuple[float, float, float] | None = None  # peak, forecast, allowed; MB
    failure: str | None = None

    def score_lines(self) -> Iterator[tuple[str, ...]]:
        """A line for each score."""
        for name in self.scores[0][0] if self.scores else ():
            pairs = [(of_ours[name], of_theirs[name]) for of_ours, of_theirs in self.scores]
            yield (self.case.name, name, *_compared(pairs))

    def speed_lines(self) -> Iterator[tuple[str, ...]]:
        """One line, if gensim's speed was measured."""
        if self.samples:
            a, b = zip(*self.samples, strict=True)
            speeds = Comparison("words/s", [s.value for s in a], [s.value for s in b])
            least = self.case.speed or 0.0
            yield speed_line(self.case.name, "gensim, 2 workers", speeds, least)

    def memory_lines(self) -> Iterator[tuple[str, ...]]:
        """One line, if memory could be measured."""
        if self.memory is not None:
            peak, forecast, allowed = self.memory
            good = peak <= allowed and abs(forecast - peak) <= NEAR * peak
            shown = tuple(f"{mb:,.0f} MB" for mb in self.memory)
            yield (self.case.name, *shown, verdict(good))

    @property
    def reached(self) -> bool:
        """Whether nothing failed or was missed."""
        lines = [*self.score_lines(), *self.speed_lines(), *self.memory_lines()]
        return self.failure is None and all(line[-1] != MISSED for line in lines)

    def record(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {
            "case": self.case.name,
            "settings": self.case.settings,
            "words_per_second": [[a.value, b.value] for a, b in self.samples],
            "scores": [
                [{name: asdict(score) for name, score in side.items()} for side in pair]
                for pair in self.scores
            ],
            "peak_forecast_allowed_mb": self.memory,
            "failure": self.failure,
        }


def _compared(pairs: list[tuple[Score, Score]]) -> tuple[str, ...]:
    """Means of ours and theirs with their range, and whether ours is good enough."""
    a, b = ([score.value for score in side] for side in zip(*pairs, strict=True))
    allowed, less_is_better = pairs[0][1].allowed, pairs[0][1].less_is_better
    digits = 3 if less_is_better else 2
    difference = round(sum(a) / len(a) - sum(b) / len(b), digits)  # what is shown is judged
    behind = difference if less_is_better else -difference
    shown = (
        f"{sum(side) / len(side):.{digits}f} [{min(side):.{digits}f}–{max(side):.{digits}f}]"
        for side in (a, b)
    )
    limit = f"{'+' if less_is_better else '−'}{allowed:.{digits}f}"
    good = behind <= round(allowed, digits)
    return (*shown, f"{difference:+.{digits}f}", limit, verdict(good))


@dataclass(frozen=True)
class Measurement:
    """How cases are measured; everything made is in `folder`."""

    folder: Path
    runs: int
    quick: bool
    overrides: tuple[str, ...]  # KEY=VALUE, for ours alone

    def outcome(self, case: Case) -> Outcome:
        """Measure a case: its memory, then its runs."""
        outcome = Outcome(case)
        try:
            data = case.make()
            corpus = self.folder / "corpus.txt"
            write_lines(data.lines, corpus)
            if CAN_MEASURE_MEMORY:
                outcome.memory = self._memory(case, corpus)
            for run in range(1, self.runs + 1) if case.compared else ():
                self._run(outcome, corpus, data.judge, run)
        except (BenchError, ImportError) as error:
            outcome.failure = str(error)
            say(f"{case.name}: {error}")
        finally:
            shutil.rmtree(self.folder / "cache", ignore_errors=True)
        return outcome

    def _memory(self, case: Case, corpus: Path) -> tuple[float, float, float]:
        with self._tasks(case, corpus, 1, epochs=1) as task:
            forecast = ours.forecast(task("forecast"), self.folder / "cache")
            sample = ours.peak_memory(task("ours"), self.folder / "cache")
            parameters = sample.vocabulary * 2 * task("size").dim * 4
        return sample.value, forecast, (parameters + MEMORY_ALLOWED) / 1e6

    def _run(self, outcome: Outcome, corpus: Path, judge: Judge, run: int) -> None:
        case = outcome.case
        with self._tasks(case, corpus, run) as task:
            pair = (
                ours.train(task("ours"), self.folder / "cache"),
                peers.gensim_train(task("theirs")),
            )
            scores = tuple(judge(load(sample.vectors)) for sample in pair)
        outcome.samples.append(pair)
        outcome.scores.append(scores)
        say(f"{case.name}: run {run}: {_shown(*pair, *scores)}")

    @contextmanager
    def _tasks(
        self, case: Case, corpus: Path, seed: int, **changes: Any
    ) -> Iterator[Callable[[str], Task]]:
        """Yield what makes a task in a new folder by its name; all are removed at the end."""
        quick = {"epochs": 1} if self.quick else {}
        settings = {**case.settings, **quick, **changes, "seed": seed}
        settings["overrides"] = self.overrides
        folder = self.folder / "run"

        def task(name: str) -> Task:
            (folder / name).mkdir(parents=True)
            return Task(corpus, folder / name, **settings)

        try:
            yield task
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def report(outcomes: list[Outcome]) -> str:
    """The tables of scores, speed and memory, and what failed."""
    shown = [markdown(lines[0], lines[1:]) for lines in tables(outcomes)]
    failures = [f"{o.case.name}: {o.failure}" for o in outcomes if o.failure is not None]
    return "\n\n".join([*shown, *failures])


def tables(outcomes: list[Outcome]) -> list[list[tuple[str, ...]]]:
    """The cells of each table that has lines, its header first."""
    lines = (
        (SCORES, [line for outcome in outcomes for line in outcome.score_lines()]),
        (SPEEDS, [line for outcome in outcomes for line in outcome.speed_lines()]),
        (MEMORY, [line for outcome in outcomes for line in outcome.memory_lines()]),
    )
    return [[header, *found] for header, found in lines if found]


def _shown(ours: Sample, theirs: Sample, a: dict[str, Score], b: dict[str, Score]) -> str:
    """A run as one line of the log."""
    scores = (f"{name} {a[name].value:.3f} against {b[name].value:.3f}" for name in a)
    speed = f"{ours.value:,.0f} against {theirs.value:,.0f} words/s"
    return ", ".join([speed, *scores])
