"""What a worker of a Dask cluster does: functions of their arguments and nothing else."""

import os
import platform
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


def load(store: str, name: str, digest: str) -> Rows:
    """A block of the round's start, from the store at a path or URL."""
    return Store(folder_at(store)).read(name, digest)


def train(job: Job, task: Facts, shard: int, *blocks: Rows) -> Trained:
    """The changes that a shard makes, and its report."""
    try:
        found, told, seconds = _node(job).train(RoundTask(**task), shard, blocks)
    except BaseException:
        _forget()
        raise
    facts = {
        "report": vars(told),
        "seconds": seconds,
        "node": f"{platform.node()} {os.getpid()}",
    }
    return facts, found


def answer(job: Job, request: Facts) -> tuple[Facts, list[Array]]:
    """What the process of the job answers to a request."""
    try:
        return _node(job).ask(request)
    except BaseException:
        _forget()
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
    """The process of the job, started if there is none yet."""
    if job["key"] not in _NODES:
        _forget()
        _NODES[job["key"]] = Node(job)
    return _NODES[job["key"]]


def _forget() -> None:
    """End the process, if there is one."""
    while _NODES:
        _NODES.popitem()[1].close()
