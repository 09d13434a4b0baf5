"""Running text cut into segments, and the batch of segments that the kernels work on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Batch", "Floats", "Forward", "Gradient", "Layout", "choose_layout"]

Floats = npt.NDArray[np.floating[Any]]

_SEGMENT = 32  # centres: their scores are one product of 32 by 42 for a window of 5
_SHARING = 4  # segments of a set, all from different places, that share negatives
_NEGATIVES = 64  # of a set
_SET_NUMBERS = 100_000  # centres × D of a micro-batch, whose rows then fit the second-level cache
_BATCHES = 4  # micro-batches a step at least, where it has room for them: workers share them


@dataclass(frozen=True)
class Layout:
    """The sizes of a micro-batch: G segments of L centres, in sets of s segments."""

    group: int  # G
    length: int  # L
    halo: int  # m
    negatives: int  # N, at most s·L
    sharing: int  # s, segments of a set that shares negatives; G is a multiple of it

    @property
    def span(self) -> int:
        """Tokens of a segment with its halo, L + 2m."""
        return self.length + 2 * self.halo

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
    length, sharing = max(_SEGMENT, window), _SHARING
    while sharing > 1 and 2 * _BATCHES * sharing * length > room:
        sharing //= 2
    if 2 * _BATCHES * sharing * length > room:
        length = max(_SEGMENT // 2, window)
    centers = sharing * length
    widest = max(2, round(_SET_NUMBERS / (centers * dim)))
    sets = int(min(max(2, tokens_per_step // (_BATCHES * centers)), widest))
    batches = max(1, round(tokens_per_step / (sets * centers)))
    return Layout(sets * sharing, length, window, min(_NEGATIVES, centers), sharing), batches


@dataclass
class Batch:
    """A micro-batch of g ≤ G segments with everything random already drawn.

    Loss and gradient are functions of (parameters, batch) alone, which is what makes
    them checkable by differences and repeatable on any worker.
    """

    tokens: npt.NDArray[np.intp]  # (g, L + 2m) word ids
    windows: Floats  # (g, L, L + 2m) 1 where a token is a context word of the centre
    contexts: Floats  # (g, L) number of context words of each centre
    negatives: npt.NDArray[np.intp]  # (g/s, N) distinct positions in the flattened tokens
    negative_weights: Floats  # (g/s, N) K·p/(q·N): what one of them counts for, per context word
    collisions: npt.NDArray[np.intp]  # flat indices into (g, L, N) of negatives not to count
    pairs: Floats  # (g, L + 2m, 2) number of pairs that each token's gradients sum over


@dataclass
class Forward:
    """What a micro-batch has come to before the loss."""

    batch: Batch
    rows: Floats  # (g, L + 2m, 2, D) both vectors of every token
    hidden: Floats  # (g, L, D)
    counts: Floats  # (g, L) targets of each centre


@dataclass
class Gradient:
    """The gradient of a micro-batch's loss, one row for each token and not yet per word."""

    rows: Floats  # (g, L + 2m, 2, D), in the order of Batch.tokens
    hidden: Floats  # (g, L, D) by the hidden vectors, on its way to the rows
    outside: Floats | None  # (V, D) of every outside vector, for naive softmax
