"""Word similarity: how well the cosines of word pairs agree with the ratings of people."""

from dataclasses import dataclass
from functools import partial
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from w2v_cli.evaluation.alignment import paired_cosines
from w2v_cli.evaluation.benchmarks import WordPairs
from w2v_cli.evaluation.statistics import Interval, Statistic, bootstrap_interval, pearson, spearman
from w2v_cli.evaluation.vocabulary_index import VocabularyIndex

__all__ = ["Correlation", "PairScores", "PairsResult", "score_pairs"]

SEED = 1  # of the bootstrap: the same vectors and file always have the same interval
FEWEST_PAIRS = 3  # two points always lie on a line


@dataclass(frozen=True)
class Correlation:
    """A correlation, None where it is not defined, and its 95 % interval where it was asked for."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True)
class PairScores:
    """Both correlations between cosines and the scores of people, over some of the pairs."""

    spearman: Correlation
    pearson: Correlation


@dataclass(frozen=True)
class PairsResult:
    """What a file of word pairs says about vectors.

    `known` of the `pairs` have two known words. `skipping` takes those alone; `counting`
    takes all pairs, with a cosine of 0 where a word is unknown. `other_case` are the words
    that are known in another case alone, and `composed` those that were never seen.
    """

    pairs: int
    known: int
    skipping: PairScores
    counting: PairScores
    unknown: list[str]
    other_case: list[str]
    composed: list[str]


def score_pairs(
    matrix: NDArray[np.float32],
    index: VocabularyIndex,
    benchmark: WordPairs,
    *,
    intervals: bool = True,
) -> PairsResult:
    """Correlate the cosines of the pairs in `matrix` (V, D), the rows of `index`, with scores.

    Without `intervals` the bootstrap, which takes most of the time, is left out.

    Raises:
        QueryError: a value of a vector is NaN or infinite.
    """
    known = np.array([index.knows(pair) for pair in benchmark.pairs])
    rows = np.array(
        [[index.row(word) for word in pair] for pair in benchmark.pairs if index.knows(pair)],
        dtype=np.int64,
    ).reshape(-1, 2)
    cosines = np.zeros(len(known))
    cosines[known] = paired_cosines(matrix[rows[:, 0]], matrix[rows[:, 1]])
    return PairsResult(
        pairs=len(known),
        known=len(rows),
        skipping=_correlated(benchmark.scores[known], cosines[known], intervals),
        counting=_correlated(benchmark.scores, cosines, intervals),
        unknown=index.unknown(chain.from_iterable(benchmark.pairs)),
        other_case=index.in_other_case(chain.from_iterable(benchmark.pairs)),
        composed=index.composed(chain.from_iterable(benchmark.pairs)),
    )


def _correlated(
    scores: NDArray[np.float64], cosines: NDArray[np.float64], intervals: bool
) -> PairScores:
    """Both correlations of two arrays (N,)."""
    return PairScores(
        spearman=_correlation(partial(spearman, scores, cosines), len(scores), intervals),
        pearson=_correlation(partial(pearson, scores, cosines), len(scores), intervals),
    )


def _correlation(statistic: Statistic, n: int, interval: bool) -> Correlation:
    """The value of a statistic of n pairs, and its interval if it is asked for."""
    if n < FEWEST_PAIRS:
        return Correlation(None, None)
    value = float(statistic(np.ones(n)))
    if np.isnan(value):
        return Correlation(None, None)
    rng = np.random.default_rng(SEED)
    return Correlation(value, bootstrap_interval(statistic, n, rng) if interval else None)
