"""The learning rate as a function of how far the run has come."""

__all__ = ["halving", "linear"]


def linear(start: float, floor: float, progress: float) -> float:
    """From `start` in a straight line towards 0, never below `floor`; progress in [0, 1]."""
    return max(floor, start * (1 - progress))


def halving(start: float, floor: float, step: int, every: int) -> float:
    """`start` halved after each `every` steps, never below `floor`; as CS224n's sgd."""
    return float(max(floor, start * 0.5 ** (step // every)))
