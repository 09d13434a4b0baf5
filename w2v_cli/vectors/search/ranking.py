"""The best rows of a matrix too large to score twice: candidates first, then their exact order.

A pass over the matrix in float32 keeps, for each query, every row whose score may be among
the `k` highest once rounding is allowed for. Scoring those few again in float64, by sums that
do not depend on a row's position, gives a query asked alone and the same query asked among a
thousand others the same answer to the bit.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK_VALUES", "Candidates", "chunks", "in_exact_order", "query_blocks"]

CHUNK_VALUES = 1 << 19  # 2 MiB of float32: the rows and scores of a chunk stay in the cache
BLOCK_QUERIES = 4096  # answered in one pass over the matrix
BLOCK_ANSWERS = 1 << 22  # likewise, `k` for each query

Scores = NDArray[np.float32]
ExactScores = Callable[[int, NDArray[np.int64]], NDArray[np.float64]]


class Candidates:
    """For each of Q queries, every row that may be among its `k` best; fed one chunk after another.

    A chunk's scores come with what rounding may have done to them: `lower` and `upper` are
    bounds, and `slack` widens the comparison between the two. `slack` may only grow.
    """

    def __init__(self, queries: int, k: int) -> None:
        # The k highest lower bounds of each query up to now; those at [:, 0] are the lowest.
        self._best = np.full((queries, k), -np.inf, dtype=np.float32)
        self._hits: list[tuple[NDArray[np.int64], NDArray[np.int64], Scores]] = []

    def add(self, start: int, lower: Scores, upper: Scores, slack: float = 0.0) -> None:
        """Take in a chunk: scores (Q, C) of the rows from `start`."""
        width = upper.shape[1]
        hits = np.flatnonzero(upper >= self._best[:, :1] - np.float32(slack))
        query, column = np.divmod(hits, width)
        self._hits.append((query, column + start, upper.ravel()[hits]))
        # Only the queries that the chunk may improve are sorted: after the first chunks, few are.
        improved = np.flatnonzero(np.bincount(query, minlength=len(self._best)))
        if len(improved):
            k = self._best.shape[1]
            both = np.concatenate([self._best[improved], lower[improved]], axis=1)
            self._best[improved] = np.partition(both, -k, axis=1)[:, -k:]

    def rows(self, slack: float = 0.0) -> list[NDArray[np.int64]]:
        """For each query its candidates, in rising order."""
        query = np.concatenate([query for query, _, _ in self._hits])
        row = np.concatenate([row for _, row, _ in self._hits])
        upper = np.concatenate([upper for _, _, upper in self._hits])
        still = upper >= self._best[query, 0] - np.float32(slack)
        order = np.argsort(query[still], kind="stable")
        counts = np.bincount(query[still], minlength=len(self._best))
        return np.split(row[still][order], np.cumsum(counts)[:-1])


def chunks(length: int, width: int) -> list[slice]:
    """Consecutive slices that cover `length` rows, each of about CHUNK_VALUES values."""
    step = max(1, CHUNK_VALUES // max(width, 1))
    return [slice(start, min(start + step, length)) for start in range(0, length, step)]


def query_blocks(queries: int, k: int) -> list[slice]:
    """Consecutive slices of the queries, so that the memory of one pass is bounded."""
    step = max(1, min(BLOCK_QUERIES, BLOCK_ANSWERS // max(k, 1)))
    return [slice(start, min(start + step, queries)) for start in range(0, queries, step)]


def in_exact_order(
    candidates: list[NDArray[np.int64]], k: int, exact: ExactScores
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `k` best candidates of each query by `exact(query, rows)`, and their scores, both (Q, k).

    Equal scores are ordered by row.
    """
    rows = np.empty((len(candidates), k), dtype=np.int64)
    scores = np.empty((len(candidates), k), dtype=np.float64)
    for query, found in enumerate(candidates):
        exact_scores = exact(query, found)
        best = np.argsort(-exact_scores, kind="stable")[:k]
        rows[query] = found[best]
        scores[query] = exact_scores[best]
    return rows, scores
