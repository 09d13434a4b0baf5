"""Negatives that are also targets of a centre in their group.

A negative that is the target of a pair does not count for that pair. The n targets of a centre
share their negatives, so a negative that is m of those targets counts (n − m)/n
(docs/decisions/0001).
"""

from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats, Layout

__all__ = ["Collisions", "FewCollisions", "ManyCollisions", "collisions_nbytes", "find_collisions"]

Integers = npt.NDArray[np.integer]
Places = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_AT_ONCE = 1 << 14  # tokens, so that what is compared at once stays within the cache
_COUNTING = 6  # bytes for each entry of the running counts, and of two differences of them
_FINDING = 8  # bytes for each (token, negative) while its count is looked up
_COUNTED = 1 << 18  # entries of the running counts, or looked up in them, as the cache holds
_MANY = 4  # entries of the running counts that take the time of one search


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


def collisions_nbytes(layout: Layout, words: int, micro_batches: int) -> int:
    """Bytes that finding the collisions of so many micro-batches takes at most, with V words.

    With enough words, few collide; the searches that find them take next to nothing.
    """
    drawn = layout.groups * layout.negatives
    different = min(words, drawn)
    if drawn * _centers_per_token(layout) <= different * different // _MANY:
        return 0
    counts = micro_batches * 2 * layout.negatives  # of each collision
    counting = _COUNTING * different + _FINDING * layout.negatives
    at_once = min(micro_batches, _counted_at_once(layout, different))
    return layout.tokens * (counts + at_once * counting)


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
    """The collisions of each micro-batch, by a search for each token that is also drawn in it.

    Where many are drawn, or have many centres around them, all (centre, negative) pairs are
    counted instead.
    """
    drawn = negatives.astype(np.int64).reshape(len(tokens), -1)
    met = _met_tokens(tokens, drawn)
    few = _are_few(layout, met, drawn)
    searched = _of_tokens(layout, tokens[few], left[few], right[few], drawn[few], met[few])
    many = np.flatnonzero(~few)
    step = _counted_at_once(layout, len(np.unique(drawn[many])))
    parts = (many[low : low + step] for low in range(0, len(many), step))
    counted = (_count_all(layout, tokens[b], left[b], right[b], negatives[b]) for b in parts)
    by_search, by_count = iter(searched), chain.from_iterable(counted)
    return [next(by_search if is_few else by_count) for is_few in few]


def _met_tokens(tokens: Integers, drawn: Places) -> Mask:
    """Which tokens (n, F) may be among the negatives (n, Q·N) drawn in their micro-batch.

    Only the last 16 bits of a word are compared: few tokens pass, and the others need no search.
    """
    marked = np.zeros((len(tokens), 1 << 16), np.bool_)
    np.put_along_axis(marked, drawn & 0xFFFF, True, axis=1)
    return np.take_along_axis(marked, tokens & 0xFFFF, axis=1)


def _are_few(layout: Layout, met: Mask, drawn: Places) -> Mask:
    """In which micro-batches (n,) searching takes less time than counting."""
    new = np.diff(np.sort(drawn, axis=1), axis=1) > 0
    words = 1 + np.count_nonzero(new, axis=1)  # different ones that are drawn
    hits = np.count_nonzero(met, axis=1) * drawn.shape[1] // words  # about
    few: Mask = hits * _centers_per_token(layout) <= layout.tokens * words // _MANY
    return few


def _of_tokens(
    layout: Layout,
    tokens: Integers,
    left: Integers,
    right: Integers,
    drawn: Places,
    met: Mask,
) -> list[Collisions]:
    """The collisions of micro-batches in which few tokens are met, by a search for each token."""
    batch, token, negative = _searched(tokens, drawn, met)
    batch, place = _near(layout, left, right, batch, token, negative)
    size = layout.tokens * layout.negatives
    found = np.sort(batch * size + place)
    first = np.flatnonzero(np.diff(found, prepend=-1))
    places, times = found[first], np.diff(first, append=len(found))
    starts = np.arange(len(tokens)) * size
    bounds = np.searchsorted(places, [*starts, len(tokens) * size])
    return [
        FewCollisions(places[low:high] - start, times[low:high])
        for start, low, high in zip(starts, bounds, bounds[1:], strict=False)
    ]


def _searched(tokens: Integers, drawn: Places, met: Mask) -> tuple[Places, Places, Places]:
    """(micro-batch, token, place in its Q·N negatives) for each time that a token is drawn.

    All three are (n,).
    """
    passed = np.flatnonzero(met)
    batch, token = np.divmod(passed, tokens.shape[1])
    keys = (drawn + (np.arange(len(tokens)) << 32)[:, None]).reshape(-1)
    order = np.argsort(keys, kind="stable")
    ranked, sought = keys[order], tokens.reshape(-1)[passed] + (batch << 32)
    first = np.searchsorted(ranked, sought)
    times = np.searchsorted(ranked, sought, side="right") - first
    which = np.repeat(np.arange(len(times)), times)
    since = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
    return batch[which], token[which], order[first[which] + since] % drawn.shape[1]


def _centers_per_token(layout: Layout) -> int:
    """How many centres of one group can have a token in their windows."""
    return -(-(2 * layout.halo + 1) // layout.groups)


def _near(
    layout: Layout,
    left: Integers,
    right: Integers,
    batch: Places,
    token: Places,
    drawn: Places,
) -> tuple[Places, Places]:
    """(micro-batch, flat index in (Q, F/Q, N)) for each centre that has the token as a target."""
    group, negative = np.divmod(drawn, layout.negatives)
    lowest = token - layout.halo
    first = lowest + (group - lowest) % layout.groups
    center = first[:, None] + layout.groups * np.arange(_centers_per_token(layout))
    distance = center - token[:, None]
    near = batch[:, None] * layout.tokens + np.clip(center, 0, layout.tokens - 1)
    reach = np.where(distance < 0, right.take(near), left.take(near))
    inside = (center >= 0) & (center < layout.tokens) & (distance != 0)
    hit, which = np.nonzero(inside & (np.abs(distance) <= reach))
    row = group[hit] * layout.group_tokens + center[hit, which] // layout.groups
    return batch[hit], row * layout.negatives + negative[hit]


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
