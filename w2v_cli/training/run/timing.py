"""How fast a run trains, when it is saved, and when its time is over."""

from dataclasses import dataclass

__all__ = ["Pace", "SaveTimes", "TimeLimit"]

_LARGEST_SHARE = 0.01  # saving at the ends of epochs may take this part of the time
_MEASURED_SECONDS, _MEASURED_PART = 10.0, 0.2  # of training: its start is slow
_FOR_FINISHING = 0.02  # of the time, besides that of writing
_BYTES_PER_SECOND = 100e6  # of slow disks
_COPIES = 3  # checkpoint, best epoch, vectors
_CAUTION = 0.97  # the plan's part of the time: a processor may slow down


@dataclass(frozen=True)
class Pace:
    """The moment at which this process began to train, and what was done before."""

    began: float  # seconds on the clock
    words: int
    part: float  # of the run, in [0, 1]
    train_seconds: float  # of the processes before

    def words_per_second(self, now: float, words: int) -> float:
        """Words a second that this process has trained, if `words` are done in all."""
        return max(words - self.words, 1) / (now - self.began)

    def seconds(self, now: float) -> float:
        """Seconds of training, of this process and those before."""
        return self.train_seconds + now - self.began


class SaveTimes:
    """Says when the next checkpoint is due, by when the last was written and how long it took."""

    def __init__(self, seconds: float, steps: int | None) -> None:
        """A checkpoint is due after so many seconds, and each time so many steps are done."""
        self._seconds, self._steps = seconds, steps
        self._saved_at = self._save_seconds = 0.0
        self._saved_steps = 0

    def note(self, began: float, ended: float, steps_done: int) -> None:
        """The run was saved between these moments, in seconds of any one clock."""
        self._saved_at, self._save_seconds = ended, ended - began
        self._saved_steps = steps_done

    def is_due(self, now: float, steps_done: int, *, epoch_ended: bool) -> bool:
        """Whether to save now: when it is time, and at the end of an epoch unless that is short."""
        seconds = now - self._saved_at
        if seconds >= self._seconds:
            return True
        if epoch_ended and self._save_seconds <= seconds * _LARGEST_SHARE:
            return True
        if self._steps is None:  # a round of shards takes many steps at once
            return False
        return steps_done // self._steps > self._saved_steps // self._steps


class TimeLimit:
    """Plans a run from its speed in its first seconds, and says when its time is over."""

    def __init__(self, seconds: float, saved_bytes: int) -> None:
        """`saved_bytes` is the size of a checkpoint."""
        writing = _COPIES * saved_bytes / _BYTES_PER_SECOND
        self._deadline = max(seconds * (1 - _FOR_FINISHING) - writing, seconds / 2)
        self._late = seconds * _MEASURED_PART
        self._measured = min(_MEASURED_SECONDS, self._late)

    def horizon(self, used: float, trained: float, before: float, now: float) -> float | None:
        """The part of the run, in (0, 1], that will be done in time; None while it is too early.

        `used` is the seconds so far; in `trained` of them the part that is done rose from
        `before` to `now`.
        """
        if trained < self._measured or now <= before:
            return None
        left = max(self._deadline * _CAUTION - used, 0)
        return min(now + left * (now - before) / trained, 1.0)

    def is_late(self, used: float) -> bool:
        """Whether the plan should not wait for a better measurement."""
        return used >= self._late

    def is_over(self, used: float) -> bool:
        """Whether the run must end at once."""
        return used >= self._deadline
