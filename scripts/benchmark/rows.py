"""The rows of the table: what is compared, what should be reached, and how it is measured."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from benchmark import ours, peers, processes
from benchmark.task import Sample, Task

MEMORY_ALLOWED = 400e6  # bytes beside the parameters


@dataclass(frozen=True)
class Row:
    """One comparison.

    `pace` is about how many seconds a million words take for an epoch of both sides on two
    cores; `least_quality` is how far the benchmarks may differ from theirs.
    """

    name: str
    work: str
    against: str
    at_least: float
    aim: float | None
    unit: str
    measure: Callable[["Sides"], tuple[Sample, Sample]]
    pace: float
    settings: dict[str, Any] = field(default_factory=dict)
    most_types: int | None = None  # only a prefix of the corpus with so many different words
    least_quality: float | None = None
    needs: str | None = None  # a module

    def missing(self) -> str | None:
        """Why the row cannot be measured here."""
        if self.needs is not None and find_spec(self.needs) is None:
            return f"{self.needs} is not installed"
        if self.unit == "MB" and not processes.CAN_MEASURE_MEMORY:
            return "needs /proc/PID/smaps_rollup"
        return None


@dataclass(frozen=True)
class Sides:
    """What a row is measured with: `task(name, **changes)` makes a task in a new folder."""

    task: Callable[..., Task]
    cache: Any  # a folder where the encoded corpus is kept between runs


def _training(theirs: Callable[[Task], Sample]) -> Callable[[Sides], tuple[Sample, Sample]]:
    return lambda sides: (
        ours.train(sides.task("ours"), sides.cache),
        theirs(sides.task("theirs")),
    )


def _text_to_vectors(sides: Sides) -> tuple[Sample, Sample]:
    return (
        ours.text_to_vectors(sides.task("ours")),
        peers.gensim_text_to_vectors(sides.task("theirs")),
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


_GENSIM = _training(peers.gensim_train)
_FASTTEXT = _training(peers.fasttext_train)

ROWS = (
    Row(
        "skipgram-100",
        "skip-gram, negative sampling, D 100",
        "gensim, 2 workers, corpus_file",
        3.2,
        5.0,
        "words/s",
        _GENSIM,
        pace=3.0,
        least_quality=-0.01,
    ),
    Row(
        "skipgram-300",
        "skip-gram, negative sampling, D 300",
        "gensim, 2 workers, corpus_file",
        2.0,
        3.0,
        "words/s",
        _GENSIM,
        pace=5.0,
        settings={"dim": 300},
        least_quality=0.0,
    ),
    Row(
        "cbow-100",
        "CBOW, negative sampling, D 100",
        "gensim, 2 workers, corpus_file",
        1.3,
        2.0,
        "words/s",
        _GENSIM,
        pace=1.2,
        settings={"architecture": "cbow"},
        least_quality=-0.01,
    ),
    Row(
        "fasttext",
        "skip-gram, negative sampling, D 100, 1 epoch",
        "fastText without n-grams, 2 threads, without start-up",
        5.0,
        8.0,
        "words/s",
        _FASTTEXT,
        pace=6.0,
        settings={"epochs": 1},
        needs="fasttext",
    ),
    Row(
        "softmax",
        "naive softmax skip-gram, V ≤ 9,000, D 100, 1 epoch",
        "fastText -loss softmax, 2 threads, without start-up",
        50.0,
        100.0,
        "words/s",
        _FASTTEXT,
        pace=1500.0,
        settings={"epochs": 1, "objective": "naive_softmax", "min_count": 1},
        most_types=8_800,
        needs="fasttext",
    ),
    Row(
        "text-to-vectors",
        "text file to saved vectors, D 100, 5 epochs",
        "gensim, 2 workers, corpus_file",
        2.5,
        4.0,
        "s",
        _text_to_vectors,
        pace=3.3,
    ),
    Row(
        "encoding",
        "text file to encoded corpus, first time",
        "gensim's vocabulary scan",
        1.0,
        2.0,
        "s",
        _encoding,
        pace=0.8,
        settings={"epochs": 1},
    ),
    Row(
        "workers",
        "two workers, 2 epochs",
        "one worker",
        1.7,
        1.9,
        "words/s",
        _scaling,
        pace=2.0,
        settings={"epochs": 2},
    ),
    Row(
        "memory",
        "peak resident memory of all processes, D 100, 1 epoch",
        "parameters + 400 MB",
        1.0,
        None,
        "MB",
        _memory,
        pace=1.5,
        settings={"epochs": 1},
    ),
)
