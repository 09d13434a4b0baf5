"""Ctrl-C, SIGTERM and SIGHUP: the first asks for an orderly stop, the second stops at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from w2v_cli.systems.processes import STOP_SIGNALS

__all__ = ["StopSignals", "stop_signals"]


class StopSignals:
    """Which signal has come, and whom to tell."""

    def __init__(self) -> None:
        self.received: int | None = None
        self.on_stop: Callable[[], None] | None = None  # set while there is something to save

    @property
    def exit_status(self) -> int:
        """128 + the signal, as shells report it."""
        return 128 + (self.received or 0)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Tell once, or leave when there is nobody to tell; end at the second signal."""
        impatient = self.received is not None
        self.received = signum
        if impatient:
            # Not an exception, which would have to find its way out of whatever takes so
            # long. Files are renamed when whole, so this is as safe as being killed.
            os._exit(self.exit_status)
        if self.on_stop is None:
            raise SystemExit(self.exit_status)
        self.on_stop()


def _leave_anyway(unraisable: "sys.UnraisableHookArgs") -> None:
    """End the process from within a callback, where Python ignores SystemExit."""
    if isinstance(unraisable.exc_value, SystemExit):
        os._exit(unraisable.exc_value.code)  # type: ignore[arg-type]  # ours is a number
    sys.__unraisablehook__(unraisable)


@contextmanager
def stop_signals() -> Iterator[StopSignals]:
    """Handle the signals within the block, and when one has come until the process ends.

    SIGHUP (the terminal has gone) stays ignored where the caller ignores it, as `nohup` does.
    """
    signals = StopSignals()
    always = {signal.SIGINT, signal.SIGTERM}
    numbers = [
        number
        for number in STOP_SIGNALS
        if number in always or signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, signals.handle) for number in numbers}
    hook, sys.unraisablehook = sys.unraisablehook, _leave_anyway
    try:
        yield signals
    finally:
        if signals.received is None:
            sys.unraisablehook = hook
            for number, handler in before.items():
                signal.signal(number, handler)
