"""How fast and how well a training goes, in the words and figures that people are shown."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from w2v_cli.cli.rendering import sparkline
from w2v_cli.cli.terminals import Field
from w2v_cli.durations import duration

if TYPE_CHECKING:
    from w2v_cli.training.run.progress import Progress

__all__ = ["Meter", "Rate", "ReadingMeter", "nodes_changed"]

_SPEED_MEMORY = 5.0  # seconds: short, for the speed of this moment
_PACE_MEMORY = 60.0  # seconds: long enough for the time left not to jump
_LONGEST = 30.0  # seconds that can count; after more, the program or the machine was stopped
_SECONDS_TO_SETTLE = 1.0  # before which a speed says little


class Rate:
    """Units a second, in which those of t seconds ago count exp(-t / memory) times."""

    def __init__(self, memory: float) -> None:
        self._memory = memory
        self._units = self._seconds = 0.0

    def add(self, units: float, seconds: float) -> None:
        """Count units that took so many seconds."""
        if seconds <= _LONGEST:
            fade = math.exp(-seconds / self._memory)
            self._units = fade * self._units + units
            self._seconds = fade * self._seconds + seconds

    @property
    def value(self) -> float | None:
        """The rate; None while nothing is counted."""
        return self._units / self._seconds if self._units > 0 and self._seconds > 0 else None


class RecentLoss:
    """The mean loss over the newest words, as many as lie between two reports.

    Progress has the mean since the last report only; this joins it to the means before.
    """

    def __init__(self, words: int) -> None:
        self._since = words  # of the last report
        self._length = 0  # words of a whole window
        self._before: float | None = None  # its mean
        self.value: float | None = None

    def add(self, progress: "Progress") -> None:
        """Note the mean since the last report; at the end of an epoch it is that of the epoch."""
        if progress.loss is not None and not progress.epoch_ended:
            words = progress.words - self._since
            part = min(words / self._length, 1.0) if self._length else 1.0
            before = progress.loss if self._before is None else self._before
            self.value = part * progress.loss + (1 - part) * before
        if progress.reported:
            if not progress.epoch_ended:
                self._length, self._before = progress.words - self._since, progress.loss
            self._since = progress.words


class Meter:
    """Follows the training from its first `Progress` on; times are seconds on any one clock."""

    def __init__(self, progress: "Progress", now: float, *, unicode: bool) -> None:
        self.progress, self._now, self._unicode = progress, now, unicode
        self._began = self._epoch_began = now
        self._speed, self._pace = Rate(_SPEED_MEMORY), Rate(_PACE_MEMORY)
        self._loss = RecentLoss(progress.words)
        self._losses: list[float] = []  # of the reports

    def add(self, progress: "Progress", now: float) -> None:
        """Note the progress: of each report, and between reports as often as wanted."""
        words, seconds = progress.words - self.progress.words, now - self._now
        self._speed.add(words, seconds)
        self._pace.add(words, seconds)
        self._loss.add(progress)
        if progress.reported and not progress.epoch_ended and progress.loss is not None:
            self._losses.append(progress.loss)
        self.progress, self._now = progress, now

    def end_epoch(self) -> None:
        """Begin to measure the time of the next epoch."""
        self._epoch_began = self._now

    def beside_bar(self, columns: int) -> tuple[str, list[Field]]:
        """What stands before and after a bar on a line of so many columns.

        Where there is room, it is as long at first as it will be later, so that nothing moves.
        """
        now, width, roomy = self.progress, columns // 10, columns >= 60
        course = sparkline(self._losses, width, unicode=self._unicode)
        fields = [
            Field(f"loss {_number(self._loss.value):<5}", 2),
            *_cluster_fields(now),
            Field(f"{course:<{width}}", 7),
            Field(f"(untrained {now.baseline:.3f})", 8),
            Field(f"lr {now.learning_rate:.5f}", 9),
            Field(f"{self._words_per_second() or '- words/s':>15}", 3),
            Field(f"{self._left():<{11 if roomy else 0}}", 1),
        ]
        return f"{'epoch ' * roomy}{now.epoch}/{now.epochs}", fields

    def midway(self) -> list[str]:
        """The parts of a line of a log, within an epoch."""
        now = self.progress
        parts = [
            f"epoch {now.epoch}/{now.epochs}",
            f"{now.words / now.total_words:4.0%}",
            f"loss {_number(self._loss.value)} (untrained {now.baseline:.3f})",
            f"lr {now.learning_rate:.5f}",
            *(field.text for field in _cluster_fields(now)),
            _each_node(now),
            self._words_per_second(),
            self._left(),
        ]
        return [part for part in parts if part]

    def epoch(self) -> list[str]:
        """The parts of the line that an epoch leaves when it has ended."""
        now = self.progress
        parts = [f"epoch {now.epoch}/{now.epochs}", f"loss {_number(now.loss)}"]
        if now.held_out_loss is not None:
            best = ", the best so far" if now.best else ""
            parts.append(f"held-out loss {now.held_out_loss:.4f}{best}")
        for file, score in now.scores.items():
            parts.append(f"{Path(file).name} {'no score' if score is None else f'{score:.3f}'}")
        return [*parts, f"in {duration(self._now - self._epoch_began)}"]

    def _words_per_second(self) -> str:
        speed = self._settled(self._speed, self.progress.words_per_second)
        return "" if speed is None else f"{speed:,.0f} words/s"

    def _left(self) -> str:
        pace = self._settled(self._pace, self.progress.words_per_second)
        if pace is None:
            return ""
        left = (self.progress.total_words - self.progress.words) / pace
        return f"{duration(max(left, 1))} left"

    def _settled(self, rate: Rate, otherwise: float) -> float | None:
        """The rate, or `otherwise` while no step has been counted; None in the first second."""
        if self._now - self._began < _SECONDS_TO_SETTLE:
            return None
        return rate.value or otherwise


class ReadingMeter:
    """Follows the reading of the corpus, in bytes."""

    def __init__(self, now: float) -> None:
        self._done, self._total, self._now = 0, 0, now
        self._rate = Rate(_SPEED_MEMORY)

    def add(self, done: int, total: int, now: float) -> None:
        """Note the progress."""
        self._rate.add(done - self._done, now - self._now)
        self._done, self._total, self._now = done, total, now

    def beside_bar(self, columns: int) -> tuple[str, list[Field]]:
        """What stands before and after a bar."""
        fields = [Field(f"{self._done / 1e6:,.0f} of {self._total / 1e6:,.0f} MB", 2)]
        rate = self._rate.value
        if rate is not None:
            fields.append(Field(f"{rate / 1e6:,.1f} MB/s", 3))
            fields.append(Field(f"{duration((self._total - self._done) / rate)} left", 1))
        return "reading", fields


def nodes_changed(before: "Progress", now: "Progress") -> str | None:
    """What there is to say of the nodes that have joined or were lost since; None if nothing."""
    if before.cluster is None or now.cluster is None:
        return None
    counts = {name: round(now.cluster[name] - before.cluster[name]) for name in ("joined", "lost")}
    told = [f"{count} {name}" for name, count in counts.items() if count > 0]
    return f"{', '.join(told)}: {now.cluster['nodes']:.0f} now" if told else None


def _cluster_fields(progress: "Progress") -> list[Field]:
    """Nodes, rounds and their exchange; none of a run without rounds."""
    facts = progress.cluster
    if facts is None:
        return []
    fields = [
        Field(f"{facts['nodes']:.0f} node{'s' * (facts['nodes'] != 1)}", 4),
        Field(f"round {facts['rounds']:.0f}/{facts['of_rounds']:.0f}", 5),
    ]
    if "exchanging" in facts:
        fields.append(Field(f"{facts['exchanging']:.0%} exchanging", 6))
    return fields


def _each_node(progress: "Progress") -> str:
    """How fast nodes are while they train; nothing where there is one, or no round has ended."""
    facts = progress.cluster
    if facts is None or facts["nodes"] < 2 or "slowest" not in facts:
        return ""
    return f"a node {facts['slowest']:,.0f} to {facts['fastest']:,.0f} words/s"


def _number(loss: float | None) -> str:
    return "-" if loss is None else f"{loss:.3f}"
