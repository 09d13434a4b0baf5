"""All that is trained as one table, in blocks that travel."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Rows", "VectorTable"]

Rows = npt.NDArray[np.float32]
"""Rows of the table, (n, C)."""

_BLOCK = 32 << 20  # bytes: small ones cost more tasks, large ones leave nodes without any
_BLOCKS = 16  # of input vectors at most, and of outside vectors


class VectorTable:
    """A row for each vector that is trained: its D numbers, and what the optimizer keeps of it.

    Vectors are in the order of the optimiser's numbers: input vectors, or the rows they are
    composed of, then outside vectors. A block has vectors of one kind.
    """

    def __init__(
        self,
        inputs: npt.NDArray[np.float32],
        outside: npt.NDArray[np.float32],
        kept: Sequence[npt.NDArray[np.float32]],
    ) -> None:
        """Arrays (I, D) and (V, D), each of `kept` (I + V,) or empty; `write` changes them."""
        self._parts = inputs, outside
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

    def read(self, block: int) -> Rows:
        """A copy of the rows of a block."""
        low, high = self._bounds[block : block + 2]
        rows = np.empty((high - low, self.shape[1]), np.float32)
        rows[:, : self.dim] = self._vectors(low, high)
        for column, array in enumerate(self._kept, start=self.dim):
            rows[:, column] = array[low:high]
        return rows

    def write(self, block: int, rows: Rows) -> None:
        """Set the rows of a block."""
        low, high = self._bounds[block : block + 2]
        self._vectors(low, high)[:] = rows[:, : self.dim]
        for column, array in enumerate(self._kept, start=self.dim):
            array[low:high] = rows[:, column]

    def _vectors(self, low: int, high: int) -> Rows:
        """Those of these rows, which are of one kind, as a view (n, D)."""
        inputs, outside = self._parts
        first_outside = len(inputs)
        if low < first_outside:
            return inputs[low:high]
        return outside[low - first_outside : high - first_outside]
