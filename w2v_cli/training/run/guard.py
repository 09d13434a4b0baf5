"""Vectors that are not finite or absurdly long, found before they are saved or written."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import Unresumable

__all__ = ["Diverged", "Guard", "divergence"]

_LONGEST = 200.0  # length of a vector; trained ones are 1 to 6 long
_BLOCK = 256  # vectors whose squares are summed at once
_GLANCE = 100  # blocks at a glance: a quarter of the vectors of 50,000 words


class Diverged(Unresumable):
    """The vectors grew without bound, and would again from a checkpoint."""


def divergence(run: Path, what: str) -> str:
    """The message that training in a folder has diverged, and what to do."""
    return (
        f"{run}: training diverged: {what}; train again with a smaller training.learning_rate or "
        "training.max_pair_rate"
    )


class Guard:
    """Looks over parameters (V, 2, D) for vectors that are not finite, or absurdly long."""

    def __init__(self, parameters: npt.NDArray[np.float32], words: Sequence[str]) -> None:
        self._vectors = parameters.reshape(-1, parameters.shape[-1])  # of word w at 2w and 2w + 1
        self._words = words
        self._blocks = range(0, len(self._vectors), _BLOCK)
        self._glances = 0

    def step_fault(self, loss: float, *, look: bool, everywhere: bool) -> str | None:
        """What is wrong after a step with this loss, None if nothing is.

        It looks at some of the vectors if asked to `look`, at all if `everywhere`.
        """
        if not math.isfinite(loss):
            return f"the loss is not finite, {self.worst()}"
        if everywhere:
            return self.fault()
        return self.glance() if look else None

    def fault(self) -> str | None:
        """What is wrong with the worst vector of all; None where all are sound."""
        return None if all(map(self._is_sound, self._blocks)) else self.worst()

    def glance(self) -> str | None:
        """As `fault`, for a part of the vectors; each call looks at the next part."""
        stride = -(-len(self._blocks) // _GLANCE)
        blocks = self._blocks[self._glances % stride :: stride]
        self._glances += 1
        return None if all(map(self._is_sound, blocks)) else self.worst()

    def _is_sound(self, start: int) -> bool:
        """Whether a block is sound. Mostly its sum of squares decides: it bounds each length."""
        block = self._vectors[start : start + _BLOCK].reshape(-1)
        with np.errstate(over="ignore", invalid="ignore"):
            if np.dot(block, block) < _LONGEST**2:  # which NaN is not
                return True
        return bool(self._lengths(start).max() < _LONGEST)

    def worst(self) -> str:
        """The word whose vector is the longest, or not finite, and how long it is."""
        lengths = np.concatenate([self._lengths(start) for start in self._blocks])
        vector = int(lengths.argmax())
        word = self._words[vector // 2]
        if np.isinf(lengths[vector]):
            return f"the vector of '{word}' is not finite"
        return f"the vector of '{word}' is {lengths[vector]:,.4g} long"

    def _lengths(self, start: int) -> npt.NDArray[np.float64]:
        """The length of each vector of a block, infinite where one is not finite."""
        with np.errstate(invalid="ignore"):  # NaN of the kind that signals
            block = self._vectors[start : start + _BLOCK].astype(np.float64)
        lengths: npt.NDArray[np.float64] = np.sqrt(np.einsum("nd,nd->n", block, block))
        lengths[~np.isfinite(lengths)] = np.inf
        return lengths
