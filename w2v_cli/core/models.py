"""Skip-gram and CBOW: which vector predicts, and which words it predicts.

A model turns the vectors of a micro-batch into one hidden vector per centre, and these
into the score of every target (`forward`); it carries the slopes of the loss by the
scores back to the hidden vectors and the outside vectors (`backward`), and the hidden
vectors' gradient to the centre vectors (`backproject`). What the loss is, the model does
not know: that is the objective's part, and the two multiply.

Every array is allocated once. The tokens of a halo are treated as centres with an empty
window, whose gradients come out as zero.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import Band, BandProducts, TokenVectors
from w2v_cli.core.segments import Batch, Floats, Gradient, Layout

__all__ = ["Cbow", "Model", "SkipGram"]


class Model(Protocol):
    """What a kernel asks of a model; v and u are the vectors of every token."""

    def forward(self, v: TokenVectors, u: TokenVectors, batch: Batch) -> tuple[Floats, Floats]:
        """The hidden vectors (F, D), and the targets' scores, (2m + 1, F + 2m) or for CBOW (F,)."""

    def target_weights(self, batch: Batch) -> Floats:
        """1 where a score is a target's and 0 elsewhere, in the shape of the scores."""

    def target_counts(self, batch: Batch) -> Floats:
        """The number of targets of each centre, (F,)."""

    def backward(
        self, slopes: Floats, v: TokenVectors, u: TokenVectors, gradient: Gradient
    ) -> Floats:
        """Set gradient.outside from the scores' slopes; return that of the hidden vectors."""

    def backproject(self, batch: Batch, d_hidden: Floats, gradient: Gradient) -> None:
        """Set gradient.center from the gradient of the hidden vectors, which it may overwrite."""


class SkipGram:
    """The centre's own vector predicts every word of its window (maths.md, (45) to (48))."""

    def __init__(self, layout: Layout, dim: int, dtype: npt.DTypeLike) -> None:
        self._products = BandProducts(layout.tokens, layout.halo, layout.block, dtype)
        padded = np.zeros((2 * layout.halo + 1, layout.tokens + 2 * layout.halo), dtype)
        self._band = Band(padded)

    def forward(self, v: TokenVectors, u: TokenVectors, batch: Batch) -> tuple[Floats, Floats]:
        """The centre vectors themselves, and their products with the outside vectors around."""
        self._products.scores(v, u, out=self._band.diagonals)
        return v.vectors, self._band.padded

    def target_weights(self, batch: Batch) -> Floats:
        """The windows themselves."""
        return batch.windows.padded

    def target_counts(self, batch: Batch) -> Floats:
        """Every context word is a target."""
        return batch.contexts

    def backward(
        self, slopes: Floats, v: TokenVectors, u: TokenVectors, gradient: Gradient
    ) -> Floats:
        """By outside: slopesᵀ · v; by hidden, which is by centre: slopes · u.

        `slopes` are the scores that `forward` returned, overwritten: the band has them already.
        """
        self._products.multiply(self._band.transposed, v, out=gradient.outside)
        self._products.multiply(self._band.diagonals, u, out=gradient.center)
        return gradient.center

    def backproject(self, batch: Batch, d_hidden: Floats, gradient: Gradient) -> None:
        """Nothing remains to be done: the hidden vectors are the centre vectors."""


class Cbow:
    """The sum or mean of a window's vectors predicts its centre (maths.md, (53) and (54)).

    With the mean of n vectors the gradient of each is 1/n of that of the hidden vector.
    word2vec.c leaves this division out, and so does this class unless `exact`: the gradient
    of the centre vectors is then n times that of every window (docs/decisions/0008).
    """

    def __init__(
        self, layout: Layout, dim: int, dtype: npt.DTypeLike, *, mean: bool, exact: bool
    ) -> None:
        self._mean, self._exact = mean, exact
        self._products = BandProducts(layout.tokens, layout.halo, layout.block, dtype)
        self._hidden = np.empty((layout.tokens, dim), dtype)
        padded = np.zeros((layout.tokens + 2 * layout.halo, dim), dtype)
        self._d_hidden = TokenVectors(padded, layout.halo, layout.block)

    def forward(self, v: TokenVectors, u: TokenVectors, batch: Batch) -> tuple[Floats, Floats]:
        """windows · v, for the mean divided by their size; and its product with the centre's u."""
        weights = batch.windows.diagonals
        if self._mean:
            weights = weights / np.maximum(batch.contexts, 1)
        self._products.multiply(weights, v, out=self._hidden)
        return self._hidden, np.einsum("fd,fd->f", self._hidden, u.vectors)

    def target_weights(self, batch: Batch) -> Floats:
        """A centre without context words predicts nothing."""
        return np.minimum(batch.contexts, 1)

    def target_counts(self, batch: Batch) -> Floats:
        """One target a centre that has context words."""
        return np.minimum(batch.contexts, 1)

    def backward(
        self, slopes: Floats, v: TokenVectors, u: TokenVectors, gradient: Gradient
    ) -> Floats:
        """By outside: slope · hidden; by hidden: slope · outside."""
        np.multiply(slopes[:, None], self._hidden, out=gradient.outside)
        np.multiply(slopes[:, None], u.vectors, out=self._d_hidden.vectors)
        return self._d_hidden.vectors

    def backproject(self, batch: Batch, d_hidden: Floats, gradient: Gradient) -> None:
        """windowsᵀ · d_hidden: every context word receives the whole of it, or its share."""
        if self._mean and self._exact:
            d_hidden /= np.maximum(batch.contexts, 1)[:, None]
        self._products.multiply(batch.windows.transposed, self._d_hidden, out=gradient.center)
