"""Micro-batches put together from text whose windows have been drawn."""

import numpy as np
import numpy.typing as npt

from w2v_cli.core.batches import Batch
from w2v_cli.core.collisions import collisions_nbytes, find_collisions
from w2v_cli.core.layout import Floats, Layout
from w2v_cli.core.segments import PortionText, SegmentTable

__all__ = ["BatchBuilder", "batches_at_once"]


_PER_TOKEN = 80  # bytes, counted
_AT_ONCE = 1 << 13  # tokens


def batches_at_once(layout: Layout) -> int:
    """Micro-batches that are worth a call of `BatchBuilder.build`."""
    return max(1, _AT_ONCE // layout.tokens)


class BatchBuilder:
    """Builds micro-batches, each with arrays of its own."""

    def __init__(
        self,
        layout: Layout,
        noise: npt.NDArray[np.float64],
        negatives_per_target: int,
        dtype: npt.DTypeLike,
        *,
        targets_center: bool,
    ) -> None:
        """Noise (V,) is the distribution of the negatives.

        Each target brings `negatives_per_target` more pairs: K with negatives, or for the softmax
        one with the mean under ŷ. `targets_center` is for CBOW.
        """
        self._layout, self._targets_center, self._dtype = layout, targets_center, dtype
        self._negatives_per_target = negatives_per_target
        self._cumulative = np.cumsum(noise)
        self._span = np.arange(layout.length)

    @staticmethod
    def nbytes(layout: Layout, micro_batches: int, words: int, coincidence: float) -> int:
        """Bytes of so many micro-batches and of what building them takes, with V words.

        `coincidence` is the chance that a token and a negative are the same word.
        """
        each = layout.tokens * _PER_TOKEN + 8 * (layout.tokens + layout.outside_rows)
        return micro_batches * each + collisions_nbytes(layout, words, micro_batches, coincidence)

    def build(
        self, text: PortionText, table: SegmentTable, indices: npt.NDArray[np.integer]
    ) -> list[Batch]:
        """The n micro-batches of a portion with these indices (n,).

        They are built at once, because the call of an array operation costs as much as its work
        on one of them.
        """
        halo, shape = self._layout.halo, (len(indices), self._layout.tokens)
        places = table.starts[indices][..., None] + self._span  # (n, G, P)
        last = table.centers[indices][..., None] + halo
        real = (self._span >= halo) & (self._span < last)
        left = (text.left.reshape(-1).take(places) * real).reshape(shape)
        right = (text.right.reshape(-1).take(places) * real).reshape(shape)
        tokens = text.tokens.reshape(-1).take(places).reshape(shape)
        contexts = (left + right).astype(self._dtype)
        negatives = self._draw_negatives(table.draws[indices])
        collisions = find_collisions(
            self._layout, tokens, left, right, negatives, targets_center=self._targets_center
        )
        pairs = self._pair_counts(left, right, contexts)
        parts = (tokens.astype(np.intp), left, right, contexts, negatives, collisions, *pairs)
        return [Batch(*of_one) for of_one in zip(*parts, strict=True)]

    def _draw_negatives(self, draws: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """Words (n, Q, N) drawn from the noise, one from each N-th part of it.

        So the N negatives of a group are an even sample of the vocabulary, and each word is drawn
        as often as the noise says.
        """
        count = self._layout.negatives
        quantiles = (np.arange(count) + draws.astype(np.float64)) / count
        quantiles *= self._cumulative[-1]
        words = np.searchsorted(self._cumulative, quantiles.T, side="right").T  # nearly in order
        drawn: npt.NDArray[np.intp] = np.minimum(words, len(self._cumulative) - 1)
        return drawn

    def _pair_counts(
        self, left: npt.NDArray[np.int16], right: npt.NDArray[np.int16], contexts: Floats
    ) -> tuple[Floats, Floats]:
        """How many pairs each row of the gradients sums over, (n, F) and (n, F + Q·N).

        The centre vector is in the pairs of its own window or, for CBOW, of the windows
        around it; the outside vector in those in which it is a target or a negative.
        """
        layout, companions, count = self._layout, self._negatives_per_target, len(contexts)
        received = windows_around(left, right).astype(self._dtype)
        centers, targets = contexts, contexts
        if self._targets_center:
            centers, received = received, np.minimum(contexts, 1)
            targets = received
        outside = np.empty((count, layout.outside_rows), self._dtype)
        outside[:, : layout.tokens] = received
        if layout.negatives:
            of_group = targets.reshape(count, layout.group_tokens, layout.groups).sum(axis=1)
            of_group *= companions / layout.negatives
            outside[:, layout.tokens :] = np.repeat(of_group, layout.negatives, axis=1)
        return centers * (1 + companions), outside


def windows_around(
    left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]
) -> npt.NDArray[np.int64]:
    """The number of windows (n, F) that hold each token as a context word."""
    count, tokens = left.shape
    centers = np.flatnonzero(left + right)
    batch, place = np.divmod(centers, tokens)
    base = batch * (tokens + 1) + place
    size = count * (tokens + 1)
    begins = np.bincount(base - left.reshape(-1)[centers], minlength=size)
    ends = np.bincount(base + right.reshape(-1)[centers] + 1, minlength=size)
    covered = np.cumsum(begins - ends).reshape(count, tokens + 1)[:, :tokens]
    covered[batch, place] -= 1  # a centre is no context word of its own
    return covered
