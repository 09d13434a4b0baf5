"""A command as a process group of its own: its duration, its output, its peak of memory."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmark.task import BenchError

SECONDS_BETWEEN_SAMPLES = 0.05
CAN_MEASURE_MEMORY = Path("/proc/self/smaps_rollup").exists()


@dataclass(frozen=True)
class Finished:
    """What a command left: seconds from start to end, and what it printed."""

    seconds: float
    cpu_seconds: float  # of itself and of the processes that it waited for
    output: str
    peak_bytes: int  # 0 if not asked for

    def json(self) -> Any:
        """The last line, which is JSON."""
        return json.loads(self.output.splitlines()[-1])


def run(
    arguments: list[str], environment: dict[str, str], log: Path, *, memory: bool = False
) -> Finished:
    """Run Python with these arguments to its end; its standard error goes to `log`.

    Raises:
        BenchError: it failed; the message is the last line it wrote.
    """
    with log.open("w+b") as errors, log.with_suffix(".out").open("w+b") as output:
        began = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=output,
            stderr=errors,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        try:
            peak = _watch(child) if memory else 0
            cpu_seconds = _wait(child)
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            raise
        seconds = time.perf_counter() - began
        if child.returncode != 0:
            last = (_text(errors).splitlines() or [f"exit status {child.returncode}"])[-1]
            raise BenchError(f"{' '.join(arguments[:3])} failed: {last}")
        return Finished(seconds, cpu_seconds, _text(output), peak)


def _wait(child: "subprocess.Popen[bytes]") -> float:
    """The processor seconds of a child, once it has ended."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace").strip()


def _watch(child: "subprocess.Popen[bytes]") -> int:
    """The largest sum of memory, in bytes, over the group's processes while it runs."""
    peak = 0
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        peak = max(peak, sum(proportional_memory(pid) for pid in _members(child.pid)))
        time.sleep(SECONDS_BETWEEN_SAMPLES)
    return peak


def _members(group: int) -> list[int]:
    """The processes of a group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[2]) == group:
            found.append(int(folder.name))
    return found


def proportional_memory(pid: int) -> int:
    """A process's resident bytes, those shared by n processes counted as 1/n (PSS)."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it has ended
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
