"""A process that trains beside a worker of the cluster, which only waits for it.

A worker must answer its scheduler while it trains, and may not fork: it has threads. So what
trains is a process of its own, which ends when its worker does.
"""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from threading import Lock
from typing import IO, Any

from w2v_cli.cluster.area import Area
from w2v_cli.cluster.probe import probe
from w2v_cli.cluster.wire import Array, Closed, receive, send
from w2v_cli.errors import RunError, W2VError
from w2v_cli.rounds.replica import Replica, RoundTask, ShardReport
from w2v_cli.rounds.table import Changes, Rows
from w2v_cli.systems.memory import HandedMemory
from w2v_cli.systems.processes import OWN_GROUP

__all__ = ["ENCODER", "TRAINER", "Job", "Node", "NodeLost", "channel", "serve"]

Job = dict[str, Any]

TRAINER, ENCODER = "w2v_cli.pipeline.node", "w2v_cli.pipeline.encoder"  # programs
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# What a worker keeps of freed memory: by default nothing, which is slow. What trains starts
# without these.
_OF_WORKER = "MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"


class NodeLost(RunError):
    """The process was killed; another can do its work."""


class Node:
    """The process as its worker sees it; it does one thing at a time."""

    def __init__(self, job: Job) -> None:
        """Start the job's `program`, which gets the job as its first message.

        Raises:
            W2VError: it cannot do the job here.
        """
        self._lock = Lock()
        environment = os.environ | dict.fromkeys(_THREADS, "1")
        for name in _OF_WORKER:
            environment.pop(name, None)
        memory = HandedMemory()
        self._process = subprocess.Popen(
            [sys.executable, "-m", job["program"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            **OWN_GROUP,  # a Ctrl-C at the terminal is the driver's
            **memory.starting,
        )
        self._answered = time.monotonic()
        try:
            self._area = self._begin(job, memory)
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def train(
        self, task: RoundTask, shard: int, blocks: Sequence[Rows]
    ) -> tuple[list[Changes], ShardReport, float]:
        """Train a shard from these blocks on: its changes of each, its report, its seconds.

        Raises:
            NodeLost: the process was killed.
            W2VError: it cannot be done.
        """
        area = self._area
        assert area is not None
        with self._lock:
            for place, block in zip(area.starts, blocks, strict=True):
                place[:] = block
            told, _ = self._ask({"task": asdict(task), "shard": shard})
            counted = zip(area.changed, told["changed"], strict=True)
            found = [room.first(count).copy() for room, count in counted]
        return found, ShardReport(**told["report"]), told["seconds"]

    @property
    def idle_seconds(self) -> float:
        """Seconds since its last answer; 0 while it is asked something."""
        return 0.0 if self._lock.locked() else time.monotonic() - self._answered

    def close(self) -> None:
        """End the process; a thread that waits for its answer gets NodeLost."""
        self._process.kill()
        with self._lock:  # until that thread has seen it
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                assert stream is not None
                with suppress(OSError):  # what it did not read is still to be written
                    stream.close()

    def _begin(self, job: Job, memory: HandedMemory) -> Area | None:
        """Let the process do the job; the memory that is shared with it, if it trains."""
        with closing(memory):
            ready, _ = self.ask(job | {"memory": memory.name})
            sizes, columns = ready.get("shape", ([], 0))
            return _area(memory, sizes, columns) if sizes else None

    def ask(self, header: Job) -> tuple[Job, list[Array]]:
        """Its answer to a message.

        Raises:
            NodeLost: the process was killed.
            W2VError: it cannot be done.
        """
        with self._lock:
            return self._ask(header)

    def _ask(self, header: Job) -> tuple[Job, list[Array]]:
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            send(self._process.stdin, header)
            answer, found = receive(self._process.stdout)
        except Closed:
            status = self._process.wait()
            raise NodeLost(
                f"the process that trains beside a worker ended with status {status}; perhaps it "
                "was killed for want of memory"
            ) from None
        self._answered = time.monotonic()
        if "error" in answer:
            raise W2VError(answer["error"])
        return answer, found


class _ParentGone(Exception):
    """The worker has ended."""


@contextmanager
def channel() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """The streams of requests and answers, in a program that a worker started.

    What the program prints goes to standard error.
    """
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError), requests, answers:  # the worker may be gone by now
        yield requests, answers


def serve(requests: IO[bytes], answers: IO[bytes], open_replica: Callable[[Job], Replica]) -> None:
    """Train one shard after another as the worker asks, until the worker ends."""
    parent = os.getppid()

    def check() -> None:
        if os.getppid() != parent:
            raise _ParentGone

    try:
        job, _ = receive(requests)
        opened = _opened(job, answers, open_replica)
        while opened is not None:
            header, _ = receive(requests)
            try:
                told = _trained(*opened, RoundTask(**header["task"]), header["shard"], check)
            except W2VError as error:
                told = {"error": str(error)}
            send(answers, told)
    except (Closed, _ParentGone):
        return


def _trained(
    replica: Replica, area: Area, task: RoundTask, shard: int, check: Callable[[], None]
) -> dict[str, Any]:
    """Train a shard from the vectors in the area, and leave its changes there; the answer."""
    table = replica.table
    table.each(lambda block: table.write(block, area.starts[block]))
    began = time.perf_counter()
    report = replica.train(task, shard, check)
    seconds = time.perf_counter() - began
    found = table.each(lambda n: table.changes(n, area.starts[n], area.changed[n]))
    changed = [len(each.rows) for each in found]
    return {"report": asdict(report), "changed": changed, "seconds": seconds}


def _area(memory: HandedMemory, sizes: list[int], columns: int) -> Area:
    """The area for blocks of so many rows.

    Raises:
        RunError: there is no memory for it.
    """
    size = Area.nbytes(sizes, columns)
    try:
        return Area.over(memory.map(size), sizes, columns)
    except (OSError, OverflowError, ValueError) as error:
        raise RunError(f"{platform.node()}: no memory for {size / 2**30:,.1f} GiB") from error


def _opened(
    job: Job, answers: IO[bytes], open_replica: Callable[[Job], Replica]
) -> tuple[Replica, Area] | None:
    """What trains the job here, and its area, or None; the worker is told which."""
    try:
        if probe() != job["probe"]:
            raise RunError(
                f"{platform.node()}: computes other bits than the machine that runs w2v, so "
                "the result would depend on who trains what; use processors of one kind, or set "
                "OPENBLAS_CORETYPE and NPY_DISABLE_CPU_FEATURES alike on all, and one NumPy"
            )
        replica = open_replica(job)
        shape = replica.table.sizes, replica.table.shape[1]
        with closing(HandedMemory(job["memory"])) as memory:
            area = _area(memory, *shape)
    except W2VError as error:
        send(answers, {"error": str(error)})
        return None
    send(answers, {"shape": shape})
    return replica, area
