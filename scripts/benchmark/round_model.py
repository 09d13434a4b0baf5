"""How long a round on some nodes takes, by a model of what was measured on one machine."""

from dataclasses import dataclass

import numpy as np

from w2v_cli.config import Settings
from w2v_cli.rounds.plan import Exchange, RoundPlan
from w2v_cli.rounds.table import VectorTable

__all__ = [
    "DIM",
    "WORDS",
    "Round",
    "RoundSeconds",
    "Speeds",
    "blocks_of",
    "exchange_of",
    "vector_bytes",
]

WORDS, DIM = 1_000_000, 100  # of the vectors that many nodes would train


@dataclass(frozen=True)
class Speeds:
    """Bytes of vectors a second of one node, by what it does to them."""

    handing: float  # to the process that trains, and changes back from it
    taking: float  # what a shard has changed
    sending: float  # from one Dask worker to another, while as much comes back
    combining: float  # changes
    storing: float  # the end of a round
    loading: float  # it again


@dataclass(frozen=True)
class RoundSeconds:
    """The parts of the time of a round."""

    training: float
    exchanging: float  # vectors between nodes, and to the machine that leads them
    others: float  # what nodes do to vectors before and after, and the scheduler

    @property
    def total(self) -> float:
        """Seconds from the start of a round to that of the next."""
        return self.training + self.exchanging + self.others

    @property
    def efficiency(self) -> float:
        """The part of the time in which nodes train."""
        return self.training / self.total

    @property
    def exchanging_share(self) -> float:
        """The part of the time in which vectors are on their way."""
        return self.exchanging / self.total


@dataclass(frozen=True)
class Round:
    """A round of nodes that are equally fast and do one thing after the other.

    The network, and what crosses it, is that of `Exchange`, as `w2v train --plan` uses it. It
    carries no more than a Dask worker sends. Before and after, nodes work on vectors: each hands
    the start to each of its shards, takes with all its processors what they changed, combines
    its part, stores it, and loads its part of the next start. The machine that leads loads all
    vectors when the next round has begun.
    """

    exchange: Exchange
    speeds: Speeds
    scheduling: float  # seconds of the scheduler in a round
    processors: int | None = None  # that all nodes share; None where each is a machine

    def seconds(self, training: float, gigabits: float | None) -> RoundSeconds:
        """The time of a round with so many seconds of training; `gigabits` None is no network."""
        others = self._handling + self._leading + self.scheduling
        return RoundSeconds(training, self._exchanging(gigabits), others)

    @property
    def _crowd(self) -> float:
        """How many nodes share a processor, 1 if none do."""
        return max(1.0, self.exchange.nodes / (self.processors or self.exchange.nodes))

    @property
    def _handling(self) -> float:
        """Seconds of a node for what it does to vectors."""
        shards, nodes = self.exchange.shards, self.exchange.nodes
        in_turn = {
            "handing": -(-shards // nodes),
            "combining": shards / nodes,
            "storing": 1 / nodes,
            "loading": 1 / nodes,
        }
        taking = self._part("taking", -(-shards // nodes)) * (nodes if self.processors else 1)
        return taking + self._crowd * sum(self._part(*each) for each in in_turn.items())

    @property
    def _leading(self) -> float:
        """Seconds that the machine that leads takes from nodes: it loads all vectors."""
        return self._part("loading", 1) / self.processors if self.processors else 0.0

    def _part(self, what: str, copies: float) -> float:
        """Seconds to do this to so many copies of the vectors."""
        speed: float = getattr(self.speeds, what)
        return copies * self.exchange.bytes / speed

    def _exchanging(self, gigabits: float | None) -> float:
        exchange = self.exchange
        sending = self._crowd * exchange.received / self.speeds.sending
        if gigabits is None:
            return sending
        # With a second of training in a round, the efficiency is 1 / (1 + seconds of sending).
        efficiency = exchange.efficiency(float(exchange.rounds * exchange.nodes), gigabits)
        return max(sending, 1 / efficiency - 1)


def vector_bytes(words: int, dim: int) -> int:
    """Bytes of both vectors of each word, with what AdaGrad remembers of them."""
    return 4 * 2 * words * (dim + 1)


def blocks_of(words: int, dim: int) -> int:
    """In how many blocks the vectors of so many words travel."""
    vectors = np.broadcast_to(np.float32(0), (words, dim))
    return VectorTable(vectors, vectors, [np.broadcast_to(np.float32(0), 2 * words)]).blocks


def exchange_of(shards: int, nodes: int, n_bytes: int) -> Exchange:
    """What a run with the default epochs and rounds sends if its vectors take so many bytes."""
    settings = Settings()
    plan = RoundPlan(shards, settings.cluster.rounds_per_epoch, settings.cluster.first_rounds)
    return Exchange(shards, plan.total(settings.training.epochs), nodes, n_bytes, own=0)
