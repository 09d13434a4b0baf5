"""Rounds on a Dask cluster: pure tasks only, so that what is lost is done again elsewhere.

A round is a graph of its own that starts from blocks in the store and ends with blocks there.
Nothing is scattered or pinned, and no worker waits for another. A worker keeps no state but an
engine, which it can always build again.
"""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from w2v_cli.cluster import tasks
from w2v_cli.cluster.connection import RETRIES, Connection
from w2v_cli.cluster.executor import Following, Nodes, RoundNews
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
    """A round that the cluster was given."""

    task: RoundTask
    number: int  # counts all that were submitted; the names of its blocks have it
    reports: list[Any]  # futures, of each shard
    receipts: list[Any]  # futures, of each block at the end


class Dask:
    """An `Executor` on a cluster of Dask workers."""

    def __init__(
        self, address: str, job: Job, store: Store, table: VectorTable, shards: int
    ) -> None:
        """Nodes open an engine from the `job`; they see the store, too.

        Raises:
            W2VError: there is no such cluster, or no `distributed`.
        """
        self._store = store
        self._table, self._shards = table, shards
        self._token = os.urandom(6).hex()
        self._submitted = 0  # rounds
        self._start = 0  # number of the round that left the blocks from which the next starts
        self._ahead: _Round | None = None  # the next, if it has begun already
        self._job = job | {"key": self._token}
        self._digests: list[str] = []  # of the blocks of the next round's start
        self._seen: set[str] = set()  # workers, by address
        self._present: set[str] = set()
        self._nodes = Nodes(present=0)
        store.create()
        self._connection = Connection(address)

    def run(self, task: RoundTask, following: Following) -> Iterator[RoundNews]:
        """As `Executor.run`."""
        if not self._digests:
            blocks = range(self._table.blocks)
            self._digests = [
                self._store.write(self._name(0, block), self._table.read(block)) for block in blocks
            ]
        for _ in range(_ATTEMPTS):
            round = self._begun(task)
            try:
                yield from self._watch(round, following)
            except (self._connection.killed_worker, NodeLost) as error:
                lost = error
                continue
            finally:
                self._cancel(round)
            return
        raise RunError(f"a round failed {_ATTEMPTS} times, each time with its workers: {lost}")

    def close(self) -> None:
        """Leave the cluster, or end it if it was started here."""
        if self._ahead is not None:
            with suppress(Exception):  # the scheduler may be gone
                self._cancel(self._ahead)
        self._connection.end_job(self._token)
        self._connection.close()
        self._store.close()

    def _name(self, number: int, block: int) -> str:
        """The name of a block at the end of a round; with number 0, at the start of the first."""
        return f"{self._token}-{number}-{block}"

    def _begun(self, task: RoundTask) -> _Round:
        """The round: the one that was begun ahead, if it is the same."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.task == task:
            return ahead
        if ahead is not None:  # the caller has changed its plan since
            self._cancel(ahead)
        return self._submit(task)

    def _cancel(self, round: _Round) -> None:
        self._connection.client.cancel([*round.reports, *round.receipts])

    def _submit(self, task: RoundTask) -> _Round:
        """Submit the tasks of a round. Their keys are new each time: a failed key stays failed.

        A key begins with the name of the function. By this name Dask learns how long such tasks
        take, and so when it is worth it to move one.
        """
        self._submitted += 1
        number, location, job = self._submitted, self._store.location, self._job
        place = f"w2v-{self._token}-{number}"

        def submit(function: str, which: object, *arguments: Any) -> Any:
            given = {"key": f"{function}-{place}-{which}", "retries": RETRIES, "pure": False}
            return self._connection.client.submit(getattr(tasks, function), *arguments, **given)

        def end(block: int) -> Any:
            """The receipt of a block at the end of the round."""
            pieces = [submit("piece", f"{p}-{block}", trained[p], block) for p in shards]
            name = self._name(number, block)
            given = location, name, self._table.dim, starts[block], *pieces
            return submit("combine", block, *given)

        blocks, shards = range(self._table.blocks), range(self._shards)
        starts = [
            submit("load", b, location, self._name(self._start, b), self._digests[b])
            for b in blocks
        ]
        facts = asdict(task)
        trained = [submit("train", p, job, facts, p, *starts) for p in shards]
        receipts = [end(block) for block in blocks]
        reports = [submit("report", p, trained[p]) for p in shards]
        return _Round(task, number, reports, receipts)

    def _watch(self, round: _Round, following: Following) -> Iterator[RoundNews]:
        """News of a round every _SECONDS until its end, when the table holds it."""
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
        self._take(round.number, digests, following(self._reports(trained)))
        by_node: dict[str, tuple[int, float]] = {}
        for facts in trained.values():
            shards, seconds = by_node.get(facts["node"], (0, 0.0))
            by_node[facts["node"]] = shards + 1, seconds + facts["seconds"]
        self._look([])  # a short round was not looked at before
        yield RoundNews(self._reports(trained), True, self._nodes, by_node)

    def _take(self, number: int, digests: list[str], following: RoundTask | None) -> None:
        """Let the table hold the blocks at the end of a round, while nodes begin the next."""
        self._start, self._digests = number, digests
        if following is not None:
            self._ahead = self._submit(following)
        for block, digest in enumerate(digests):
            self._table.write(block, self._store.read(self._name(number, block), digest))
        wanted = tuple(f"{self._token}-{n}-" for n in (number, self._submitted))
        self._store.remove(lambda name: name.startswith(wanted))

    def _done(self, futures: list[Any]) -> bool:
        """Whether all are done within _SECONDS.

        `distributed.wait` would ask the current client, which may be another one.
        """
        until = time.monotonic() + _SECONDS
        while not (done := all(future.done() for future in futures)):
            if time.monotonic() >= until:
                break
            time.sleep(_MOMENT)
        return done

    def _reports(self, trained: dict[int, Any]) -> list[ShardReport]:
        """The reports in the order of the shards, so that sums of them are the same each time."""
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
