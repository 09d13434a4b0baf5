"""Memory that a worker and the process that trains beside it share: vectors and their changes."""

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v_cli.rounds.table import Changes, Rows

__all__ = ["Area"]

_NUMBER = 4  # bytes, of a row's number as of each of its values


@dataclass(frozen=True)
class Area:
    """The start of a round, and what a shard changed of it, both in blocks."""

    starts: list[Rows]
    changed: list[Changes]  # room for the changes; a message says how many there are in each

    @staticmethod
    def nbytes(sizes: Sequence[int], columns: int) -> int:
        """Bytes for blocks of so many rows."""
        return _NUMBER * sum(sizes) * (2 * columns + 1)

    @classmethod
    def over(cls, memory: mmap.mmap, sizes: Sequence[int], columns: int) -> "Area":
        """The arrays in memory of so many bytes, the same in both processes."""
        numbers = np.frombuffer(memory, np.float32)
        half = sum(sizes) * columns
        parts = numbers[:half], numbers[half : 2 * half]
        starts, values = (
            [rows.reshape(-1, columns) for rows in _cut(part, sizes)] for part in parts
        )
        rows = _cut(np.frombuffer(memory, np.int32)[2 * half :], sizes)
        return cls(starts, [Changes(*each) for each in zip(rows, values, strict=True)])


def _cut(numbers: Any, sizes: Sequence[int]) -> list[Any]:
    """The numbers of each block, one after another, as views."""
    ends = np.cumsum(sizes)[:-1] * len(numbers) // sum(sizes)
    return np.split(numbers, ends)
