"""A round in this process, its shards one after another."""

import time
from collections.abc import Iterator

from w2v_cli.cluster.executor import RoundNews
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.replica import Replica, RoundTask, ShardReport

__all__ = ["Inline"]


class Inline:
    """An `Executor` of one process."""

    def __init__(self, replica: Replica) -> None:
        """The replica's table is the driver's."""
        self._replica = replica

    def run(self, task: RoundTask) -> Iterator[RoundNews]:
        """As `Executor.run`."""
        table = self._replica.table
        before = [table.read(number) for number in range(table.blocks)]
        combiners = [Combiner(block, table.dim) for block in before]
        trained: list[ShardReport] = []
        began = time.perf_counter()
        for shard in range(self._replica.plan.shards):
            changed, report = self._replica.train(task, shard, before)
            for combiner, of_shard in zip(combiners, changed, strict=True):
                combiner.add(of_shard)
            trained.append(report)
            for number, block in enumerate(before):
                table.write(number, block)
            yield RoundNews(trained.copy())
        seconds = time.perf_counter() - began
        for number, combiner in enumerate(combiners):
            table.write(number, combiner.result())
        yield RoundNews(trained, combined=True, trained_by={"here": (len(trained), seconds)})

    def close(self) -> None:
        """There is nothing to let go."""
