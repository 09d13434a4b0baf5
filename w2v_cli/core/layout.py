"""How a step is cut into micro-batches, segments, and groups that share negatives."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "Layout", "choose_layout"]

Floats = npt.NDArray[np.floating[Any]]

_SEGMENT = 512  # tokens: with a window of 5, 502 of them are centres
_BLOCK = 16  # centres whose scores are one product of 16 by 26 for a window of 5
_NEGATIVES = 16, 64  # of a group, at least and at most
_GROUP = 128  # tokens that share them; half as many where each would stand for too many pairs
_NEGATIVE_PAIRS = 120  # that a negative may stand for; larger lumps cost quality
_MICRO_BATCH = 1024  # tokens: more would not fit the cache, fewer not repay the calls
_STEPS = 128  # of an epoch at least, unless they would be smaller than a micro-batch
_BATCHES = 4  # micro-batches a step at least, if it has room: workers share them evenly


@dataclass(frozen=True)
class Layout:
    """The sizes of a micro-batch: G segments of P tokens, the outer h of which are halo.

    Its F = G·P tokens lie one after another. They are Q groups of which each shares N negatives,
    and neighbours are in different groups: token i is in group i mod Q (docs/decisions/0010).
    """

    segments: int  # G
    length: int  # P, a multiple of B, more than 2h
    halo: int  # h, at least the widest window that the text needs
    negatives: int  # N; none for the softmax
    groups: int  # Q, a divisor of F
    block: int = _BLOCK  # B

    @property
    def tokens(self) -> int:
        """Tokens of a micro-batch, F."""
        return self.segments * self.length

    @property
    def segment_centers(self) -> int:
        """Centres of a segment; the halo are context words only."""
        return self.length - 2 * self.halo

    @property
    def centers(self) -> int:
        """Centres of a micro-batch."""
        return self.segments * self.segment_centers

    @property
    def group_tokens(self) -> int:
        """Tokens of a group, F/Q."""
        return self.tokens // self.groups

    @property
    def gradient_rows(self) -> int:
        """Rows of a Gradient, F + Q·N."""
        return self.tokens + self.groups * self.negatives

    def by_group(self, of_tokens: Floats) -> Floats:
        """An array (F, …) as a view (Q, F/Q, …): group by group."""
        view: Floats = of_tokens.reshape(-1, self.groups, *of_tokens.shape[1:]).swapaxes(0, 1)
        return view


def choose_layout(
    expected_tokens: float,
    window: int,
    tokens_per_step: int,
    negatives_per_center: float,
) -> tuple[Layout, int]:
    """The layout for an epoch of that many tokens, and the micro-batches of a step.

    Steps have about `tokens_per_step` centres, fewer where an epoch would have too few steps.
    With `negatives_per_center`, K for each target, 0, none are drawn.
    """
    most = max(expected_tokens / _STEPS, min(_MICRO_BATCH, expected_tokens / 2))
    room = min(tokens_per_step, most)
    length = _SEGMENT * -(-window // 32)  # an eighth of it halo at most
    while length >= max(4 * _BLOCK, 8 * window) and _BATCHES * (length - 2 * window) > room:
        length //= 2
    centers = length - 2 * window
    widest = max(1, _MICRO_BATCH // length)
    segments = int(min(max(1, room // (_BATCHES * centers)), widest))
    batches = 2 ** max(0, round(np.log2(room / (segments * centers))))
    negatives = _negatives_of_group(negatives_per_center)
    lump = negatives_per_center * _GROUP / max(negatives, 1)
    size = _GROUP if lump <= _NEGATIVE_PAIRS else _GROUP // 2
    groups = 2 ** int(np.log2(max(1, segments * length / size)))  # divides any such length
    return Layout(segments, length, window, negatives, groups), int(batches)


def _negatives_of_group(per_center: float) -> int:
    """About as many as a centre would draw for itself, a power of two."""
    least, most = _NEGATIVES
    return int(np.clip(2 ** round(np.log2(per_center)), least, most)) if per_center else 0
