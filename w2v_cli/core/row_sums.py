"""Gradients of tokens summed to gradients of words.

The rows are sorted by word; then the 1st, 2nd, 3rd … row of every word are added as whole
slices. `np.add.at` is several times slower, and `total[words] += rows` would keep only one of a
repeated word's rows. The order of additions depends on the rows alone, and so do the bits. Few
words have so many rows each that matrix products are faster.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats

__all__ = ["RowGroups", "RowSums", "are_few_words", "group_rows", "sum_by_product"]

Integers = npt.NDArray[np.int64]

_RUN = 8  # rows of a word summed slice by slice; a word with more is summed in several runs
_AT_ONCE = 1 << 17  # numbers of the vectors worked on together, which the cache then holds
_FEW_WORDS, _FEW_NUMBERS = 128, 1 << 13  # at most these: products take less time than sorting
_ONE_THREAD = 1 << 18  # multiplications of the largest product that OpenBLAS does in one thread


@dataclass(frozen=True)
class RowGroups:
    """The rows of a step, grouped by the word they belong to."""

    words: Integers  # (n_words,) rising
    starts: Integers  # (n_words + 1,) where each word's rows start in `positions`
    positions: Integers  # (n_rows,) places of the rows, rising within a word


def group_rows(words: npt.NDArray[np.integer], places: Integers) -> RowGroups:
    """The groups of rows with the same word; the rows at places (n,) belong to words (n,).

    Words are below 2³², and the places rise.
    """
    order = _stable_order(words)
    words = words.take(order)
    first = np.flatnonzero(np.diff(words, prepend=-1))
    starts = np.append(first, len(words))
    return RowGroups(words[first].astype(np.int64), starts, places.take(order))


def _stable_order(numbers: npt.NDArray[np.integer]) -> Integers:
    """The places (n,) of numbers below 2³² as they rise; equal ones as they come.

    By 16 bits at a time, which NumPy sorts by radix. It sorts wider numbers several times slower
    on some processors.
    """
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    high = (numbers >> 16).astype(np.uint16)
    if high.any():
        order = order.take(np.argsort(high.take(order), kind="stable"))
    return order


def are_few_words(words: int, dim: int) -> bool:
    """Whether `sum_by_product` is the faster way for so many words with D numbers each."""
    # With D = 1 the rows are a vector: OpenBLAS uses threads for far smaller products.
    return words <= _FEW_WORDS and words * dim <= _FEW_NUMBERS and dim > 1


def sum_by_product(
    words: npt.NDArray[np.integer], rows: Floats, pairs: Floats, count: int
) -> tuple[Floats, Floats]:
    """The summed pairs (V,) and rows (V, D) of all of V words, by products with zeros and ones.

    From words (n,), rows (n, D) and pairs (n,). The bits of a product depend on its shape: two
    processes have the same bits only if both take the same rows and all words. OpenBLAS shares
    large products among its threads; then their number would decide the bits, too.
    """
    sums = np.zeros((count, rows.shape[1]), rows.dtype)
    at_once = _ONE_THREAD // sums.size
    for low in range(0, len(rows), at_once):
        of_part = words[low : low + at_once]
        belongs = np.zeros((count, len(of_part)), rows.dtype)
        belongs[of_part, np.arange(len(of_part))] = 1
        sums += belongs @ rows[low : low + at_once]
    return np.bincount(words, pairs, count).astype(pairs.dtype), sums


class RowSums:
    """Sums the rows of each word, a block of words at a time; its buffers are kept."""

    def __init__(self, width: int, dtype: npt.DTypeLike) -> None:
        """For rows of so many numbers."""
        self.block = max(_RUN, _AT_ONCE // width)
        self._sums, self._rows = np.empty((2, self.block, width), dtype)

    @staticmethod
    def nbytes(dim: int) -> int:
        """Bytes of the buffers, and of another for the vectors that are moved."""
        return 4 * 3 * max(_RUN * dim, _AT_ONCE)

    def sums(
        self, rows: Floats, pairs: Floats, groups: RowGroups
    ) -> Iterator[tuple[Integers, Floats, Floats]]:
        """Some words at a time: (words (k,), summed pairs (k,), summed rows (k, width)).

        Rows are (n, width) and pairs (n,). The sums are views of a buffer, which may be
        overwritten.
        """
        if len(groups.words) == 0:
            return
        starts, counts = groups.starts[:-1], np.diff(groups.starts)
        n_pairs = np.add.reduceat(pairs.take(groups.positions), starts)
        order = np.argsort(-np.minimum(counts, _RUN + 1).astype(np.int8), kind="stable")  # radix
        many = np.count_nonzero(counts > _RUN)
        long, short = order[:many], order[many:]
        long = long[np.argsort(-counts[long], kind="stable")]
        order[:many] = long
        words, n_pairs = groups.words[order], n_pairs[order]
        blocks = chain(
            self._sum_long(rows, groups.positions, starts[long], counts[long]),
            self._sum_blocks(rows, groups.positions, starts[short], counts[short]),
        )
        done = 0
        for sums in blocks:
            part = slice(done, done + len(sums))
            done += len(sums)
            yield words[part], n_pairs[part], sums

    def _sum_long(
        self, rows: Floats, positions: Integers, starts: Integers, lengths: Integers
    ) -> Iterator[Floats]:
        """The sums of words with many rows: first of runs of rows, then of the runs.

        A word of 100 rows costs 8 + 13 calls instead of 100.
        """
        runs = -(-lengths // _RUN)
        first_run = np.cumsum(runs) - runs
        number = np.arange(int(runs.sum())) - np.repeat(first_run, runs)
        sizes = np.minimum(_RUN, np.repeat(lengths, runs) - _RUN * number)
        order = np.argsort(-sizes, kind="stable")
        run_starts = (np.repeat(starts, runs) + _RUN * number)[order]
        run_sums, done = np.empty((len(order), rows.shape[1]), rows.dtype), 0
        for sums in self._sum_blocks(rows, positions, run_starts, sizes[order]):
            run_sums[order[done : done + len(sums)]] = sums
            done += len(sums)
        yield from self._sum_blocks(run_sums, np.arange(len(run_sums)), first_run, runs)

    def _sum_blocks(
        self, rows: Floats, positions: Integers, starts: Integers, lengths: Integers
    ) -> Iterator[Floats]:
        """The sum of each run, as many at a time as the buffer holds; the lengths fall."""
        for low in range(0, len(starts), self.block):
            part = slice(low, low + self.block)
            yield self._sum_runs(rows, positions, starts[part], lengths[part])

    def _sum_runs(
        self, rows: Floats, positions: Integers, starts: Integers, lengths: Integers
    ) -> Floats:
        """The sum of each run; lengths fall, so runs with a k-th row are a prefix."""
        sums = np.take(rows, positions[starts], axis=0, out=self._sums[: len(starts)], mode="clip")
        longer = np.searchsorted(-lengths, -np.arange(1, lengths[0]))
        for k, count in enumerate(longer.tolist(), start=1):
            places = positions[starts[:count] + k]
            sums[:count] += np.take(rows, places, axis=0, out=self._rows[:count], mode="clip")
        return sums
