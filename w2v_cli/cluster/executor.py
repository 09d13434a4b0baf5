"""What trains a round, wherever it does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from w2v_cli.rounds.replica import RoundTask, ShardReport

__all__ = ["Executor", "Following", "Nodes", "RoundNews"]


@dataclass(frozen=True)
class Nodes:
    """How many nodes take part, as far as this process has seen."""

    present: int = 1
    joined: int = 0  # after the first round began
    lost: int = 0


@dataclass(frozen=True)
class RoundNews:
    """How far a round has come."""

    trained: list[ShardReport]  # of the shards that are done
    combined: bool = False  # whether the table holds the end of the round
    nodes: Nodes = field(default_factory=Nodes)
    # At the end of the round, by node: the shards that it trained, and in how many seconds.
    trained_by: dict[str, tuple[int, float]] = field(default_factory=dict)

    @property
    def training_seconds(self) -> float:
        """Seconds of training of the node that trained longest."""
        return max((seconds for _, seconds in self.trained_by.values()), default=0.0)

    def speeds(self, tokens: int) -> list[float]:
        """Tokens a second of each node while it trained, rising; a shard has so many `tokens`."""
        return sorted(shards * tokens / max(s, 1e-9) for shards, s in self.trained_by.values())


Following = Callable[[list[ShardReport]], RoundTask | None]
"""The round after one whose shards have these reports; None after the last."""


class Executor(Protocol):
    """Trains all shards of a round and combines what they change.

    Which executor it is, and how many nodes it has, changes no bit of the result.
    """

    def run(self, task: RoundTask, following: Following) -> Iterator[RoundNews]:
        """Train a round, with news now and then, or after each shard.

        Whenever it yields, the driver's table holds the vectors of the round's start; with the
        last news, those of its end. The round that follows may begin before.

        Raises:
            W2VError: it cannot be done.
        """

    def close(self) -> None:
        """End what was started; nothing that the run needs is lost."""
