"""A process that trains beside a worker of the cluster, which only waits for it.

A worker must answer its scheduler while it trains, and may not fork: it has threads. So what
trains is a process of its own, which ends when its worker does.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from threading import Lock
from typing import IO, Any

from w2v_cli.cluster.probe import probe
from w2v_cli.cluster.wire import Array, Closed, receive, send
from w2v_cli.errors import RunError, W2VError
from w2v_cli.rounds.changes import Changes
from w2v_cli.rounds.replica import Replica, RoundTask, ShardReport
from w2v_cli.rounds.table import Rows
from w2v_cli.systems.processes import OWN_GROUP

__all__ = ["ENCODER", "TRAINER", "Job", "Node", "NodeLost", "channel", "serve"]

Job = dict[str, Any]

TRAINER, ENCODER = "w2v_cli.pipeline.node", "w2v_cli.pipeline.encoder"  # programs
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class NodeLost(RunError):
    """The process was killed; another may do what it did."""


class Node:
    """The process as its worker sees it; it does one thing at a time."""

    def __init__(self, job: Job) -> None:
        """Start the job's `program` for it, which `serve` or another loop is given.

        Raises:
            W2VError: it cannot train here.
        """
        self._lock = Lock()
        environment = os.environ | dict.fromkeys(_THREADS, "1")
        self._process = subprocess.Popen(
            [sys.executable, "-m", job["program"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            **OWN_GROUP,  # a Ctrl-C at the terminal is the driver's
        )
        self.ask(job)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def train(
        self, task: RoundTask, shard: int, blocks: Sequence[Rows]
    ) -> tuple[list[Changes], ShardReport]:
        """As `Replica.train`.

        Raises:
            NodeLost: the process was killed.
            W2VError: it cannot be done.
        """
        header, arrays = self.ask({"task": asdict(task), "shard": shard}, blocks)
        found = [Changes(*pair) for pair in zip(arrays[::2], arrays[1::2], strict=True)]
        return found, ShardReport(**header["report"])

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def ask(self, header: Job, arrays: Sequence[Array] = ()) -> tuple[Job, list[Array]]:
        """Its answer to a message.

        Raises:
            NodeLost: the process was killed.
            W2VError: it cannot be done.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            with self._lock:
                send(self._process.stdin, header, arrays)
                answer, found = receive(self._process.stdout)
        except Closed:
            status = self._process.wait()
            raise NodeLost(
                f"the process that trains beside a worker ended with status {status}; perhaps it "
                "was killed for want of memory"
            ) from None
        if "error" in answer:
            raise W2VError(answer["error"])
        return answer, found


class _ParentGone(Exception):
    """The worker has ended."""


@contextmanager
def channel() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """Where a program that a worker started gets requests from, and writes answers to.

    What it prints goes to standard error.
    """
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(BrokenPipeError), requests, answers:  # the worker may be gone by now
        yield requests, answers


def serve(requests: IO[bytes], answers: IO[bytes], open_replica: Callable[[Job], Replica]) -> None:
    """Train shard after shard as asked for; what the process does until its worker ends."""
    parent = os.getppid()

    def check() -> None:
        if os.getppid() != parent:
            raise _ParentGone

    try:
        job, _ = receive(requests)
        replica = _opened(job, answers, open_replica)
        while replica is not None:
            header, blocks = receive(requests)
            task = RoundTask(**header["task"])
            try:
                found, report = replica.train(task, header["shard"], blocks, check)
            except W2VError as error:
                send(answers, {"error": str(error)})
                continue
            arrays = [array for each in found for array in (each.rows, each.values)]
            send(answers, {"report": asdict(report)}, arrays)
    except (Closed, _ParentGone):
        return


def _opened(job: Job, answers: IO[bytes], open_replica: Callable[[Job], Replica]) -> Replica | None:
    """What trains the job here; None where it cannot be trained, which is said."""
    try:
        if probe() != job["probe"]:
            raise RunError(
                f"{platform.node()}: computes other bits than the machine that runs w2v, so "
                "the result would depend on who trains what; use processors of one kind, or set "
                "OPENBLAS_CORETYPE and NPY_DISABLE_CPU_FEATURES alike on all, and one NumPy"
            )
        replica = open_replica(job)
    except W2VError as error:
        send(answers, {"error": str(error)})
        return None
    send(answers, {"ready": True})
    return replica
