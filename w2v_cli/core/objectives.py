"""Negative sampling and naive softmax on a whole micro-batch.

Both losses have an attracting part, a function of the targets' scores, and a repelling
part, in which every hidden vector meets the negatives or the whole vocabulary. Each
part gives its loss if asked and its gradient always.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.segments import Batch, Floats, Gradient, Layout

__all__ = ["Hidden", "NaiveSoftmax", "NegativeSampling", "Objective"]

# Up to 32 MB of scores are kept, which saves a quarter of the matrix products and half the
# exponentials.
_KEPT_SCORES = 1 << 23


@dataclass(frozen=True)
class Hidden:
    """The hidden vectors of a micro-batch."""

    vectors: Floats  # (F, D)
    targets: Floats  # (F,) number of words that each predicts
    gradient: Floats  # (F, D)


class Objective(Protocol):
    """What a kernel asks of an objective."""

    dense: bool  # whether every outside vector has a gradient, in Gradient.everything

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Replace the targets' scores by the loss's slopes, in place; the loss if asked."""

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        hidden: Hidden,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Add to hidden.gradient, set gradient.negatives or .everything; the loss if asked, else 0.

        Parameters (V, 2, D) are only read.
        """


class NegativeSampling:
    """−log σ(u_oᵀh) for each target, and K/N · Σ −log σ(−u_kᵀh) over the N negatives of its set."""

    dense = False

    def __init__(
        self, layout: Layout, negatives_per_pair: int, dim: int, dtype: npt.DTypeLike
    ) -> None:
        """K negatives a pair: each of the N that a set shares counts K/N."""
        self._weight, self._by_set = negatives_per_pair / layout.negatives, layout.by_set
        sets, drawn, size = layout.sets, layout.negatives, layout.set_tokens
        self._change = np.empty((size, dim), dtype)
        self._negatives = np.empty((sets, drawn, dim), dtype)
        self._negated = np.empty((sets, dim, drawn), dtype)
        self._scores = np.empty((sets, size, drawn), dtype)

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Slope σ(s) − 1 = −1/(1 + eˢ) of each target's −log σ(s)."""
        loss = _weighted_softplus(-scores, weights) if with_loss else 0.0
        _one_plus_exp(scores)
        np.divide(weights, scores, out=scores)
        np.negative(scores, out=scores)
        return loss

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        hidden: Hidden,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Slope w·σ(s) of each w·(−log σ(−s)), with w = n_c·K/N."""
        scores, negatives, vectors = self._scores, self._negatives, self._by_set(hidden.vectors)
        flat = parameters.reshape(-1, parameters.shape[-1])
        np.take(flat, 2 * batch.negatives + 1, axis=0, out=negatives, mode="clip")
        # Turned round with the sign, for the −s of σ(s) = 1/(1 + e⁻ˢ): OpenBLAS takes half the
        # time for a small product of two arrays that are not transposed.
        np.negative(negatives.swapaxes(1, 2), out=self._negated)
        np.matmul(vectors, self._negated, out=scores)  # −s
        weights = self._by_set(hidden.targets * scores.dtype.type(self._weight))[..., None]
        loss = self._loss(weights, batch) if with_loss else 0.0
        _one_plus_exp(scores)
        np.divide(weights, scores, out=scores)  # the slopes
        scores.reshape(-1)[batch.collisions] = 0
        changes = zip(self._by_set(hidden.gradient), scores, negatives, strict=True)
        for changed, slopes, drawn in changes:  # what is added is then still in the cache
            changed += np.matmul(slopes, drawn, out=self._change)
        np.matmul(scores.swapaxes(1, 2), vectors, out=gradient.negatives)
        return loss

    def _loss(self, weights: Floats, batch: Batch) -> float:
        """The loss of the negatives, whose −s are the scores."""
        counted = np.broadcast_to(weights, self._scores.shape).copy()
        counted.reshape(-1)[batch.collisions] = 0
        return _weighted_softplus(-self._scores, counted)


class NaiveSoftmax:
    """n·log Σ_w exp(u_wᵀh) − Σ u_oᵀh: one row of V scores serves all targets of a centre."""

    dense = True

    def __init__(
        self, layout: Layout, words: int, dim: int, dtype: npt.DTypeLike, *, tile: int = 1024
    ) -> None:
        """The vocabulary is walked `tile` words at a time.

        Scores are computed for both walks where all of them would be more than _KEPT_SCORES,
        so that memory does not grow with V; below, the second walk finds them as it left them.
        """
        self._tile, self._kept = tile, layout.tokens * words <= _KEPT_SCORES
        self._scores = np.empty(layout.tokens * (words if self._kept else tile), dtype)
        self._partial = np.empty((layout.tokens, dim), dtype)

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Slope −1 of each target's −s."""
        loss = -float(np.sum(scores * weights, dtype=np.float64)) if with_loss else 0.0
        np.negative(weights, out=scores)
        return loss

    def repel(
        self,
        parameters: Floats,
        batch: Batch,
        hidden: Hidden,
        gradient: Gradient,
        with_loss: bool,
    ) -> float:
        """Two walks over the vocabulary in tiles: the log-sum-exp, then the gradients.

        ŷ of a tile is exp(s − peak) times a factor of each row, which is cheaper to multiply
        into the D columns of the vectors than into the tile's.
        """
        assert gradient.everything is not None
        active = np.flatnonzero(hidden.targets)
        vectors, targets = hidden.vectors[active], hidden.targets[active]
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
            np.matmul(exponentials.T, partial, out=gradient.everything[tile])
        hidden.gradient[active] += d_sum * targets[:, None]
        return float(np.dot(targets.astype(np.float64), log_normaliser)) if with_loss else 0.0

    def _log_sum_exp(self, parameters: Floats, vectors: Floats) -> tuple[list[Floats], Floats]:
        """log Σ_w exp(u_wᵀh) of each row (T,), and the running maximum after each tile.

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
        """Where the tile's exponentials are kept, or may be written, (T, words of the tile)."""
        rows, width = len(vectors), tile.stop - tile.start
        first = rows * tile.start if self._kept else 0
        return self._scores[first : first + rows * width].reshape(rows, width)

    def _tiles(self, words: int) -> list[slice]:
        return [slice(i, min(i + self._tile, words)) for i in range(0, words, self._tile)]


def _one_plus_exp(scores: Floats) -> None:
    """Replace scores by 1 + eˢ; beyond the largest number it is infinite, and 1/∞ is right."""
    np.exp(scores, out=scores)
    scores += 1


def _exp_below(scores: Floats, peak: Floats) -> None:
    """Replace scores (T, …) by exp(s − peak), with a peak (T,) for each row."""
    scores -= peak[:, None]
    np.exp(scores, out=scores)


def _weighted_softplus(scores: Floats, weights: Floats) -> float:
    """Σ w·log(1 + eˢ) in float64; overwrites the scores.

    log(1 + x) and not log1p(x): NumPy vectorises the first only, twenty times faster,
    and the sum does not see the difference of one rounding.
    """
    positive = np.maximum(scores, 0)
    np.abs(scores, out=scores)
    np.exp(np.negative(scores, out=scores), out=scores)
    scores += 1
    np.log(scores, out=scores)
    scores += positive
    scores *= weights
    return float(np.sum(scores, dtype=np.float64))
