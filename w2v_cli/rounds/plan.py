"""Which text each shard trains in each round: it follows from settings and seed, not from nodes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.core.sampling import generator
from w2v_cli.training.engine.chunks import CHUNKS_PER_PORTION, Chunks
from w2v_cli.training.engine.portions import Portion

__all__ = ["Exchange", "RoundPlan", "ShardPortions"]

_USABLE = 0.8  # of a network's speed
_CHUNKS = 4  # that a shard has in a round at least, so that none has much more than another


@dataclass(frozen=True)
class RoundPlan:
    """Shards of a round, and rounds of an epoch."""

    shards: int
    per_epoch: int
    first: int  # rounds of the first epoch

    def rounds(self, epoch: int) -> int:
        """Rounds of an epoch, counted from 0."""
        return self.per_epoch if epoch else self.first

    def total(self, epochs: int) -> int:
        """Rounds of so many epochs."""
        return self.first + (epochs - 1) * self.per_epoch

    @property
    def largest_part(self) -> float:
        """The part of the text that a chunk may have, so that every shard has some."""
        return 1 / (_CHUNKS * self.shards * max(self.first, self.per_epoch))


@dataclass(frozen=True)
class Exchange:
    """What a run in rounds sends between its nodes."""

    shards: int
    rounds: int  # of the whole run
    nodes: int
    bytes: int  # of the vectors, with what the optimizer keeps of them
    own: int  # bytes that a node needs besides copies of the vectors

    @property
    def received(self) -> int:
        """Bytes that a node receives in a round: vectors of others, and changes of their shards."""
        copies = 1 + self.shards / self.nodes
        return round(self.bytes * copies * (1 - 1 / self.nodes))

    @property
    def memory(self) -> int:
        """Bytes that a node needs.

        Its training process has the vectors as they are, as they were, and their changes; its
        worker has the start, the changes of its shards, and those of all shards to its blocks.
        """
        copies = 4 + 2 * self.shards / self.nodes
        return self.own + round(self.bytes * copies)

    def efficiency(self, seconds: float, gigabits: float) -> float:
        """The share of their time in which nodes train; one node would train for `seconds`.

        A model: all nodes have one speed, all receive at once, then the machine that leads them
        receives all vectors, and nothing else takes time.
        """
        training = seconds / self.rounds / self.nodes
        exchanging = (self.received + self.bytes) / (gigabits / 8 * 1e9 * _USABLE)
        return training / (training + exchanging)


class ShardPortions:
    """The chunks of one shard in one round, as the portions of a `Trainer`.

    An epoch's shuffled chunks are cut into rounds, a round into shards, a shard into portions.
    Each portion of an epoch has a number of its own, so that no two draw the same negatives.
    """

    def __init__(
        self, chunks: Chunks, seed: int, plan: RoundPlan, epoch: int, round: int, shard: int
    ) -> None:
        """`round` is a number within the epoch."""
        order = chunks.trained[generator(seed, "order", epoch).permutation(len(chunks.trained))]
        cells = plan.rounds(epoch) * plan.shards
        cuts = np.arange(cells + 1) * len(order) // cells
        portions = -(-np.diff(cuts) // CHUNKS_PER_PORTION)
        cell = round * plan.shards + shard
        self.first, self.per_epoch = int(portions[:cell].sum()), int(portions[cell])
        self._chunks = chunks
        self._own = order[cuts[cell] : cuts[cell + 1]]
        begin = round * plan.shards
        self.tokens_of_all = chunks.raw_tokens(order[cuts[begin] : cuts[begin + plan.shards]])

    def at(self, epoch: int, number: int) -> Portion:
        """The portion of that number; `last` is true for the last one of the shard.

        Its raw tokens are those that all shards train meanwhile, so that the learning rate falls
        as if they were trained here.
        """
        index = number - self.first
        ends = self._end_of(index), self._end_of(index + 1)
        return Portion(
            epoch,
            number,
            self._own[ends[0] : ends[1]],
            self._tokens(ends[1]) - self._tokens(ends[0]),
            index + 1 == self.per_epoch,
        )

    def _end_of(self, index: int) -> int:
        return index * len(self._own) // self.per_epoch

    def _tokens(self, chunks: int) -> int:
        """The tokens of all shards when this one has trained so many of its chunks."""
        own: npt.NDArray[np.int64] = self._own
        done, total = self._chunks.raw_tokens(own[:chunks]), self._chunks.raw_tokens(own)
        return self.tokens_of_all * done // total
