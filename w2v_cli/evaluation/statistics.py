"""Correlations and means with their uncertainty: ranks, Pearson, Spearman, the bootstrap.

A bootstrap sample draws n of n items with replacement. It is held as weights: how often each
item was drawn. Every statistic here takes (..., n) weights, and so serves all samples at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Interval",
    "Statistic",
    "bootstrap_interval",
    "pearson",
    "proportion_interval",
    "ranks",
    "spearman",
    "weighted_mean",
]

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
"""From weights (S, n) of n items, how often each was drawn, to a value for each sample (S,)."""

CONFIDENCE = 0.95
NORMAL_QUANTILE = 1.959963984540054  # a normal variable exceeds it with (1 - CONFIDENCE) / 2
RESAMPLES = 1000
BLOCK_WEIGHTS = 1 << 19  # 4 MiB of float64: what the samples of a block take
CONSTANT = 1e-12  # a spread this small beside the values themselves is rounding


class Interval(NamedTuple):
    """Where a statistic lies with 95 % confidence."""

    low: float
    high: float


def ranks(values: Floats, weights: Floats) -> Floats:
    """The rank of each value in samples that hold item i weights[..., i] times; from 1.

    `values` is (n,), `weights` and the result are (..., n). Equal values share the mean of
    their ranks. Weights of one give ordinary ranks.

    >>> ranks(np.array([20.0, 10.0, 20.0]), np.ones(3)).tolist()
    [2.5, 1.0, 2.5]
    """
    distinct, inverse = np.unique(values, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[order], np.arange(len(distinct)))
    counts = np.add.reduceat(weights[..., order], starts, axis=-1)  # (..., distinct)
    middles: Floats = np.cumsum(counts, axis=-1) - (counts - 1) / 2
    return middles[..., inverse]


def pearson(x: Floats, y: Floats, weights: Floats) -> Floats:
    """The correlation of x and y, each (n,) or (..., n), in samples of weights (..., n).

    NaN where x or y does not vary.
    """
    dx, dy = _centred(x, weights), _centred(y, weights)
    spread = np.sqrt(np.sum(weights * dx * dx, axis=-1) * np.sum(weights * dy * dy, axis=-1))
    varies = spread > CONSTANT * np.abs(x).max() * np.abs(y).max()
    covariance = np.sum(weights * dx * dy, axis=-1)
    nothing = np.full_like(spread, np.nan)
    correlation: Floats = np.divide(covariance, spread, out=nothing, where=varies)
    return correlation.clip(-1.0, 1.0)


def spearman(x: Floats, y: Floats, weights: Floats) -> Floats:
    """The rank correlation of x and y, both (n,), in samples of weights (..., n), or NaN."""
    return pearson(ranks(x, weights), ranks(y, weights), weights)


def weighted_mean(values: Floats, weights: Floats) -> Floats:
    """The mean of values, (n,) or (..., n), in samples of weights (..., n)."""
    mean: Floats = np.sum(weights * values, axis=-1) / np.sum(weights, axis=-1)
    return mean


def bootstrap_interval(
    statistic: Statistic, n: int, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Interval | None:
    """The 95 % interval of a statistic of `n` items, by the percentile bootstrap.

    Samples in which the statistic is NaN are left out; None if it is in all of them.
    """
    step = max(1, BLOCK_WEIGHTS // max(n, 1))
    sizes = [min(step, resamples - start) for start in range(0, resamples, step)]
    found = np.concatenate([statistic(_weights(n, size, rng)) for size in sizes])
    found = found[~np.isnan(found)]
    if not len(found):
        return None
    low, high = np.quantile(found, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(float(low), float(high))


def proportion_interval(successes: int, n: int) -> Interval | None:
    """The 95 % interval of a probability, after so many successes in n trials; None if n is 0.

    Wilson's interval (JASA 22, 1927): its ends solve |p - p̂| = z √(p (1 - p) / n). It stays
    within [0, 1] and holds for few trials too.
    """
    if n == 0:
        return None
    z2 = NORMAL_QUANTILE**2
    centre = (successes + z2 / 2) / (n + z2)
    half = NORMAL_QUANTILE * (successes * (n - successes) / n + z2 / 4) ** 0.5 / (n + z2)
    return Interval(max(centre - half, 0.0), min(centre + half, 1.0))


def _weights(n: int, samples: int, rng: np.random.Generator) -> Floats:
    """How often each of n items is drawn in each of some samples of n, (samples, n)."""
    drawn = rng.integers(n, size=(samples, n)) + n * np.arange(samples)[:, np.newaxis]
    return np.bincount(drawn.ravel(), minlength=samples * n).reshape(samples, n).astype(np.float64)


def _centred(values: Floats, weights: Floats) -> Floats:
    """The values less their mean in each sample, (..., n)."""
    return values - weighted_mean(values, weights)[..., np.newaxis]
