"""Negatives that are also a target of the centre that shares them.

A negative that is the target of a pair does not count for that pair. The n targets of a centre
share their negatives, so one that is m of those targets counts (n − m)/n
(docs/decisions/0001).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Layout

__all__ = ["Collisions", "collisions_nbytes", "find_collisions"]

Integers = npt.NDArray[np.integer]
Places = npt.NDArray[np.int64]

_AT_ONCE = 1 << 14  # tokens, so that what is compared at once stays within the cache
_COUNTING = 10  # bytes for each entry of the running counts, measured
_MANY = 4  # as many entries of the running counts take the time of one of the candidates


@dataclass(frozen=True)
class Collisions:
    """Those of one micro-batch."""

    places: Places  # (n,) rising, flat indices into (Q, F/Q, N)
    targets: Places  # (n,) how many of the centre's targets the negative is, m


def collisions_nbytes(layout: Layout, words: int) -> int:
    """Bytes that finding those of a micro-batch takes at most, with V words."""
    return _COUNTING * layout.tokens * min(words, layout.groups * layout.negatives)


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

    `left` and `right` (n, F) are the context words on each side of each centre. With
    `targets_center` the centre is its own only target, and without context words it has none.
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
    return [Collisions(of_batch, np.ones_like(of_batch)) for of_batch in places]


def _among_contexts(
    layout: Layout, tokens: Integers, left: Integers, right: Integers, negatives: Integers
) -> list[Collisions]:
    """From the tokens that are drawn somewhere in their micro-batch, of which there are few.

    Where they have many centres around them, all (centre, negative) pairs are counted instead.
    """
    met = _met_tokens(tokens, negatives)
    hits = np.bincount(met.batch, met.times, len(tokens))
    sparse = hits * _centers_per_token(layout) <= layout.tokens * met.drawn_words // _MANY
    batch, token, drawn = met.each(sparse)
    batch, place = _near(layout, left, right, batch, token, drawn)
    bounds = np.searchsorted(batch, np.arange(len(tokens) + 1))
    return [
        _counted(place[bounds[b] : bounds[b + 1]])
        if sparse[b]
        else _count_all(layout, tokens[b], left[b], right[b], negatives[b])
        for b in range(len(tokens))
    ]


@dataclass(frozen=True)
class _MetTokens:
    """Tokens that are drawn in their micro-batch, and where among the sorted negatives they are."""

    batch: Places  # rising, the micro-batch of each
    token: Places
    first: Places  # of its places among all micro-batches' negatives, sorted
    times: Places  # it is drawn
    order: Places  # the places in (Q·N) of those sorted negatives
    drawn_words: Places  # (n,) different words drawn in each micro-batch

    def each(self, chosen: npt.NDArray[np.bool_]) -> tuple[Places, Places, Places]:
        """(micro-batch, token, place in the Q·N negatives) of each time in the chosen ones."""
        times = self.times * chosen[self.batch]
        which = np.repeat(np.arange(len(times)), times)
        since = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        return self.batch[which], self.token[which], self.order[self.first[which] + since]


def _met_tokens(tokens: Integers, negatives: Integers) -> _MetTokens:
    count = len(tokens)
    of_batch = negatives.astype(np.int64).reshape(count, -1)
    # By the last 16 bits of a word: few tokens pass, so all others need no search.
    marked = np.zeros((count, 1 << 16), np.bool_)
    np.put_along_axis(marked, of_batch & 0xFFFF, True, axis=1)
    passed = np.flatnonzero(np.take_along_axis(marked, tokens & 0xFFFF, axis=1))
    batch, token = np.divmod(passed, tokens.shape[1])
    keys = (of_batch + (np.arange(count) << 32)[:, None]).reshape(-1)
    order = np.argsort(keys, kind="stable")
    ranked, sought = keys[order], tokens.reshape(-1)[passed] + (batch << 32)
    first = np.searchsorted(ranked, sought)
    times = np.searchsorted(ranked, sought, side="right") - first
    new = np.diff(ranked, prepend=-1) > 0
    return _MetTokens(
        batch,
        token,
        first,
        times,
        order % of_batch.shape[1],
        np.count_nonzero(new.reshape(count, -1), axis=1),
    )


def _centers_per_token(layout: Layout) -> int:
    """The centres of one group whose windows can hold a token."""
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


def _counted(places: Places) -> Collisions:
    """The different places, and how often each is there."""
    places.sort()
    first = np.flatnonzero(np.diff(places, prepend=-1))
    return Collisions(places[first], np.diff(first, append=len(places)))


def _count_all(
    layout: Layout, tokens: Integers, left: Integers, right: Integers, negatives: Integers
) -> Collisions:
    """Those of one micro-batch, from running counts of its drawn words along the text.

    It takes F times the number of different drawn words, however wide the windows are.
    """
    words, column = np.unique(negatives, return_inverse=True)
    token_column = np.minimum(np.searchsorted(words, tokens), len(words) - 1)
    drawn = np.flatnonzero(words[token_column] == tokens)
    running = np.zeros((layout.tokens + 1, len(words)), np.int32)
    running[drawn + 1, token_column[drawn]] = 1
    np.cumsum(running, axis=0, out=running)
    place = np.arange(layout.tokens)
    targets = running[place + right + 1] - running[place - left]  # (F, words), the centre too
    targets[drawn, token_column[drawn]] -= 1
    columns = column.reshape(layout.groups, 1, layout.negatives)
    met = np.take_along_axis(layout.by_group(targets), columns, axis=2).reshape(-1)
    places = np.flatnonzero(met)
    return Collisions(places, met[places].astype(np.int64))
