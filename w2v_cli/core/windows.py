"""The windows of a micro-batch as a matrix, and its products with vectors.

The matrix has a row for each centre and a column for each token, and is zero but near its
diagonal. `Band` holds it by diagonals, which is faster for narrow windows; `Blocks` holds it by
blocks of rows, which is faster for wide ones.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import Band, TokenVectors
from w2v_cli.core.blocks import Blocks
from w2v_cli.core.layout import Floats, Layout

__all__ = ["Windows", "make_windows", "windows_nbytes"]

Reach = npt.NDArray[np.int16]


class Windows(Protocol):
    """Such matrices and their products; results live until the next call."""

    def view(self, padded: Floats) -> TokenVectors:
        """Vectors of tokens (F + 2h, D), padded with zeros, as the products take them."""

    def weights(self, left: Reach, right: Reach) -> Floats:
        """1 where a token is one of the `left` (F,) words before a centre or the `right` after."""

    def scaled(self, weights: Floats, factors: Floats) -> Floats:
        """The weights of each centre times its factor (F,); they overwrite scores."""

    def scores(self, centers: TokenVectors, tokens: TokenVectors) -> Floats:
        """center_i · token_t for every t near i."""

    def gather(self, weights: Floats, tokens: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of centres: out_i = Σ_t weight_it · token_t."""

    def scatter(self, weights: Floats, centers: TokenVectors, out: Floats) -> None:
        """Set out (F, D), of tokens: out_t = Σ_i weight_it · center_i."""


def windows_nbytes(layout: Layout, dim: int) -> int:
    """Bytes that the form which suits the layout allocates, in float32."""
    return Blocks.nbytes(layout, dim) if layout.wide else Band.nbytes(layout)


def make_windows(layout: Layout, dim: int, dtype: npt.DTypeLike) -> Windows:
    """The form that suits the layout."""
    return Blocks(layout, dim, dtype) if layout.wide else Band(layout, dtype)
