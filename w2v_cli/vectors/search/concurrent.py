"""A search shared among threads: by its questions, or by the rows that are searched."""

import os
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.composed_matrix import ComposedMatrix
from w2v_cli.vectors.threads import map_in_threads

__all__ = ["Ranked", "search_in_threads"]

Ranked = tuple[NDArray[np.int64], NDArray[np.float64]]  # rows and their scores, (Q, k) each
Search = Callable[[NDArray[np.float32], NDArray[np.floating], int], Ranked]

QUERIES_A_THREAD = 64
ROWS_A_THREAD = 1 << 15  # of a matrix that composes them


def search_in_threads(
    search: Search, matrix: NDArray[np.float32], queries: NDArray[np.floating], k: int
) -> Ranked:
    """What `search` finds in a matrix (V, D) for the queries (Q, …): the `k` best of each.

    A few queries cost little more than one pass over the matrix, so they are not shared among
    threads, unless its rows are composed, which is most of the work. What is found for a query
    depends neither on the other queries nor on the number of threads.
    """
    if isinstance(matrix, ComposedMatrix):
        return _by_rows(lambda part: search(part, np.asarray(queries), k), matrix, k)
    threads = min(os.cpu_count() or 1, len(queries) // QUERIES_A_THREAD)
    if threads < 2:
        return search(matrix, queries, k)
    parts = np.array_split(queries, threads)
    found = map_in_threads(lambda some: search(matrix, some, k), parts)
    return np.concatenate([rows for rows, _ in found]), np.concatenate([each for _, each in found])


def _by_rows(
    search: Callable[[NDArray[np.float32]], Ranked], matrix: NDArray[np.float32], k: int
) -> Ranked:
    """Each thread searches as many rows; the best of all are the best of the best of each."""
    threads = max(1, min(os.cpu_count() or 1, len(matrix) // ROWS_A_THREAD))
    bounds = [len(matrix) * i // threads for i in range(threads + 1)]
    parts = [matrix[low:high] for low, high in pairwise(bounds)]
    found = map_in_threads(search, parts)
    rows = np.concatenate([some + low for (some, _), low in zip(found, bounds, strict=False)], 1)
    scores = np.concatenate([each for _, each in found], axis=1)
    best = np.lexsort((rows, -scores))[:, :k]  # equal scores are ordered by row
    return np.take_along_axis(rows, best, 1), np.take_along_axis(scores, best, 1)
