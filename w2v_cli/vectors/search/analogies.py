"""Analogies, "a is to b as c is to ?": how an answer is scored, and the best one for many at once.

Both scores are made of the cosines of a candidate to the three words of the question. A file
of analogies asks the same words again and again, so the cosines of each distinct word to a
chunk of the vocabulary come from one matrix product, and the questions only combine them.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.search.similarity import unit_rows

__all__ = ["THREE_COS_ADD", "THREE_COS_MUL", "AnalogyScore", "best_answers"]

QUESTIONS_A_PASS = 4096
TABLE_VALUES = 1 << 19  # 2 MiB of float32 for what a pass keeps of a chunk of the vocabulary
SMALLEST_CHUNK = 64
BLOCK_VALUES = 1 << 16  # scores looked through at a time: they stay in the cache
EPSILON = 1e-6  # gensim's; the paper has 0.001

Cosines = NDArray[np.floating]


class AnalogyScore(NamedTuple):
    """A score of candidates d for "a is to b as c is to d": the larger the better.

    Called with the cosines of d to a, b and c, three arrays of one shape, it gives an array
    of that shape and dtype.
    """

    gain: Callable[[Cosines], Cosines]  # of the cosine to b, and to c
    loss: Callable[[Cosines], Cosines]  # of the cosine to a
    combine: np.ufunc

    def __call__(self, to_a: Cosines, to_b: Cosines, to_c: Cosines) -> Cosines:
        """The score of each candidate, from its cosines to a, b and c."""
        half = self.combine(self.loss(to_a), self.gain(to_b))
        scores: Cosines = self.combine(half, self.gain(to_c))
        return scores


def _shifted(cosines: Cosines) -> Cosines:
    """Cosines moved to 0 … 1, so that a product of two negative ones is no merit."""
    return (1 + cosines) / 2


THREE_COS_ADD = AnalogyScore(np.positive, np.negative, np.add)
"""3CosAdd: cos(d, b) − cos(d, a) + cos(d, c) (Levy and Goldberg 2014, equation 3).

It orders candidates as the cosine of d to b − a + c does, all of length one.
"""

THREE_COS_MUL = AnalogyScore(
    _shifted, lambda cosines: 1 / (_shifted(cosines) + EPSILON), np.multiply
)
"""3CosMul: cos(d, b) cos(d, c) / (cos(d, a) + ε), of cosines moved to 0 … 1 (equation 4)."""


def best_answers(
    matrix: NDArray[np.float32],
    questions: NDArray[np.int64],
    excluded: tuple[NDArray[np.int64], NDArray[np.int64]],
    score: AnalogyScore,
) -> NDArray[np.int64]:
    """The row of `matrix` (V, D) with the highest score for each question; the first of equals.

    `questions` is (Q, 3): the rows of a, b and c. `excluded` is two arrays (N,): numbers of
    questions, rising, and with each a row that may not answer it. Returns (Q,), with -1 where
    no row is left. The matrix may be memory-mapped: it is read in chunks, so that memory is
    bounded, and once for each QUESTIONS_A_PASS questions.

    Raises:
        QueryError: a value of the matrix is NaN or infinite.
    """
    matrix = np.asarray(matrix)
    answers = np.empty(len(questions), dtype=np.int64)
    for start in range(0, len(questions), QUESTIONS_A_PASS):
        stop = min(start + QUESTIONS_A_PASS, len(questions))
        first, last = np.searchsorted(excluded[0], [start, stop])
        left_out = (excluded[0][first:last] - start, excluded[1][first:last])
        answers[start:stop] = _pass(matrix, questions[start:stop], left_out, score)
    return answers


def _pass(
    matrix: NDArray[np.float32],
    questions: NDArray[np.int64],
    excluded: tuple[NDArray[np.int64], NDArray[np.int64]],
    score: AnalogyScore,
) -> NDArray[np.int64]:
    """`best_answers` from one pass over the matrix."""
    words, places = np.unique(questions, return_inverse=True)  # (W,)
    a, b, c = places.reshape(questions.shape).T  # (Q,) each, numbers of `words`
    pairs, pair = np.unique(a * len(words) + b, return_inverse=True)  # (P,), (Q,)
    pair_a, pair_b = np.divmod(pairs, len(words))
    unit_words = unit_rows(matrix[words])  # (W, D)
    best = _Best(len(questions))
    step = max(SMALLEST_CHUNK, TABLE_VALUES // (len(words) + len(pairs)))
    for start in range(0, len(matrix), step):
        cosines = unit_words @ unit_rows(matrix[start : start + step]).T  # (W, C)
        gains = score.gain(cosines)
        halves = score.combine(score.loss(cosines)[pair_a], gains[pair_b])  # (P, C)
        inside = (excluded[1] >= start) & (excluded[1] < start + step)
        left_out = (excluded[0][inside], excluded[1][inside] - start)
        for block in _blocks(len(questions), max(1, BLOCK_VALUES // cosines.shape[1])):
            scores = score.combine(halves[pair[block]], gains[c[block]])  # (B, C)
            _leave_out(scores, block, left_out)
            best.update(block, scores, start)
    return best.rows


class _Best:
    """The highest score of each question up to now, and its row."""

    def __init__(self, questions: int) -> None:
        self.scores = np.full(questions, -np.inf, dtype=np.float32)
        self.rows = np.full(questions, -1, dtype=np.int64)

    def update(self, block: slice, scores: NDArray[np.float32], start: int) -> None:
        """Take what is higher in `scores` (B, C): questions `block`, rows from `start`."""
        columns = scores.argmax(axis=1)
        highest = scores[np.arange(len(scores)), columns]
        higher = highest > self.scores[block]
        np.copyto(self.scores[block], highest, where=higher)
        np.copyto(self.rows[block], columns + start, where=higher)


def _blocks(count: int, step: int) -> list[slice]:
    """Consecutive slices of `step`, the last one shorter, that cover `count`."""
    return [slice(start, min(start + step, count)) for start in range(0, count, step)]


def _leave_out(
    scores: NDArray[np.float32],
    block: slice,
    excluded: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Give the lowest score to the excluded questions and columns that fall into a block."""
    first, last = np.searchsorted(excluded[0], [block.start, block.stop])
    scores[excluded[0][first:last] - block.start, excluded[1][first:last]] = -np.inf
