"""Negative sampling and naive softmax on whole segments.

Both losses have an attracting part, a function of the targets' scores, and a repelling
part, in which every hidden vector meets the negatives or the whole vocabulary. Each
part gives its loss if asked and its gradient always.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.segments import Floats, Forward, Gradient, Layout

__all__ = ["NaiveSoftmax", "NegativeSampling", "Objective"]


class Objective(Protocol):
    """What a kernel asks of an objective."""

    dense: bool  # whether every outside vector has a gradient, in Gradient.outside

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Replace the targets' scores by the loss's slopes, in place; the loss if asked."""

    def repel(
        self, parameters: Floats, forward: Forward, gradient: Gradient, with_loss: bool
    ) -> float:
        """Add to gradient.hidden and .rows, set .outside; the loss if asked, else 0."""


class NegativeSampling:
    """−log σ(u_oᵀh) for each target, −log σ(−u_kᵀh) for the segment's shared negatives."""

    dense = False

    def __init__(self, layout: Layout, dim: int, dtype: npt.DTypeLike) -> None:
        sets, centers = layout.group // layout.sharing, layout.sharing * layout.length
        self._scores = np.empty((sets, centers, layout.negatives), dtype)
        self._weights = np.empty((sets, centers, layout.negatives), dtype)
        self._d_hidden = np.empty((sets, centers, dim), dtype)
        self._negated = np.empty((sets, layout.negatives, dim), dtype)
        self._d_negatives = np.empty((sets, layout.negatives, dim), dtype)

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Slope σ(s) − 1 = −1/(1 + eˢ) of each target's −log σ(s)."""
        loss = _weighted_softplus(-scores, weights) if with_loss else 0.0
        _one_plus_exp(scores)
        np.divide(weights, scores, out=scores)
        np.negative(scores, out=scores)
        return loss

    def repel(
        self, parameters: Floats, forward: Forward, gradient: Gradient, with_loss: bool
    ) -> float:
        """Slope w·σ(s) of each w·(−log σ(−s)), with w = n_c·K·p/(q·N).

        The negatives are gathered with their sign turned: σ(s) = 1/(1 + e⁻ˢ) then needs
        no pass of its own for the sign.
        """
        batch, size = forward.batch, len(forward.batch.negatives)
        dim = parameters.shape[-1]
        hidden = forward.hidden.reshape(size, -1, dim)  # (g/s, s·L, D)
        scores, weights = self._scores[:size], self._weights[:size]
        negated, d_negatives = self._negated[:size], self._d_negatives[:size]
        outside = 2 * batch.negatives + 1  # places in rows flattened to (g·(L + 2m)·2, D)
        flat, d_flat = forward.rows.reshape(-1, dim), gradient.rows.reshape(-1, dim)
        np.take(flat, outside, axis=0, out=negated, mode="clip")
        np.negative(negated, out=negated)
        np.matmul(hidden, negated.swapaxes(-1, -2), out=scores)  # −s
        counts = forward.counts.reshape(size, -1, 1)
        np.multiply(counts, batch.negative_weights[:, None, :], out=weights)
        weights.reshape(-1)[batch.collisions] = 0
        loss = _weighted_softplus(-scores, weights) if with_loss else 0.0
        _one_plus_exp(scores)
        np.divide(weights, scores, out=scores)  # the slopes
        change = np.matmul(scores, negated, out=self._d_hidden[:size])
        gradient.hidden -= change.reshape(gradient.hidden.shape)
        np.matmul(scores.swapaxes(-1, -2), hidden, out=d_negatives)
        d_flat[outside] += d_negatives
        return loss


class NaiveSoftmax:
    """n·log Σ_w exp(u_wᵀh) − Σ u_oᵀh: one row of V scores serves all targets of a centre."""

    dense = True

    def __init__(self, layout: Layout, dim: int, dtype: npt.DTypeLike, *, tile: int = 1024) -> None:
        """`tile` words' scores are held at once, so that memory does not grow with V."""
        self._tile = tile
        self._scores = np.empty((layout.centers, tile), dtype)
        self._partial = np.empty((layout.centers, dim), dtype)

    def attract(self, scores: Floats, weights: Floats, with_loss: bool) -> float:
        """Slope −1 of each target's −s."""
        loss = -float(np.sum(scores * weights, dtype=np.float64)) if with_loss else 0.0
        np.negative(weights, out=scores)
        return loss

    def repel(
        self, parameters: Floats, forward: Forward, gradient: Gradient, with_loss: bool
    ) -> float:
        """Two walks over the vocabulary in tiles: the log-sum-exp, then the gradients."""
        assert gradient.outside is not None
        hidden = forward.hidden.reshape(-1, parameters.shape[-1])  # (T, D), a copy when strided
        counts = forward.counts.reshape(-1)
        log_normaliser = self._log_sum_exp(parameters, hidden)
        d_sum = np.zeros_like(hidden)
        for tile in self._tiles(len(parameters)):
            outside = parameters[tile, 1]
            slopes = self._tile_scores(hidden, outside)
            slopes -= log_normaliser[:, None]
            np.exp(slopes, out=slopes)  # ŷ
            slopes *= counts[:, None]
            d_sum += np.matmul(slopes, outside, out=self._partial[: len(hidden)])
            np.matmul(slopes.T, hidden, out=gradient.outside[tile])
        gradient.hidden += d_sum.reshape(gradient.hidden.shape)
        return float(np.dot(counts.astype(np.float64), log_normaliser)) if with_loss else 0.0

    def _log_sum_exp(self, parameters: Floats, hidden: Floats) -> Floats:
        """log Σ_w exp(u_wᵀh) of each row (T,), keeping only a running maximum and sum."""
        peak = np.full(len(hidden), -np.inf, hidden.dtype)
        total = np.zeros(len(hidden), hidden.dtype)
        for tile in self._tiles(len(parameters)):
            scores = self._tile_scores(hidden, parameters[tile, 1])
            higher = np.maximum(peak, scores.max(axis=1))
            scores -= higher[:, None]
            np.exp(scores, out=scores)
            total *= np.exp(peak - higher)
            total += scores.sum(axis=1)
            peak = higher
        return peak + np.log(total)

    def _tile_scores(self, hidden: Floats, outside: Floats) -> Floats:
        """hidden · outsideᵀ in the tile's buffer."""
        out = self._scores.reshape(-1)[: len(hidden) * len(outside)]
        return np.matmul(hidden, outside.T, out=out.reshape(len(hidden), len(outside)))

    def _tiles(self, words: int) -> list[slice]:
        return [slice(i, min(i + self._tile, words)) for i in range(0, words, self._tile)]


def _one_plus_exp(scores: Floats) -> None:
    """Replace scores by 1 + eˢ; beyond the largest number it is infinite, and 1/∞ is right."""
    with np.errstate(over="ignore"):
        np.exp(scores, out=scores)
    scores += 1


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
