"""A round in this process, its shards one after another."""

import time
from collections.abc import Iterator

from w2v_cli.cluster.executor import Following, RoundNews
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.replica import Replica, RoundTask, ShardReport

__all__ = ["Inline"]


class Inline:
    """An `Executor` of one process."""

    def __init__(self, replica: Replica) -> None:
        """The replica's table is the driver's."""
        self._replica = replica

    def run(self, task: RoundTask, following: Following) -> Iterator[RoundNews]:
        """As `Executor.run`."""
        table = self._replica.table
        before = table.each(table.read)
        combiners = [Combiner(block, table.dim) for block in before]

        def take(block: int) -> None:
            """Add the changes of a block, and put back what was before."""
            combiners[block].add(table.changes(block, before[block]))
            table.write(block, before[block])

        trained: list[ShardReport] = []
        seconds = 0.0
        for shard in range(self._replica.plan.shards):
            began = time.perf_counter()
            trained.append(self._replica.train(task, shard))
            seconds += time.perf_counter() - began
            table.each(take)
            yield RoundNews(trained.copy())
        table.each(lambda block: table.write(block, combiners[block].result()))
        yield RoundNews(trained, combined=True, trained_by={"here": (len(trained), seconds)})

    def close(self) -> None:
        """Nothing was started."""
