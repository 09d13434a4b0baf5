"""The neighbours of a few vectors among composed words, without composing most of them.

A word's vector v is the sum of some rows, so its product with a query q is the sum of theirs: one
pass over the file gives all. Its length is at least that of its first few numbers, which are
quickly read. Together they bound the cosine of a word; only words whose bound is above the
cosines of the best are composed.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError
from w2v_cli.vectors.composed_matrix import ComposedMatrix, in_threads
from w2v_cli.vectors.mapping import read_in_order
from w2v_cli.vectors.search.concurrent import Ranked, search_in_threads
from w2v_cli.vectors.search.similarity import Metric, exact_unit_rows, nearest_rows, rounding

__all__ = ["bounds_pay", "nearest_composed"]

FEW_QUERIES = 8  # for more, composing every word once is quicker
FEW_WORDS = 1 << 14  # for fewer too, or for a small part of the rows of the file
NUMBERS_OF_BOUND = 32  # of a vector; their length bounds its own. Two lines of a cache
ROWS_AT_ONCE, WORDS_AT_ONCE = 1 << 11, 1 << 13
COMPOSED_AT_FIRST = 64  # words with the highest bounds, and four for each neighbour

Floats = NDArray[np.float32]


def bounds_pay(matrix: ComposedMatrix, queries: NDArray[np.floating]) -> bool:
    """Whether `nearest_composed` is quicker than composing all words."""
    few = len(matrix) < max(FEW_WORDS, len(matrix.inputs) // 8)
    return len(queries) <= FEW_QUERIES and not few


def nearest_composed(
    matrix: ComposedMatrix, queries: NDArray[np.floating], k: int, metric: Metric
) -> Ranked:
    """What `nearest_rows` finds in the matrix (V, D) for a few queries (Q, D), for 0 ≤ k ≤ V.

    Raises:
        QueryError: a value of the matrix or of a query is NaN or infinite.
    """
    if not k:
        return np.empty((len(queries), 0), np.int64), np.empty((len(queries), 0))
    units = exact_unit_rows(queries).astype(np.float32)
    table, largest = _products_and_firsts(matrix.inputs, units)
    bounds = _bounds(matrix, table, largest, len(units), metric)
    if metric == "dot":
        bounds *= np.sqrt((queries.astype(np.float64) ** 2).sum(axis=1))[:, None]
    found = [
        _nearest(matrix, query[None], bound, k, metric)
        for query, bound in zip(queries, bounds, strict=True)
    ]
    return np.concatenate([rows for rows, _ in found]), np.concatenate([each for _, each in found])


def _products_and_firsts(inputs: NDArray[np.uint8], units: Floats) -> tuple[Floats, float]:
    """The products of all rows of a file with the queries, and the rows' first numbers (R, Q + m).

    The second result is the length of the longest row.
    """
    queries, firsts = len(units), min(NUMBERS_OF_BOUND, units.shape[1])
    table = np.empty((len(inputs), queries + firsts), np.float32)
    squares = np.empty(len(inputs), np.float32)

    def fill(part: slice) -> None:
        for start in range(part.start, part.stop, ROWS_AT_ONCE):
            block = slice(start, min(start + ROWS_AT_ONCE, part.stop))
            rows = inputs[block].copy().view("<f4")  # the copy is aligned
            table[block, :queries] = rows @ units.T
            table[block, queries:] = rows[:, :firsts]
            np.einsum("rd,rd->r", rows, rows, out=squares[block])

    with np.errstate(all="ignore"), read_in_order(inputs):  # what is not finite is found below
        in_threads(fill, len(inputs))
    if not np.isfinite(squares).all():
        raise QueryError(
            "the vectors hold a value that is not finite (NaN or infinity) or above 1e19: "
            "training diverged or the file is damaged"
        )
    return table, float(np.sqrt(squares.max(initial=0)))


def _bounds(
    matrix: ComposedMatrix, table: Floats, largest: float, queries: int, metric: Metric
) -> NDArray[np.float64]:
    """Upper bounds (Q, V) of each word's cosine to a query, or product with a unit query."""
    bounds = np.empty((queries, len(matrix)))

    def fill(part: slice) -> None:
        for start in range(part.start, part.stop, WORDS_AT_ONCE):
            block = slice(start, min(start + WORDS_AT_ONCE, part.stop))
            words = matrix[block].sums()
            sums = words.of(table)
            # What rounding may have done to sums of rows of that length.
            error = rounding(matrix.shape[1]) * largest * words.counts
            lengths = words.counts.astype(np.float64)
            if metric == "cosine":
                firsts = sums[:, queries:]
                lengths = np.sqrt(np.einsum("nm,nm->n", firsts, firsts)) - error
            bounds[:, block] = _quotients(sums[:, :queries] + error[:, None], lengths).T

    in_threads(fill, len(matrix))
    return bounds


def _quotients(
    numerators: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Bounds (n, Q) from those of numerators (n, Q) and lengths (n,): infinite where there is none.

    A negative numerator has the bound 0: the length may be far above its own bound.
    """
    bounds = np.full(numerators.shape, np.inf)
    some = lengths > 0
    bounds[some] = np.maximum(numerators[some], 0) / lengths[some, None]
    return bounds


def _nearest(
    matrix: ComposedMatrix,
    query: NDArray[np.floating],
    bounds: NDArray[np.float64],
    k: int,
    metric: Metric,
) -> Ranked:
    """The `k` nearest to a query (1, D): the best of some, then of all that may be better."""
    some = min(len(bounds), COMPOSED_AT_FIRST + 4 * k)
    rows = np.sort(np.argpartition(-bounds, some - 1)[:some])
    _, scores = nearest_rows(matrix[rows], query, k, metric)
    rows = np.union1d(rows, np.flatnonzero(bounds >= scores[0, -1]))  # no bound is below zero
    search = partial(nearest_rows, metric=metric)
    found, scores = search_in_threads(search, matrix.chosen(rows), query, k)
    return rows[found], scores
