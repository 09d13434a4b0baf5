"""All that is trained as one table, in blocks that are sent between nodes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Changes", "Rows", "VectorTable"]

_T = TypeVar("_T")

Rows = npt.NDArray[np.float32]
"""Rows of the table, (n, C)."""

_BLOCK = 32 << 20  # bytes: smaller blocks cost more tasks, larger ones leave nodes without any
_BLOCKS = 16  # of centre vectors at most, and of outside vectors
_AT_ONCE = 1024  # rows, so that they stay in the cache from one operation to the next


@dataclass(frozen=True)
class Changes:
    """The rows of a block that a shard has changed."""

    rows: npt.NDArray[np.int32]  # (k,) rising
    values: Rows  # (k, C), after minus before

    @classmethod
    def room(cls, rows: int, columns: int) -> "Changes":
        """Arrays for the changes of a block of so many rows; their content means nothing yet."""
        return cls(np.empty(rows, np.int32), np.empty((rows, columns), np.float32))

    def first(self, count: int) -> "Changes":
        """The first `count` of them, as views."""
        return Changes(self.rows[:count], self.values[:count])

    def copy(self) -> "Changes":
        """The same in arrays of their own."""
        return Changes(self.rows.copy(), self.values.copy())


class VectorTable:
    """A row for each vector that is trained: its D numbers, and what the optimizer keeps of it.

    Vectors are in the order of the optimizer's numbers: centre vectors, or the rows they are
    composed of, then outside vectors. A block has vectors of one kind.
    """

    def __init__(
        self,
        inputs: npt.NDArray[np.float32],
        outside: npt.NDArray[np.float32],
        kept: Sequence[npt.NDArray[np.float32]],
        threads: int = 1,
    ) -> None:
        """Arrays (I, D) and (V, D), each of `kept` (I + V,) or empty; `write` changes them.

        `each` uses so many threads.
        """
        self._parts, self._threads = (inputs, outside), threads
        self.dim = inputs.shape[1]
        self._kept = [array for array in kept if len(array)]
        self.shape = len(inputs) + len(outside), self.dim + len(self._kept)
        self._bounds = [0]
        for part in self._parts:
            count = min(_BLOCKS, -(-4 * len(part) * self.shape[1] // _BLOCK))
            ends = self._bounds[-1] + np.arange(1, count + 1) * len(part) // count
            self._bounds += ends.tolist()

    @property
    def blocks(self) -> int:
        """How many there are; it depends on the size of the table alone."""
        return len(self._bounds) - 1

    @property
    def sizes(self) -> list[int]:
        """Rows of each block."""
        return [high - low for low, high in pairwise(self._bounds)]

    def each(self, function: Callable[[int], _T]) -> list[_T]:
        """What the function returns for each block; several threads call it."""
        if self._threads == 1:
            return [function(block) for block in range(self.blocks)]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(function, range(self.blocks)))

    def read(self, block: int) -> Rows:
        """A copy of the rows of a block."""
        low, high = self._bounds[block : block + 2]
        rows = np.empty((high - low, self.shape[1]), np.float32)
        self._copy(low, rows)
        return rows

    def write(self, block: int, rows: Rows) -> None:
        """Set the rows of a block."""
        low, high = self._bounds[block : block + 2]
        self._vectors(low, high)[:] = rows[:, : self.dim]
        for column, array in enumerate(self._kept, start=self.dim):
            array[low:high] = rows[:, column]

    @np.errstate(over="ignore", invalid="ignore")  # of a shard that diverges
    def changes(self, block: int, before: Rows, room: Changes | None = None) -> Changes:
        """The rows of a block that differ from `before`; one that is not finite does.

        They are written to the beginning of `room`, if it is given.
        """
        room = room or Changes.room(*before.shape)
        low, count = self._bounds[block], 0
        differences = np.empty((_AT_ONCE, before.shape[1]), np.float32)
        for start in range(0, len(before), _AT_ONCE):
            were = before[start : start + _AT_ONCE]
            part = differences[: len(were)]
            self._copy(low + start, part)
            part -= were
            moved = np.flatnonzero(part.any(axis=1))
            end = count + len(moved)
            np.take(part, moved, axis=0, out=room.values[count:end], mode="clip")
            np.add(moved, start, out=room.rows[count:end], casting="same_kind")
            count = end
        return room.first(count)

    def _copy(self, low: int, out: Rows) -> None:
        """Set `out` to the rows from `low` on, which are of one kind."""
        high = low + len(out)
        out[:, : self.dim] = self._vectors(low, high)
        for column, array in enumerate(self._kept, start=self.dim):
            out[:, column] = array[low:high]

    def _vectors(self, low: int, high: int) -> Rows:
        """The vectors of these rows, which are of one kind, as a view (n, D)."""
        inputs, outside = self._parts
        first_outside = len(inputs)
        if low < first_outside:
            return inputs[low:high]
        return outside[low - first_outside : high - first_outside]
