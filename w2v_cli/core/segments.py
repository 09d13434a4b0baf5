"""Running text cut into segments, and the micro-batch of segments that the kernels work on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.core.bands import Band

__all__ = ["Batch", "Floats", "Gradient", "Layout", "choose_layout"]

Floats = npt.NDArray[np.floating[Any]]

_SEGMENT = 512  # tokens: with a window of 5, 502 of them are centres
_BLOCK = 16  # centres whose scores are one product of 16 by 26 for a window of 5
_NEGATIVES = 16, 64  # of a set, at least and at most
_SET = 128  # tokens that share them; half as many where each would stand for too many pairs
_NEGATIVE_PAIRS = 120  # that a negative may stand for; larger lumps cost quality
_MICRO_BATCH = 1024  # tokens: more would not fit the cache, fewer not repay the calls
_STEPS = 128  # of an epoch at least, unless they would be smaller than a micro-batch
_BATCHES = 4  # micro-batches a step at least, if it has room: workers share them evenly


@dataclass(frozen=True)
class Layout:
    """The sizes of a micro-batch: G segments of P tokens, the outer m of which are halo.

    Its F = G·P tokens lie one after another. They are Q sets of which each shares N negatives,
    and neighbours are in different sets: token i is in set i mod Q (docs/decisions/0010).
    """

    segments: int  # G
    length: int  # P, a multiple of B, more than 2m
    halo: int  # m
    negatives: int  # N; none for the softmax
    sets: int  # Q, a divisor of F
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
    def set_tokens(self) -> int:
        """Tokens of a set, F/Q."""
        return self.tokens // self.sets

    @property
    def rows(self) -> int:
        """Rows of a Gradient, F + Q·N."""
        return self.tokens + self.sets * self.negatives

    def by_set(self, of_tokens: Floats) -> Floats:
        """An array (F, …) as a view (Q, F/Q, …): set by set."""
        view: Floats = of_tokens.reshape(-1, self.sets, *of_tokens.shape[1:]).swapaxes(0, 1)
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
    negatives = _negatives_of_set(negatives_per_center)
    lump = negatives_per_center * _SET / max(negatives, 1)
    size = _SET if lump <= _NEGATIVE_PAIRS else _SET // 2
    sets = 2 ** int(np.log2(max(1, segments * length / size)))  # divides any such length
    return Layout(segments, length, window, negatives, sets), int(batches)


def _negatives_of_set(per_center: float) -> int:
    """About as many as a centre would draw for itself, a power of two."""
    least, most = _NEGATIVES
    return int(np.clip(2 ** round(np.log2(per_center)), least, most)) if per_center else 0


@dataclass
class Batch:
    """A micro-batch with everything random already drawn.

    Loss and gradient are functions of (parameters, batch) alone, which is what makes
    them checkable by differences and repeatable on any worker.
    """

    tokens: npt.NDArray[np.intp]  # (F,) word ids
    windows: Band  # 1 where a token is a context word of the centre
    contexts: Floats  # (F,) number of context words of each centre
    negatives: npt.NDArray[np.intp]  # (Q, N) word ids
    collisions: npt.NDArray[np.intp]  # flat indices into (Q, F/Q, N) of those not to count
    pairs: Floats  # (F + Q·N, 2) number of pairs that each row of the gradient sums over


class Gradient:
    """The gradient of a micro-batch's loss, a row for each token and not yet for each word.

    `rows` is (F + Q·N, 2, D): for every token, then for every negative, that of its centre
    and of its outside vector. A negative's centre vector has none: it stays as it is, zero.
    The softmax has no negatives; instead `everything` (V, D) is that of every outside vector.
    """

    def __init__(self, layout: Layout, rows: Floats, everything: Floats | None) -> None:
        """Views of `rows` and `everything`, which the kernels set."""
        tokens = layout.tokens
        self.rows, self.everything = rows, everything
        self.center, self.outside = rows[:tokens, 0], rows[:tokens, 1]
        self.negatives = rows[tokens:, 1].reshape(layout.sets, layout.negatives, rows.shape[2])
