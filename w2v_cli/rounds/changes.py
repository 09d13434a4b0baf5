"""How the changes of all shards become one."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from w2v_cli.rounds.table import Changes, Rows

__all__ = ["Combiner"]

_ROWS = 512  # at once, so that they stay in the cache from one operation to the next
_NEIGHBOURS = 64  # rows, words of about one frequency; a divisor of _ROWS
_SOME = 2048  # rows that a direction is found from
_ITERATIONS = 8


class Combiner:
    """Adds the changes of one shard after another to a block, so that no vector moves too far.

    With Δ the change of a vector in each shard, ΣΔ is multiplied by √(c·c̄), once for its part
    along the direction in which most of the block moves and once for the rest. c = min(1,
    Σ‖Δ‖²/‖ΣΔ‖²), so that changes at right angles add up and equal ones come to their mean; c̄ is
    the same for the vector and its neighbours together. What AdaGrad remembers adds up.
    docs/decisions/0023 says how it was found.
    """

    def __init__(self, before: Rows, dim: int) -> None:
        """For rows (n, C), of which the first `dim` columns are vectors."""
        self._before, self._dim = before, dim
        self._sums = np.zeros_like(before)
        self._along = np.zeros(dim, np.float32)  # the direction; zeros until a shard has one
        self._squares = np.zeros((2, len(before)))  # along it, and of the rest
        # For vectors in double precision. In a Dask worker, each large array costs new memory.
        self._room = np.empty((_ROWS, dim))

    @np.errstate(over="ignore", invalid="ignore")  # a guard looks at the result
    def add(self, shard: Changes) -> None:
        """Add the changes of the next shard; the order of shards decides the last bits."""
        if not self._along.any():
            self._along = _direction(shard.values[:, : self._dim])
        for part in _parts(len(shard.rows)):
            rows, values = _places(shard.rows[part]), shard.values[part]
            self._sums[rows] += values
            self._squares[:, rows] += self._split(values)[1]

    @np.errstate(over="ignore", invalid="ignore")
    def result(self) -> Rows:
        """The rows after the round; nothing can be added any more."""
        for part in _parts(len(self._before)):
            moves, before = self._sums[part], self._before[part]
            still = np.flatnonzero(~moves[:, : self._dim].any(axis=1))
            along, of_sum = self._split(moves)
            by_along, by_rest = _factors(self._squares[:, part], of_sum)
            moves[:, : self._dim] *= by_rest[:, None]
            moves[:, : self._dim] += ((by_along - by_rest) * along)[:, None] * self._along
            moves += before
            moves[still, : self._dim] = before[still, : self._dim]  # 0.0 + -0.0 would be 0.0
        return self._sums

    def _split(self, rows: Rows) -> tuple[Rows, npt.NDArray[np.float64]]:
        """How far vectors go along the direction (n,); squares of this and of the rest (2, n)."""
        vectors = rows[:, : self._dim]
        along = np.einsum("nd,d->n", vectors, self._along)
        exact = self._room[: len(vectors)]
        exact[:] = vectors
        whole = np.einsum("nd,nd->n", exact, exact)
        squares = np.square(along, dtype=np.float64)
        return along, np.stack([squares, np.maximum(whole - squares, 0)])


def _factors(squares: npt.NDArray[np.float64], of_sums: npt.NDArray[np.float64]) -> Rows:
    """√(c·c̄) of vectors (2, n), from the sums of squares and the squares of sums."""
    starts = np.arange(0, squares.shape[1], _NEIGHBOURS)
    sizes = np.diff(starts, append=squares.shape[1])
    near = [np.add.reduceat(each, starts, axis=1) for each in (squares, of_sums)]
    own = _coherence(squares, of_sums)
    factors: Rows = np.sqrt(own * np.repeat(_coherence(*near), sizes, axis=1)).astype(np.float32)
    return factors


def _coherence(
    squares: npt.NDArray[np.float64], of_sums: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The ratio of the two, at most 1; 1 where there is no sum."""
    ratios = np.ones_like(of_sums)
    np.divide(squares, of_sums, out=ratios, where=of_sums > 0)
    return np.minimum(ratios, 1)


def _direction(changes: Rows) -> Rows:
    """A unit vector (D,) near the one along which changes (n, D) are longest, or zeros.

    By the power method, on some of the rows. Without BLAS, whose bits depend on its threads.
    """
    some = changes[:: -(-len(changes) // _SOME) or 1]
    direction = some.sum(axis=0)
    for _ in range(_ITERATIONS):
        along = np.einsum("nd,d->n", some, _unit(direction))
        direction = np.einsum("n,nd->d", along, some)
    return _unit(direction)


def _unit(vector: Rows) -> Rows:
    """The vector at length 1; zeros where it has no length, or too great a one."""
    length = np.sqrt(np.einsum("d,d->", vector, vector))
    unit: Rows = vector / length if 0 < length < np.inf else np.zeros_like(vector)
    return unit


def _places(rows: npt.NDArray[np.int32]) -> slice | npt.NDArray[np.int32]:
    """Rising row numbers, as a slice if none is left out: a slice needs no copies."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first < len(rows) else rows


def _parts(rows: int) -> Iterator[slice]:
    """Slices that cover so many rows, _ROWS at a time."""
    for start in range(0, rows, _ROWS):
        yield slice(start, min(start + _ROWS, rows))
