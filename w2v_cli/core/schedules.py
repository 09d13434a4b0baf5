"""How the learning rate falls in the course of a run."""

from dataclasses import dataclass

__all__ = ["LearningRate"]


@dataclass(frozen=True)
class LearningRate:
    """The learning rate of each step; a value, so that a process can be given a copy."""

    schedule: str  # linear, step, or constant
    start: float
    floor: float  # never below this
    halve_every: int  # steps, of the schedule `step`

    def __call__(self, progress: float, steps: int) -> float:
        """The rate when a part `progress` of the run, in [0, 1], and so many steps are done."""
        if self.schedule == "linear":  # in a straight line towards 0
            return max(self.floor, self.start * (1 - progress))
        if self.schedule == "step":  # as CS224n's sgd
            return float(max(self.floor, self.start * 0.5 ** (steps // self.halve_every)))
        return self.start
