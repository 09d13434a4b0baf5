"""What a side is asked to do, and what it answers: the same words for ours and theirs."""

from dataclasses import dataclass
from pathlib import Path


class BenchError(Exception):
    """A side could not do its work."""


@dataclass(frozen=True)
class Task:
    """One training: settings that mean the same to every trainer."""

    corpus: Path  # plain text
    out: Path  # a new folder of the side's own
    seed: int = 1
    workers: int = 2
    architecture: str = "skipgram"
    objective: str = "negative_sampling"
    dim: int = 100
    epochs: int = 5
    min_count: int = 5
    window: int = 5
    negatives: int = 5
    noise_exponent: float = 0.75
    threshold: float = 1e-4
    subwords: bool = False
    learning_rate: float = 0.025  # theirs alone, falls to a 10,000th; ours has its own default
    overrides: tuple[str, ...] = ()  # KEY=VALUE, for ours alone


@dataclass(frozen=True)
class Sample:
    """The answer: what was measured, in the unit of the row, and what it was measured on."""

    value: float
    words: int = 0  # raw in-vocabulary words of the corpus
    vocabulary: int = 0
    vectors: Path | None = None  # .npy of centre vectors; vocab.tsv stands beside it
    seconds: float = 0.0  # of the whole process, from the text to saved vectors
    cpu_seconds: float = 0.0  # of all its threads and workers
