"""The words nearest to queries, and the words that best complete analogies."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.composed_matrix import ComposedMatrix
from w2v_cli.vectors.search.analogies import AnalogyScore
from w2v_cli.vectors.search.answers import best_rows
from w2v_cli.vectors.search.composed_neighbours import bounds_pay, nearest_composed
from w2v_cli.vectors.search.concurrent import Ranked, search_in_threads
from w2v_cli.vectors.search.queries import Query
from w2v_cli.vectors.search.similarity import Metric, exact_unit_rows, nearest_rows

if TYPE_CHECKING:
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "Neighbour",
    "best_analogies",
    "likeness",
    "nearest_to_each",
    "nearest_to_queries",
    "oddest_first",
]


class Neighbour(NamedTuple):
    """A word near a query, and how near: a cosine, unless another score was asked for."""

    word: str
    score: float


def nearest_to_queries(
    queries: Sequence[Query],
    vectors: "WordVectors",
    n: int,
    metric: Metric = "cosine",
    restrict: int | None = None,
) -> list[list[Neighbour]]:
    """The `n` words nearest to each query, without the query's own words.

    Only the `restrict` most frequent words can be an answer, where that is given.
    """
    matrix = np.array([query.vector for query in queries]).reshape(-1, vectors.dim)
    excluded = [query.rows for query in queries]
    return nearest_to_each(vectors, matrix, n, excluded, metric, restrict)


def best_analogies(
    questions: Sequence[Sequence[Query]],
    vectors: "WordVectors",
    n: int,
    score: AnalogyScore,
    restrict: int | None = None,
) -> list[list[Neighbour]]:
    """The `n` words d with the best score for each "a is to b as c is to d".

    Each question is a, b and c; their own words are never an answer. Only the `restrict` most
    frequent words can be one, where that is given.
    """
    terms = np.array([[query.vector for query in abc] for abc in questions])
    excluded = [frozenset().union(*(query.rows for query in abc)) for abc in questions]
    k = n + max(map(len, excluded), default=0)
    search = partial(best_rows, score=score)
    terms = terms.reshape(-1, 3, vectors.dim)
    found = search_in_threads(search, vectors.matrix[:restrict], terms, k)
    return _without(vectors.words, excluded, n, found)


def likeness(one: Query, other: Query, metric: Metric = "cosine") -> float:
    """The cosine between two queries, or the dot product of them."""
    pair = np.stack([one.vector, other.vector])
    if metric == "cosine":
        return float(np.clip(np.prod(exact_unit_rows(pair), axis=0).sum(), -1.0, 1.0))
    return float(np.prod(pair, axis=0).sum())


def oddest_first(queries: Sequence[Query]) -> list[Neighbour]:
    """Each query with its mean cosine to the others, the lowest first; at least two queries."""
    units = exact_unit_rows(np.stack([query.vector for query in queries]))
    cosines = units @ units.T
    means = (cosines.sum(axis=1) - cosines.diagonal()) / (len(queries) - 1)
    order = np.argsort(means, kind="stable")
    return [Neighbour(queries[place].text, float(means[place])) for place in order]


def nearest_to_each(
    vectors: "WordVectors",
    queries: NDArray[np.floating],
    n: int,
    excluded: Sequence[Collection[int]],
    metric: Metric = "cosine",
    restrict: int | None = None,
) -> list[list[Neighbour]]:
    """The `n` nearest words to each row of `queries` (Q, D), from one pass over the matrix.

    The rows in `excluded[q]` are left out of the answer to query q. Only the `restrict`
    most frequent words can be an answer, where that is given.
    """
    k = n + max(map(len, excluded), default=0)
    matrix = vectors.matrix[:restrict]
    if isinstance(matrix, ComposedMatrix) and bounds_pay(matrix, queries):
        found = nearest_composed(matrix, np.asarray(queries), min(k, len(matrix)), metric)
    else:
        composes = isinstance(matrix, ComposedMatrix)
        squares = None if composes else vectors.squares[: len(matrix)]
        search = partial(nearest_rows, metric=metric, squares=squares)
        found = search_in_threads(search, matrix, queries, k)
    return _without(vectors.words, excluded, n, found)


def _without(
    words: Sequence[str],
    excluded: Sequence[Collection[int]],
    n: int,
    found: Ranked,
) -> list[list[Neighbour]]:
    """The first `n` of the rows and scores found (Q, k), without the excluded ones."""
    ranked, scores = (array.tolist() for array in found)
    return [
        [
            Neighbour(words[row], score)
            for row, score in zip(ranked[q], scores[q], strict=True)
            if row not in left_out
        ][:n]
        for q, left_out in enumerate(excluded)
    ]
