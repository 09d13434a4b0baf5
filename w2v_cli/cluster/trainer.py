"""A run in rounds of several shards, reported as a `Trainer` reports its steps."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from functools import partial

from w2v_cli.cluster.executor import Executor, RoundNews
from w2v_cli.rounds.plan import RoundPlan
from w2v_cli.rounds.replica import Replica, RoundTask, ShardReport
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.engine.trainer import StepReport, Trainer

__all__ = ["RoundsTrainer"]


class RoundsTrainer:
    """Trains round after round with an executor; a round counts the steps of its longest shard.

    At every report its vectors are those of the start of a round, so the caller may save them.
    """

    def __init__(
        self,
        trainer: Trainer,
        replica: Replica,
        open_executor: Callable[[], Executor],
        epochs: int,
    ) -> None:
        """The trainer brings composed vectors up to date; the replica's table is the driver's."""
        self._trainer, self._replica, self._open = trainer, replica, open_executor
        self._epochs = epochs
        self.horizon = 1.0  # as `Trainer.horizon`
        self._last_round: dict[str, float] = {}  # what is reported of it

    @property
    def total_tokens(self) -> int:
        """Raw tokens of all epochs."""
        return self._trainer.total_tokens

    @property
    def plan(self) -> RoundPlan:
        """How many shards and rounds there are."""
        return self._replica.plan

    def reachable(self, position: Position, part: float) -> float:
        """The part of the run that is done with the last round that ends by that `part`.

        `position` is that after a round; no less is done.
        """
        done, wanted = position, part * self.total_tokens
        while done.epoch < self._epochs:
            after = self._after(done, [], self._tokens(done))
            if after.tokens_done > wanted:
                break
            done = after
        return done.tokens_done / self.total_tokens

    def complete(self) -> None:
        """Bring all centre vectors up to date, where they are composed."""
        self._trainer.complete()

    def steps(self, start: Position) -> Generator[StepReport, None, None]:
        """Train round after round from `start` to the end of the run.

        A report is made whenever there is news; a run continues from its position.
        """
        position, ended = start, time.perf_counter()
        with closing(self._open()) as executor:
            while position.epoch < self._epochs:
                tokens = self._tokens(position)
                following = partial(self._following, position, tokens)
                for news in executor.run(self._task(position), following):
                    if news.combined:
                        position = self._after(position, news.trained, tokens)
                        began, ended = ended, time.perf_counter()
                        self._note(news, tokens, ended - began)
                    yield self._report(position, news, tokens)

    def _following(
        self, position: Position, tokens: int, trained: list[ShardReport]
    ) -> RoundTask | None:
        """The round after the one that begins at the position."""
        after = self._after(position, trained, tokens)
        return self._task(after) if after.epoch < self._epochs else None

    def _tokens(self, position: Position) -> int:
        """Raw tokens of all shards of the round that begins at the position."""
        return self._replica.portions(position.epoch, position.number, 0).tokens_of_all

    def _task(self, position: Position) -> RoundTask:
        return RoundTask(
            position.epoch, position.number, position.steps_done, position.tokens_done, self.horizon
        )

    def _after(self, position: Position, trained: list[ShardReport], tokens: int) -> Position:
        """The position after the round that begins at the position."""
        last = position.number + 1 == self.plan.rounds(position.epoch)
        return replace(
            position,
            epoch=position.epoch + last,
            number=0 if last else position.number + 1,
            steps_done=position.steps_done + max((shard.steps for shard in trained), default=0),
            tokens_done=position.tokens_done + tokens,
        )

    def _note(self, news: RoundNews, tokens: int, seconds: float) -> None:
        """Keep what is reported of a round that ended `seconds` after the one before."""
        speeds = news.speeds(tokens // self.plan.shards)
        self._last_round = {
            "exchanging": round(max(0.0, 1 - news.training_seconds / seconds), 4),
            "slowest": round(speeds[0]),
            "fastest": round(speeds[-1]),
        }

    def _cluster(self, position: Position, news: RoundNews) -> dict[str, float]:
        """What metrics.jsonl says of the nodes, and of the last round that has ended."""
        done = position.epoch and self.plan.total(position.epoch)
        return {
            "rounds": done + position.number,
            "of_rounds": self.plan.total(self._epochs),
            "nodes": news.nodes.present,
            "joined": news.nodes.joined,
            "lost": news.nodes.lost,
            **self._last_round,
        }

    def _report(self, position: Position, news: RoundNews, tokens: int) -> StepReport:
        """The step report at the position, or within the round that begins there."""
        ahead = 0.0 if news.combined else tokens * len(news.trained) / self.plan.shards
        rate = max((shard.learning_rate for shard in news.trained), default=0.0)
        return StepReport(
            position=position,
            progress=position.tokens_done / self.total_tokens,
            learning_rate=rate,
            loss=sum(shard.loss for shard in news.trained) if news.combined else 0.0,
            pairs=sum(shard.pairs for shard in news.trained) if news.combined else 0.0,
            epoch_ended=news.combined and position.number == 0,
            cluster=self._cluster(position, news),
            round_ended=news.combined,
            ahead=ahead / self.total_tokens,
        )
