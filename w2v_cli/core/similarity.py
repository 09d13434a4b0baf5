"""Cosine similarity: rows of length one, and the rows nearest to a query.

`nearest_rows` ranks in two passes, so that a query asked alone and the same query asked
among a thousand others get the same answer to the bit: float32 matrix products find the
candidates, and float64 sums, which do not depend on a row's position, put them in order.
"""

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError

__all__ = ["nearest_rows", "unit_rows"]

CHUNK_VALUES = 1 << 20  # 4 MiB of float32: the rows and scores of a chunk stay in the cache

# Squares outside this range overflow float32 or lose their last bits to underflow.
SMALLEST_SQUARE, LARGEST_SQUARE = 1e-30, 1e30


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of `matrix` (V, D) scaled to length one, as a new float32 array.

    A row of zeros stays zero, so that its cosine with anything is 0. Rows whose squares
    leave the range of float32 are scaled in float64.

    Raises:
        QueryError: a value is NaN or infinite.
    """
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares = np.einsum("vd,vd->v", matrix, matrix)  # (V,)
    plain = (squares > SMALLEST_SQUARE) & (squares < LARGEST_SQUARE)
    lengths = np.sqrt(squares, where=plain, out=np.ones_like(squares))
    units: NDArray[np.float32] = matrix / lengths[:, np.newaxis]
    if not plain.all():
        units[~plain] = _exact_unit_rows(matrix[~plain])
    return units


def nearest_rows(
    matrix: NDArray[np.float32], queries: NDArray[np.floating], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `k` rows of `matrix` with the largest cosine to each query, best first.

    `matrix` (V, D) may be memory-mapped: it is read once from start to end for all queries
    (Q, D), in chunks. Returns row numbers and cosines, both (Q, min(k, V)). Equal cosines
    are ordered by row. A zero row, or a zero query, has cosine 0 with everything.

    Raises:
        QueryError: a value of the matrix or of a query is NaN or infinite.
    """
    matrix = np.asarray(matrix)  # a view: plain slices of a memory map, not memory maps
    k = min(k, len(matrix))
    exact_queries = _exact_unit_rows(np.asarray(queries))  # (Q, D) float64
    rows = np.empty((len(exact_queries), k), dtype=np.int64)
    cosines = np.empty((len(exact_queries), k), dtype=np.float64)
    if rows.size == 0:
        return rows, cosines
    for q, candidates in enumerate(_candidates(matrix, exact_queries.astype(np.float32), k)):
        exact = _exact_cosines(matrix, candidates, exact_queries[q])
        best = np.argsort(-exact, kind="stable")[:k]  # candidates are in the order of rows
        rows[q] = candidates[best]
        cosines[q] = exact[best]
    return rows, np.clip(cosines, -1.0, 1.0)


def _candidates(
    matrix: NDArray[np.float32], queries: NDArray[np.float32], k: int
) -> list[NDArray[np.int64]]:
    """For each unit query, in rising order, every row that may be among its `k` nearest.

    A row is kept if its float32 cosine comes within rounding error of the k-th best one
    seen up to then; `k` must lie between 1 and V.
    """
    rounding = 4 * (matrix.shape[1] + 8) * np.finfo(np.float32).eps
    best = np.full((len(queries), k), -np.inf, dtype=np.float32)
    hits: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]] = []
    step = max(1, CHUNK_VALUES // max(matrix.shape[1], len(queries), 1))
    for start in range(0, len(matrix), step):
        scores = queries @ unit_rows(matrix[start : start + step]).T  # (Q, chunk)
        _raise_best(best, scores)
        q, row = np.nonzero(scores >= best[:, :1] - rounding)
        hits.append((q, row + start, scores[q, row]))
    query = np.concatenate([q for q, _, _ in hits])
    row = np.concatenate([row for _, row, _ in hits])
    score = np.concatenate([score for _, _, score in hits])
    still = score >= best[query, 0] - rounding
    order = np.argsort(query[still], kind="stable")
    counts = np.bincount(query[still], minlength=len(queries))
    return np.split(row[still][order], np.cumsum(counts)[:-1])


def _raise_best(best: NDArray[np.float32], scores: NDArray[np.float32]) -> None:
    """Merge a chunk's `scores` (Q, C) into `best` (Q, k), the highest so far; best[:, 0] is lowest.

    Only the queries that the chunk improves are sorted: after the first chunks, few are.
    """
    k = best.shape[1]
    improved = np.flatnonzero(scores.max(axis=1) > best[:, 0])
    if len(improved):
        both = np.concatenate([best[improved], scores[improved]], axis=1)
        best[improved] = np.partition(both, -k, axis=1)[:, -k:]


def _exact_cosines(
    matrix: NDArray[np.float32], rows: NDArray[np.int64], query: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The cosines (N,) of some rows of `matrix` to a unit query (D,), summed in float64."""
    step = max(1, CHUNK_VALUES // max(len(query), 1))
    chunks = (matrix[rows[at : at + step]] for at in range(0, len(rows), step))
    return np.concatenate([(_exact_unit_rows(chunk) * query).sum(axis=1) for chunk in chunks])


def _exact_unit_rows(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rows (N, D) scaled to length one in float64; zero rows stay zero."""
    if not np.isfinite(rows).all():
        raise QueryError(
            "the vectors hold a value that is not finite (NaN or infinity): "
            "training diverged or the file is damaged"
        )
    rows = rows.astype(np.float64)  # the square of any float32 is far from its limits
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit
