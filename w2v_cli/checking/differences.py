"""Central differences, and the verdict on a gradient that was derived by hand.

The relative error |a - b| / max(floor, |a| + |b|) is taken element by element, and the largest
one decides: a wrong element cannot hide behind large ones. The floor (64) is no larger than
rounding of the loss requires. Numbers in brackets are equations of docs/maths.md.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from w2v_cli.checking.numerics import Array

__all__ = [
    "GradientCheck",
    "Loss",
    "central_difference",
    "check",
    "compare",
    "relative_error",
    "rounding_noise",
]

EPSILON = float(np.finfo(np.float64).eps)
STEP = 2.0**-17
"""About the cube root of EPSILON, with which rounding and truncation are alike (63); a power of
two, so that adding it to a parameter rounds little."""
ROUNDINGS = 16
"""Roundings of its largest number by which the value of a loss may be wrong."""
TOLERANCE = 1e-6
"""For a gradient against differences; a gradient wrong by 0.05 % has an error of 2.5e-4."""
IDENTITY_TOLERANCE = 1e-9
"""For two formulas of the same thing, where no differences are taken."""
DIRECTIONS = 32
"""How many random directions stand for the elements of a large array."""

Loss = Callable[[Mapping[str, Array]], float]
"""A function of named parameters; everything else it needs, draws included, is held fixed."""


@dataclass(frozen=True)
class GradientCheck:
    """What was checked, the equation of docs/maths.md, and its largest relative error."""

    name: str
    equation: str
    error: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the error is within the tolerance, which NaN is not."""
        return bool(self.error <= self.tolerance)


def check(
    name: str,
    equation: str,
    loss: Loss,
    parameters: Mapping[str, Array],
    gradients: Mapping[str, Array],
    rng: np.random.Generator | None = None,
) -> list[GradientCheck]:
    """One verdict for each of `gradients`, against central differences of `loss` (62).

    Parameters without an entry in `gradients` are held fixed. Each element is moved alone, which
    takes two calls of `loss`. For large arrays give `rng`: then they are moved along DIRECTIONS
    random directions instead.

    Raises:
        ValueError: a gradient does not have the shape of its parameter.
    """
    floor = rounding_noise(loss(parameters)) / TOLERANCE
    checks = []
    for key, gradient in gradients.items():
        shape = parameters[key].shape
        if gradient.shape != shape:
            raise ValueError(f"{name}: gradient of {key} is {gradient.shape}, expected {shape}")
        directions = _unit_directions(shape) if rng is None else _random_directions(rng, shape)
        numeric = np.array([central_difference(loss, parameters, key, d) for d in directions])
        analytic = np.tensordot(directions, gradient, axes=gradient.ndim)
        error = relative_error(analytic, numeric, floor)
        checks.append(GradientCheck(f"{name}: {key}", equation, error, TOLERANCE))
    return checks


def compare(name: str, equation: str, found: Array, expected: Array) -> GradientCheck:
    """Verdict on two ways to compute the same array.

    Raises:
        ValueError: the two have different shapes.
    """
    if found.shape != expected.shape:
        raise ValueError(f"{name}: found shape {found.shape}, expected {expected.shape}")
    noise = ROUNDINGS * EPSILON * float(np.max(np.abs(expected)))
    error = relative_error(found, expected, noise / IDENTITY_TOLERANCE)
    return GradientCheck(name, equation, error, IDENTITY_TOLERANCE)


def central_difference(
    loss: Loss, parameters: Mapping[str, Array], key: str, direction: Array
) -> float:
    """Slope of `loss` when parameter `key` moves along `direction`, equation (62)."""
    move = STEP * direction
    above = loss({**parameters, key: parameters[key] + move})
    below = loss({**parameters, key: parameters[key] - move})
    return (above - below) / (2 * STEP)


def rounding_noise(loss: float) -> float:
    """The largest error that rounding causes in a central difference of the loss, equation (63)."""
    return ROUNDINGS * EPSILON * max(1.0, abs(loss)) / STEP


def relative_error(a: Array, b: Array, floor: float) -> float:
    """The largest |a - b| / max(floor, |a| + |b|), equation (64); NaN if any element is."""
    floor = max(floor, float(np.finfo(np.float64).tiny))
    return float(np.max(np.abs(a - b) / np.maximum(floor, np.abs(a) + np.abs(b))))


def _unit_directions(shape: tuple[int, ...]) -> Array:
    """One direction for each element, (elements, *shape)."""
    size = int(np.prod(shape))
    return np.eye(size).reshape(size, *shape)


def _random_directions(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Directions of length one, (DIRECTIONS, *shape), which move every element equally far."""
    signs = rng.choice((-1.0, 1.0), size=(DIRECTIONS, *shape))
    directions: Array = signs / np.sqrt(np.prod(shape))
    return directions
