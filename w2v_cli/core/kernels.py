"""Loss and gradient of a micro-batch, for any model with any objective."""

from functools import cache
from typing import Protocol

import numpy as np

from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, KernelShape, Layout
from w2v_cli.core.models import Model, Prediction
from w2v_cli.core.windows import Windows, windows_nbytes

__all__ = ["Kernel", "Objective", "map_blas_buffer"]


class Objective(Protocol):
    """The loss, and its slopes with respect to the scores.

    A loss has an attracting part, a function of the targets' scores, and a repelling part, in
    which every hidden vector meets the negatives or the whole vocabulary. Each part always gives
    its gradient, and its loss in nats if asked, else 0.
    """

    def attract(self, prediction: Prediction, with_loss: bool) -> tuple[Floats, float]:
        """The slopes of the targets' loss by their scores, and the loss.

        Slopes are zero where the prediction's weights are. The scores may be overwritten.
        """

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        prediction: Prediction,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Set prediction.d_hidden, and gradient.negatives or .dense_outside; return the loss.

        Parameters (V, 2, D) are only read.
        """


class Kernel:
    """Forward and backward through model and objective on one micro-batch."""

    def __init__(
        self,
        model: Model,
        objective: Objective,
        windows: Windows,
        shape: KernelShape,
    ) -> None:
        self.model, self._objective = model, objective
        layout, halo = shape.layout, shape.layout.halo
        padded = np.zeros((layout.tokens + 2 * halo, 2, shape.dim), shape.dtype)
        self._vectors = padded[halo : halo + layout.tokens]  # (F, 2, D)
        self._v, self._u = windows.view(padded[:, 0]), windows.view(padded[:, 1])

    @staticmethod
    def nbytes(layout: Layout, dim: int) -> int:
        """Bytes of the vectors of a micro-batch's tokens, and of the windows, in float32."""
        vectors = 8 * dim * (layout.tokens + 2 * layout.halo)
        return vectors + windows_nbytes(layout, dim)

    @np.errstate(over="ignore", invalid="ignore")
    def gradient(
        self, parameters: Floats, batch: Batch, gradient: Gradient, *, with_loss: bool = False
    ) -> float:
        """Set the gradient of the summed loss; return that loss if asked, else 0.

        Parameters (V, 2, D) are only read. The loss is in nats, summed over all targets. An
        exponential may be infinite: 1/∞ is right. The run's guard finds infinite vectors.
        """
        np.take(parameters, batch.tokens, axis=0, out=self._vectors, mode="clip")
        prediction = self.model.forward(self._v, self._u, batch, gradient)
        slopes, loss = self._objective.attract(prediction, with_loss)
        loss += self._objective.repel(parameters, batch, prediction, gradient, with_loss)
        prediction.backward(slopes)
        return loss


@cache
def map_blas_buffer() -> None:
    """Multiply matrices that fill the buffer to which OpenBLAS copies its factors, once.

    Its kernels prefetch what lies beyond the copies. Memory that was never written is not mapped,
    and to look for it in vain makes a product up to 2.7 times slower (docs/decisions/0026).
    """
    np.matmul(np.zeros((128, 512), np.float32), np.zeros((512, 1024), np.float32))
