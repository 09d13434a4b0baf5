"""How long Dask's scheduler takes for the tasks of a round; here they do nothing.

Scheduler and workers are in this process, each kind in a thread of its own; what they send
each other is not sent through any network.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np

from w2v_cli.cluster import dask, tasks
from w2v_cli.cluster.dask import Dask
from w2v_cli.extras import package
from w2v_cli.rounds.replica import RoundTask, ShardReport
from w2v_cli.rounds.table import Rows

__all__ = ["rounds_of"]

Times = tuple[float, float]  # seconds of a round, and of them of the scheduler's thread


class _NoStore:
    """Keeps nothing."""

    location = ""

    def create(self) -> None:
        pass

    def write(self, name: str, rows: Rows) -> str:
        return name

    def read(self, name: str, digest: str) -> Rows:
        return np.empty((0, 1), np.float32)

    def remove(self, wanted: Callable[[str], bool]) -> None:
        pass

    def close(self) -> None:
        pass


class _NoTable:
    """Blocks without rows."""

    dim = 1

    def __init__(self, blocks: int) -> None:
        self.blocks = blocks

    def read(self, block: int) -> Rows:
        return np.empty((0, 1), np.float32)

    def write(self, block: int, rows: Rows) -> None:
        pass


def nothing(*_given: Any) -> None:
    """Task of a round that does nothing."""


def untrained(_job: Any, _task: Any, shard: int, *_blocks: Any) -> Any:
    """Stand in for the task that reports a shard."""
    told = asdict(ShardReport(shard, 0, 0.0, 0.0, 0.0))
    return {"report": told, "seconds": 0.0, "node": str(shard)}, []


def uncombined(*_given: Any) -> str:
    """Task of a round that gives the digest of no block."""
    return ""


def _none_follows(_reports: list[ShardReport]) -> None:
    """The round after a round: each is timed alone."""


_TASKS = SimpleNamespace(
    load=nothing, train=untrained, piece=nothing, combine=uncombined, report=tasks.report
)


def rounds_of(nodes: int, blocks: int, times: int) -> Iterator[Times]:
    """The times of each round, with as many shards as nodes; an untimed round comes first."""
    with mock.patch.object(dask, "tasks", _TASKS), _workers(nodes) as (address, busy):
        store: Any = _NoStore()
        table: Any = _NoTable(blocks)
        with closing(Dask(address, {}, store, table, nodes)) as executor:
            for number in range(times + 1):
                began, busy_before = time.perf_counter(), busy()
                news = list(executor.run(RoundTask(0, number, 0, 0, 1.0), _none_follows))[-1]
                assert news.combined and len(news.trained) == nodes
                if number:
                    yield time.perf_counter() - began, busy() - busy_before


@contextmanager
def _workers(count: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """The address of a scheduler with so many workers, and its thread's processor time."""
    distributed = package("distributed", "dask")

    async def start() -> list[Any]:
        made = [distributed.Worker(address, nthreads=1, memory_limit=0) for _ in range(count)]
        return [await worker for worker in made]

    async def stop(workers: list[Any]) -> None:
        for worker in workers:
            await worker.close()

    cluster = distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None)
    address = cluster.scheduler_address
    with cluster, distributed.Client(address, set_as_default=False) as client:
        workers = client.sync(start)
        try:
            yield address, lambda: client.run_on_scheduler(time.thread_time)
        finally:
            client.sync(stop, workers)
