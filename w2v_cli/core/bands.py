"""Matrices between the tokens of a text that are zero but for a band along the diagonal.

Row i of such a matrix concerns the tokens i − m … i + m. It is held as its 2m + 1
diagonals, (2m + 1, F): entry [j, i] stands in row i and belongs to token i + j − m. The
products below take B rows at a time against the B + 2m tokens around them: most of what is
multiplied is needed, and B is large enough for a fast matrix product (docs/performance.md).
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

__all__ = ["Band", "BandProducts", "TokenVectors"]

Floats = npt.NDArray[np.floating[Any]]


class Band:
    """A band matrix, or several, and the transpose as another view of the same numbers."""

    def __init__(self, padded: Floats) -> None:
        """Of numbers (…, 2m + 1, F + 2m) whose first and last m columns stay zero."""
        *several, width, columns = padded.shape
        *steps, row, item = padded.strides
        halo, tokens = width // 2, columns - (width - 1)
        self.padded = padded
        self.diagonals = padded[..., halo : halo + tokens]  # (…, 2m + 1, F)
        # Entry [j, i] of the transpose is entry [2m − j, i + j − m].
        self.transposed = as_strided(
            padded[..., -1, :], (*several, width, tokens), (*steps, item - row, item)
        )


class TokenVectors:
    """A vector for each token (F, D), and views that the products take."""

    def __init__(self, padded: Floats, halo: int, block: int) -> None:
        """Views of `padded` (F + 2m, D), whose first and last m rows stay zero."""
        tokens, dim = len(padded) - 2 * halo, padded.shape[1]
        row, item = padded.strides
        self.vectors = padded[halo : halo + tokens]  # (F, D)
        self.blocks = self.vectors.reshape(-1, block, dim)  # (F/B, B, D)
        self.neighbours = as_strided(  # (F/B, B + 2m, D), overlapping
            padded, (tokens // block, block + 2 * halo, dim), (block * row, row, item)
        )


class BandProducts:
    """The two products with a band, on buffers of their own."""

    def __init__(self, tokens: int, halo: int, block: int, dtype: npt.DTypeLike) -> None:
        """For arrays of F tokens, F a multiple of B."""
        sizes = tokens, halo, block
        self._products, self._products_diagonals = _blocks(*sizes, dtype)
        self._factor, self._factor_diagonals = _blocks(*sizes, dtype)  # zero beside the diagonals

    def scores(self, left: TokenVectors, right: TokenVectors, out: Floats) -> None:
        """Set out (2m + 1, F): entry [j, i] is left_i · right_{i+j−m}."""
        np.matmul(left.blocks, right.neighbours.swapaxes(1, 2), out=self._products)
        for diagonal, products in zip(out, self._products_diagonals, strict=True):
            diagonal[:] = products

    def multiply(self, band: Floats, vectors: TokenVectors, out: Floats) -> None:
        """Set out (F, D): out_i = Σ_j band[j, i] · vector_{i+j−m}."""
        for factors, diagonal in zip(self._factor_diagonals, band, strict=True):
            factors[:] = diagonal
        np.matmul(self._factor, vectors.neighbours, out=out.reshape(*self._factor.shape[:2], -1))


def _blocks(
    tokens: int, halo: int, block: int, dtype: npt.DTypeLike
) -> tuple[Floats, list[Floats]]:
    """Zeros (F/B, B, B + 2m), and views (F,) of the 2m + 1 diagonals of every block.

    The diagonals are evenly spaced through all blocks, because a block ends with B unused
    numbers: copying one is then a single loop, five times as fast as row by row.
    """
    width = block + 2 * halo
    memory = np.zeros(tokens * (width + 1) + 2 * halo, dtype)
    item = memory.itemsize
    shape, row = (tokens // block, block, width), width * item
    blocks = as_strided(memory, shape, (block * (row + item), row, item))
    diagonals = [memory[j : j + tokens * (width + 1) : width + 1] for j in range(2 * halo + 1)]
    return blocks, diagonals
