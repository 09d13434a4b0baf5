"""The windows of a micro-batch as a band along a diagonal, and products with it.

Row i concerns the centre i and the tokens i − h … i + h around it. A band is held as its
2h + 1 diagonals, padded: (2h + 1, F + 2h), where entry [j, h + i] stands in row i and belongs
to token i + j − h. The products take B rows at a time against the B + 2h tokens around them:
most of what is multiplied is needed, and B is large enough for a fast matrix product
(docs/performance.md).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from w2v_cli.core.layout import Floats, Layout

__all__ = ["Band", "TokenVectors"]


@dataclass(frozen=True)
class TokenVectors:
    """A vector for each token, and views that the products of one form take."""

    vectors: Floats  # (F, D)
    blocks: Floats  # (…, B, D) B centres at a time
    neighbours: Floats  # (…, B + 2h, D) the tokens around them, overlapping


class Band:
    """Scores and sums over windows, on buffers of its own.

    A band's first and last h columns are zero, so that its transpose is another view of it.
    """

    def __init__(self, layout: Layout, dtype: npt.DTypeLike) -> None:
        halo, tokens = layout.halo, layout.tokens
        self._halo, self._block = halo, layout.block
        self._reach = np.arange(1, halo + 1, dtype=np.int16)[:, None]
        shape = 2 * halo + 1, tokens + 2 * halo
        self._windows, self._scores = np.zeros((2, *shape), dtype)
        self._inner = slice(halo, halo + tokens)
        self._products, self._products_diagonals = _blocks(layout, dtype)
        self._factor, self._factor_diagonals = _blocks(layout, dtype)  # zero beside the diagonals

    @staticmethod
    def nbytes(layout: Layout) -> int:
        """Bytes of the buffers, in float32."""
        width = 2 * layout.halo + 1
        bands = 2 * width * (layout.tokens + 2 * layout.halo)
        return 4 * (bands + 2 * layout.tokens * (layout.block + width))

    def view(self, padded: Floats) -> TokenVectors:
        """Vectors of tokens (F + 2h, D), padded with zeros, as the products take them."""
        halo, block, dim = self._halo, self._block, padded.shape[1]
        tokens, (row, item) = len(padded) - 2 * halo, padded.strides
        vectors = padded[halo : halo + tokens]
        shape = tokens // block, block + 2 * halo, dim
        neighbours = as_strided(padded, shape, (block * row, row, item))
        return TokenVectors(vectors, vectors.reshape(-1, block, dim), neighbours)

    def weights(self, left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]) -> Floats:
        """A band, 1 where a token is one of the `left` (F,) or `right` words of the centre."""
        halo, inner = self._halo, self._windows[:, self._inner]
        np.greater_equal(right, self._reach, out=inner[halo + 1 :])
        np.greater_equal(left, self._reach, out=inner[:halo][::-1])
        return self._windows

    def scaled(self, weights: Floats, factors: Floats) -> Floats:
        """A band, each row times its factor (F,), in the buffer of the scores."""
        np.multiply(weights[:, self._inner], factors, out=self._scores[:, self._inner])
        return self._scores

    def scores(self, centers: TokenVectors, tokens: TokenVectors) -> Floats:
        """A band whose entry [j, h + i] is center_i · token_{i+j−h}."""
        np.matmul(centers.blocks, tokens.neighbours.swapaxes(1, 2), out=self._products)
        inner = self._scores[:, self._inner]
        for diagonal, products in zip(inner, self._products_diagonals, strict=True):
            diagonal[:] = products
        return self._scores

    def gather(self, band: Floats, tokens: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of centres: out_i = Σ_j band[j, h + i] · token_{i+j−h}."""
        self._multiply(band[:, self._inner], tokens, out)

    def scatter(self, band: Floats, centers: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of tokens: out_t = Σ_i band[h + t − i, h + i] · center_i."""
        # Entry [j, i] of the transpose is entry [2h − j, i + j − h] of the band.
        (row, item), shape = band.strides, (len(band), len(out))
        last = row * (len(band) - 1)
        # As `as_strided` of the last row, which takes seven times as long.
        transposed = np.ndarray(shape, band.dtype, band, last, (item - row, item))
        self._multiply(transposed, centers, out)

    def _multiply(self, diagonals: Floats, vectors: TokenVectors, out: Floats) -> None:
        for factors, diagonal in zip(self._factor_diagonals, diagonals, strict=True):
            factors[:] = diagonal
        np.matmul(self._factor, vectors.neighbours, out=out.reshape(*self._factor.shape[:2], -1))


def _blocks(layout: Layout, dtype: npt.DTypeLike) -> tuple[Floats, list[Floats]]:
    """Zeros (F/B, B, B + 2h), and views (F,) of the 2h + 1 diagonals of every block.

    The diagonals are evenly spaced through all blocks, because a block ends with B unused
    numbers. So one loop copies a diagonal, which is faster than row by row.
    """
    tokens, halo, block = layout.tokens, layout.halo, layout.block
    width = block + 2 * halo
    memory = np.zeros(tokens * (width + 1) + 2 * halo, dtype)
    item = memory.itemsize
    shape, row = (tokens // block, block, width), width * item
    blocks = as_strided(memory, shape, (block * (row + item), row, item))
    diagonals = [memory[j : j + tokens * (width + 1) : width + 1] for j in range(2 * halo + 1)]
    return blocks, diagonals
