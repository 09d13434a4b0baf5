"""Vectors of words that are composed of the rows of a file, when they are asked for.

A published fastText model has millions of words and a matrix of gigabytes; a word's vector is the
mean of some of its rows. A question needs few of these vectors, and composing all takes long.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from w2v_cli.core.subwords import NgramRange, find_ngrams
from w2v_cli.vectors.threads import map_in_threads

__all__ = ["ComposedMatrix", "RowSums", "composed_matrix", "in_threads"]

_WORDS_AT_ONCE = 1024  # few enough for the processor's cache to hold their rows
_WORDS_A_THREAD = 1 << 15

Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class ComposedMatrix:
    """A matrix (n, D) float32 of the vectors of `words`, which are composed as they are read.

    `inputs` (V + B, 4 D) are the bytes of a model's rows, those of V words and of B buckets of
    n-grams; they need not be aligned to four bytes. A word that is not UTF-8 is given as bytes,
    since its n-grams are found in them. `rows` (n,) are the words' own, or -1 for a
    word that was never seen. A slice is another such matrix; rows chosen otherwise, and
    `numpy.asarray`, give an array.
    """

    words: Sequence[str | bytes]
    rows: Integers
    inputs: NDArray[np.uint8]
    counted: NgramRange

    ndim = 2
    dtype = np.dtype(np.float32)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (n, D)."""
        return len(self.words), self.inputs.shape[1] // 4

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, index: Any) -> Any:
        """A matrix for a slice, a vector (D,) for a number, an array (m, D) for m numbers."""
        if isinstance(index, slice):
            return ComposedMatrix(self.words[index], self.rows[index], self.inputs, self.counted)
        chosen = np.arange(len(self))[index]
        if chosen.ndim == 0:
            return self._compose([self.words[chosen]], self.rows[chosen, None])[0]
        return self._compose([self.words[row] for row in chosen.tolist()], self.rows[chosen])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it; composed by several threads if it is large."""
        if copy is False:
            raise ValueError("a composed matrix cannot be an array without a copy")
        matrix = np.empty(self.shape, np.float32)

        def fill(part: slice) -> None:
            matrix[part] = self._compose(self.words[part], self.rows[part])

        in_threads(fill, len(self))
        return matrix if dtype is None else matrix.astype(dtype, copy=False)

    def _compose(self, words: Sequence[str | bytes], rows: Integers) -> NDArray[np.float32]:
        """The vectors (n, D): the mean of each word's own row and those of its n-grams."""
        vectors = np.empty((len(words), self.shape[1]), np.float32)
        for start in range(0, len(words), _WORDS_AT_ONCE):
            part = slice(start, start + _WORDS_AT_ONCE)
            sums = self._sums(words[part], rows[part])
            vectors[part] = sums.of(self.inputs)
            vectors[part] /= sums.counts[:, None].astype(np.float32)
        return vectors

    def sums(self) -> "RowSums":
        """Which rows of `inputs` each vector is the mean of."""
        return self._sums(self.words, self.rows)

    def _sums(self, words: Sequence[str | bytes], rows: Integers) -> "RowSums":
        ngrams = find_ngrams(words, self.counted)
        others, sizes = len(self.inputs) - self.counted.buckets + ngrams.buckets, ngrams.sizes
        unseen = rows < 0
        if unseen.any():  # its first n-gram stands in the place of its own row
            first = (np.cumsum(sizes) - sizes)[unseen]
            rows = rows.copy()
            rows[unseen] = others[first]
            others, sizes = np.delete(others, first), sizes - unseen
        return RowSums(rows, others, sizes)

    def extended(self, words: Sequence[str]) -> NDArray[np.float32]:
        """A matrix (n + m, D) with m more words, never seen; each must have an n-gram."""
        rows = np.append(self.rows, np.full(len(words), -1))
        longer = ComposedMatrix([*self.words, *words], rows, self.inputs, self.counted)
        return cast(NDArray[np.float32], longer)

    def chosen(self, rows: Integers) -> NDArray[np.float32]:
        """A matrix (m, D) of the rows (m,)."""
        words = [self.words[row] for row in rows.tolist()]
        chosen = ComposedMatrix(words, self.rows[rows], self.inputs, self.counted)
        return cast(NDArray[np.float32], chosen)


def composed_matrix(
    words: Sequence[str | bytes], inputs: NDArray[np.uint8], counted: NgramRange
) -> NDArray[np.float32]:
    """A `ComposedMatrix` of the first rows of `inputs`, to be used as the array it stands for."""
    matrix = ComposedMatrix(words, np.arange(len(words)), inputs, counted)
    return cast(NDArray[np.float32], matrix)


def in_threads(work: Callable[[slice], object], length: int) -> None:
    """Do `work` for slices that cover `length` rows, on as many threads as are worth it.

    NumPy lets other threads run while it copies and adds.
    """
    threads = max(1, min(os.cpu_count() or 1, length // _WORDS_A_THREAD))
    bounds = [length * i // threads for i in range(threads + 1)]
    parts = list(map(slice, bounds[:-1], bounds[1:]))
    if threads == 1:
        work(parts[0])
    else:
        map_in_threads(work, parts)


class RowSums:
    """Sums of rows of a table for n words: each word's own row, and those of its n-grams.

    Words are ordered by their number of n-grams, so that those with a k-th n-gram come first, and
    all k-th n-grams are added in one step. A sum does not depend on the other words.
    """

    def __init__(self, own: Integers, others: Integers, sizes: Integers) -> None:
        """`own` (n,) and `others` are numbers of rows; word i has `sizes[i]` of the others."""
        self._order = np.argsort(-sizes, kind="stable")
        self._own, falling = own[self._order], sizes[self._order]
        self._starts = (np.cumsum(sizes) - sizes)[self._order]
        self._longer = np.searchsorted(-falling, -np.arange(falling.max(initial=0))).tolist()
        self._others = others
        self.counts = 1 + sizes  # (n,) rows in each sum

    def of(self, table: NDArray[Any]) -> NDArray[np.float32]:
        """The sums (n, D) of rows of a table (R, D) float32, or of their bytes (R, 4 D).

        The table's rows follow each other in memory: NumPy would copy any other.
        """
        sums = _rows(table, self._own)
        with np.errstate(all="ignore"):  # damaged values are found where they are compared
            for k, count in enumerate(self._longer):
                sums[:count] += _rows(table, self._others[self._starts[:count] + k])
        ordered = np.empty_like(sums)
        ordered[self._order] = sums
        return ordered


def _rows(table: NDArray[Any], places: Integers) -> NDArray[np.float32]:
    """Some rows of a table, as numbers."""
    rows = table.take(places, axis=0)
    return rows if rows.dtype == np.float32 else rows.view("<f4")
