"""What a shard has changed, and how the changes of all shards become one."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.rounds.table import Rows

__all__ = ["Changes", "Combiner", "changes"]

_ROWS = 4096  # whose squares are summed at once


@dataclass(frozen=True)
class Changes:
    """The rows of a block that a shard has changed."""

    rows: npt.NDArray[np.int32]  # (k,) rising
    values: Rows  # (k, C), after minus before


def changes(before: Rows, after: Rows) -> Changes:
    """The rows that differ; one that is not finite does."""
    moved = np.flatnonzero((before != after).any(axis=1)).astype(np.int32)
    with np.errstate(over="ignore", invalid="ignore"):  # of a shard that diverges
        return Changes(moved, after[moved] - before[moved])


class Combiner:
    """Adds the changes of one shard after another to a block, so that none leads too far.

    With Δ the change of a vector in each shard, it moves by ΣΔ · min(1, Σ‖Δ‖²/‖ΣΔ‖²): changes
    at right angles add up, equal ones come to their mean. What AdaGrad remembers adds up.
    """

    def __init__(self, before: Rows, dim: int) -> None:
        """For rows (n, C), of which the first `dim` columns are vectors."""
        self._before, self._dim = before, dim
        self._sums = np.zeros_like(before)
        self._squares = np.zeros(len(before))

    @np.errstate(over="ignore", invalid="ignore")  # a guard looks at the result
    def add(self, shard: Changes) -> None:
        """Add those of the next shard; their order decides the last bits."""
        self._sums[shard.rows] += shard.values
        self._squares[shard.rows] += _squares(shard.values[:, : self._dim])

    @np.errstate(over="ignore", invalid="ignore")
    def result(self) -> Rows:
        """The rows after the round, in a new array."""
        of_sum = _squares(self._sums[:, : self._dim])
        moved = of_sum > 0
        factors = np.ones_like(of_sum)
        np.divide(self._squares, of_sum, out=factors, where=moved)
        np.minimum(factors, 1, out=factors)
        after: Rows = self._sums.copy()
        after[:, : self._dim] *= factors[:, None].astype(np.float32)
        after += self._before
        np.copyto(after, self._before, where=self._sums == 0)  # 0.0 and -0.0 add up to 0.0
        return after


def _squares(vectors: Rows) -> npt.NDArray[np.float64]:
    """The squared length of each vector (n, D), in double precision."""
    squares = np.empty(len(vectors))
    for start in range(0, len(vectors), _ROWS):
        part = vectors[start : start + _ROWS].astype(np.float64)
        squares[start : start + _ROWS] = np.einsum("nd,nd->n", part, part)
    return squares
