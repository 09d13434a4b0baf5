"""From the summed gradients of a step to the moves of the vectors."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from w2v_cli.core.layout import Floats

__all__ = ["AdaGrad", "Optimizer", "Sgd", "Slowed", "shortened"]

_EPSILON = 1.0  # ε of AdaGrad
_NO_PAIRS = 1e-20  # divides instead of 0
_LONGEST = 0.5  # move of a frequent vector in a step; trained vectors are 1 to 6 long

Integers = npt.NDArray[np.integer]


class Optimizer(Protocol):
    """Chooses a step size for each vector, within what its number of pairs allows."""

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


class Sgd:
    """One step size for all: moves are min(rate, κ/pairs) · gradient, equation (60)."""

    def __init__(self, kappa: float) -> None:
        self._kappa = kappa

    def to_moves(
        self,
        vectors: Integers,
        sums: Floats,
        pairs: Floats,
        rate: float,
        times: Floats | None = None,
    ) -> None:
        """Frequent vectors, whose pairs come to half of κ or more, move _LONGEST at most."""
        sums *= rate
        frequent = np.flatnonzero(2 * rate * pairs > self._kappa)
        if len(frequent):
            capped = np.minimum(1, self._kappa / (rate * pairs[frequent]))
            sums[frequent] = shortened(sums[frequent] * capped[:, None])
        if times is not None:
            sums *= times[:, None]


class AdaGrad:
    """Moves are min(rate/√(a + ε), κ/pairs) · gradient, with a number a for each vector.

    a ← a + ‖g‖²/(D·pairs), where g is the summed gradient, equation (69). Row-wise, after Duchi et
    al. 2011 and Gupta et al. 2014: vectors that have moved far take smaller steps.
    """

    def __init__(self, kappa: float, squares: npt.NDArray[np.float32]) -> None:
        """`squares` (2V,), the numbers a, are updated with each move."""
        self._kappa, self._squares = kappa, squares

    def to_moves(
        self,
        vectors: Integers,
        sums: Floats,
        pairs: Floats,
        rate: float,
        times: Floats | None = None,
    ) -> None:
        """Frequent vectors, whose pairs come to half of κ or more, move _LONGEST at most."""
        counted = np.maximum(pairs, _NO_PAIRS)
        squared_lengths = np.einsum("nd,nd->n", sums, sums)
        total = self._squares[vectors]
        total += squared_lengths / (sums.shape[1] * counted)
        self._squares[vectors] = total
        rates = rate / np.sqrt(total + _EPSILON)
        factors = np.minimum(rates, self._kappa / counted)
        frequent = 2 * rates * pairs > self._kappa
        lengths = np.where(frequent, factors * np.sqrt(squared_lengths), 0)
        factors *= _LONGEST / np.maximum(lengths, _LONGEST)
        if times is not None:
            factors *= times
        sums *= factors[:, None]


class Slowed:
    """Another optimizer, with each vector's moves times a factor of its own; 0 holds it still.

    It costs time, so use it only where some vector has a factor.
    """

    def __init__(self, optimizer: Optimizer, factors: npt.NDArray[np.float32]) -> None:
        """`factors` (2V,) are by the numbers of the vectors that `to_moves` takes."""
        self._optimizer, self._factors = optimizer, factors

    def to_moves(
        self,
        vectors: Integers,
        sums: Floats,
        pairs: Floats,
        rate: float,
        times: Floats | None = None,
    ) -> None:
        """As the other optimizer does, times the factors."""
        factors = self._factors[vectors]
        self._optimizer.to_moves(
            vectors, sums, pairs, rate, factors if times is None else factors * times
        )
        sums += 0.0  # -0.0 becomes 0.0, which leaves every number as it is, -0.0 too


def shortened(moves: Floats) -> Floats:
    """Moves (n, D) with none longer than _LONGEST.

    The cap of the step size keeps a word stable while the vectors it meets are of ordinary
    length. Where a few words make up the whole text they feed each other, and only this
    keeps them from growing without bound (docs/decisions/0009).
    """
    lengths = np.sqrt(np.einsum("nd,nd->n", moves, moves))
    scale: Floats = _LONGEST / np.maximum(lengths, _LONGEST)
    return moves * scale[:, None]
