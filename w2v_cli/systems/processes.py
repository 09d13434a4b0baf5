"""Processes and signals: how workers are started, which signals there are, who ended."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = [
    "OWN_GROUP",
    "START_METHOD",
    "STOP_SIGNALS",
    "let_others_run",
    "no_main_module",
    "release_signals",
    "signals_held",
    "usable_processors",
]

# Fork takes no time, but is not safe beside Apple's Accelerate, and Windows has none.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"

_STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
STOP_SIGNALS: list[signal.Signals] = [
    getattr(signal, name) for name in _STOPPING if hasattr(signal, name)
]
"""The signals that ask a program to stop: of the keyboard, of other programs, of a terminal."""

if sys.platform == "win32":
    import subprocess

    OWN_GROUP: dict[str, Any] = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
else:
    OWN_GROUP: dict[str, Any] = {"start_new_session": True}
"""Arguments for `subprocess` that keep from a process what a terminal sends to ours."""


def usable_processors() -> int:
    """Processors that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def let_others_run() -> None:
    """Give the processor to a process that waits for it, if one does."""
    if sys.platform == "win32":
        time.sleep(0)
    else:
        os.sched_yield()


@contextmanager
def no_main_module() -> Iterator[None]:
    """Keep fresh processes from first running the program that is running now.

    So nothing that they are handed may be defined in its `__main__`. Forked ones have it anyway.
    """
    if START_METHOD == "fork":
        yield
        return
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold back stop signals within the block, in this process and in those it starts.

    A process that is started here calls `release_signals`. Windows cannot hold signals back.
    """
    if sys.platform == "win32":
        yield
    else:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def release_signals() -> None:
    """Let the stop signals come that `signals_held` held back when this process was started."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
