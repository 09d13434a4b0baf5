"""Who looks at a run while it trains."""

from collections.abc import Callable
from dataclasses import dataclass

from w2v_cli.training.run.guard import Guard
from w2v_cli.training.run.progress import Scores
from w2v_cli.training.run.time_limit import TimeLimit
from w2v_cli.training.run.validation import HeldOut

__all__ = ["Observers"]


@dataclass(frozen=True)
class Observers:
    """All but the guard may be missing."""

    guard: Guard
    held_out: HeldOut | None = None
    patience: int = 0  # epochs without a better held-out loss after which to stop; 0 never stops
    score: Callable[[], Scores] | None = None  # of benchmarks, at each epoch's end
    time_limit: TimeLimit | None = None
