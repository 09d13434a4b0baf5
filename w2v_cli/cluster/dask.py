"""Rounds on a Dask cluster: pure tasks only, so that what is lost is done again elsewhere.

A round is a graph of its own that starts from blocks in the store and ends with blocks there.
Nothing is scattered or pinned, no worker waits for another, and no state is kept on any but the
engine that a worker may always build again.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from w2v_cli.cluster import tasks
from w2v_cli.cluster.connection import RETRIES, Connection
from w2v_cli.cluster.executor import Nodes, RoundNews
from w2v_cli.cluster.node import Job, NodeLost
from w2v_cli.cluster.store import Store
from w2v_cli.errors import RunError
from w2v_cli.rounds.replica import RoundTask, ShardReport
from w2v_cli.rounds.table import VectorTable

__all__ = ["Dask"]

_SECONDS = 0.5  # between news of a round
_MOMENT = 0.02  # seconds between looks whether it is done
_ATTEMPTS = 10  # at a round, each after lost workers


@dataclass
class _Round:
    """A round in the cluster: what will tell of its shards, and of the blocks it ends with."""

    reports: list[Any]
    receipts: list[Any]


class Dask:
    """An `Executor` on a cluster of Dask workers."""

    def __init__(
        self, address: str, job: Job, store: Store, table: VectorTable, shards: int
    ) -> None:
        """The job is what nodes open an engine from; they see the store, too.

        Raises:
            W2VError: there is no such cluster, or no `distributed`.
        """
        self._store = store
        self._table, self._shards = table, shards
        self._token, self._round = os.urandom(6).hex(), 0
        self._job = job | {"key": self._token}
        self._digests: list[str] = []  # of the blocks of the next round's start
        self._seen: set[str] = set()  # workers, by address
        self._present: set[str] = set()
        self._nodes = Nodes(present=0)
        store.create()
        self._connection = Connection(address)

    def run(self, task: RoundTask) -> Iterator[RoundNews]:
        """As `Executor.run`."""
        if not self._digests:
            blocks = range(self._table.blocks)
            self._digests = [
                self._store.write(self._name(0, block), self._table.read(block)) for block in blocks
            ]
        for attempt in range(_ATTEMPTS):
            round = self._submit(task, attempt)
            try:
                yield from self._watch(round)
            except (self._connection.killed_worker, NodeLost) as error:
                lost = error
                continue
            finally:
                self._connection.client.cancel([*round.reports, *round.receipts])
            return
        raise RunError(f"a round failed {_ATTEMPTS} times, each time with its workers: {lost}")

    def close(self) -> None:
        """Leave the cluster, or end it if it was started here."""
        self._connection.close()
        self._store.close()

    def _name(self, later: int, block: int) -> str:
        """The name of a block at the start of this round, or `later` rounds after it."""
        return f"{self._token}-{self._round + later}-{block}"

    def _submit(self, task: RoundTask, attempt: int) -> _Round:
        """The tasks of a round. Their keys are new with each attempt: a failed key stays failed."""
        place = f"w2v-{self._token}-{self._round}-{attempt}"

        def submit(key: str, function: Any, *arguments: Any) -> Any:
            given = {"key": f"{key}-{place}", "retries": RETRIES, "pure": False}
            return self._connection.client.submit(function, *arguments, **given)

        blocks, shards = range(self._table.blocks), range(self._shards)
        starts = [
            submit(f"load{b}", tasks.load, self._store.location, self._name(0, b), self._digests[b])
            for b in blocks
        ]
        facts = asdict(task)
        trained = [submit(f"train{p}", tasks.train, self._job, facts, p, *starts) for p in shards]
        pieces = [
            [submit(f"piece{p}-{b}", tasks.piece, trained[p], b) for p in shards] for b in blocks
        ]
        receipts = [
            submit(
                f"combine{b}",
                tasks.combine,
                self._store.location,
                self._name(1, b),
                self._table.dim,
                starts[b],
                *pieces[b],
            )
            for b in blocks
        ]
        reports = [submit(f"report{p}", tasks.report, trained[p]) for p in shards]
        return _Round(reports, receipts)

    def _watch(self, round: _Round) -> Iterator[RoundNews]:
        """News of a round every moment until its end, when the table holds it."""
        trained: dict[int, Any] = {}
        all_futures = [*round.reports, *round.receipts]
        while not self._done(all_futures):
            self._look(all_futures)
            for shard, future in enumerate(round.reports):
                if shard not in trained and future.status == "finished":
                    trained[shard] = self._connection.result(future)
            yield RoundNews(self._reports(trained), nodes=self._nodes)
        digests = [self._connection.result(future) for future in round.receipts]
        trained = {
            shard: self._connection.result(future) for shard, future in enumerate(round.reports)
        }
        for block, digest in enumerate(digests):
            self._table.write(block, self._store.read(self._name(1, block), digest))
        self._round, self._digests = self._round + 1, digests
        current = f"{self._token}-{self._round}-"
        self._store.remove(lambda name: name.startswith(current))
        by_node: dict[str, tuple[int, float]] = {}
        for facts in trained.values():
            shards, seconds = by_node.get(facts["node"], (0, 0.0))
            by_node[facts["node"]] = shards + 1, seconds + facts["seconds"]
        self._look([])  # a short round has not been looked at before
        yield RoundNews(self._reports(trained), True, self._nodes, by_node)

    def _done(self, futures: list[Any]) -> bool:
        """Whether all are done, for which it waits a moment.

        Not with `distributed.wait`, which asks the client that is the current one.
        """
        until = time.monotonic() + _SECONDS
        while not (done := all(future.done() for future in futures)):
            if time.monotonic() >= until:
                break
            time.sleep(_MOMENT)
        return done

    def _reports(self, trained: dict[int, Any]) -> list[ShardReport]:
        """In the order of the shards, so that sums of them are the same each time."""
        return [ShardReport(**trained[shard]["report"]) for shard in sorted(trained)]

    def _look(self, futures: list[Any]) -> None:
        """Count the workers, and raise what has failed.

        Raises:
            RunError: the scheduler, or all workers, have been gone for too long.
        """
        for future in futures:
            if future.status in ("error", "cancelled"):  # "lost" is done again
                self._connection.result(future)
        workers = self._connection.workers()
        if workers:
            first = not self._seen
            joined = self._nodes.joined + (0 if first else len(workers - self._seen))
            gone = self._nodes.lost + len(self._present - workers)
            self._nodes = Nodes(len(workers), joined, gone)
            self._seen |= workers
            self._present = workers
