"""What a worker of a Dask cluster does: functions of their arguments and nothing else."""

import os
import platform
from threading import Lock
from typing import Any

from w2v_cli.cluster.node import Job, Node
from w2v_cli.cluster.store import Store
from w2v_cli.cluster.wire import Array
from w2v_cli.folders import folder_at
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.replica import RoundTask
from w2v_cli.rounds.table import Changes, Rows

__all__ = ["answer", "combine", "load", "piece", "report", "train"]

Facts = dict[str, Any]
Trained = tuple[Facts, list[Changes]]

_NODES: dict[str, Node] = {}  # of this worker, by the job's key; one at a time
_LOCK = Lock()  # held for a moment, to look at them or change them
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


def _node(job: Job) -> Node:
    """The process of the job, started if there is none yet.

    Raises:
        W2VError: it cannot be done here.
    """
    with _STARTING:
        with _LOCK:
            kept = dict(_NODES)
        if job["key"] in kept:
            return kept[job["key"]]
        for other in kept.values():
            _end(other)
        node = Node(job)
        with _LOCK:
            _NODES[job["key"]] = node
    return node


def _end(node: Node) -> None:
    """End the process; what another thread has started since stays."""
    with _LOCK:
        for key in [key for key, kept in _NODES.items() if kept is node]:
            del _NODES[key]
    node.close()
