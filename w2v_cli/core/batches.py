"""Batches put together from a shard of text whose windows have been drawn."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
    """The segments of a shard in the order of training, and its micro-batches and steps."""

    starts: npt.NDArray[np.int64]  # (segments,) of the left halo in the flattened shard
    centers: npt.NDArray[np.int64]  # (segments,) real centres, at most L
    batches: npt.NDArray[np.int64]  # (M + 1,) bounds of the micro-batches in segments
    steps: npt.NDArray[np.int64]  # (n_steps + 1,) bounds of the steps in micro-batches
    draws: npt.NDArray[np.float64]  # (M, 2) uniform draws for the negatives

    @property
    def n_steps(self) -> int:
        """Number of steps of the shard."""
        return len(self.steps) - 1


def cut_segments(
    text: ShardText, chunks: int, layout: Layout, batches_per_step: int, rng: np.random.Generator
) -> SegmentTable:
    """The first `chunks` rows of the shard as shuffled segments, micro-batches and steps."""
    lengths = text.lengths[:chunks]
    per_chunk = -(-lengths // layout.length)
    total = int(per_chunk.sum())
    row = np.repeat(np.arange(chunks), per_chunk)
    first = (np.arange(total) - np.repeat(np.cumsum(per_chunk) - per_chunk, per_chunk)) * (
        layout.length
    )
    order = rng.permutation(total)
    sets = -(-total // layout.sharing)
    filled = np.zeros((2, sets * layout.sharing), np.int64)  # the last set is filled up
    filled[0, :total] = (row * text.tokens.shape[1] + first)[order]
    filled[1, :total] = np.minimum(layout.length, lengths[row] - first)[order]
    n_batches = -(-sets * layout.sharing // layout.group)
    return SegmentTable(
        filled[0],
        filled[1],
        _even_bounds(sets, n_batches) * layout.sharing,
        _even_bounds(n_batches, -(-n_batches // batches_per_step)),
        rng.random((n_batches, 2)),
    )


def _even_bounds(items: int, parts: int) -> npt.NDArray[np.int64]:
    """Bounds (parts + 1,) that cut the items into parts of sizes that differ by at most one."""
    bounds: npt.NDArray[np.int64] = np.arange(parts + 1) * items // max(parts, 1)
    return bounds


class BatchBuilder:
    """Builds each micro-batch into the same arrays; a batch lives until the next is built."""

    def __init__(
        self,
        layout: Layout,
        weights: npt.NDArray[np.floating],
        negatives_per_pair: int,
        dtype: npt.DTypeLike,
        *,
        target_is_center: bool,
    ) -> None:
        """Weights are p/q (V,); `target_is_center` is CBOW's idea of a colliding negative."""
        self._layout, self._target_is_center = layout, target_is_center
        self._negatives_per_pair = negatives_per_pair
        self._weights = (weights * negatives_per_pair).astype(dtype)
        self._reach = np.delete(np.arange(-layout.halo, layout.halo + 1), layout.halo)
        self._span = np.arange(layout.span)
        center = np.arange(layout.length)[:, None] + layout.halo
        self._offset = (self._span - center).astype(np.int16)  # (L, L + 2m)
        self._windows = np.empty((layout.group, layout.length, layout.span), dtype)

    def build(self, text: ShardText, table: SegmentTable, index: int) -> Batch:
        """Micro-batch `index` of the shard."""
        layout = self._layout
        chosen = slice(table.batches[index], table.batches[index + 1])
        places = table.starts[chosen, None] + self._span
        tokens = text.tokens.reshape(-1).take(places)
        places = places[:, layout.halo : layout.halo + layout.length]
        real = np.arange(layout.length) < table.centers[chosen, None]
        left = text.left.reshape(-1).take(places) * real
        right = text.right.reshape(-1).take(places) * real
        draws = table.draws[index]
        negatives, negative_weights = self._negatives(draws, table.centers[chosen], tokens)
        contexts = (left + right).astype(self._windows.dtype)
        return Batch(
            tokens.astype(np.intp),
            self._band(left, right),
            contexts,
            negatives,
            negative_weights,
            self._collisions(tokens, left, right, negatives),
            self._pair_counts(contexts, negatives, negative_weights),
        )

    def _band(self, left: npt.NDArray[np.int16], right: npt.NDArray[np.int16]) -> Floats:
        """The windows (g, L, L + 2m) with that many words before and after each centre."""
        windows = self._windows[: len(left)]
        inside = self._offset >= -left[:, :, None]
        inside &= self._offset <= right[:, :, None]
        inside &= self._offset != 0
        windows[...] = inside
        return windows

    def _negatives(
        self,
        draws: npt.NDArray[np.float64],
        centers: npt.NDArray[np.int64],
        tokens: npt.NDArray[np.int32],
    ) -> tuple[npt.NDArray[np.intp], Floats]:
        """Positions (g/s, N) in other sets of segments, and their weights K·p/(q·N).

        Negative j of set k is a token of set k + 1 + (j + r), cyclically: all sets of the
        batch take turns, since the tokens of one alone would share its topics. The place
        in the set depends on j only, so no token serves two sets, and their gradients can
        be added without looking for repeats.
        """
        layout, size = self._layout, len(tokens) // self._layout.sharing
        j = np.arange(layout.negatives)
        other = 1 + (j + int(draws[0] * size)) % (size - 1) if size > 1 else 0 * j
        source = (np.arange(size)[:, None] + other) % size
        capacity = layout.sharing * layout.length
        step, within = np.divmod((int(draws[1] * capacity) + j) % capacity, layout.length)
        segment = source * layout.sharing + step
        positions = segment * layout.span + layout.halo + within
        real = within < centers[segment]
        weights = self._weights.take(tokens.reshape(-1).take(positions)) * real
        weights /= np.maximum(real.sum(axis=1, keepdims=True), 1)
        return positions, weights.astype(self._weights.dtype)

    def _collisions(
        self,
        tokens: npt.NDArray[np.int32],
        left: npt.NDArray[np.integer],
        right: npt.NDArray[np.integer],
        negatives: npt.NDArray[np.intp],
    ) -> npt.NDArray[np.intp]:
        """Flat indices in (g, L, N) of the negatives that are targets of that very centre."""
        layout = self._layout
        drawn = tokens.reshape(-1).take(negatives)
        met = tokens.reshape(len(drawn), layout.sharing, 1, layout.span)
        equal = np.flatnonzero(drawn[:, None, :, None] == met)
        pair, place = np.divmod(equal, layout.span)
        segment, negative = np.divmod(pair, layout.negatives)
        reach = 0 if self._target_is_center else self._reach
        center = place[:, None] - layout.halo - reach  # the centres that have `place` at `reach`
        row = np.broadcast_to(segment[:, None], center.shape)
        inside = (center >= 0) & (center < layout.length)
        if not self._target_is_center:
            cell = np.where(inside, row * layout.length + center, 0)
            inside &= (-reach <= left.reshape(-1).take(cell)) & (
                reach <= right.reshape(-1).take(cell)
            )
        negative = np.broadcast_to(negative[:, None], center.shape)
        collisions = (row * layout.length + center) * layout.negatives + negative
        return collisions[inside].astype(np.intp)

    def _pair_counts(
        self, contexts: Floats, negatives: npt.NDArray[np.intp], weights: Floats
    ) -> Floats:
        """How many pairs each token's two gradients sum over, (g, L + 2m, 2).

        The centre vector is in the pairs of its own window or, for CBOW, of the windows
        around it, as many; the outside vector in those in which it is a target or negative.
        """
        layout = self._layout
        targets = np.minimum(contexts, 1) if self._target_is_center else contexts
        counts = np.zeros((len(contexts), layout.span, 2), contexts.dtype)
        inner = counts[:, layout.halo : layout.halo + layout.length]
        inner[:, :, 0] = contexts * (1 + self._negatives_per_pair)
        inner[:, :, 1] = targets
        targets = targets.reshape(len(negatives), -1)
        counts.reshape(-1, 2)[negatives, 1] += weights * targets.sum(axis=1, keepdims=True)
        return counts
