"""The rows of the tables: what is compared, what should be reached, and how it is measured."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from benchmark import ours, peers, processes
from benchmark.task import Sample, Task

MEMORY_ALLOWED = 400e6  # bytes beside the parameters


@dataclass(frozen=True)
class Rival:
    """A trainer to compare with; it is timed at the first of its learning rates."""

    name: str
    train: Callable[[Task], Sample]
    rates: tuple[float, ...]
    module: str


@dataclass(frozen=True)
class Sides:
    """What a row is measured with: `task(name, **changes)` makes a task in a new folder."""

    task: Callable[..., Task]
    cache: Any  # a folder where the encoded corpus is kept between runs


@dataclass(frozen=True)
class Row:
    """One comparison.

    `measure` gives a sample of each side; if `whole`, the seconds of both processes, from text
    to vectors, are compared, too. The vectors of a `judged` row are scored. `pace` is roughly the
    seconds that an epoch of a million words takes both sides on two cores.
    """

    name: str
    work: str
    against: str
    measure: Callable[[Sides], tuple[Sample, Sample]]
    pace: float
    unit: str = "words/s"
    wanted: dict[str, float] = field(default_factory=dict)  # the least ratio, by unit
    settings: dict[str, Any] = field(default_factory=dict)
    rival: Rival | None = None
    whole: bool = False
    judged: bool = False
    # Only a prefix of the corpus with so many different words, or with so many words.
    most_types: int | None = None
    most_words: int | None = None

    def missing(self) -> str | None:
        """Why the row cannot be measured here."""
        if self.rival is not None and find_spec(self.rival.module) is None:
            return f"{self.rival.module} is not installed"
        if self.unit == "MB" and not processes.CAN_MEASURE_MEMORY:
            return "needs /proc/PID/smaps_rollup"
        return None


GENSIM = Rival("gensim", peers.gensim_train, (0.025, 0.045, 0.08), "gensim")
FASTTEXT = Rival("fastText", peers.fasttext_train, (0.05, 0.025, 0.1), "fasttext")
OTHER_RATES = sorted({rate for rival in (GENSIM, FASTTEXT) for rate in rival.rates[1:]})


def _training(rival: Rival, name: str, work: str, pace: float, **fields: Any) -> Row:
    """A row of training on both sides, each from the text."""

    def measure(sides: Sides) -> tuple[Sample, Sample]:
        theirs = sides.task("theirs", learning_rate=rival.rates[0])
        return ours.train(sides.task("ours")), rival.train(theirs)

    return Row(name, work, rival.name, measure, pace, rival=rival, whole=True, **fields)


def _of_gensim(architecture: str, dim: int, epochs: int, pace: float, **wanted: float) -> Row:
    """A row of negative sampling beside gensim, with vectors judged."""
    units = {"rate": "words/s", "seconds": "s"}
    spoken = {"skipgram": "skip-gram", "cbow": "CBOW"}[architecture]
    return _training(
        GENSIM,
        f"{architecture}-{dim}-{epochs}",
        f"{spoken}, D {dim}, {epochs} epoch{'s' if epochs > 1 else ''}",
        pace,
        wanted={units[name]: ratio for name, ratio in wanted.items()},
        settings={"architecture": architecture, "dim": dim, "epochs": epochs},
        judged=True,
    )


def _short_text(words: int, epochs: int, architecture: str = "skipgram") -> Row:
    """A row of the first words of the corpus beside gensim, with vectors judged."""
    spoken = {"skipgram": "skip-gram", "cbow": "CBOW"}[architecture]
    return _training(
        GENSIM,
        f"{architecture}-{words // 1000}k-{epochs}",
        f"{spoken}, the first {words:,} words, D 100, {epochs} epochs",
        4.0,
        settings={"architecture": architecture, "epochs": epochs},
        judged=True,
        most_words=words,
    )


def _encoding(sides: Sides) -> tuple[Sample, Sample]:
    return ours.encode(sides.task("ours")), peers.gensim_scan(sides.task("theirs"))


def _scaling(sides: Sides) -> tuple[Sample, Sample]:
    return (
        ours.train(sides.task("ours", workers=2), sides.cache),
        ours.train(sides.task("theirs", workers=1), sides.cache),
    )


def _memory(sides: Sides) -> tuple[Sample, Sample]:
    """Our peak, and what is allowed: both vectors of each word in float32, and the rest."""
    task = sides.task("ours")
    sample = ours.peak_memory(task)
    allowed = sample.vocabulary * 2 * task.dim * 4 + MEMORY_ALLOWED
    return sample, Sample(allowed / 1e6, sample.words, sample.vocabulary)


ROWS = (
    _of_gensim("skipgram", 100, 1, 4.0, seconds=4.0),
    _of_gensim("skipgram", 100, 5, 3.5, rate=6.0),
    _of_gensim("skipgram", 100, 15, 3.5),
    _of_gensim("skipgram", 300, 1, 6.5, rate=4.5),
    _of_gensim("skipgram", 300, 5, 5.5, rate=4.5),
    _of_gensim("cbow", 100, 1, 2.0, rate=2.5),
    _of_gensim("cbow", 100, 5, 1.3, rate=3.5),
    _of_gensim("cbow", 100, 15, 1.3),
    _short_text(1_000_000, 20),
    _short_text(100_000, 50),
    _short_text(1_000_000, 20, "cbow"),
    _training(
        FASTTEXT,
        "fasttext",
        "skip-gram, D 100, 1 epoch",
        6.0,
        wanted={"words/s": 5.0},
        settings={"epochs": 1},
    ),
    _training(
        FASTTEXT,
        "subwords",
        "subwords, skip-gram, D 100, 1 epoch",
        20.0,
        wanted={"words/s": 5.0},
        settings={"epochs": 1, "subwords": True},
        judged=True,
    ),
    _training(
        FASTTEXT,
        "subwords-5",
        "subwords, skip-gram, D 100, 5 epochs",
        100.0,
        wanted={"words/s": 5.0},
        settings={"epochs": 5, "subwords": True},
        judged=True,
    ),
    _training(
        FASTTEXT,
        "subwords-cbow",
        "subwords, CBOW, D 100, 1 epoch",
        10.0,
        wanted={"words/s": 3.0},
        settings={"architecture": "cbow", "epochs": 1, "subwords": True},
        judged=True,
    ),
    _training(
        FASTTEXT,
        "subwords-cbow-5",
        "subwords, CBOW, D 100, 5 epochs",
        50.0,
        wanted={"words/s": 3.0},
        settings={"architecture": "cbow", "epochs": 5, "subwords": True},
        judged=True,
    ),
    _training(
        FASTTEXT,
        "softmax",
        "naive softmax, skip-gram, V ≤ 9,000, D 100, 1 epoch",
        1500.0,
        wanted={"words/s": 80.0},
        settings={"epochs": 1, "objective": "naive_softmax", "min_count": 1},
        most_types=8_800,
    ),
    Row(
        "encoding",
        "text to encoded corpus, first time",
        "gensim's vocabulary scan",
        _encoding,
        0.8,
        unit="s",
        wanted={"s": 1.0},
        settings={"epochs": 1},
    ),
    Row(
        "workers",
        "skip-gram, D 100, 2 epochs, two workers",
        "one worker",
        _scaling,
        2.0,
        wanted={"words/s": 1.7},
        settings={"epochs": 2},
    ),
    Row(
        "memory",
        "peak memory of all processes, D 100, 1 epoch",
        "parameters + 400 MB",
        _memory,
        1.5,
        unit="MB",
        wanted={"MB": 1.0},
        settings={"epochs": 1},
    ),
)
