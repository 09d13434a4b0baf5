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
        self._offsets = np.arange(-layout.halo, layout.halo + 1)
        shape = slots, 2 * layout.halo + 1, layout.tokens + 2 * layout.halo
        padded = np.zeros(shape, dtype)
        self._windows, self._of_slot = Band(padded), [Band(of_slot) for of_slot in padded]
        self._pairs = np.zeros((slots, layout.rows, 2), dtype)
        self._drawn = np.zeros(slots << 16, np.bool_)  # by the last 16 bits of a word

    def build(
        self, text: ShardText, table: SegmentTable, indices: npt.NDArray[np.integer]
    ) -> list[Batch]:
        """Micro-batches of the shard, no more than there are slots; they live until the next call.

        All at once, because each array operation costs as much as its work on one of them.
        """
        halo, count = self._layout.halo, len(indices)
        places = table.starts[indices][..., None] + self._span  # (n, G, P)
        last = table.centers[indices][..., None] + halo
        real = (self._span >= halo) & (self._span < last)
        shape = count, self._layout.tokens
        left = (text.left.reshape(-1).take(places) * real).reshape(shape)
        right = (text.right.reshape(-1).take(places) * real).reshape(shape)
        diagonals = self._windows.diagonals[:count]
        np.greater_equal(right[:, None], self._reach, out=diagonals[:, halo + 1 :])
        np.greater_equal(left[:, None], self._reach, out=diagonals[:, :halo][:, ::-1])
        tokens = text.tokens.reshape(-1).take(places).reshape(shape)
        contexts = (left + right).astype(diagonals.dtype)
        negatives = self._negatives(table.draws[indices])
        collisions = self._collisions(tokens, contexts, negatives)
        pairs = self._pair_counts(contexts)
        parts = (
            tokens.astype(np.intp),
            self._of_slot[:count],
            contexts,
            negatives,
            collisions,
            pairs,
        )
        return [Batch(*of_one) for of_one in zip(*parts, strict=True)]

    def _negatives(self, draws: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
        """Words (n, Q, N) drawn from the noise, one from each N-th part of it.

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
        contexts: Floats,
        negatives: npt.NDArray[np.intp],
    ) -> list[npt.NDArray[np.intp]]:
        """Flat indices in (Q, F/Q, N) of the negatives that are targets of that very centre."""
        if self._target_is_center:
            return self._equal_to_center(np.where(contexts > 0, tokens, -1), negatives)
        layout, count = self._layout, len(tokens)
        of_batch = negatives.astype(np.int32).reshape(count, layout.sets * layout.negatives)
        slot = np.arange(count, dtype=np.int32)[:, None] << 16
        drawn = of_batch & 0xFFFF | slot
        self._drawn[drawn] = True
        # Few tokens are among them, so all others need no comparison.
        met = np.flatnonzero(self._drawn.take(tokens & 0xFFFF | slot))
        self._drawn[drawn] = False
        candidates = of_batch.take(met // layout.tokens, axis=0)
        equal = candidates == tokens.reshape(-1)[met, None]
        token, place = np.divmod(np.flatnonzero(equal), max(equal.shape[1], 1))
        sets, negative = np.divmod(place, layout.negatives)
        center, pair = self._centers_in(sets, met[token])
        batch, center = np.divmod(center, layout.tokens)
        row = sets[pair] * layout.set_tokens + center // layout.sets
        flat = row * layout.negatives + negative[pair]
        return [flat[batch == number] for number in range(count)]

    def _equal_to_center(
        self, centers: npt.NDArray[np.int32], negatives: npt.NDArray[np.intp]
    ) -> list[npt.NDArray[np.intp]]:
        """The same where each centre is its own target; those without a window are −1."""
        layout = self._layout
        of_sets = centers.reshape(len(centers), layout.set_tokens, layout.sets)
        equal = of_sets.swapaxes(1, 2)[..., None] == negatives.astype(np.int32)[:, :, None]
        return [np.flatnonzero(of_batch) for of_batch in equal]

    def _centers_in(
        self, sets: npt.NDArray[np.intp], targets: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The centres in the sets (n,) that have the targets (n,), and which of the n it is.

        Centres and targets are places in all micro-batches, one after another.
        """
        batch, token = np.divmod(targets, self._layout.tokens)
        found = self._windows.transposed[batch, :, token] > 0  # (n, 2m + 1)
        centers = targets[:, None] + self._offsets
        found &= centers % self._layout.sets == sets[:, None]
        pair, offset = np.nonzero(found)
        return centers[pair, offset], pair

    def _pair_counts(self, contexts: Floats) -> Floats:
        """How many pairs each row of the gradients sums over, (n, F + Q·N, 2).

        The centre vector is in the pairs of its own window or, for CBOW, of the windows
        around it; the outside vector in those in which it is a target or a negative.
        """
        layout, companions, out = self._layout, self._companions, self._pairs[: len(contexts)]
        received = self._windows.transposed[: len(contexts)].sum(axis=1)
        targets = np.minimum(contexts, 1) if self._target_is_center else contexts
        tokens, negatives = out[:, : layout.tokens], out[:, layout.tokens :, 1]
        centers = received if self._target_is_center else contexts
        np.multiply(centers, 1 + companions, out=tokens[..., 0])
        tokens[..., 1] = targets if self._target_is_center else received
        if layout.negatives:
            of_set = targets.reshape(len(targets), layout.set_tokens, layout.sets).sum(axis=1)
            of_set *= companions / layout.negatives
            negatives.reshape(*of_set.shape, layout.negatives)[...] = of_set[..., None]
        return out
