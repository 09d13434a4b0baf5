"""The engine of one node, which trains one shard after another."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from w2v_cli.rounds.plan import RoundPlan, ShardPortions
from w2v_cli.rounds.table import VectorTable
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.engine.trainer import Trainer

__all__ = ["Replica", "RoundTask", "ShardReport"]


@dataclass(frozen=True)
class RoundTask:
    """A round to train: where in the run it begins."""

    epoch: int
    round: int  # within the epoch
    steps_done: int  # in the whole run
    tokens_done: int  # raw tokens of the rounds before, all shards together
    horizon: float  # as `Trainer.horizon`


@dataclass(frozen=True)
class ShardReport:
    """The report of a trained shard."""

    shard: int
    steps: int
    loss: float  # nats, summed over `pairs`
    pairs: float
    learning_rate: float  # of the last step


class Replica:
    """Trains shards with an engine whose vectors it sets and reads."""

    def __init__(self, trainer: Trainer, table: VectorTable, plan: RoundPlan, seed: int) -> None:
        """The trainer trains the arrays of the table."""
        self._trainer, self.table, self.plan, self._seed = trainer, table, plan, seed

    def portions(self, epoch: int, round: int, shard: int) -> ShardPortions:
        """The portions that the shard trains."""
        return ShardPortions(self._trainer.chunks, self._seed, self.plan, epoch, round, shard)

    def train(
        self, task: RoundTask, shard: int, check: Callable[[], None] = lambda: None
    ) -> ShardReport:
        """Train a shard, starting with the vectors in the table; it then holds the shard's.

        `check` is called after each step.
        """
        portions = self.portions(task.epoch, task.round, shard)
        if not portions.per_epoch:
            return ShardReport(shard, 0, 0.0, 0.0, 0.0)
        return self._steps(task, shard, portions, check)

    def _steps(
        self, task: RoundTask, shard: int, portions: ShardPortions, check: Callable[[], None]
    ) -> ShardReport:
        """Take all steps of a shard."""
        trainer = self._trainer.over(portions, epochs=task.epoch + 1)
        trainer.horizon = task.horizon
        start = Position(task.epoch, portions.first, 0, task.steps_done, task.tokens_done)
        loss = pairs = rate = 0.0
        steps = task.steps_done
        with closing(trainer.steps(start)) as reports:
            for report in reports:
                loss, pairs = loss + report.loss, pairs + report.pairs
                steps, rate = report.position.steps_done, report.learning_rate
                check()
        return ShardReport(shard, steps - task.steps_done, float(loss), float(pairs), rate)
