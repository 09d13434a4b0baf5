"""Wide windows as blocks of rows: B centres against the B + 2h tokens around them.

Most entries of such a block are within a window, so it is used whole, and only centres have
rows. Row r of a block concerns centre r; column c concerns the token c − h places after the first
centre.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from w2v_cli.core.bands import TokenVectors
from w2v_cli.core.layout import Floats, Layout

__all__ = ["Blocks"]


class Blocks:
    """Scores and sums over wide windows, on buffers of its own."""

    def __init__(self, layout: Layout, dim: int, dtype: npt.DTypeLike) -> None:
        """For segments whose centres are a multiple of B."""
        self._layout, width = layout, layout.block + 2 * layout.halo
        count = layout.segment_centers // layout.block
        # How many places after the centre of its row a column is.
        distance = np.arange(width) - np.arange(layout.block)[:, None] - layout.halo
        self._distance = distance.astype(np.int16)  # (B, B + 2h)
        shape = layout.segments, count, layout.block, width
        self._weights, self._scores = np.empty((2, *shape), dtype)
        self._sums = np.empty((layout.segments, count, width, dim), dtype)

    @staticmethod
    def nbytes(layout: Layout, dim: int) -> int:
        """Bytes of the buffers, in float32, and of the comparisons that make the weights."""
        rows, width = layout.centers, layout.block + 2 * layout.halo
        return 4 * (2 * rows * width + rows // layout.block * width * dim) + 3 * rows * width

    def view(self, padded: Floats) -> TokenVectors:
        """Vectors of tokens (F + 2h, D), padded with zeros, as the products take them."""
        layout, halo, (row, item) = self._layout, self._layout.halo, padded.strides
        vectors, dim = padded[halo : halo + layout.tokens], padded.shape[1]
        shape = layout.segments, layout.segment_centers // layout.block
        strides = layout.length * row, layout.block * row, row, item
        width = layout.block + 2 * halo
        return TokenVectors(
            vectors,
            as_strided(vectors[halo:], (*shape, layout.block, dim), strides),
            as_strided(vectors, (*shape, width, dim), strides),
        )

    def weights(self, left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]) -> Floats:
        """1 where a token is one of the `left` (F,) words before a centre or the `right` after."""
        rows = self._weights.shape[:3]
        before = self._centers(-left).reshape(*rows, 1)
        after = self._centers(right).reshape(*rows, 1)
        within = (self._distance >= before) & (self._distance <= after)
        np.multiply(within, self._distance != 0, out=self._weights)
        return self._weights

    def scaled(self, weights: Floats, factors: Floats) -> Floats:
        """The weights of each centre times its factor (F,), in the buffer of the scores."""
        of_rows = self._centers(factors).reshape(*self._weights.shape[:3], 1)
        np.multiply(weights, of_rows, out=self._scores)
        return self._scores

    def scores(self, centers: TokenVectors, tokens: TokenVectors) -> Floats:
        """Entry (g, b, r, c) is center · token."""
        np.matmul(centers.blocks, tokens.neighbours.swapaxes(2, 3), out=self._scores)
        return self._scores

    def gather(self, weights: Floats, tokens: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of centres: the weighted sum over the tokens of each window."""
        rows = self._segments(out)
        halo = self._layout.halo
        rows[:, :halo] = rows[:, -halo:] = 0
        of_centers = rows[:, halo:-halo].reshape(*weights.shape[:3], -1)
        np.matmul(weights, tokens.neighbours, out=of_centers)

    def scatter(self, weights: Floats, centers: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of tokens: the weighted sum over the centres of each one's windows."""
        np.matmul(weights.swapaxes(2, 3), centers.blocks, out=self._sums)
        rows, (_, count, width, _) = self._segments(out), self._sums.shape
        rows[...] = 0
        for number in range(count):
            first = number * self._layout.block
            rows[:, first : first + width] += self._sums[:, number]

    def _segments(self, of_tokens: Floats) -> Floats:
        """An array (F, …) as a view (G, P, …)."""
        layout = self._layout
        return of_tokens.reshape(layout.segments, layout.length, *of_tokens.shape[1:])

    def _centers(self, of_tokens: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The centres' part of an array (F,), (G, C)."""
        halo = self._layout.halo
        of_segments = of_tokens.reshape(self._layout.segments, self._layout.length)
        return of_segments[:, halo : self._layout.length - halo]
