"""The best answers to analogies, "a is to b as c is to ?", in order and with their scores."""

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.search.analogies import AnalogyScore
from w2v_cli.vectors.search.ranking import Candidates, chunks, in_exact_order, query_blocks
from w2v_cli.vectors.search.similarity import exact_unit_rows, plain_array, rounding, unit_rows

__all__ = ["best_rows"]


def best_rows(
    matrix: NDArray[np.float32],
    questions: NDArray[np.floating],
    k: int,
    score: AnalogyScore,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The `k` rows of `matrix` (V, D) with the highest score for each question, best first.

    `questions` is (Q, 3, D): the vectors of a, b and c. Returns row numbers and scores, both
    (Q, min(k, V)); the rows of a, b and c themselves are not left out. Equal scores are
    ordered by row. The matrix may be memory-mapped: it is read in chunks.

    Raises:
        QueryError: a value of the matrix or of a question is NaN or infinite.
    """
    matrix = plain_array(matrix)
    k = min(k, len(matrix))
    rows = np.empty((len(questions), k), dtype=np.int64)
    scores = np.empty((len(questions), k), dtype=np.float64)
    if rows.size:
        for block in query_blocks(len(questions), 3 * k):
            rows[block], scores[block] = _best_rows(matrix, questions[block], k, score)
    return rows, scores


def _best_rows(
    matrix: NDArray[np.float32], questions: NDArray[np.floating], k: int, score: AnalogyScore
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """`best_rows` from one pass over the matrix, for 1 ≤ k ≤ V."""
    dim = matrix.shape[1]
    units = exact_unit_rows(questions.reshape(-1, dim)).reshape(questions.shape)
    terms32 = units.transpose(1, 0, 2).reshape(-1, dim).astype(np.float32)  # all a, all b, all c
    error = np.float32(rounding(dim))
    found = Candidates(len(questions), k)
    for part in chunks(len(matrix), max(dim, len(terms32))):
        cosines = terms32 @ unit_rows(np.asarray(matrix[part])).T
        to_a, to_b, to_c = np.split(cosines, 3)  # (Q, C) each
        # A score rises with the cosines to b and c, and falls with the one to a.
        lower = score(_cosine(to_a + error), _cosine(to_b - error), _cosine(to_c - error))
        upper = score(_cosine(to_a - error), _cosine(to_b + error), _cosine(to_c + error))
        found.add(part.start, lower, upper)

    def exact(question: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        pieces = []
        for part in chunks(len(rows), dim):
            candidates = exact_unit_rows(matrix[rows[part]])
            to_a, to_b, to_c = (
                _cosine((candidates * term).sum(axis=1)) for term in units[question]
            )
            pieces.append(score(to_a, to_b, to_c))
        return np.concatenate(pieces)

    return in_exact_order(found.rows(), k, exact)


def _cosine(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """The values clipped to −1 … 1: rounding may go beyond."""
    clipped: NDArray[np.floating] = np.clip(values, -1.0, 1.0)
    return clipped
