"""Gradients of tokens summed to gradients of words, and the update of the parameters.

`parameters[words] -= gradient` would keep only one of a repeated word's gradients, and
`np.subtract.at` is several times slower than this: the tokens are sorted by
word, and the 1st, 2nd, 3rd … token of every word are added as whole slices. The order
of additions depends on the tokens alone, hence so do the bits of the result.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.segments import Floats

__all__ = ["RowUpdater", "WordGroups", "WordSums", "group_by_word", "shortened"]

Integers = npt.NDArray[np.int64]

_FREQUENT = 100  # pairs in a step; a word in fewer does not move far
_LONGEST = 0.5  # move of a frequent word in a step; trained vectors are 1 to 6 long
_RUN = 8  # tokens of a word summed slice by slice; a word with more is summed in several runs


@dataclass(frozen=True)
class WordGroups:
    """The tokens of a step, sorted by word: the plan of a coalesced update."""

    words: Integers  # (n_words,) rising
    starts: Integers  # (n_words + 1,) where each word's tokens start in `positions`
    positions: Integers  # (n_tokens,) places in the step, rising within a word

    def part(self, index: int, parts: int) -> "WordGroups":
        """Those of the words that fall to part `index` of `parts` of nearly equal work."""
        total = len(self.positions)
        low, high = np.searchsorted(
            self.starts, [total * index // parts, total * (index + 1) // parts]
        )
        return WordGroups(self.words[low:high], self.starts[low : high + 1], self.positions)

    def between(self, low: int, high: int) -> "WordGroups":
        """Those of the words with low <= word < high."""
        first, last = np.searchsorted(self.words, [low, high])
        return WordGroups(self.words[first:last], self.starts[first : last + 1], self.positions)


def group_by_word(tokens: npt.NDArray[np.integer]) -> WordGroups:
    """The groups of equal tokens (n,); n below 2³¹, tokens below 2³²."""
    keys = tokens.astype(np.int64)
    keys <<= 31
    keys |= np.arange(len(keys))
    keys.sort()  # NumPy sorts int64 with vector instructions; a stable argsort is 15 times slower
    words = keys >> 31
    keys &= (1 << 31) - 1
    starts = np.concatenate(([0], np.flatnonzero(np.diff(words)) + 1, [len(words)]))
    return WordGroups(words[starts[:-1]], starts, keys)


@dataclass(frozen=True)
class WordSums:
    """The summed gradients of words; a view of a buffer that the next sum overwrites."""

    words: Integers  # (n_words,) distinct
    pairs: Floats  # (n_words, 2) pairs that each half of the sum is over
    rows: Floats  # (n_words, 2·D) centre and outside half


class RowUpdater:
    """Sums the rows of each word and takes a step with them; its buffers are kept."""

    def __init__(self, tokens: int, width: int, dtype: npt.DTypeLike) -> None:
        """For steps of at most that many tokens, whose rows have that many numbers."""
        self._sums = np.empty((tokens, width), dtype)
        self._rows = np.empty((tokens, width), dtype)

    def sum_by_word(self, rows: Floats, pairs: Floats, groups: WordGroups) -> WordSums:
        """The sums of rows (n, 2·D), and of pairs (n, 2), over the tokens of each word."""
        counts = np.diff(groups.starts)
        order = np.argsort(-counts, kind="stable")
        starts, counts = groups.starts[:-1][order], counts[order]
        sums = self._sums[: len(order)]
        self._sum_runs(rows, groups.positions, starts, np.minimum(counts, _RUN), sums)
        frequent = int(np.searchsorted(-counts, -_RUN))  # words with more than one run
        if frequent:
            self._add_later_runs(rows, groups, starts[:frequent], counts[:frequent])
        sorted_pairs = pairs.take(groups.positions[: groups.starts[-1]], axis=0)
        pair_sums = np.add.reduceat(sorted_pairs, groups.starts[:-1], axis=0)[order]
        return WordSums(groups.words[order], np.maximum(pair_sums, 1), sums)

    def update(self, parameters: Floats, sums: WordSums, rate: float, kappa: float) -> None:
        """parameters[words] -= min(rate, κ/pairs) · sums, in place; overwrites the sums.

        Parameters are (V, 2·D). Equation (60), for each half of a row.
        """
        step = np.minimum(rate, kappa / sums.pairs)
        halves = sums.rows.reshape(len(sums.words), 2, -1)
        halves *= step.astype(halves.dtype)[:, :, None]
        frequent = np.flatnonzero(sums.pairs.max(axis=1) > _FREQUENT)
        halves[frequent] = shortened(halves[frequent])
        rows = self._rows[: len(halves)]
        np.take(parameters, sums.words, axis=0, out=rows, mode="clip")
        rows -= sums.rows
        parameters[sums.words] = rows

    def _sum_runs(
        self, rows: Floats, positions: Integers, starts: Integers, lengths: Integers, out: Floats
    ) -> None:
        """Set out to the sum of each run; lengths fall, so runs with a k-th row are a prefix."""
        np.take(rows, positions[starts], axis=0, out=out, mode="clip")
        for k in range(1, int(lengths[0])):
            count = int(np.searchsorted(-lengths, -k))
            places = positions[starts[:count] + k]
            out[:count] += np.take(rows, places, axis=0, out=self._rows[:count], mode="clip")

    def _add_later_runs(
        self, rows: Floats, groups: WordGroups, starts: Integers, counts: Integers
    ) -> None:
        """Add to the first sums the tokens of frequent words that lie beyond the first run.

        All those runs are summed together, then added run by run: a word with 100 tokens
        costs 8 + 12 calls instead of 100.
        """
        later = -(-counts // _RUN) - 1  # falling, like the counts
        before = np.cumsum(later) - later
        number = np.arange(int(later.sum())) - np.repeat(before, later) + 1
        lengths = np.minimum(_RUN, np.repeat(counts, later) - _RUN * number)
        order = np.argsort(-lengths, kind="stable")
        run_starts = np.repeat(starts, later) + _RUN * number
        run_sums = np.empty((len(order), rows.shape[1]), rows.dtype)
        self._sum_runs(rows, groups.positions, run_starts[order], lengths[order], run_sums)
        place = np.empty_like(order)
        place[order] = np.arange(len(order))
        for k in range(int(later[0])):
            words = int(np.searchsorted(-later, -k))  # those with a k-th later run
            self._sums[:words] += run_sums[place[before[:words] + k]]


def shortened(moves: Floats) -> Floats:
    """Moves (…, D) with none longer than _LONGEST.

    The cap of the step size keeps a word stable while the vectors it meets are of ordinary
    length. Where a few words make up the whole text they feed each other, and only this
    keeps them from growing without bound (docs/decisions/0009).
    """
    lengths = np.sqrt(np.einsum("...d,...d->...", moves, moves))
    scale: Floats = _LONGEST / np.maximum(lengths, _LONGEST)
    return moves * scale[..., None]
