"""Skip-gram and CBOW: which vector predicts, and which words it predicts.

Forward, a model turns the vectors of a micro-batch into one hidden vector a centre, and these
into the score of every target. Backward, it turns the slopes of the scores into the gradients of
the outside and the hidden vectors, and the gradient of the hidden vectors into that of the centre
vectors. The loss is the objective's part: every model works with every objective.

The tokens of a halo are treated as centres without context words, so their gradients are zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import TokenVectors
from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.windows import Windows

__all__ = ["Cbow", "Model", "Prediction", "SkipGram"]


@dataclass(frozen=True)
class Prediction:
    """What a model makes of a micro-batch, and how gradients go back."""

    hidden: Floats  # (F, D)
    targets: Floats  # (F,) number of words that each hidden vector predicts
    scores: Floats  # of all targets, in a shape of the model's own
    weights: Floats  # in that shape: 1 where there is a target, 0 elsewhere
    d_hidden: Floats  # (F, D) their gradient without the targets' part; the objective sets it
    # Takes the slopes, in the shape of the scores; with them and d_hidden it sets gradient.outside
    # and gradient.center. It may overwrite all arrays of the prediction.
    backward: Callable[[Floats], None]


class Model(Protocol):
    """What a kernel asks of a model; v and u are the vectors of every token."""

    def forward(
        self, v: TokenVectors, u: TokenVectors, batch: Batch, gradient: Gradient
    ) -> Prediction:
        """The prediction, which lives until the next call; its `backward` sets `gradient`."""

    def target_counts(self, batch: Batch) -> Floats:
        """The number of targets of each centre, (F,)."""


class SkipGram:
    """The centre's own vector predicts every word of its window (maths.md, (45) to (48))."""

    def __init__(self, layout: Layout, windows: Windows, dim: int, dtype: npt.DTypeLike) -> None:
        self._windows = windows
        self._d_hidden = np.empty((layout.tokens, dim), dtype)

    @staticmethod
    def nbytes(layout: Layout, dim: int) -> int:
        """Bytes of the hidden vectors' gradient, in float32."""
        return 4 * dim * layout.tokens

    def forward(
        self, v: TokenVectors, u: TokenVectors, batch: Batch, gradient: Gradient
    ) -> Prediction:
        """The centre vectors themselves, and their products with the outside vectors around."""
        return Prediction(
            v.vectors,
            batch.contexts,
            self._windows.scores(v, u),
            self._windows.weights(batch.left, batch.right),
            self._d_hidden,
            partial(self._backward, v, u, gradient),
        )

    def target_counts(self, batch: Batch) -> Floats:
        """Every context word is a target."""
        return batch.contexts

    def _backward(
        self, v: TokenVectors, u: TokenVectors, gradient: Gradient, slopes: Floats
    ) -> None:
        """By outside: slopesᵀ · v; by hidden, which are the centre vectors: slopes · u."""
        self._windows.scatter(slopes, v, out=gradient.outside)
        self._windows.gather(slopes, u, out=gradient.center)
        gradient.center += self._d_hidden


class Cbow:
    """The sum or mean of a window's vectors predicts its centre (maths.md, (53) and (54)).

    With the mean of n vectors the gradient of each is 1/n of that of the hidden vector.
    word2vec.c leaves this division out, and so does this class unless `exact`
    (docs/decisions/0008).
    """

    def __init__(
        self,
        layout: Layout,
        windows: Windows,
        dim: int,
        dtype: npt.DTypeLike,
        *,
        mean: bool,
        exact: bool,
    ) -> None:
        self._windows, self._mean, self._exact = windows, mean, exact
        self._hidden = np.empty((layout.tokens, dim), dtype)
        self._d_hidden = windows.view(np.zeros((layout.tokens + 2 * layout.halo, dim), dtype))

    @staticmethod
    def nbytes(layout: Layout, dim: int) -> int:
        """Bytes of the hidden vectors and their gradient, in float32."""
        return 4 * dim * (2 * layout.tokens + 2 * layout.halo)

    def forward(
        self, v: TokenVectors, u: TokenVectors, batch: Batch, gradient: Gradient
    ) -> Prediction:
        """Windows · v, for the mean divided by their size; and its product with the centre's u."""
        windows, hidden = self._windows, self._hidden
        weights = shares = windows.weights(batch.left, batch.right)
        if self._mean:
            shares = windows.scaled(weights, 1 / np.maximum(batch.contexts, 1))
        windows.gather(shares, v, out=hidden)
        targets = self.target_counts(batch)
        return Prediction(
            hidden,
            targets,
            np.einsum("fd,fd->f", hidden, u.vectors),
            targets,
            self._d_hidden.vectors,
            partial(self._backward, u, shares if self._exact else weights, gradient),
        )

    def target_counts(self, batch: Batch) -> Floats:
        """One target a centre that has context words; without them it predicts nothing."""
        return np.minimum(batch.contexts, 1)

    def _backward(
        self, u: TokenVectors, weights: Floats, gradient: Gradient, slopes: Floats
    ) -> None:
        """By outside: slope · hidden; by hidden: slope · outside; by centre: windowsᵀ · d_hidden.

        Every context word receives the whole of d_hidden, or 1/n of it.
        """
        times = partial(np.einsum, "f,fd->fd", slopes)  # faster than a product that broadcasts
        times(self._hidden, out=gradient.outside)
        by_targets = times(u.vectors, out=self._hidden)
        self._d_hidden.vectors[...] += by_targets
        self._windows.scatter(weights, self._d_hidden, out=gradient.center)
