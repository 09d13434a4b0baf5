"""How a step is cut into micro-batches, segments, and groups that share negatives."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Floats", "KernelShape", "Layout", "choose_layout"]

Floats = npt.NDArray[np.floating[Any]]

_SEGMENT = 512  # tokens: with a window of 5, 502 of them are centres
_SHORTEST = 32  # tokens of a segment where a step has few
_BLOCK = 8  # centres whose scores are one product of 8 by 18 for a window of 5
_NEGATIVES = 16, 64  # of a group, at least and at most
_GROUP = 128  # tokens that share them; half as many where each would stand for too many pairs
_NEGATIVE_PAIRS = 120  # that a negative may stand for; more cost quality
_MICRO_BATCH = 1024  # tokens: more would not fit the cache, fewer would not repay the calls
_STEPS, _EPOCH_STEPS = 128, 8  # of a run and an epoch at least, if steps then fill a micro-batch
_BATCHES = 4  # micro-batches a step at least, if it has room: workers share them evenly
_WIDEST_BAND = 32  # words on each side; beyond, windows are held as blocks of rows


@dataclass(frozen=True)
class Layout:
    """The sizes of a micro-batch: G segments of P tokens, with a halo of h tokens at both ends.

    Its F = G·P tokens lie one after another. Token i is in group i mod Q, so neighbours are in
    different groups; the tokens of a group share N negatives (docs/decisions/0010).
    """

    segments: int  # G
    length: int  # P, a multiple of B, more than 2h
    halo: int  # h, at least the widest window that the text needs
    negatives: int  # N; none for the softmax
    groups: int  # Q, a divisor of F
    block: int = _BLOCK  # B

    @property
    def wide(self) -> bool:
        """Whether windows are held as blocks of rows rather than as a band."""
        return self.halo > _WIDEST_BAND

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
    def outside_rows(self) -> int:
        """Outside vectors of the tokens and of all negatives, F + Q·N."""
        return self.tokens + self.groups * self.negatives

    def by_group(self, of_tokens: Floats) -> Floats:
        """An array (F, …) as a view (Q, F/Q, …): group by group."""
        view: Floats = of_tokens.reshape(-1, self.groups, *of_tokens.shape[1:]).swapaxes(0, 1)
        return view


@dataclass(frozen=True)
class KernelShape:
    """The sizes that models and objectives allocate by."""

    layout: Layout
    words: int  # V
    dim: int  # D
    dtype: npt.DTypeLike


def choose_layout(
    epoch_tokens: float,
    halo: int,
    tokens_per_step: int,
    negatives_per_center: float,
    *,
    epochs: int = 1,
) -> tuple[Layout, int]:
    """The layout for epochs of that many tokens, and the micro-batches of a step.

    Steps have about `tokens_per_step` centres, fewer where a run or an epoch would have too few
    steps. `negatives_per_center` is K for each target of a centre; with 0 none are drawn. `halo`
    is the widest window on one side.
    """
    most = min(epochs * epoch_tokens / _STEPS, epoch_tokens / _EPOCH_STEPS)
    room = min(tokens_per_step, max(most, min(_MICRO_BATCH, epoch_tokens / 2)))
    negatives = _negatives_of_group(negatives_per_center)
    if halo > _WIDEST_BAND:
        return _wide_layout(room, halo, negatives, negatives_per_center)
    length = _SEGMENT
    while length // 2 >= max(_SHORTEST, 4 * halo) and _BATCHES * (length - 2 * halo) > room:
        length //= 2
    centers = length - 2 * halo
    widest = max(1, _MICRO_BATCH // length)
    segments = int(min(max(1, room // (_BATCHES * centers)), widest))
    lump = negatives_per_center * _GROUP / max(negatives, 1)
    size = _GROUP if lump <= _NEGATIVE_PAIRS else _GROUP // 2
    groups = _power_of_two(segments * length / size)  # divides any such length
    layout = Layout(segments, length, halo, negatives, groups)
    return layout, _micro_batches(room, layout)


def _wide_layout(
    room: float, halo: int, negatives: int, negatives_per_center: float
) -> tuple[Layout, int]:
    """The same for wide windows: one segment a micro-batch, of few centres where a step has few."""
    block = 32 if halo < 64 else 64
    halo = -(-halo // 16) * 16
    centers = int(np.clip(room / 2 // block, 1, _MICRO_BATCH // block)) * block
    lump = negatives_per_center * centers / max(negatives, 1)
    groups = min(2 * _power_of_two(max(lump / _NEGATIVE_PAIRS, centers / _GROUP)), 32)
    layout = Layout(1, centers + 2 * halo, halo, negatives, groups, block)
    return layout, _micro_batches(room, layout)


def _micro_batches(room: float, layout: Layout) -> int:
    """How many micro-batches a step has, a power of two."""
    return int(2 ** max(0, round(np.log2(room / layout.centers))))


def _power_of_two(at_most: float) -> int:
    """The largest power of two that is not above the number, at least 1."""
    return int(2 ** int(np.log2(max(1, at_most))))


def _negatives_of_group(per_center: float) -> int:
    """About as many negatives as a centre would draw for itself, a power of two."""
    least, most = _NEGATIVES
    return int(np.clip(2 ** round(np.log2(per_center)), least, most)) if per_center else 0
