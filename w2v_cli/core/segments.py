"""Running text cut into segments, and the batch of segments that the kernels work on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Batch", "Layout", "choose_layout", "window_patterns", "window_view"]

Floats = npt.NDArray[np.floating[Any]]

_BLOCK = 16  # centres: 16 by 26 is the cheapest product per token for a window of 5
_SEGMENT = 32  # centres; longer ones cost less, but a set of several has more topics
_SHARING = 4  # segments of a set, all from different places, that share negatives
_NEGATIVES = 64  # of a set
_SET_NUMBERS = 100_000  # centres × D of a micro-batch, whose rows then fit the second-level cache
_BATCHES = 4  # micro-batches a step at least, where it has room for them: workers share them


@dataclass(frozen=True)
class Layout:
    """The sizes of a micro-batch: G segments of L centres in blocks of S, in sets of s segments."""

    group: int  # G
    length: int  # L, a multiple of S
    block: int  # S, at least m
    halo: int  # m
    negatives: int  # N, at most s·L
    sharing: int  # s, segments of a set that shares negatives; G is a multiple of it

    @property
    def span(self) -> int:
        """Tokens of a segment with its halo, L + 2m."""
        return self.length + 2 * self.halo

    @property
    def blocks(self) -> int:
        """Blocks of a segment, B."""
        return self.length // self.block

    @property
    def centers(self) -> int:
        """Centres of a full micro-batch, G·L."""
        return self.group * self.length


def choose_layout(
    expected_tokens: float, window: int, dim: int, tokens_per_step: int
) -> tuple[Layout, int]:
    """The layout for an epoch of that many tokens, and the micro-batches of a step.

    Steps have about `tokens_per_step` tokens. A small corpus, or a small step, gets
    smaller sets of segments, so that there are still several: the negatives of a set come
    from the others.
    """
    room = min(tokens_per_step, expected_tokens / 2)
    block = max(_BLOCK, window)
    length, sharing = -(-_SEGMENT // block) * block, _SHARING
    while sharing > 1 and 2 * _BATCHES * sharing * length > room:
        sharing //= 2
    if 2 * _BATCHES * sharing * length > room:
        length = block
    centers = sharing * length
    widest = max(2, round(_SET_NUMBERS / (centers * dim)))
    sets = int(min(max(2, tokens_per_step // (_BATCHES * centers)), widest))
    batches = max(1, round(tokens_per_step / (sets * centers)))
    negatives = min(_NEGATIVES, centers)
    return Layout(sets * sharing, length, block, window, negatives, sharing), batches


@dataclass
class Batch:
    """A micro-batch of g ≤ G segments with everything random already drawn.

    Loss and gradient are functions of (parameters, batch) alone, which is what makes
    them checkable by differences and repeatable on any worker.
    """

    tokens: npt.NDArray[np.intp]  # (g, L + 2m) word ids
    windows: Floats  # (g, B, S, S + 2m) 1 where a neighbour is a context word of the centre
    contexts: Floats  # (g, L) number of context words of each centre
    negatives: npt.NDArray[np.intp]  # (g/s, N) distinct positions in the flattened tokens
    negative_weights: Floats  # (g/s, N) K·p/(q·N): what one of them counts for, per context word
    collisions: npt.NDArray[np.intp]  # flat indices into (g, L, N) of negatives not to count
    pairs: Floats  # (g, L + 2m) number of pairs that each token's gradient sums over


def window_view(rows: Floats, layout: Layout) -> Floats:
    """Each block's neighbours, (g, B, S + 2m, D), as a view of rows (g, L + 2m, D).

    Neighbouring blocks share 2m rows, so the view must not be written through.
    """
    segment, row, column = rows.strides
    shape = (len(rows), layout.blocks, layout.block + 2 * layout.halo, rows.shape[-1])
    strides = (segment, layout.block * row, row, column)
    view: Floats = np.lib.stride_tricks.as_strided(rows, shape, strides, writeable=False)
    return view


def window_patterns(layout: Layout, dtype: npt.DTypeLike) -> Floats:
    """The row of `Batch.windows` for each (left, right, place in block), as a table.

    Row ((m + 1)·left + right)·S + place, of S + 2m columns, has ones where a neighbour
    is at most `left` words before or `right` words after the centre.
    """
    m, places = layout.halo, np.arange(layout.block)
    reach = np.arange(m + 1)
    offset = np.arange(layout.block + 2 * m) - m - places[:, None]  # (S, S + 2m)
    inside = (
        (offset >= -reach[:, None, None, None])
        & (offset <= reach[None, :, None, None])
        & (offset != 0)
    )
    table: Floats = inside.reshape(-1, layout.block + 2 * m).astype(dtype)
    return table
