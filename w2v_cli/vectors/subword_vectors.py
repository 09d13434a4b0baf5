"""Vectors of character n-grams, and of words that were never seen, made of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from w2v_cli.core.subwords import NgramRange, find_ngrams, spell_ngrams

__all__ = ["SubwordVectors"]


@dataclass(frozen=True, eq=False)
class SubwordVectors:
    """The vectors of the n-grams of a vocabulary, by bucket number.

    `matrix` is (B, D) float32 and may be memory-mapped. `buckets` (B,), all different, are the
    numbers of its rows; None where row b is bucket b.
    """

    counted: NgramRange
    buckets: NDArray[np.int64] | None
    matrix: NDArray[np.float32]

    def compose(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Vectors (n, D) of words by their n-grams alone, and which of them have any (n,).

        The mean over all n-grams of a word; one without a vector counts as zero. So the known
        n-grams decide the direction, and their share the length (docs/decisions/0017).
        """
        totals, sizes = self.totals(words)
        totals /= np.maximum(sizes, 1)[:, None].astype(np.float32)
        return totals, np.asarray(totals.any(axis=1))

    def totals(self, words: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """The sums (n, D) of the vectors of each word's n-grams, and how many n-grams it has."""
        ngrams = find_ngrams(words, self.counted)
        totals = np.zeros((len(words), self.matrix.shape[1]), np.float32)
        some = np.flatnonzero(ngrams.sizes)
        if len(some):
            first = np.cumsum(ngrams.sizes)[some] - ngrams.sizes[some]
            with np.errstate(all="ignore"):  # damaged values are found where they are compared
                totals[some] = np.add.reduceat(self.rows_of(ngrams.buckets), first, axis=0)
        return totals, ngrams.sizes

    def rows_of(self, buckets: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors (n, D) of buckets; zero where one has none."""
        rows, known = self.find(buckets)
        if known.all():
            return np.asarray(self.matrix[rows])
        vectors = np.zeros((len(buckets), self.matrix.shape[1]), np.float32)
        vectors[known] = self.matrix[rows[known]]
        return vectors

    def parts(self, word: str) -> list[tuple[str, NDArray[np.float32]]]:
        """The n-grams of a word that have a vector, in the order of the text, and their vectors."""
        rows, known = self.find(find_ngrams([word], self.counted).buckets)
        spelled = spell_ngrams(word, self.counted)
        places: list[int] = np.flatnonzero(known).tolist()
        return [(spelled[place], self.matrix[rows[place]]) for place in places]

    def find(self, buckets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The row (n,) of each bucket (n,), and whether it has one (n,)."""
        if self.buckets is None:
            return buckets, np.ones(len(buckets), np.bool_)
        if not len(self.buckets):
            return buckets, np.zeros(len(buckets), np.bool_)
        ranks = np.searchsorted(self.buckets, buckets, sorter=self._rising)
        rows = self._rising.take(ranks, mode="clip")
        return rows, self.buckets[rows] == buckets

    @cached_property
    def _rising(self) -> NDArray[np.int64]:
        """The rows (B,) in the order of their buckets; found when first needed."""
        assert self.buckets is not None
        return np.argsort(self.buckets)
