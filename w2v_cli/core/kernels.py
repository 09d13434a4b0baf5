"""Loss and gradient of a micro-batch, for any model with any objective."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.models import Model
from w2v_cli.core.objectives import Objective
from w2v_cli.core.segments import Batch, Floats, Layout

__all__ = ["Gradient", "Kernel"]


@dataclass
class Gradient:
    """The gradient of a micro-batch's loss, one row for each token and not yet per word."""

    rows: Floats  # (G, L + 2m, 2, D), in the order of Batch.tokens
    outside: Floats | None  # (V, D) of every outside vector, for naive softmax


class Kernel:
    """project → objective → back-project on one micro-batch."""

    def __init__(
        self, model: Model, objective: Objective, layout: Layout, dim: int, dtype: npt.DTypeLike
    ) -> None:
        self.model, self.objective = model, objective
        self._rows = np.empty((layout.group, layout.span, 2, dim), dtype)

    def gradient(
        self, parameters: Floats, batch: Batch, out: Gradient, *, with_loss: bool = False
    ) -> float:
        """Set `out` to the gradient of the summed loss; return that loss if asked, else 0.

        Parameters (V, 2, D) are only read. The loss is in nats, summed over all targets.
        """
        model, size = self.model, len(batch.tokens)
        rows, d_rows = self._rows[:size], out.rows[:size]
        np.take(parameters, batch.tokens, axis=0, out=rows, mode="clip")
        hidden = model.project(rows, batch)
        d_hidden = model.hidden_gradient(d_rows)
        scores = model.scores(rows, hidden)
        loss = self.objective.attract(scores, model.target_weights(batch), with_loss)
        model.backproject_scores(scores, rows, hidden, d_hidden, d_rows)
        counts = model.target_counts(batch)
        loss += self.objective.repel(
            parameters, rows, hidden, counts, batch, d_hidden, d_rows, out.outside, with_loss
        )
        model.backproject(d_hidden, batch, d_rows)
        return loss
