"""Input vectors composed of rows, and their gradients carried back to the rows."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats
from w2v_cli.core.row_sums import RowSums, group_rows
from w2v_cli.core.subwords import WordRows

__all__ = ["Composition"]

Integers = npt.NDArray[np.int64]

_AT_ONCE = 1 << 17  # numbers of the rows gathered at once, which the cache then holds


class Composition:
    """A word's centre vector is the mean of its parts, of which rows are sums (maths.md, (66))."""

    def __init__(
        self,
        of_words: WordRows,
        dim: int,
        dtype: npt.DTypeLike,
        divisors: Floats | None = None,
    ) -> None:
        """Rows (R, D) are first divided by the `divisors` (R,), if they are given."""
        self.of_words, self._divisors = of_words, divisors
        self._sums = RowSums(dim, dtype)
        self._gathered = np.empty((max(1, _AT_ONCE // dim), dim), dtype)
        self._shares: dict[tuple[int, int], WordRows] = {}

    @staticmethod
    def nbytes(dim: int) -> int:
        """Bytes of the buffers."""
        return RowSums.nbytes(dim) + 4 * max(dim, _AT_ONCE)

    @property
    def block(self) -> int:
        """Rows that `row_gradients` gives at a time, at most."""
        return self._sums.block

    def compose(self, rows: Floats, words: Integers, out: Floats) -> None:
        """Set out[words, 0], for out (V, 2, D), from rows (R, D)."""
        words = words[np.argsort(-self.of_words.sizes[words], kind="stable")]
        starts, sizes = self.of_words.starts[words], self.of_words.sizes[words]
        parts, low = self.of_words.parts[words, None].astype(rows.dtype), 0
        while low < len(words):
            part = slice(low, low + max(1, len(self._gathered) // int(sizes[low])))
            sums = self._sum(rows, starts[part], sizes[part])
            sums /= parts[part]
            out[words[part], 0] = sums
            low = part.stop

    def _sum(self, rows: Floats, starts: Integers, sizes: Integers) -> Floats:
        """The sums (m, D) of the rows of words, sorted by falling sizes, in the order of each list.

        First the rows that every word has are added, then those that only longer lists have. So
        the bits of a word's sum do not depend on the words beside it.
        """
        count, longest = len(starts), int(sizes[0])
        shared = min(int(sizes[-1]), max(1, len(self._gathered) // count))
        sums = _sum_in_order(self._gather(rows, starts + np.arange(shared)[:, None]))
        longer = np.searchsorted(-sizes, -np.arange(shared, longest))
        for k, count in enumerate(longer.tolist(), start=shared):
            sums[:count] += self._gather(rows, starts[:count] + k)
        return sums

    def _gather(self, rows: Floats, places: Integers) -> Floats:
        """The rows (…, D) at places (…) of the words' lists, in a buffer."""
        wanted = self.of_words.rows.take(places)
        out = self._gathered[: wanted.size]
        np.take(rows, wanted.reshape(-1), axis=0, out=out, mode="clip")
        if self._divisors is not None:
            out /= self._divisors.take(wanted.reshape(-1))[:, None]
        return out.reshape(*wanted.shape, -1)

    def row_gradients(
        self, words: Integers, gradients: Floats, pairs: Floats, share: int, shares: int
    ) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Some rows of a share at a time: (rows (k,), pairs (k,), gradients (k, D)).

        `gradients` (m, D) are summed over the `pairs` (m,) of each composed vector. Each part of a
        word receives the whole of the word's gradient, as in fastText: so the composed vector
        moves by it (maths.md, (68)). The parts of a row all receive the same, which is what is
        given here. Row r is in share r mod `shares`.
        """
        rows, bounds = self._share(share, shares).of(words)
        word = np.repeat(np.arange(len(words)), np.diff(bounds))
        yield from self._sums.sums(gradients, pairs, group_rows(rows, word))

    def _share(self, share: int, shares: int) -> WordRows:
        """The rows of a share, found when a process first moves them."""
        if (share, shares) not in self._shares:
            self._shares[share, shares] = self.of_words.share(share, shares)
        return self._shares[share, shares]


def _sum_in_order(rows: Floats) -> Floats:
    """The sums (m, D) of rows (n, m, D)."""
    sums: Floats = rows.sum(axis=0)
    if sums.size == 1:  # NumPy has not added these in order
        sums = rows.cumsum(axis=0)[-1]
    return sums
