"""How much of a run fits into the time it may take."""

__all__ = ["TimeLimit"]

_MEASURED_SECONDS, _MEASURED_PART = 10.0, 0.2  # of training: its start is slow
_FOR_FINISHING = 0.02  # of the time, besides that of writing
_BYTES_PER_SECOND = 100e6  # of slow disks
_COPIES = 3  # checkpoint, best epoch, vectors
_CAUTION = 0.97  # the plan's part of the time: a processor may slow down


class TimeLimit:
    """Plans a run from its speed in its first seconds, and says when its time is over."""

    def __init__(self, seconds: float, parameter_bytes: int) -> None:
        writing = _COPIES * parameter_bytes / _BYTES_PER_SECOND
        self._deadline = max(seconds * (1 - _FOR_FINISHING) - writing, seconds / 2)
        self._measured = min(_MEASURED_SECONDS, seconds * _MEASURED_PART)

    def horizon(self, used: float, trained: float, before: float, now: float) -> float | None:
        """The part of the run, in (0, 1], that will be done in time; None while it is early.

        `used` are all seconds so far, `trained` those in which the part done rose from
        `before` to `now`.
        """
        if trained < self._measured or now <= before:
            return None
        left = max(self._deadline * _CAUTION - used, 0)
        return min(now + left * (now - before) / trained, 1.0)

    def is_over(self, used: float) -> bool:
        """Whether to end at once."""
        return used >= self._deadline
