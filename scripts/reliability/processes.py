"""`w2v train` as a real process with its workers, to be killed, and what it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
LONGEST_RUN = 300  # seconds; what takes longer hangs
LONGEST_FAREWELL = 10  # seconds that a worker may outlive its parent


class Training:
    """One process of `w2v train` in a session of its own, as a cluster would start it."""

    def __init__(self, arguments: list[str], cache: Path) -> None:
        self._named_before = _named_memory()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "w2v_cli", "train", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "W2V_CACHE": str(cache)},
        )

    def is_running(self) -> bool:
        return self.process.poll() is None

    def workers(self) -> list[int]:
        """The processes of its session that are alive, without the first."""
        listed = subprocess.run(
            ["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
        ).stdout
        rows = (line.split() for line in listed.splitlines())
        group = self.process.pid
        return [
            int(pid)
            for pid, pgid, stat in rows
            if int(pgid) == group and int(pid) != group and not stat.startswith("Z")
        ]

    def send(self, number: int, *pids: int) -> None:
        """Send a signal to some of its processes; those that have ended are skipped."""
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def end(self) -> tuple[int, str]:
        """Wait for its end; return its status, as a shell shows it, and its standard error.

        Raises:
            AssertionError: it hangs.
        """
        try:
            _, said = self.process.communicate(timeout=LONGEST_RUN)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL, self.process.pid, *self.workers())
            _, said = self.process.communicate()
            raise AssertionError(f"hangs; it said: {said}") from None
        status = self.process.returncode
        return (status if status >= 0 else 128 - status), said

    def left_behind(self) -> list[str]:
        """Processes and named shared memory that are still there some seconds after its end."""
        if not wait_until(lambda: not self.workers(), LONGEST_FAREWELL):
            return [f"process {pid}" for pid in self.workers()]
        if not wait_until(lambda: not self._orphans(), LONGEST_FAREWELL):
            return sorted(self._orphans())
        return []

    def _orphans(self) -> set[str]:
        """Named memory that is new since the start and that no process uses."""
        return _named_memory() - self._named_before - _memory_in_use()


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.02) -> bool:
    """Wait for a condition; whether it came true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(pause)
    return True


def _named_memory() -> set[str]:
    """The named shared memory of this machine."""
    if not SHARED_MEMORY.is_dir():
        return set()
    return {path.name for path in SHARED_MEMORY.iterdir()}


def _memory_in_use() -> set[str]:
    """The named shared memory that some living process has mapped."""
    names = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with suppress(OSError):  # it has ended, or is another user's
            lines = maps.read_text(errors="surrogateescape").splitlines()
            names |= {line.rpartition("/")[2] for line in lines if f" {SHARED_MEMORY}/" in line}
    return names
