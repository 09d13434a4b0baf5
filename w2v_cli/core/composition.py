"""Input vectors composed of rows, and their gradients carried back to the rows."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats
from w2v_cli.core.row_sums import RowGroups, RowSums, group_rows
from w2v_cli.core.subwords import WordRows

__all__ = ["Composition"]

Integers = npt.NDArray[np.int64]

_WORDS_AT_ONCE = 4096


class Composition:
    """A word's input vector is the mean of its rows (maths.md, (66))."""

    def __init__(self, of_words: WordRows, dim: int, dtype: npt.DTypeLike) -> None:
        self.of_words = of_words
        self._sums = RowSums(dim, dtype)

    @property
    def block(self) -> int:
        """Rows that are handed out at a time, at most."""
        return self._sums.block

    def compose(self, rows: Floats, words: Integers, out: Floats) -> None:
        """Set out[words, 0], for out (V, 2, D), from rows (R, D); words rise."""
        for low in range(0, len(words), _WORDS_AT_ONCE):
            part = words[low : low + _WORDS_AT_ONCE]
            positions, starts = self.of_words.of(part)
            groups = RowGroups(part, starts, positions)
            pairs = np.zeros((len(rows), 0), rows.dtype)
            for ids, _, sums in self._sums.sums(rows, pairs, groups):
                sums /= self.of_words.sizes[ids, None].astype(rows.dtype)
                out[ids, 0] = sums

    def row_gradients(
        self, words: Integers, gradients: Floats, pairs: Floats, share: int, shares: int
    ) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Some rows of a share at a time: (rows (k,), pairs (k,), gradients (k, D)).

        From the summed gradients (m, D) of the words' composed vectors and their pairs (m,).
        Each row of a word receives the whole of its gradient, as in fastText: the composed
        vector then moves by it (maths.md, (68)). Row r is in share r mod `shares`.
        """
        rows, bounds = self.of_words.of(words)
        mine = np.flatnonzero(rows % shares == share)
        word = np.repeat(np.arange(len(words)), np.diff(bounds))[mine]
        yield from self._sums.sums(gradients, pairs, group_rows(rows[mine], word))
