"""The softmax over the whole vocabulary, on a whole micro-batch."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import Batch, Gradient
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.models import Prediction

__all__ = ["NaiveSoftmax"]

# Up to 32 MB of scores are kept, which saves a quarter of the matrix products and half the
# exponentials.
_KEPT_SCORES = 1 << 23
_TILE = 1024  # words


class NaiveSoftmax:
    """n·log Σ_w exp(u_wᵀh) − Σ u_oᵀh: one row of V scores serves all targets of a centre."""

    def __init__(
        self, layout: Layout, words: int, dim: int, dtype: npt.DTypeLike, *, tile: int = _TILE
    ) -> None:
        """The vocabulary is walked `tile` words at a time.

        The second walk uses the scores of the first if they are at most _KEPT_SCORES. Otherwise
        both walks compute them, so that memory does not grow with V.
        """
        self._tile, self._kept = tile, layout.tokens * words <= _KEPT_SCORES
        self._scores = np.empty(layout.tokens * (words if self._kept else tile), dtype)
        self._partial = np.empty((layout.tokens, dim), dtype)

    @staticmethod
    def nbytes(layout: Layout, words: int, dim: int) -> int:
        """Bytes of the buffers, in float32, of the sums, and of what is kept of each tile."""
        kept = layout.tokens * words <= _KEPT_SCORES
        scores = layout.tokens * (words if kept else min(words, _TILE))
        return 4 * (scores + 4 * layout.tokens * dim + layout.tokens * -(-words // _TILE))

    def attract(self, prediction: Prediction, with_loss: bool) -> tuple[Floats, float]:
        """Slope −1 of each target's −s."""
        scores, weights = prediction.scores, prediction.weights
        loss = -float(np.sum(scores * weights, dtype=np.float64)) if with_loss else 0.0
        return np.negative(weights, out=scores), loss

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        prediction: Prediction,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Two walks over the vocabulary in tiles: the log-sum-exp, then the gradients.

        ŷ of a tile is exp(s − peak) times a factor of each row. To multiply the D columns of the
        vectors by it is cheaper than the columns of the tile.
        """
        assert gradient.dense_outside is not None
        active = np.flatnonzero(prediction.targets)
        vectors, targets = prediction.hidden[active], prediction.targets[active]
        peaks, log_normaliser = self._log_sum_exp(parameters, vectors)
        d_sum = np.zeros_like(vectors)
        for tile, peak in zip(self._tiles(len(parameters)), peaks, strict=True):
            outside = parameters[tile, 1]
            exponentials = self._exponentials(vectors, tile)
            if not self._kept:
                np.matmul(vectors, outside.T, out=exponentials)
                _exp_below(exponentials, peak)
            factor = np.exp(peak - log_normaliser)[:, None]
            partial = np.matmul(exponentials, outside, out=self._partial[: len(vectors)])
            partial *= factor
            d_sum += partial
            np.multiply(vectors, factor * targets[:, None], out=partial)
            np.matmul(exponentials.T, partial, out=gradient.dense_outside[tile])
        prediction.d_hidden[...] = 0
        prediction.d_hidden[active] = d_sum * targets[:, None]
        return float(np.dot(targets.astype(np.float64), log_normaliser)) if with_loss else 0.0

    def _log_sum_exp(self, parameters: Floats, vectors: Floats) -> tuple[list[Floats], Floats]:
        """The running maximum (T,) after each tile, and log Σ_w exp(u_wᵀh) of each row (T,).

        Equation (57). What is kept of a tile are its exponentials below that maximum.
        """
        peak = np.full(len(vectors), -np.inf, vectors.dtype)
        total, peaks = np.zeros(len(vectors), vectors.dtype), []
        for tile in self._tiles(len(parameters)):
            scores = self._exponentials(vectors, tile)
            np.matmul(vectors, parameters[tile, 1].T, out=scores)
            higher = np.maximum(peak, scores.max(axis=1))
            _exp_below(scores, higher)
            total *= np.exp(peak - higher)
            total += scores.sum(axis=1)
            peak = higher
            peaks.append(peak)
        return peaks, peak + np.log(total)

    def _exponentials(self, vectors: Floats, tile: slice) -> Floats:
        """Where the tile's exponentials are or can be written, (T, words of the tile)."""
        rows, width = len(vectors), tile.stop - tile.start
        first = rows * tile.start if self._kept else 0
        return self._scores[first : first + rows * width].reshape(rows, width)

    def _tiles(self, words: int) -> list[slice]:
        return [slice(i, min(i + self._tile, words)) for i in range(0, words, self._tile)]


def _exp_below(scores: Floats, peak: Floats) -> None:
    """Replace scores (T, …) by exp(s − peak), with a peak (T,) for each row."""
    scores -= peak[:, None]
    np.exp(scores, out=scores)
