"""Two sets of vectors compared word by word, on the words they share.

Vectors of two runs cannot be compared number by number, since every rotation of a space is as
good. What can be compared is which words are near each other, and how far apart the spaces are
once one is turned onto the other.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from w2v_cli.arguments import check_count
from w2v_cli.errors import QueryError, UsageError, shortened
from w2v_cli.evaluation.alignment import aligned_cosines
from w2v_cli.evaluation.statistics import Interval, bootstrap_interval, weighted_mean
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Comparison", "MovedWord", "compare"]

SAMPLE = 2000  # words; the neighbours of each are compared
SEED = 1  # the same two files always have the same comparison
SHOWN_NEIGHBOURS = 3


@dataclass(frozen=True)
class MovedWord:
    """A word, the cosine between its two aligned vectors, and its neighbours in each space."""

    word: str
    cosine: float
    neighbours: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Comparison:
    """How alike two sets of vectors are on the words they share.

    `overlap` is the mean share of a word's `k` nearest neighbours that are the same in both,
    over `sample` words drawn at random, and `chance` what unrelated vectors would have.
    `cosine` is the mean cosine of all shared words after the best rotation, `cosine_chance`
    that of different words, and `quantiles` are the smallest, the 5 %, 50 % and 95 %
    quantile and the largest.
    """

    words: tuple[int, int]
    shared: int
    k: int
    sample: int
    overlap: float
    interval: Interval | None
    chance: float
    cosine: float
    cosine_chance: float
    quantiles: list[float]
    moved: list[MovedWord]


def compare(first: WordVectors, second: WordVectors, *, k: int = 10, moved: int = 10) -> Comparison:
    """Compare two sets of vectors, and name the `moved` words with the most different vectors.

    Neighbours are sought among the shared words alone; with few of these, `k` is all the others.

    Raises:
        QueryError: they share fewer than three words, or a value is NaN or infinite.
        UsageError: `k` is not an integer from 1 on, or `moved` not one from 0 on, or one of the
            two is no `WordVectors`.
    """
    for name, vectors in (("first", first), ("second", second)):
        if not isinstance(vectors, WordVectors):
            got = shortened(repr(vectors))
            raise UsageError(f"{name}: got {got}, expected vectors, as load() gives them")
    check_count("k", k)
    check_count("moved", moved, 0)
    ours, theirs = _shared(first, second)
    k = min(k, len(ours) - 1)
    sample = _sample(len(ours))
    overlaps = _overlaps(ours, theirs, sample, k)
    cosines, cosine_chance = aligned_cosines(ours.matrix, theirs.matrix)
    rng = np.random.default_rng(SEED)
    return Comparison(
        words=(len(first), len(second)),
        shared=len(ours),
        k=k,
        sample=len(sample),
        overlap=float(overlaps.mean()),
        interval=bootstrap_interval(partial(weighted_mean, overlaps), len(overlaps), rng),
        chance=k / (len(ours) - 1),
        cosine=float(cosines.mean()),
        cosine_chance=cosine_chance,
        quantiles=np.quantile(cosines, [0, 0.05, 0.5, 0.95, 1]).tolist(),
        moved=_moved(ours, theirs, cosines, moved),
    )


def _shared(first: WordVectors, second: WordVectors) -> tuple[WordVectors, WordVectors]:
    """The words that are in both, in the order of the first, with the vectors of each."""
    words = [word for word in first.words if word in second.row_of]
    if len(words) < 3:
        raise QueryError(
            f"the two have {len(words)} words in common, expected at least 3: "
            "is one of them lower-cased, or from text in another language?"
        )
    if words == first.words == second.words:
        return first, second  # memory-mapped as they are
    rows = [[vectors.row_of[word] for word in words] for vectors in (first, second)]
    return WordVectors(words, first.matrix[rows[0]]), WordVectors(words, second.matrix[rows[1]])


def _sample(shared: int) -> NDArray[np.int64]:
    """The rows, rising, of words drawn at random; their neighbours are compared."""
    rng = np.random.default_rng(SEED)
    return np.sort(rng.choice(shared, size=min(SAMPLE, shared), replace=False))


def _overlaps(
    ours: WordVectors, theirs: WordVectors, rows: NDArray[np.int64], k: int
) -> NDArray[np.float64]:
    """The share (N,) of the k neighbours of each row that are the same words in both."""
    both = zip(_neighbours(ours, rows, k), _neighbours(theirs, rows, k), strict=True)
    return np.array([len(set(one) & set(other)) / k for one, other in both])


def _neighbours(vectors: WordVectors, rows: NDArray[np.int64], k: int) -> list[list[str]]:
    """The k words nearest to each of some rows, the row itself left out."""
    answers = nearest_to_each(vectors, vectors.matrix[rows], k, [{row} for row in rows.tolist()])
    return [[neighbour.word for neighbour in answer] for answer in answers]


def _moved(
    ours: WordVectors, theirs: WordVectors, cosines: NDArray[np.float64], n: int
) -> list[MovedWord]:
    """The n words with the smallest cosines, smallest first."""
    rows = np.argsort(cosines, kind="stable")[:n]
    before = _neighbours(ours, rows, SHOWN_NEIGHBOURS)
    after = _neighbours(theirs, rows, SHOWN_NEIGHBOURS)
    return [
        MovedWord(ours.words[row], float(cosines[row]), (one, other))
        for row, one, other in zip(rows.tolist(), before, after, strict=True)
    ]
