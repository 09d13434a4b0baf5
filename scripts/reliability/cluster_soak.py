"""Kill processes of runs on a Dask cluster of this machine, and compare what the runs leave.

A worker, the process that trains beside one, or the program itself, which has the scheduler in
it, gets SIGKILL at random moments; the program also SIGTERM. A program that ended is started
again with `--resume`. All must leave the bytes of a run in one process, hang nowhere, and leave
nothing running.
"""

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from reliability.processes import LONGEST_RUN, Training, wait_until
from reliability.topics import text

MEANS = ("a worker", "a node", "the program", "a worker", "a node", "the program", "SIGTERM")
SETTINGS = (
    "vocabulary.min_count=1",
    "model.dim=16",
    "training.tokens_per_step=200",
    "training.epochs=4",
    "cluster.shards=4",
    "cluster.rounds_per_epoch=3",
    "checkpoint.every_steps=1",
)
STATUSES = {"the program": 128 + signal.SIGKILL, "SIGTERM": 128 + signal.SIGTERM}
NODE = "w2v_cli.pipeline.node"


class ClusterSoak:
    """Runs in one folder, stopped by one sequence of random numbers."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._random = folder, random.Random(seed)
        self._cache, self._corpus = folder / "cache", folder / "corpus.txt"
        self._corpus.write_text(text(self._random))
        self.kills: Counter[str] = Counter()
        self.compared, self.faults = 0, []
        self._expected = self._trained("inline", "inline", 0)

    def punish(self, kills: int) -> None:
        """Train one run, killed at most so many times, and compare what it leaves."""
        found = self._trained(f"run-{self.compared}", "local:2", kills)
        self.compared += 1
        if found != self._expected:
            self.faults.append(f"run-{self.compared}: other bytes than in one process")

    def _trained(self, name: str, address: str, kills: int) -> bytes:
        """The vectors of a run that is started until it ends by itself."""
        run = self._folder / name
        while not (run / "run.json").exists():
            training = Training(self._arguments(run, address), self._cache)
            seen: set[int] = set()
            means = ""
            while kills and training.is_running() and means not in STATUSES:
                time.sleep(self._random.uniform(1, 12))
                means = self._random.choice(MEANS)
                seen |= {pid for pid, _ in _family(training.process.pid)}
                kills -= self._kill(training, means)
            status, said = self._end(training)
            if status not in {0, STATUSES.get(means, 0)} or "Traceback" in said:
                self.faults.append(f"{name}: {means}: status {status}: {said[-2000:]}")
                return b""
            if not wait_until(lambda pids=seen: not _alive(pids), 30):
                self.faults.append(f"{name}: {means}: left behind: {sorted(_alive(seen))}")
        return (run / "vectors.npy").read_bytes()

    def _arguments(self, run: Path, address: str) -> list[str]:
        if (run / "config.yaml").exists():
            return ["--resume", "--out", str(run), "--cluster", address]
        sets = [part for setting in SETTINGS for part in ("--set", setting)]
        return ["--out", str(run), "--corpus", str(self._corpus), "--cluster", address, *sets]

    def _kill(self, training: Training, means: str) -> bool:
        """Send the signal if there is something to send it to."""
        program = training.process.pid
        family = _family(program)
        groups = {
            "a worker": [pid for pid, command in family if "spawn_main" in command],
            "a node": [pid for pid, command in family if NODE in command],
        }
        pids = groups.get(means, [program])
        if not pids or not training.is_running():
            return False
        number = signal.SIGTERM if means == "SIGTERM" else signal.SIGKILL
        training.send(number, self._random.choice(pids))
        self.kills[means] += 1
        return True

    def _end(self, training: Training) -> tuple[int, str]:
        try:
            return training.end()
        except AssertionError as hanging:
            self.faults.append(f"after {LONGEST_RUN} s: {hanging}")
            return -1, str(hanging)


def _family(program: int) -> list[tuple[int, str]]:
    """The processes that descend from one, with what each runs."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    found, parents = [], {program}
    while children := [row for row in rows if int(row[1]) in parents]:
        found += [(int(pid), command) for pid, _, command in children]
        parents = {int(row[0]) for row in children}
    return found


def _alive(pids: set[int]) -> set[int]:
    """Those that still run."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,stat="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split() for line in listed.splitlines())
    return {int(pid) for pid, stat in rows if int(pid) in pids and not stat.startswith("Z")}
