"""What is trained and how it is judged: the same words for every kind of data."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Lines = list[list[str]]


@dataclass(frozen=True)
class Trained:
    """What a trainer made: words in the order of the rows."""

    words: list[str]
    center: npt.NDArray[np.float32]  # (V, D)
    outside: npt.NDArray[np.float32]  # (V, D)

    @property
    def rows(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    def normalised(self) -> npt.NDArray[np.float32]:
        """Centre vectors of length 1."""
        lengths = np.linalg.norm(self.center, axis=1, keepdims=True)
        return np.asarray(self.center / np.maximum(lengths, 1e-12), np.float32)


@dataclass(frozen=True)
class Score:
    """A figure of merit; ours may be worse than theirs by `allowed`."""

    value: float
    allowed: float
    less_is_better: bool = False


Judge = Callable[[Trained], dict[str, Score]]


@dataclass(frozen=True)
class Data:
    """A corpus, and what its vectors are judged by."""

    lines: Lines
    judge: Judge


@dataclass(frozen=True)
class Case:
    """One training of each side.

    `make` makes the data; our speed must be at least `speed` times gensim's; without `compared`
    only our memory is measured.
    """

    name: str
    make: Callable[[], Data]
    settings: dict[str, Any] = field(default_factory=dict)
    speed: float | None = None
    compared: bool = True


def load(vectors: Path) -> Trained:
    """The files of a folder: vectors.npy, outside.npy, vocab.tsv."""
    lines = vectors.with_name("vocab.tsv").read_text("utf-8").split("\n")[:-1]
    words = [line.partition("\t")[0] for line in lines]
    return Trained(words, np.load(vectors), np.load(vectors.with_name("outside.npy")))


def named(corpus: str) -> str:
    """The name of a corpus in tables: its file, without the folders of this machine."""
    return Path(corpus).name


def write_lines(lines: Lines, path: Path) -> None:
    """Write each as a line of text, with spaces between tokens."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(" ".join(line) + "\n" for line in lines)
