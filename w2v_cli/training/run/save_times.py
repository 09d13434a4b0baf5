"""When a run is saved."""

__all__ = ["SaveTimes"]

_LARGEST_SHARE = 0.01  # of the time, that saving at the end of short epochs may take


class SaveTimes:
    """Says when the next checkpoint is due, from when the last one was and how long it took."""

    def __init__(self, seconds: float, steps: int | None) -> None:
        """A checkpoint is due after so many seconds, and each time so many steps are done."""
        self._seconds, self._steps = seconds, steps
        self._saved_at = self._save_seconds = 0.0

    def note(self, began: float, ended: float) -> None:
        """The run was saved between these moments, in seconds of any one clock."""
        self._saved_at, self._save_seconds = ended, ended - began

    def is_due(self, now: float, steps_done: int, *, epoch_ended: bool) -> bool:
        """Whether to save now: when it is time, and at the end of all but short epochs."""
        seconds = now - self._saved_at
        if seconds >= self._seconds:
            return True
        if epoch_ended and self._save_seconds <= seconds * _LARGEST_SHARE:
            return True
        return self._steps is not None and steps_done % self._steps == 0
