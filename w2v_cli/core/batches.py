"""Batches put together from a shard of text whose windows have been drawn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import Band
from w2v_cli.core.segments import Batch, Floats, Layout

__all__ = ["BatchBuilder", "SegmentTable", "ShardText", "cut_segments"]


@dataclass(frozen=True)
class ShardText:
    """The kept tokens of a shard: one row a chunk, with m tokens of padding on both sides.

    Row r holds `lengths[r]` tokens from column m on; what follows them is meaningless.
    """

    tokens: npt.NDArray[np.int32]  # (chunks, capacity + 2m)
    left: npt.NDArray[np.int16]  # (chunks, capacity + 2m) context words before each token
    right: npt.NDArray[np.int16]  # (chunks, capacity + 2m) and after it
    lengths: npt.NDArray[np.int64]  # (chunks,)


@dataclass(frozen=True)
class SegmentTable:
    """The M micro-batches of a shard in the order of training, and its steps."""

    starts: npt.NDArray[np.int64]  # (M, G) of each segment's halo in the flattened shard
    centers: npt.NDArray[np.int64]  # (M, G) its real centres; 0 fills up a batch
    draws: npt.NDArray[np.float32]  # (M, Q, N) uniform draws for the negatives
    steps: npt.NDArray[np.int64]  # (n_steps + 1,) bounds of the steps in micro-batches

    @property
    def n_steps(self) -> int:
        """Number of steps of the shard."""
        return len(self.steps) - 1


def cut_segments(
    text: ShardText, chunks: int, layout: Layout, batches_per_step: int, rng: np.random.Generator
) -> SegmentTable:
    """The first `chunks` rows of the shard as shuffled segments, micro-batches and steps."""
    lengths, centers = text.lengths[:chunks], layout.segment_centers
    per_chunk = -(-lengths // centers)
    total = int(per_chunk.sum())
    row = np.repeat(np.arange(chunks), per_chunk)
    first = (np.arange(total) - np.repeat(np.cumsum(per_chunk) - per_chunk, per_chunk)) * centers
    order = rng.permutation(total)
    batches = -(-total // layout.segments)
    places = np.arange(total) * (batches * layout.segments) // max(total, 1)  # gaps spread evenly
    starts, sizes = np.zeros((2, batches * layout.segments), np.int64)
    starts[places] = (row * text.tokens.shape[1] + first)[order]
    sizes[places] = np.minimum(centers, lengths[row] - first)[order]
    shape = (batches, layout.segments)
    draws = rng.random((batches, layout.sets, layout.negatives), np.float32)
    steps = -(-batches // batches_per_step)
    bounds = np.arange(steps + 1) * batches // max(steps, 1)  # sizes differ by at most one
    return SegmentTable(starts.reshape(shape), sizes.reshape(shape), draws, bounds)


class BatchBuilder:
    """Builds the micro-batches of a step, each into the arrays of its slot."""

    def __init__(
        self,
        layout: Layout,
        noise: npt.NDArray[np.float64],
        companions: int,
        dtype: npt.DTypeLike,
        *,
        target_is_center: bool,
        slots: int = 1,
    ) -> None:
        """Noise (V,) is the distribution of the negatives.

        `companions` are the pairs that each target brings with it: its K negatives, or the
        softmax's one mean. `target_is_center` for CBOW.
        """
        self._layout, self._target_is_center = layout, target_is_center
        self._companions = companions
        self._cumulative = np.cumsum(noise)
        self._span = np.arange(layout.length)
        self._reach = np.arange(1, layout.halo + 1, dtype=np.int16)[:, None]
        self._windows = [Band(layout.tokens, layout.halo, dtype) for _ in range(slots)]
        self._pairs = np.zeros((slots, layout.rows, 2), dtype)
        self._drawn = np.zeros(len(noise), np.bool_)

    def build(self, text: ShardText, table: SegmentTable, index: int, slot: int = 0) -> Batch:
        """Micro-batch `index` of the shard; it lives until the slot is used again."""
        halo, windows = self._layout.halo, self._windows[slot]
        places = table.starts[index][:, None] + self._span
        last = table.centers[index][:, None] + halo
        real = (self._span >= halo) & (self._span < last)
        left = (text.left.reshape(-1).take(places) * real).reshape(-1)
        right = (text.right.reshape(-1).take(places) * real).reshape(-1)
        diagonals = windows.diagonals
        np.greater_equal(right, self._reach, out=diagonals[halo + 1 :])
        np.greater_equal(left, self._reach, out=diagonals[:halo][::-1])
        tokens = text.tokens.reshape(-1).take(places).reshape(-1)
        contexts = (left + right).astype(diagonals.dtype)
        negatives = self._negatives(table.draws[index])
        return Batch(
            tokens.astype(np.intp),
            windows,
            contexts,
            negatives,
            self._collisions(tokens, windows, contexts, negatives),
            self._pair_counts(windows, contexts, out=self._pairs[slot]),
        )

    def _negatives(self, draws: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """Words (Q, N) drawn from the noise, one from each N-th part of it.

        So stratified, the N negatives of a set are an even sample of the vocabulary, and
        each word is drawn as often as the noise says.
        """
        count = self._layout.negatives
        quantiles = (np.arange(count) + draws.astype(np.float64)) / count
        quantiles *= self._cumulative[-1]
        words = np.searchsorted(self._cumulative, quantiles.T, side="right").T  # nearly in order
        drawn: npt.NDArray[np.intp] = np.minimum(words, len(self._cumulative) - 1)
        return drawn

    def _collisions(
        self,
        tokens: npt.NDArray[np.int32],
        windows: Band,
        contexts: Floats,
        negatives: npt.NDArray[np.intp],
    ) -> npt.NDArray[np.intp]:
        """Flat indices in (Q, F/Q, N) of the negatives that are targets of that very centre."""
        self._drawn[negatives] = True  # few tokens are, so that all others need no comparison
        met = np.flatnonzero(self._drawn.take(tokens))
        self._drawn[negatives] = False
        center, target = self._pairs_of(met, windows, contexts)
        sets, rank = self._layout.rank_in_sets(center)
        equal = np.flatnonzero(negatives.astype(np.int32)[sets] == tokens[target, None])
        pair, negative = np.divmod(equal, self._layout.negatives)
        return rank[pair] * self._layout.negatives + negative

    def _pairs_of(
        self, targets: npt.NDArray[np.intp], windows: Band, contexts: Floats
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The centres and targets (n,) of all pairs with these targets."""
        if self._target_is_center:
            targets = targets[contexts.take(targets) > 0]
            return targets, targets
        near = np.flatnonzero(windows.transposed.take(targets, axis=1))
        offset, which = np.divmod(near, max(len(targets), 1))
        return targets[which] + offset - self._layout.halo, targets[which]

    def _pair_counts(self, windows: Band, contexts: Floats, out: Floats) -> Floats:
        """Set out, and return it, to how many pairs each row of the gradient sums over.

        The centre vector is in the pairs of its own window or, for CBOW, of the windows
        around it; the outside vector in those in which it is a target or a negative.
        """
        layout, companions = self._layout, self._companions
        received = windows.transposed.sum(axis=0)
        targets = np.minimum(contexts, 1) if self._target_is_center else contexts
        tokens, negatives = out[: layout.tokens], out[layout.tokens :, 1]
        centers = received if self._target_is_center else contexts
        np.multiply(centers, 1 + companions, out=tokens[:, 0])
        tokens[:, 1] = targets if self._target_is_center else received
        if layout.negatives:
            of_set = layout.by_set(targets).sum(axis=(1, 2))
            of_set *= companions / layout.negatives
            negatives.reshape(layout.sets, -1)[...] = of_set[:, None]
        return out
