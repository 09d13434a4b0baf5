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
    overrides: tuple[str, ...] = ()  # KEY=VALUE, for ours alone

    @property
    def learning_rate(self) -> float:
        """Theirs, word2vec.c's; it falls in a line to a 10,000th.

        Ours has its default, because the same number is another amount of learning
        (docs/decisions/0006).
        """
        return 0.05 if self.architecture == "cbow" else 0.025


@dataclass(frozen=True)
class Sample:
    """The answer: what was measured, in the unit of the row, and what it was measured on."""

    value: float
    words: int = 0  # raw in-vocabulary words of the corpus
    vocabulary: int = 0
    vectors: Path | None = None  # .npy of centre vectors; vocab.tsv stands beside it
