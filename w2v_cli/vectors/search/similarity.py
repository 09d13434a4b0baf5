"""How alike vectors are, by cosine or dot product, and the rows nearest to a query.

The cosine compares directions: the dot product of rows scaled to length one. A row of
zeros has no direction, and cosine 0 with everything.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search.ranking import Candidates, chunks, in_exact_order, query_blocks

__all__ = [
    "METRICS",
    "Metric",
    "exact_unit_rows",
    "nearest_rows",
    "plain_array",
    "rounding",
    "unit_rows",
]

Metric = Literal["cosine", "dot"]
METRICS: tuple[Metric, ...] = ("cosine", "dot")

# Squares outside this range overflow float32 or lose their last bits to underflow.
SMALLEST_SQUARE, LARGEST_SQUARE = 1e-30, 1e30


def unit_rows(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows of `matrix` (V, D) scaled to length one, as a new float32 array.

    A row of zeros stays zero, so that its cosine with anything is 0. Rows whose squares
    leave the range of float32 are scaled in float64.

    Raises:
        QueryError: a value is NaN or infinite.
    """
    squares = _squares(matrix)
    plain = _plain(squares)
    if not plain.all():
        _check_finite(matrix[~plain])
    lengths = np.ones_like(squares)
    np.sqrt(squares, where=plain, out=lengths)
    units: NDArray[np.float32] = matrix / lengths[:, np.newaxis]
    if not plain.all():
        units[~plain] = exact_unit_rows(matrix[~plain])
    return units


def exact_unit_rows(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rows (N, D) scaled to length one in float64; zero rows stay zero.

    Raises:
        QueryError: a value is NaN or infinite.
    """
    _check_finite(rows)
    rows = rows.astype(np.float64)  # the square of any float32 is far from its limits
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = rows / np.where(lengths > 0, lengths, 1.0)
    return unit


def rounding(dim: int) -> float:
    """A bound on what float32 may do to the difference of two products of unit rows (D,)."""
    return float(4 * (dim + 8) * np.finfo(np.float32).eps)


def nearest_rows(
    matrix: NDArray[np.float32],
    queries: NDArray[np.floating],
    k: int,
    metric: Metric = "cosine",
    squares: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `k` rows of `matrix` with the largest cosine or dot product to each query, best first.

    `matrix` (V, D) may be memory-mapped: it is read in chunks, once for all queries (Q, D)
    unless those are thousands. Returns row numbers and scores, both (Q, min(k, V)). Equal
    scores are ordered by row. A zero row, or a zero query, scores 0 with everything.

    `squares` (V,) may be given from one search to the next of the same matrix: the squared lengths
    of rows, NaN at first, which a search by cosine sets and the next need not find again.

    Raises:
        QueryError: a value of the matrix or of a query is NaN or infinite.
    """
    matrix, queries = plain_array(matrix), np.asarray(queries)
    k = min(k, len(matrix))
    rows = np.empty((len(queries), k), dtype=np.int64)
    scores = np.empty((len(queries), k), dtype=np.float64)
    if squares is None:
        squares = np.full(len(matrix), np.nan, np.float32)
    if rows.size:
        for block in query_blocks(len(queries), k):
            if metric == "cosine":
                rows[block], scores[block] = _nearest_by_cosine(matrix, queries[block], k, squares)
            else:
                rows[block], scores[block] = _nearest_by_dot(matrix, queries[block], k)
    return rows, scores


def plain_array(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    """The matrix as a plain array: slices of a memory map cost more.

    A `ComposedMatrix` stays what it is.
    """
    return np.asarray(matrix) if isinstance(matrix, np.ndarray) else matrix


def _nearest_by_cosine(
    matrix: NDArray[np.float32],
    queries: NDArray[np.floating],
    k: int,
    squares: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """`nearest_rows` by cosine, for 1 ≤ k ≤ V."""
    units = exact_unit_rows(queries)  # (Q, D) float64
    units32 = units.astype(np.float32)
    slack = rounding(matrix.shape[1])
    found = Candidates(len(queries), k)
    for part in chunks(len(matrix), max(matrix.shape[1], len(queries))):
        cosines = _cosines(units32, np.asarray(matrix[part]), squares[part])
        found.add(part.start, cosines, cosines, slack)

    def exact(query: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        parts = chunks(len(rows), matrix.shape[1])
        pieces = [(exact_unit_rows(matrix[rows[p]]) * units[query]).sum(axis=1) for p in parts]
        cosines: NDArray[np.float64] = np.clip(np.concatenate(pieces), -1.0, 1.0)
        return cosines

    return in_exact_order(found.rows(slack), k, exact)


def _nearest_by_dot(
    matrix: NDArray[np.float32], queries: NDArray[np.floating], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """`nearest_rows` by dot product, for 1 ≤ k ≤ V."""
    units32 = exact_unit_rows(queries).astype(np.float32)  # a query's own length changes no order
    queries = queries.astype(np.float64)
    slack = rounding(matrix.shape[1])
    largest = np.float32(0)  # square of a row's length
    found = Candidates(len(queries), k)
    for part in chunks(len(matrix), max(matrix.shape[1], len(queries))):
        rows = np.asarray(matrix[part])
        squares = _squares(rows)
        if not _plain(squares).all():
            _check_finite(rows)
        largest = max(largest, squares.max())
        if largest < LARGEST_SQUARE:
            dots = units32 @ rows.T
            found.add(part.start, dots, dots, slack * float(np.sqrt(largest)))

    def exact(query: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        parts = chunks(len(rows), matrix.shape[1])
        return np.concatenate([(matrix[rows[p]] * queries[query]).sum(axis=1) for p in parts])

    if SMALLEST_SQUARE < largest < LARGEST_SQUARE:
        candidates = found.rows(slack * float(np.sqrt(largest)))
    else:  # nothing float32 says of such numbers can be relied on
        candidates = [np.arange(len(matrix))] * len(queries)
    return in_exact_order(candidates, k, exact)


def _cosines(
    units: NDArray[np.float32], rows: NDArray[np.float32], squares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The cosines (Q, C) of unit queries to rows of any length; their squares are set if NaN."""
    if np.isnan(squares).any():
        squares[:] = _squares(rows)
    plain = _plain(squares)
    if not plain.all():
        cosines: NDArray[np.float32] = units @ unit_rows(rows).T
        return cosines
    cosines = units @ rows.T
    cosines *= 1 / np.sqrt(squares)  # cheaper than a scaled copy of the rows
    return cosines


def _squares(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The squared lengths (N,) of rows."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        squares: NDArray[np.float32] = np.einsum("vd,vd->v", rows, rows)
    return squares


def _plain(squares: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which squared lengths float32 holds to its full precision."""
    return (squares > SMALLEST_SQUARE) & (squares < LARGEST_SQUARE)


def _check_finite(rows: NDArray[np.floating]) -> None:
    """Raise QueryError for rows that hold NaN or infinity."""
    if not np.isfinite(rows).all():
        raise QueryError(
            "the vectors hold a value that is not finite (NaN or infinity): "
            "training diverged or the file is damaged"
        )
