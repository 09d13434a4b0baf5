"""From the summed gradients of a step to the moves of the vectors."""

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats

__all__ = ["AdaGrad", "Optimizer", "Sgd", "shortened"]

_NO_PAIRS = 1e-20  # divides instead of 0
_LONGEST = 0.5  # move of a frequent vector in a step; trained vectors are 1 to 6 long

Integers = npt.NDArray[np.integer]


class Optimizer(ABC):
    """Moves are min(r, κ/pairs) · gradient, equation (60), with a rate r that a subclass chooses.

    Frequent vectors, whose pairs come to half of κ or more, move _LONGEST at most.
    """

    def __init__(self, kappa: float, factors: npt.NDArray[np.float32] | None = None) -> None:
        """The `factors` (2V,) multiply the moves of each vector; 0 holds it still."""
        self._kappa, self._factors = kappa, factors

    def to_moves(
        self,
        vectors: Integers,
        sums: Floats,
        pairs: Floats,
        rate: float,
        times: Floats | None = None,
    ) -> None:
        """Turn summed gradients (n, D) into moves, in place.

        `vectors` (n,) are the numbers of different vectors; `pairs` (n,) says over how many pairs
        each gradient is summed. Each move is made `times` (n,) over, if that is given.
        """
        counted, squares = np.maximum(pairs, _NO_PAIRS), np.einsum("nd,nd->n", sums, sums)
        rates = self._rates(vectors, squares / (sums.shape[1] * counted), rate)
        sizes = np.minimum(rates, self._kappa / counted)
        frequent = 2 * rates * pairs > self._kappa
        lengths = np.where(frequent, sizes * np.sqrt(squares), 0)
        sizes *= _LONGEST / np.maximum(lengths, _LONGEST)
        if times is not None:
            sizes *= times
        if self._factors is not None:
            sizes *= self._factors[vectors]
        sums *= sizes[:, None]
        if self._factors is not None:
            sums += 0.0  # -0.0 becomes 0.0, which leaves every number as it is, -0.0 too

    @abstractmethod
    def _rates(self, vectors: Integers, squares: Floats, rate: float) -> Floats:
        """The rate of each vector (n,); `squares` (n,) are ‖g‖²/(D·pairs) of its gradient g."""


class Sgd(Optimizer):
    """One rate for all vectors."""

    def _rates(self, vectors: Integers, squares: Floats, rate: float) -> Floats:
        return np.full_like(squares, rate)


class AdaGrad(Optimizer):
    """A vector's rate is rate/√(a/scale + 1), with a number a for each vector.

    a ← a + ‖g‖²/(D·pairs), where g is the summed gradient, equation (69). Row-wise, after Duchi et
    al. 2011 and Gupta et al. 2014: vectors that have moved far take smaller steps.
    """

    def __init__(
        self,
        kappa: float,
        squares: npt.NDArray[np.float32],
        factors: npt.NDArray[np.float32] | None = None,
        scale: float = 1.0,
    ) -> None:
        """`squares` (2V,), the numbers a, are updated with each move.

        Those far below the `scale` slow nothing.
        """
        super().__init__(kappa, factors)
        self._squares, self._scale = squares, scale

    def _rates(self, vectors: Integers, squares: Floats, rate: float) -> Floats:
        total = self._squares[vectors]
        total += squares
        self._squares[vectors] = total
        rates: Floats = rate / np.sqrt(total / self._scale + 1)
        return rates


def shortened(moves: Floats) -> Floats:
    """Moves (n, D) with none longer than _LONGEST.

    The cap of the step size keeps a word stable while the vectors it meets are of ordinary
    length. Where a few words make up the whole text they feed each other, and only this
    keeps them from growing without bound (docs/decisions/0009).
    """
    lengths = np.sqrt(np.einsum("nd,nd->n", moves, moves))
    scale: Floats = _LONGEST / np.maximum(lengths, _LONGEST)
    return moves * scale[:, None]
