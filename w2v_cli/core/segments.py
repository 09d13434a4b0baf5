"""The text of a portion, and the segments, micro-batches and steps it is cut into."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Layout
from w2v_cli.core.step_lengths import SMALLEST_STEP

__all__ = ["PortionText", "SegmentTable", "cut_segments", "largest_step", "step_bounds"]


@dataclass(frozen=True)
class PortionText:
    """The kept tokens of a portion: one row a chunk, with h tokens of padding on both sides.

    Row r holds `lengths[r]` tokens from column h on; what follows them means nothing.
    """

    tokens: npt.NDArray[np.int32]  # (chunks, capacity + 2h)
    left: npt.NDArray[np.int16]  # (chunks, capacity + 2h) context words before each token
    right: npt.NDArray[np.int16]  # (chunks, capacity + 2h) and after it
    lengths: npt.NDArray[np.int64]  # (chunks,)

    @staticmethod
    def nbytes(chunks: int, columns: int, kept: float = 1.0) -> int:
        """Bytes of such a text; of `left` and `right` only the part `kept` is ever written."""
        return int(chunks * columns * (4 + 4 * kept))


@dataclass(frozen=True)
class SegmentTable:
    """The M micro-batches of a portion in the order of training, and its steps."""

    starts: npt.NDArray[np.int64]  # (M, G) of each segment's halo in the flattened text
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
        """Number of steps of the portion."""
        return len(self.steps) - 1

    def part_before(self, step: int) -> float:
        """The part of the portion that the steps before this one train."""
        return float(self.steps[step] / max(self.steps[-1], 1))


def cut_segments(
    text: PortionText,
    chunks: int,
    layout: Layout,
    batches_per_step: int,
    rng: np.random.Generator,
    *,
    growth: int = 1,
    done: float = 0.0,
) -> SegmentTable:
    """The first `chunks` rows of the text as shuffled segments, micro-batches and steps.

    A step has `batches_per_step` at most, and fewer at first (`step_bounds`, which says what
    `growth` is). `done` is the length of the text trained before, in lengths of this one.
    """
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
    least = _first_step(layout, batches_per_step)
    bounds = step_bounds(batches, least, batches_per_step, growth, done * batches)
    return SegmentTable(starts.reshape(shape), sizes.reshape(shape), draws, bounds)


def largest_step(layout: Layout, batches: float, most: int, growth: int) -> int:
    """Micro-batches of the largest step in a run of so many; a step has `most` or fewer."""
    return _step_size(_first_step(layout, most), most, growth, batches)


def _first_step(layout: Layout, most: int) -> int:
    """Micro-batches of the first step."""
    return min(max(1, SMALLEST_STEP // layout.centers), most)


def _step_size(least: int, most: int, growth: int, done: float) -> int:
    """Micro-batches of a step before which so many were trained: one, or an even number."""
    size = min(most, least + int(done / growth))
    return size if size == 1 else size - size % 2  # so that two workers have as many


def step_bounds(
    batches: int, least: int, most: int, growth: int, done: float
) -> npt.NDArray[np.int64]:
    """Where steps begin among the micro-batches, and the end, (n_steps + 1,).

    A step has `least` micro-batches at first, and one more for each `growth` that were trained, in
    even numbers, until it has `most` (docs/decisions/0027); `done` were trained before these. Then
    all steps are shortened alike, so that the last is no remainder.
    """
    bounds = [0]
    while bounds[-1] < batches:
        bounds.append(bounds[-1] + _step_size(least, most, growth, done + bounds[-1]))
    return np.unique(np.array(bounds) * batches // max(bounds[-1], 1))  # no step without any
