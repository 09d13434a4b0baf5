"""What a worker of a Dask cluster does: functions of their arguments and nothing else."""

import asyncio
import os
import platform
import time
from threading import Lock, Thread
from typing import Any

from w2v_cli.cluster.node import Job, Node, NodeLost
from w2v_cli.cluster.store import Store
from w2v_cli.cluster.wire import Array
from w2v_cli.folders import folder_at
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.replica import RoundTask
from w2v_cli.rounds.table import Changes, Rows

__all__ = ["answer", "combine", "forget", "load", "piece", "report", "train"]

Facts = dict[str, Any]
Trained = tuple[Facts, list[Changes]]

_IDLE = 600.0  # seconds without a request: the driver may have been killed
_MOMENT = 10.0  # seconds between looks whether that is so

_NODES: dict[str, Node] = {}  # of this worker, by the job's key; one at a time
_OVER: set[str] = set()  # keys of jobs whose drivers have left
_LOCK = Lock()  # held for a moment, to look at these two or change them
_STARTING = Lock()  # held while a process starts, for which the worker's other threads wait


def load(store: str, name: str, digest: str) -> Rows:
    """A block of the round's start, from the store at a path or URL."""
    return Store(folder_at(store)).read(name, digest)


def train(job: Job, task: Facts, shard: int, *blocks: Rows) -> Trained:
    """The changes that a shard makes, and its report."""
    node = _node(job)
    try:
        found, told, seconds = node.train(RoundTask(**task), shard, blocks)
    except BaseException:
        _end(node)
        raise
    facts = {
        "report": vars(told),
        "seconds": seconds,
        "node": f"{platform.node()} {os.getpid()}",
    }
    return facts, found


def answer(job: Job, request: Facts) -> tuple[Facts, list[Array]]:
    """What the process of the job answers to a request."""
    node = _node(job)
    try:
        return node.ask(request)
    except BaseException:
        _end(node)
        raise


def report(trained: Trained) -> Facts:
    """The report of a shard."""
    return trained[0]


def piece(trained: Trained, block: int) -> Changes:
    """What a shard changes in a block."""
    return trained[1][block]


def combine(store: str, name: str, dim: int, before: Rows, *pieces: Changes) -> str:
    """Combine the changes of a block, and write it as the round's end; its digest."""
    combiner = Combiner(before, dim)
    for each in pieces:
        combiner.add(each)
    return Store(folder_at(store)).write(name, combiner.result())


async def forget(key: str) -> None:
    """End the process of the job with this key, and start none for it again.

    The worker calls it where it answers its scheduler, so the waiting is done by a thread.
    """
    with _LOCK:
        _OVER.add(key)
        node = _NODES.get(key)
    if node is not None:
        await asyncio.to_thread(_end, node)


def _node(job: Job) -> Node:
    """The process of the job, started if there is none yet.

    Raises:
        NodeLost: the job is over.
        W2VError: it cannot be done here.
    """
    with _STARTING:
        with _LOCK:
            kept = dict(_NODES)
        if job["key"] in kept:
            return kept[job["key"]]
        _check_wanted(job)
        for other in kept.values():
            _end(other)
        node = Node(job)
        with _LOCK:
            _NODES[job["key"]] = node
    try:
        _check_wanted(job)  # its driver may have left meanwhile
    except NodeLost:
        _end(node)
        raise
    Thread(target=_end_when_idle, args=(node,), daemon=True).start()
    return node


def _check_wanted(job: Job) -> None:
    """Raise NodeLost if the driver of the job has left."""
    with _LOCK:
        if job["key"] in _OVER:
            raise NodeLost("the run is over")


def _end(node: Node) -> None:
    """End the process; what another thread has started since stays."""
    with _LOCK:
        for key in [key for key, kept in _NODES.items() if kept is node]:
            del _NODES[key]
    node.close()


def _end_when_idle(node: Node) -> None:
    """End the process when nobody has asked it anything for long."""
    while _is_kept(node):
        if node.idle_seconds >= _IDLE:
            _end(node)
        else:
            time.sleep(_MOMENT)


def _is_kept(node: Node) -> bool:
    with _LOCK:
        return node in _NODES.values()
