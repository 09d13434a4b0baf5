"""Loss and gradient of a micro-batch, for any model with any objective."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import TokenVectors
from w2v_cli.core.models import Model
from w2v_cli.core.objectives import Hidden, Objective
from w2v_cli.core.segments import Batch, Floats, Gradient, Layout

__all__ = ["Kernel"]


class Kernel:
    """Forward and backward through model and objective on one micro-batch."""

    def __init__(
        self, model: Model, objective: Objective, layout: Layout, dim: int, dtype: npt.DTypeLike
    ) -> None:
        self.model, self.objective = model, objective
        halo, block = layout.halo, layout.block
        padded = np.zeros((layout.tokens + 2 * halo, 2, dim), dtype)
        self._vectors = padded[halo : halo + layout.tokens]  # (F, 2, D)
        self._v = TokenVectors(padded[:, 0], halo, block)
        self._u = TokenVectors(padded[:, 1], halo, block)

    @np.errstate(over="ignore", invalid="ignore")
    def gradient(
        self, parameters: Floats, batch: Batch, gradient: Gradient, *, with_loss: bool = False
    ) -> float:
        """Set the gradient of the summed loss; return that loss if asked, else 0.

        Parameters (V, 2, D) are only read. The loss is in nats, summed over all targets. An
        exponential may be infinite: 1/∞ is right, and of vectors that are, a guard will tell.
        """
        model, objective = self.model, self.objective
        np.take(parameters, batch.tokens, axis=0, out=self._vectors, mode="clip")
        vectors, scores = model.forward(self._v, self._u, batch)
        loss = objective.attract(scores, model.target_weights(batch), with_loss)
        d_vectors = model.backward(scores, self._v, self._u, gradient)
        hidden = Hidden(vectors, model.target_counts(batch), d_vectors)
        loss += objective.repel(parameters, batch, hidden, gradient, with_loss)
        model.backproject(batch, d_vectors, gradient)
        return loss
