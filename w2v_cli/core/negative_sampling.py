"""Negative sampling on a whole micro-batch."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.models import Prediction

__all__ = ["NegativeSampling"]

_SMALL = 10**6  # multiplications of the largest product that OpenBLAS computes in place


class NegativeSampling:
    """−log σ(u_oᵀh) for each target, and K/N · Σ −log σ(−u_kᵀh) over its group's N negatives."""

    def __init__(
        self, layout: Layout, negatives_per_pair: int, dim: int, dtype: npt.DTypeLike
    ) -> None:
        """K negatives a pair: each of the N that a group shares counts K/N."""
        self._layout, self._by_group = layout, layout.by_group
        self._weight = negatives_per_pair / layout.negatives
        groups, drawn, size = layout.groups, layout.negatives, layout.group_tokens
        self._negatives = np.empty((groups, drawn, dim), dtype)
        self._negated = np.empty((groups, dim, drawn), dtype)
        self._scores = np.empty((groups, size, drawn), dtype)

    @staticmethod
    def nbytes(layout: Layout, words: int, dim: int) -> int:
        """Bytes of the buffers, in float32, and of the loss's copies of the scores."""
        drawn = layout.groups * layout.negatives * dim
        return 4 * (2 * drawn + 4 * layout.tokens * layout.negatives)

    def attract(self, prediction: Prediction, with_loss: bool) -> tuple[Floats, float]:
        """Slope σ(s) − 1 = −1/(1 + eˢ) of each target's −log σ(s)."""
        slopes, weights = prediction.scores, prediction.weights
        loss = _weighted_softplus(-slopes, weights) if with_loss else 0.0
        _one_plus_exp(slopes)
        np.divide(weights, slopes, out=slopes)
        return np.negative(slopes, out=slopes), loss

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        prediction: Prediction,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Slope w·σ(s) of each w·(−log σ(−s)), with w = (n − m)·K/N, equation (50)."""
        scores, negatives, vectors = (
            self._scores,
            self._negatives,
            self._by_group(prediction.hidden),
        )
        flat = parameters.reshape(-1, parameters.shape[-1])
        np.take(flat, 2 * batch.negatives + 1, axis=0, out=negatives, mode="clip")
        # Negated for the −s of σ(s) = 1/(1 + e⁻ˢ), and transposed in memory: OpenBLAS is faster
        # at small products of arrays that it need not transpose (docs/decisions/0026).
        np.negative(negatives.swapaxes(1, 2), out=self._negated)
        _multiply(vectors, self._negated, out=scores)  # −s
        weights = self._by_group(prediction.targets * scores.dtype.type(self._weight))[..., None]
        targets = self._by_group(prediction.targets)
        loss = self._loss(weights, batch, targets) if with_loss else 0.0
        _one_plus_exp(scores)
        np.divide(weights, scores, out=scores)  # the slopes
        batch.collisions.discount(scores, targets)
        _multiply(scores, negatives, out=self._by_group(prediction.d_hidden))
        _multiply(scores.swapaxes(1, 2), vectors, out=gradient.negatives)
        return loss

    def _loss(self, weights: Floats, batch: Batch, targets: Floats) -> float:
        """The loss of the negatives, whose −s are the scores."""
        counts = np.broadcast_to(weights, self._scores.shape).copy()
        batch.collisions.discount(counts, targets)
        return _weighted_softplus(-self._scores, counts)


def _multiply(left: Floats, right: Floats, out: Floats) -> None:
    """Set out (Q, n, m) to left (Q, n, k) · right (Q, k, m), in parts along its longer side.

    OpenBLAS copies the matrices of larger products first, which is slower with AVX-512
    (docs/decisions/0026).
    """
    _, rows, columns = out.shape
    parts = -(-rows * columns * left.shape[2] // _SMALL)
    bounds = [max(rows, columns) * i // parts for i in range(parts + 1)]
    for part in map(slice, bounds, bounds[1:]):
        if rows < columns:
            np.matmul(left, right[..., part], out=out[..., part])
        else:
            np.matmul(left[:, part], right, out=out[:, part])


def _one_plus_exp(scores: Floats) -> None:
    """Replace scores by 1 + eˢ; beyond the largest number it is infinite, and 1/∞ is right."""
    np.exp(scores, out=scores)
    scores += 1


def _weighted_softplus(scores: Floats, weights: Floats) -> float:
    """Σ w·log(1 + eˢ) in float64; overwrites the scores.

    log(1 + x) and not log1p(x): NumPy vectorises the first only, which is much faster, and one
    rounding more does not matter in the sum.
    """
    positive = np.maximum(scores, 0)
    np.abs(scores, out=scores)
    np.exp(np.negative(scores, out=scores), out=scores)
    scores += 1
    np.log(scores, out=scores)
    scores += positive
    scores *= weights
    return float(np.sum(scores, dtype=np.float64))
