"""A shard of running text, and the segments, micro-batches and steps it is cut into."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Layout

__all__ = ["SegmentTable", "ShardText", "cut_segments"]


@dataclass(frozen=True)
class ShardText:
    """The kept tokens of a shard: one row a chunk, with h tokens of padding on both sides.

    Row r holds `lengths[r]` tokens from column h on; what follows them is meaningless.
    """

    tokens: npt.NDArray[np.int32]  # (chunks, capacity + 2h)
    left: npt.NDArray[np.int16]  # (chunks, capacity + 2h) context words before each token
    right: npt.NDArray[np.int16]  # (chunks, capacity + 2h) and after it
    lengths: npt.NDArray[np.int64]  # (chunks,)


@dataclass(frozen=True)
class SegmentTable:
    """The M micro-batches of a shard in the order of training, and its steps."""

    starts: npt.NDArray[np.int64]  # (M, G) of each segment's halo in the flattened shard
    centers: npt.NDArray[np.int64]  # (M, G) its real centres; 0 fills up a batch
    draws: npt.NDArray[np.float32]  # (M, Q, N) uniform draws for the negatives
    steps: npt.NDArray[np.int64]  # (n_steps + 1,) bounds of the steps in micro-batches

    @staticmethod
    def nbytes(layout: Layout, tokens: float) -> int:
        """Bytes of a table of so many tokens, and of their order."""
        segments = tokens / layout.segment_centers
        per_batch = 4 * layout.groups * layout.negatives
        return int(segments * (48 + per_batch / layout.segments))

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
    draws = rng.random((batches, layout.groups, layout.negatives), np.float32)
    steps = -(-batches // batches_per_step)
    bounds = np.arange(steps + 1) * batches // max(steps, 1)  # sizes differ by at most one
    return SegmentTable(starts.reshape(shape), sizes.reshape(shape), draws, bounds)
