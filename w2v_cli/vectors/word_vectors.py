"""Words and their vectors: look a word up, and find its nearest neighbours."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.core.similarity import nearest_rows
from w2v_cli.errors import QueryError
from w2v_cli.vectors.spelling import closest_spelling

__all__ = ["Neighbour", "WordVectors"]

# Looking through 400,000 words takes 6 ms, and building a dictionary of them 150 ms.
FEW_WORDS = 8


class Neighbour(NamedTuple):
    """A word near a query, and the cosine of the angle between them."""

    word: str
    cosine: float


@dataclass(frozen=True, eq=False)
class WordVectors:
    """V words, most frequent first, with their vectors; nothing in it is ever changed.

    `matrix` is (V, D) float32, one row a word, and may be memory-mapped. `counts` is (V,)
    int64, how often each word was seen, where the source knows it.
    """

    words: list[str]
    matrix: NDArray[np.float32]
    counts: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix):
            raise ValueError(f"{len(self.words)} words do not fit a matrix {self.matrix.shape}")

    def __len__(self) -> int:
        return len(self.words)

    @property
    def dim(self) -> int:
        """D, the numbers in each vector."""
        return int(self.matrix.shape[1])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each word; built when first asked for."""
        return dict(zip(self.words, range(len(self.words)), strict=True))

    def rows(self, words: Sequence[str]) -> list[int | None]:
        """The row of each of `words`, or None where it is not in the vocabulary."""
        if len(words) > FEW_WORDS:
            return [self.row_of.get(word) for word in words]
        return [self.words.index(word) if word in self.words else None for word in words]

    def row(self, word: str) -> int:
        """The row of `word`.

        Raises:
            QueryError: the word is not in the vocabulary; names the closest spelling.
        """
        row = self.rows([word])[0]
        if row is None:
            raise self.unknown(word)
        return row

    def unknown(self, word: str) -> QueryError:
        """The error for a word that is not in the vocabulary, naming the closest spelling."""
        closest = closest_spelling(word, self.words)
        hint = "" if closest is None else f"; closest spelling: {closest!r}"
        return QueryError(f"{word!r} is not in the vocabulary ({len(self):,} words){hint}")

    def vector(self, word: str) -> NDArray[np.float32]:
        """The vector (D,) of `word`; raises QueryError if the word is unknown."""
        vector: NDArray[np.float32] = self.matrix[self.row(word)]
        return vector

    def top(self, n: int) -> "WordVectors":
        """The first `n` words (all, if there are fewer), sharing this object's memory."""
        counts = None if self.counts is None else self.counts[:n]
        return WordVectors(self.words[:n], self.matrix[:n], counts)

    def nearest(self, query: str | NDArray[np.floating], n: int = 10) -> list[Neighbour]:
        """The `n` words with the largest cosine to a word or a vector (D,), best first.

        A word is not its own neighbour. Equal cosines are ordered by row.

        Raises:
            QueryError: the word is unknown, or a value is not finite.
        """
        if isinstance(query, str):
            row = self.row(query)
            return self.nearest_to_each(self.matrix[row : row + 1], n, [{row}])[0]
        return self.nearest_to_each(np.asarray(query)[np.newaxis], n, [()])[0]

    def nearest_to_each(
        self, vectors: NDArray[np.floating], n: int, excluded: Sequence[Collection[int]]
    ) -> list[list[Neighbour]]:
        """The `n` nearest words to each row of `vectors` (Q, D), from one pass over the matrix.

        The rows in `excluded[q]` are left out of the answer to query q.
        """
        most_excluded = max(map(len, excluded), default=0)
        rows, cosines = nearest_rows(self.matrix, vectors, n + most_excluded)
        answers = zip(rows.tolist(), cosines.tolist(), excluded, strict=True)
        return [
            [
                Neighbour(self.words[row], cosine)
                for row, cosine in zip(ranked, ranked_cosines, strict=True)
                if row not in left_out
            ][:n]
            for ranked, ranked_cosines, left_out in answers
        ]
