"""Loss and gradient of a micro-batch, for any model with any objective."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.models import Model
from w2v_cli.core.objectives import Objective
from w2v_cli.core.segments import Batch, Floats, Forward, Gradient, Layout

__all__ = ["Kernel"]


class Kernel:
    """project → objective → back-project on one micro-batch."""

    def __init__(
        self, model: Model, objective: Objective, layout: Layout, dim: int, dtype: npt.DTypeLike
    ) -> None:
        self.model, self.objective = model, objective
        self._rows = np.empty((layout.group, layout.span, 2, dim), dtype)

    def gradient(
        self,
        parameters: Floats,
        batch: Batch,
        d_rows: Floats,
        d_outside: Floats | None,
        *,
        with_loss: bool = False,
    ) -> float:
        """Set the gradient of the summed loss; return that loss if asked, else 0.

        Parameters (V, 2, D) are only read. Set are the first g of d_rows (G, L + 2m, 2, D),
        in the order of the batch's tokens, and, for an objective that is dense, d_outside
        (V, D). The loss is in nats, summed over all targets.
        """
        model, size = self.model, len(batch.tokens)
        rows = self._rows[:size]
        np.take(parameters, batch.tokens, axis=0, out=rows, mode="clip")
        hidden = model.project(rows, batch)
        forward = Forward(batch, rows, hidden, model.target_counts(batch))
        d_rows = d_rows[:size]
        gradient = Gradient(d_rows, model.hidden_gradient(d_rows), d_outside)
        scores = model.scores(rows, hidden)
        loss = self.objective.attract(scores, model.target_weights(batch), with_loss)
        model.backproject_scores(scores, forward, gradient)
        loss += self.objective.repel(parameters, forward, gradient, with_loss)
        model.backproject(batch, gradient)
        return loss
