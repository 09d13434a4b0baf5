"""The least loss that skip-gram with negative sampling can have on a text, computed exactly.

With V words there are V² (centre, context word) scores. If all of them were free, the best
score of a pair that is expected #(w, c) times would be

    log #(w, c) − log(K · q(c) · (n_w − #(w, c)))

where n_w = Σ_c #(w, c), and negatives are drawn from q. A negative that is the target of its
own pair does not count. Vectors of fewer than V dimensions cannot reach all scores, so this is
a lower bound of the loss. (Levy and Goldberg, Neural word embedding as implicit matrix
factorization, 2014, have it without the last term.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Line = npt.NDArray[np.intp]

_ROWS = 256  # of the scores (V, V), held at once


def expected_pairs(lines: Sequence[Line], words: int, window: int) -> Floats:
    """How often each pair is expected in an epoch, (V, V), with windows drawn from 1 to `window`.

    A token at distance d is in the window of the centre with probability (window − d + 1)/window.
    """
    flat = np.concatenate([np.asarray(line, np.intp) for line in lines])
    number = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    pairs = np.zeros(words * words)
    for distance in range(1, min(window, len(flat) - 1) + 1):
        same_line = number[distance:] == number[:-distance]
        if not same_line.any():
            break
        places = flat[:-distance][same_line] * words + flat[distance:][same_line]
        seen = np.bincount(places, minlength=words * words)
        pairs += seen * ((window - distance + 1) / window)
    one_way = pairs.reshape(words, words)
    return one_way + one_way.T


@dataclass(frozen=True)
class ExpectedLoss:
    """The expected loss of given scores over all windows and draws, in nats a pair."""

    pairs: Floats  # (V, V)
    noise: Floats  # (V,) q
    negatives: int  # K

    def of_vectors(self, center: Floats, outside: Floats) -> float:
        """The loss of the scores center_w · outside_c."""
        total = 0.0
        for rows in self._rows():
            scores = center[rows].astype(np.float64) @ outside.T.astype(np.float64)
            total += self._sum(rows, scores)
        return total / float(self.pairs.sum())

    def least(self) -> float:
        """The loss of the best scores there are."""
        total = 0.0
        with np.errstate(divide="ignore"):
            for rows in self._rows():
                total += self._sum(rows, np.log(self.pairs[rows]) - np.log(self._negatives(rows)))
        return total / float(self.pairs.sum())

    def _rows(self) -> list[slice]:
        return [slice(low, low + _ROWS) for low in range(0, len(self.pairs), _ROWS)]

    def _negatives(self, rows: slice) -> Floats:
        """How often each (centre, negative) is expected to count."""
        pairs = self.pairs[rows]
        others: Floats = np.maximum(pairs.sum(axis=1, keepdims=True) - pairs, 0)
        return self.negatives * self.noise * others

    def _sum(self, rows: slice, scores: Floats) -> float:
        """The sum of pairs · log(1 + e^−s) + negatives · log(1 + e^s), where 0 · ∞ is 0."""
        loss = 0.0
        for times, answers in ((self.pairs[rows], -scores), (self._negatives(rows), scores)):
            happens = times > 0
            loss += float(np.sum(times[happens] * np.logaddexp(0, answers[happens])))
        return loss


def expected_loss(
    lines: Sequence[Line], counts: Floats, window: int, negatives: int, exponent: float = 0.75
) -> ExpectedLoss:
    """The expected loss on a text; word w occurs counts[w] times in it."""
    noise = counts**exponent
    pairs = expected_pairs(lines, len(counts), window)
    return ExpectedLoss(pairs, noise / noise.sum(), negatives)
