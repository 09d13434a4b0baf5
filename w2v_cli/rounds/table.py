"""All that is trained as one table, in blocks that travel."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Rows", "VectorTable"]

Rows = npt.NDArray[np.float32]
"""Rows of the table, (n, C)."""

_BLOCK = 8 << 20  # bytes
_BLOCKS = 32  # at most


class VectorTable:
    """A row for each vector that is trained: its D numbers, and what the optimizer keeps of it.

    Vectors are in the order of the optimiser's numbers: input vectors, or the rows they are
    composed of, then outside vectors.
    """

    def __init__(
        self,
        inputs: npt.NDArray[np.float32],
        outside: npt.NDArray[np.float32],
        kept: Sequence[npt.NDArray[np.float32]],
    ) -> None:
        """Arrays (I, D) and (V, D), each of `kept` (I + V,) or empty; `write` changes them."""
        self._parts = inputs, outside
        self._first_outside = len(inputs)
        self.dim = inputs.shape[1]
        self._kept = [array for array in kept if len(array)]
        self.shape = len(inputs) + len(outside), self.dim + len(self._kept)
        count = min(_BLOCKS, -(-4 * self.shape[0] * self.shape[1] // _BLOCK))
        self._bounds = (np.arange(count + 1) * self.shape[0] // count).tolist()

    @property
    def blocks(self) -> int:
        """How many there are; it depends on the size of the table alone."""
        return len(self._bounds) - 1

    def read(self, block: int) -> Rows:
        """A copy of the rows of a block."""
        low, high = self._bounds[block : block + 2]
        rows = np.empty((high - low, self.shape[1]), np.float32)
        for part, (start, stop, at) in self._ranges(low, high):
            rows[at : at + stop - start, : self.dim] = part[start:stop]
        for column, array in enumerate(self._kept, start=self.dim):
            rows[:, column] = array[low:high]
        return rows

    def write(self, block: int, rows: Rows) -> None:
        """Set the rows of a block."""
        low, high = self._bounds[block : block + 2]
        for part, (start, stop, at) in self._ranges(low, high):
            part[start:stop] = rows[at : at + stop - start, : self.dim]
        for column, array in enumerate(self._kept, start=self.dim):
            array[low:high] = rows[:, column]

    def _ranges(self, low: int, high: int) -> list[tuple[Rows, tuple[int, int, int]]]:
        """Where rows `low` to `high` are: (array, (start, stop, first row of the block))."""
        inputs, outside = self._parts
        split = self._first_outside
        return [
            (inputs, (min(low, split), min(high, split), 0)),
            (outside, (max(low - split, 0), max(high - split, 0), max(split - low, 0))),
        ]
