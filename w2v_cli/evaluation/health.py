"""What may be wrong with vectors: values that are not numbers, zero and equal rows, hubs."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.search.ranking import chunks
from w2v_cli.vectors.search.similarity import unit_rows
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Health", "Hub", "Norms", "examine"]

LARGEST_LENGTH = 1e10  # of a vector that was trained
HUB_NEIGHBOURS = 10
HUB_SAMPLE = 500  # words; the neighbours of each are looked at
SEED = 1
SHOWN = 5
NOTHING = 1e-12  # a variance that is rounding
SPREAD_SAMPLE = 10_000  # rows; their directions are measured
# Beyond these, nearest words mean nothing, as after a part of one epoch.
ALIKE = 0.7
FEW_DIRECTIONS = 4.0
LARGE_HUB = 0.15


class Norms(NamedTuple):
    """Lengths of the vectors."""

    smallest: float
    median: float
    mean: float
    largest: float


class Hub(NamedTuple):
    """A word, and the share of the sampled words that have it among their nearest."""

    word: str
    share: float


@dataclass(frozen=True)
class Health:
    """What was found in V vectors; the lists of words are not cut.

    `duplicates` are groups of words with vectors that are equal to the bit, and not zero.
    `mean_cosine` is that of two words drawn at random: 0 where directions are spread evenly,
    1 where all are the same. `hubs` are the words that are most often among the
    HUB_NEIGHBOURS nearest of `sample` words. `directions` says in how many directions vectors
    of length one differ: (Σλ)² / Σλ² of the eigenvalues λ of their covariance, D where they are
    spread evenly. With a value that is not finite, none of these is known.
    """

    norms: Norms
    not_finite: list[str]
    zero: list[str]
    huge: list[str]
    duplicates: list[list[str]]
    words: int
    dim: int
    mean_cosine: float | None
    directions: float | None
    sample: int
    hubs: list[Hub]

    def problems(self) -> list[str]:
        """What a user should know before using the vectors, a clause each; often nothing."""
        copies = sum(len(group) - 1 for group in self.duplicates)
        found = [
            (len(self.not_finite), "with a value that is not finite"),
            (len(self.zero), "of zeros"),
            (len(self.huge), "longer than 1e10: training diverged, or the file is damaged"),
            (copies, "equal to that of a more frequent word"),
        ]
        return [f"{count:,} vector{'s' * (count > 1)} {what}" for count, what in found if count]

    def doubts(self) -> list[str]:
        """Why nearness in these vectors may mean little, a sentence each; mostly none."""
        found = []
        if self.mean_cosine is not None and self.mean_cosine > ALIKE:
            found.append(
                "nearly all vectors point the same way: two words have a cosine of "
                f"{self.mean_cosine:.2f} on average, so nearness means little; more epochs or "
                "more text help"
            )
        enough = min(self.dim, self.words) > 4 * FEW_DIRECTIONS
        if self.directions is not None and enough and self.directions < FEW_DIRECTIONS:
            found.append(
                f"the vectors differ in about {self.directions:.1f} of {self.dim:,} directions: "
                "nearness means little; more text or another learning rate helps"
            )
        chance = HUB_NEIGHBOURS / max(self.words - 1, 1)
        hubs = [hub for hub in self.hubs if hub.share > max(LARGE_HUB, 2 * chance)]
        if hubs:
            found.append(
                f"{hubs[0].word!r} is among the nearest {HUB_NEIGHBOURS} of {hubs[0].share:.0%} of "
                "the words: a neighbour of nearly everything says nothing; --restrict leaves rare "
                "words out"
            )
        return found


def examine(vectors: WordVectors) -> Health:
    """Look for what may be wrong with vectors; reads the matrix three times, in chunks."""
    matrix = np.asarray(vectors.matrix)
    lengths = _lengths(matrix)
    finite = np.isfinite(lengths)
    known = lengths[finite]
    measured = known if len(known) else np.full(1, np.nan)
    sample = _sample(matrix, lengths) if finite.all() else np.empty(0, np.int64)
    return Health(
        norms=Norms(*(float(f(measured)) for f in (np.min, np.median, np.mean, np.max))),
        not_finite=_words(vectors, np.flatnonzero(~finite)),
        zero=_words(vectors, np.flatnonzero(lengths == 0)),
        huge=_words(vectors, np.flatnonzero(finite & (lengths > LARGEST_LENGTH))),
        duplicates=_equal_rows(vectors, lengths),
        words=len(vectors),
        dim=vectors.dim,
        directions=_directions(matrix) if finite.all() and len(matrix) > 1 else None,
        mean_cosine=_mean_cosine(matrix) if finite.all() and len(matrix) > 1 else None,
        sample=len(sample),
        hubs=_hubs(vectors, sample),
    )


def _words(vectors: WordVectors, rows: NDArray[np.int64]) -> list[str]:
    """The words of some rows."""
    return [vectors.words[row] for row in rows.tolist()]


def _lengths(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """The length (V,) of each row, summed in float64; not finite where a value is not."""
    lengths = np.empty(len(matrix))
    for rows in chunks(*matrix.shape):
        with np.errstate(invalid="ignore"):  # a signalling NaN
            chunk = matrix[rows].astype(np.float64)
        lengths[rows] = np.sqrt((chunk * chunk).sum(axis=1))
    return lengths


def _equal_rows(vectors: WordVectors, lengths: NDArray[np.float64]) -> list[list[str]]:
    """Groups of words with vectors that are equal to the bit and not zero, in the order of rows.

    Equal rows have lengths that are equal to the bit, so only such rows are compared.
    """
    _, inverse, counts = np.unique(lengths, return_inverse=True, return_counts=True)
    rows = np.flatnonzero((counts[inverse] > 1) & (lengths > 0) & np.isfinite(lengths))
    groups: dict[bytes, list[str]] = {}
    for row in rows.tolist():
        groups.setdefault(vectors.matrix[row].tobytes(), []).append(vectors.words[row])
    return [group for group in groups.values() if len(group) > 1]


def _mean_cosine(matrix: NDArray[np.float32]) -> float:
    """The mean cosine of two different rows, from the sum of the unit rows s: (s·s − V) / (V² − V).

    Zero rows count as unlike all others.
    """
    total, count = np.zeros(matrix.shape[1]), 0.0
    for rows in chunks(*matrix.shape):
        units = unit_rows(matrix[rows]).astype(np.float64)
        total += units.sum(axis=0)
        count += float((units * units).sum())
    return float((total @ total - count) / (len(matrix) * (len(matrix) - 1)))


def _directions(matrix: NDArray[np.float32]) -> float | None:
    """The directions in which unit rows differ, or None where all are the same."""
    rng = np.random.default_rng(SEED)
    size = min(SPREAD_SAMPLE, len(matrix))
    rows = np.sort(rng.choice(len(matrix), size=size, replace=False))
    units = unit_rows(matrix[rows]).astype(np.float64)
    units -= units.mean(axis=0)
    covariance = units.T @ units
    total, squares = float(np.trace(covariance)), float((covariance * covariance).sum())
    return total * total / squares if total > size * NOTHING else None


def _sample(matrix: NDArray[np.float32], lengths: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows drawn at random, rising, to look at their neighbours; zeros have no direction."""
    rows = np.flatnonzero(lengths > 0)
    rng = np.random.default_rng(SEED)
    return np.sort(rng.choice(rows, size=min(HUB_SAMPLE, len(rows)), replace=False))


def _hubs(vectors: WordVectors, sample: NDArray[np.int64]) -> list[Hub]:
    """The words that are most often among the nearest of the sampled words, most often first.

    There are none where all other words are among the nearest.
    """
    if len(vectors) <= HUB_NEIGHBOURS + 1:
        return []
    excluded = [{row} for row in sample.tolist()]
    answers = nearest_to_each(vectors, vectors.matrix[sample], HUB_NEIGHBOURS, excluded)
    counts = Counter(neighbour.word for answer in answers for neighbour in answer)
    return [Hub(word, count / len(sample)) for word, count in counts.most_common(SHOWN)]
