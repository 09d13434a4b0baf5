"""Loss and gradient of a micro-batch, for any model with any objective."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import TokenVectors
from w2v_cli.core.models import Model
from w2v_cli.core.objectives import Objective
from w2v_cli.core.segments import Batch, Floats, Gradient, Layout

__all__ = ["Kernel"]


class Kernel:
    """Forward and backward through model and objective on one micro-batch."""

    def __init__(
        self, model: Model, objective: Objective, layout: Layout, dim: int, dtype: npt.DTypeLike
    ) -> None:
        self.model, self.objective = model, objective
        self._v, self._u = (
            TokenVectors(layout.tokens, layout.halo, layout.block, dim, dtype) for _ in "vu"
        )

    def gradient(
        self, parameters: Floats, batch: Batch, gradient: Gradient, *, with_loss: bool = False
    ) -> float:
        """Set the gradient of the summed loss; return that loss if asked, else 0.

        Parameters (V, 2, D) are only read. The loss is in nats, summed over all targets.
        """
        model, objective = self.model, self.objective
        flat = parameters.reshape(-1, parameters.shape[-1])  # v of word w at 2w, u at 2w + 1
        places = 2 * batch.tokens
        np.take(flat, places, axis=0, out=self._v.vectors, mode="clip")
        np.take(flat, places + 1, axis=0, out=self._u.vectors, mode="clip")
        hidden, scores = model.forward(self._v, self._u, batch)
        counts = model.target_counts(batch)
        with np.errstate(over="ignore"):  # an exponential may be infinite, and 1/∞ is 0
            loss = objective.attract(scores, model.target_weights(batch), with_loss)
            d_hidden = model.backward(scores, self._v, self._u, gradient)
            loss += objective.repel(
                parameters, hidden, counts, batch, d_hidden, gradient, with_loss
            )
        model.backproject(batch, d_hidden, gradient)
        return loss
