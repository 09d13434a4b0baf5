"""Gradients of tokens summed to gradients of words, and the update of the parameters.

`parameters[words] -= gradient` would keep only one of a repeated word's gradients, and
`np.subtract.at` is several times slower than this: the rows are sorted by vector, and the
1st, 2nd, 3rd … row of every vector are added as whole slices. The order of additions
depends on the rows alone, hence so do the bits of the result.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.segments import Floats

__all__ = ["RowGroups", "RowUpdater", "group_rows", "shortened"]

Integers = npt.NDArray[np.int64]

_LONGEST = 0.5  # move of a frequent vector in a step; trained vectors are 1 to 6 long
_RUN = 8  # rows of a vector summed slice by slice; one with more is summed in several runs
_AT_ONCE = 1 << 16  # numbers of the vectors worked on together, which the cache then holds


@dataclass(frozen=True)
class RowGroups:
    """The rows of a step, grouped by the vector they belong to: the plan of an update."""

    vectors: Integers  # (n_vectors,) rising
    starts: Integers  # (n_vectors + 1,) where each vector's rows start in `positions`
    positions: Integers  # (n_rows,) places of the rows, rising within a vector

    def between(self, low: int, high: int) -> "RowGroups":
        """Those of the vectors with low <= vector < high."""
        first, last = np.searchsorted(self.vectors, [low, high])
        return RowGroups(self.vectors[first:last], self.starts[first : last + 1], self.positions)


def group_rows(vectors: npt.NDArray[np.integer], places: Integers) -> RowGroups:
    """The groups of rows with the same vector; rows at places (n,) have vectors (n,) below 2³².

    There are fewer than 2³¹ rows, and the places rise.
    """
    keys = vectors.astype(np.int64)
    keys <<= 31
    keys |= np.arange(len(keys))
    keys.sort()  # NumPy sorts int64 with vector instructions; a stable argsort is 15 times slower
    positions = places.take(keys & ((1 << 31) - 1))
    keys >>= 31
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    return RowGroups(keys[first], np.append(first, len(keys)), positions)


class RowUpdater:
    """Sums the rows of each vector and takes a step with them; its buffers are kept."""

    def __init__(self, dim: int, dtype: npt.DTypeLike) -> None:
        """For rows of that many numbers."""
        self._block = max(_RUN, _AT_ONCE // dim)
        self._sums, self._rows = np.empty((2, self._block, dim), dtype)

    def update(
        self,
        parameters: Floats,
        rows: Floats,
        pairs: Floats,
        groups: RowGroups,
        rate: float,
        kappa: float,
    ) -> None:
        """parameters[vectors] -= min(rate, κ/pairs) · sums, in place, for parameters (2V, D).

        Sums are those of rows (n, D), and of pairs (n,), over the rows of each vector.
        Equation (60). A vector whose pairs come to half of κ or more moves _LONGEST at most.
        """
        for vectors, n_pairs, sums in self.sums(rows, pairs, groups):
            sums *= np.minimum(rate, kappa / n_pairs).astype(sums.dtype)[:, None]
            frequent = n_pairs > kappa / (2 * rate)
            if frequent.any():
                far = np.flatnonzero(frequent & (_squares(sums) > _LONGEST**2))
                sums[far] = shortened(sums[far])
            moved = np.take(parameters, vectors, axis=0, out=self._rows[: len(sums)], mode="clip")
            moved -= sums
            parameters[vectors] = moved

    def sums(
        self, rows: Floats, pairs: Floats, groups: RowGroups
    ) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Some vectors at a time: (vectors (k,), pairs (k,) ≥ 1, summed rows (k, D)).

        The sums are views of a buffer, which may be overwritten.
        """
        if len(groups.vectors) == 0:
            return
        counts, first = np.diff(groups.starts), groups.starts[0]
        sorted_pairs = pairs.take(groups.positions[first : groups.starts[-1]])
        n_pairs = np.maximum(np.add.reduceat(sorted_pairs, groups.starts[:-1] - first), 1)
        order = np.argsort(-np.minimum(counts, 1 << 15).astype(np.int16), kind="stable")  # by radix
        starts, counts = groups.starts[:-1][order], counts[order]
        positions = groups.positions
        many = int(np.searchsorted(-counts, -_RUN))  # vectors with more than one run
        if many:
            runs = -(-counts[:many] // _RUN)
            run_sums = self._sum_every_run(rows, positions, starts[:many], counts[:many], runs)
            every = np.arange(len(run_sums))
        low = 0
        while low < len(order):
            part = slice(low, min(low + self._block, many if low < many else len(order)))
            low = part.stop
            sums = (
                self._sum_runs(run_sums, every, (np.cumsum(runs) - runs)[part], runs[part])
                if part.stop <= many
                else self._sum_runs(rows, positions, starts[part], counts[part])
            )
            yield groups.vectors[order[part]], n_pairs[order[part]], sums

    def _sum_every_run(
        self, rows: Floats, positions: Integers, starts: Integers, counts: Integers, runs: Integers
    ) -> Floats:
        """The sums of the runs of vectors with many rows, all of a vector one after another.

        They are summed in their turn: a vector of 100 rows costs 8 + 13 calls instead of 100.
        """
        number = np.arange(int(runs.sum())) - np.repeat(np.cumsum(runs) - runs, runs)
        lengths = np.minimum(_RUN, np.repeat(counts, runs) - _RUN * number)
        run_starts = np.repeat(starts, runs) + _RUN * number
        order = np.argsort(-lengths, kind="stable")
        run_sums = np.empty((len(order), rows.shape[1]), rows.dtype)
        for low in range(0, len(order), self._block):
            part = order[low : low + self._block]
            run_sums[part] = self._sum_runs(rows, positions, run_starts[part], lengths[part])
        return run_sums

    def _sum_runs(
        self, rows: Floats, positions: Integers, starts: Integers, lengths: Integers
    ) -> Floats:
        """The sum of each run; lengths fall, so runs with a k-th row are a prefix."""
        sums = np.take(rows, positions[starts], axis=0, out=self._sums[: len(starts)], mode="clip")
        for k in range(1, int(lengths[0])):
            count = int(np.searchsorted(-lengths, -k))
            places = positions[starts[:count] + k]
            sums[:count] += np.take(rows, places, axis=0, out=self._rows[:count], mode="clip")
        return sums


def shortened(moves: Floats) -> Floats:
    """Moves (n, D) with none longer than _LONGEST.

    The cap of the step size keeps a word stable while the vectors it meets are of ordinary
    length. Where a few words make up the whole text they feed each other, and only this
    keeps them from growing without bound (docs/decisions/0009).
    """
    lengths = np.sqrt(_squares(moves))
    scale: Floats = _LONGEST / np.maximum(lengths, _LONGEST)
    return moves * scale[:, None]


def _squares(vectors: Floats) -> Floats:
    """The squared length of each vector (n, D)."""
    squares: Floats = np.einsum("nd,nd->n", vectors, vectors)
    return squares
