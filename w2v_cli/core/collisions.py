"""Negatives that are also targets of a centre in their group.

A negative that is the target of a pair does not count for that pair. The n targets of a centre
share their negatives, so a negative that is m of those targets counts (n − m)/n
(docs/decisions/0001).
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats, Layout

__all__ = ["Collisions", "FewCollisions", "ManyCollisions", "collisions_nbytes", "find_collisions"]

Integers = npt.NDArray[np.integer]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_AT_ONCE = 1 << 14  # tokens, so that what is compared at once stays within the cache
_MARKED = 1 << 16  # bytes that mark what is drawn in a micro-batch
_HIT = 60  # bytes of a token that is drawn, measured
_COUNTING = 6  # bytes for each entry of the running counts, and of two differences of them
_FINDING = 8  # bytes for each (token, negative) while its count is looked up
_COUNTED = 1 << 18  # entries of the running counts, or looked up in them, as the cache holds
_MANY = 5  # entries of the running counts that take the time of one centre that is looked at
_LOOKED_AT = 1 << 15  # hits, or centres around them, that are looked at together


@dataclass(frozen=True)
class _Hits:
    """Tokens that are also drawn in their micro-batch, a hit each time that one is drawn.

    Micro-batch, token, the rank of its first hit among the negatives, and its hits are (m,).
    """

    batch: Places
    token: Places
    first: Places
    times: Places
    ranked: Places  # (n·Q·N,) the places, among the Q·N of their micro-batch, in order of the words

    def each(self, tokens: slice) -> tuple[npt.NDArray[np.int32], ...]:
        """Micro-batch, token, and place among the negatives of each hit of these, (hits, 1)."""
        times = self.times[tokens]
        token = np.repeat(np.arange(len(times)), times)
        since = np.arange(len(token)) - np.repeat(np.cumsum(times) - times, times)
        place = self.ranked[self.first[tokens][token] + since]
        of_hits = self.batch[tokens][token], self.token[tokens][token], place
        return tuple(each.astype(np.int32)[:, None] for each in of_hits)  # half as wide: faster


class Collisions(Protocol):
    """The collisions of one micro-batch."""

    def discount(self, values: Floats, targets: Floats) -> None:
        """Multiply each value (Q, F/Q, N), of a negative, by (n − m)/n, in place.

        `targets` (Q, F/Q) are the number n of targets of each centre.
        """


@dataclass(frozen=True)
class FewCollisions:
    """Collisions by their places."""

    places: Places  # (n,) rising, flat indices into (Q, F/Q, N)
    targets: Places  # (n,) how many of the centre's targets the negative is, m

    def discount(self, values: Floats, targets: Floats) -> None:
        """See `Collisions`."""
        n = targets.reshape(-1)[self.places // values.shape[2]]
        kept = ((n - self.targets) / n).astype(values.dtype)
        values.reshape(-1)[self.places] *= kept


@dataclass(frozen=True)
class ManyCollisions:
    """A count for every negative, where most of them collide."""

    targets: npt.NDArray[np.int16]  # (Q, F/Q, N) how many of the centre's targets it is, m

    def discount(self, values: Floats, targets: Floats) -> None:
        """See `Collisions`."""
        n = np.maximum(targets, 1)[..., None]
        kept = np.subtract(n, self.targets, dtype=values.dtype)
        kept /= n
        values *= kept


def collisions_nbytes(layout: Layout, words: int, micro_batches: int, coincidence: float) -> int:
    """Bytes that finding the collisions of so many micro-batches takes, with V words.

    `coincidence` is the chance that a token and a negative are the same word.
    """
    drawn = layout.groups * layout.negatives
    different = min(words, drawn)
    hits = layout.tokens * drawn * coincidence
    if hits * _centers_per_token(layout) * _MANY <= layout.tokens * different:
        return int(micro_batches * (_MARKED + _HIT * hits))
    counts = micro_batches * 2 * layout.negatives  # of each collision
    counting = _COUNTING * different + _FINDING * layout.negatives
    at_once = min(micro_batches, _counted_at_once(layout, different))
    return micro_batches * _MARKED + layout.tokens * (counts + at_once * counting)


def _counted_at_once(layout: Layout, words: int) -> int:
    """Micro-batches whose collisions are counted together, where so many words are drawn in all."""
    return max(1, _COUNTED // (layout.tokens * max(words, layout.negatives, 1)))


def find_collisions(
    layout: Layout,
    tokens: Integers,
    left: Integers,
    right: Integers,
    negatives: Integers,
    *,
    targets_center: bool,
) -> list[Collisions]:
    """The collisions of each of n micro-batches: tokens (n, F), negatives (n, Q, N).

    `left` and `right` (n, F) count the context words on each side of each centre. With
    `targets_center` a centre is its own only target, or has none if it has no context words.
    """
    found: list[Collisions] = []
    step = max(1, _AT_ONCE // layout.tokens)
    for low in range(0, len(tokens), step):
        part = slice(low, low + step)
        of_part = tokens[part], left[part], right[part], negatives[part]
        if targets_center:
            found += _equal_to_center(layout, *of_part)
        else:
            found += _among_contexts(layout, *of_part)
    return found


def _equal_to_center(
    layout: Layout, tokens: Integers, left: Integers, right: Integers, negatives: Integers
) -> list[Collisions]:
    centers = np.where(left + right > 0, tokens, -1)
    by_group = centers.reshape(len(centers), layout.group_tokens, layout.groups).swapaxes(1, 2)
    equal = by_group[..., None] == negatives.astype(np.int32)[:, :, None]
    places = [np.flatnonzero(of_batch) for of_batch in equal]
    return [FewCollisions(of_batch, np.ones_like(of_batch)) for of_batch in places]


def _among_contexts(
    layout: Layout, tokens: Integers, left: Integers, right: Integers, negatives: Integers
) -> list[Collisions]:
    """The collisions of each micro-batch, from the centres around every token that is drawn in it.

    Where these are many, all (centre, negative) pairs are counted instead.
    """
    drawn = negatives.astype(np.int64).reshape(len(tokens), -1)
    hits, words = _find_hits(tokens, drawn)
    centers = np.bincount(hits.batch, hits.times, len(tokens)) * _centers_per_token(layout)
    many = centers * _MANY > layout.tokens * words
    hits = replace(hits, times=np.where(many[hits.batch], 0, hits.times))
    found: list[Collisions] = [*_of_hits(layout, left, right, hits, len(tokens))]
    counted, step = np.flatnonzero(many), _counted_at_once(layout, len(np.unique(drawn[many])))
    for low in range(0, len(counted), step):
        part = counted[low : low + step]
        of_part = _count_all(layout, tokens[part], left[part], right[part], negatives[part])
        for batch, collisions in zip(part, of_part, strict=True):
            found[batch] = collisions
    return found


def _met_tokens(tokens: Integers, drawn: Places) -> Mask:
    """Which tokens (n, F) may be among the negatives (n, Q·N) drawn in their micro-batch.

    Only the last 16 bits of a word are compared: few tokens pass, and the others need no search.
    """
    marked = np.zeros((len(tokens), _MARKED), np.bool_)
    np.put_along_axis(marked, drawn & _MARKED - 1, True, axis=1)
    return np.take_along_axis(marked, tokens & _MARKED - 1, axis=1)


def _find_hits(tokens: Integers, drawn: Places) -> tuple[_Hits, Places]:
    """The hits of tokens (n, F), and (n,) how many words are `drawn` (n, Q·N) in a micro-batch."""
    count, size = tokens.shape
    keys = (drawn + (np.arange(count) << 32)[:, None]).reshape(-1)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    words = np.bincount(ranked[np.diff(ranked, prepend=-1) > 0] >> 32, minlength=count)
    batch, token = np.divmod(np.flatnonzero(_met_tokens(tokens, drawn)), size)
    sought = tokens[batch, token] + (batch << 32)
    first = np.searchsorted(ranked, sought)
    times = np.searchsorted(ranked, sought, side="right") - first
    return _Hits(batch, token, first, times, order % drawn.shape[1]), words


def _of_hits(
    layout: Layout, left: Integers, right: Integers, hits: _Hits, count: int
) -> list[FewCollisions]:
    """The collisions of each of `count` micro-batches, from its hits."""
    size, step = layout.tokens * layout.negatives, max(1, _LOOKED_AT // _centers_per_token(layout))
    up_to = np.arange(0, hits.times.sum() + step, step)
    bounds = np.searchsorted(np.cumsum(hits.times), up_to, side="right").tolist()
    parts = [_near(layout, left, right, hits, slice(*part)) for part in pairwise(bounds)]
    places = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
    first = np.flatnonzero(np.diff(places, prepend=-1))
    places, times = places[first], np.diff(first, append=len(places))
    ends = np.searchsorted(places, np.arange(count + 1) * size)
    return [
        FewCollisions(places[low:high] - batch * size, times[low:high])
        for batch, (low, high) in enumerate(pairwise(ends))
    ]


def _centers_per_token(layout: Layout) -> int:
    """How many centres of one group can have a token in their windows."""
    return -(-(2 * layout.halo + 1) // layout.groups)


def _near(layout: Layout, left: Integers, right: Integers, hits: _Hits, tokens: slice) -> Places:
    """Flat indices in (n, Q, F/Q, N) for each centre that has one of these tokens as a target."""
    batch, token, drawn = hits.each(tokens)
    group, negative = np.divmod(drawn, layout.negatives)
    lowest = token - layout.halo
    first = lowest + (group - lowest) % layout.groups
    center = first + layout.groups * np.arange(_centers_per_token(layout), dtype=np.int32)
    distance = center - token
    near = batch * layout.tokens + np.clip(center, 0, layout.tokens - 1)
    reach = np.where(distance < 0, right.take(near), left.take(near))
    inside = (center >= 0) & (center < layout.tokens) & (distance != 0)
    rows = (batch * layout.groups + group) * layout.group_tokens + center // layout.groups
    places = rows.astype(np.int64) * layout.negatives + negative
    targeted: Places = places[inside & (np.abs(distance) <= reach)]
    return targeted


def _count_all(
    layout: Layout, tokens: Integers, left: Integers, right: Integers, negatives: Integers
) -> list[Collisions]:
    """The collisions of n micro-batches, from running counts of their drawn words along the text.

    It takes n·F times the number of different drawn words, however wide the windows are.
    """
    text, (words, column) = tokens.reshape(-1), np.unique(negatives, return_inverse=True)
    token_column = np.minimum(np.searchsorted(words, text), len(words) - 1)
    drawn = np.flatnonzero(words[token_column] == text)
    running = np.zeros((len(text) + 1, len(words)), np.int16)
    running[drawn + 1, token_column[drawn]] = 1
    np.cumsum(running, axis=0, out=running)
    place = np.arange(len(text))
    targets = running.take(place + right.reshape(-1) + 1, axis=0)  # (n·F, words), the centre too
    targets -= running.take(place - left.reshape(-1), axis=0)
    targets[drawn, token_column[drawn]] -= 1
    rows = (place * len(words)).reshape(len(tokens), layout.group_tokens, layout.groups)
    columns = column.reshape(len(tokens), layout.groups, 1, layout.negatives)
    places = rows.swapaxes(1, 2)[..., None] + columns
    return [ManyCollisions(of_one) for of_one in targets.reshape(-1).take(places)]
