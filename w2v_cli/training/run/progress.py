"""What a run reports while it trains."""

from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Progress", "Scores"]

Scores = dict[str, float | None]


@dataclass(frozen=True)
class Progress:
    """What a run reports after a step."""

    epoch: int  # 1 for the first
    epochs: int
    step: int  # steps done
    words: int  # raw in-vocabulary words trained so far, over all epochs
    total_words: int  # as planned
    learning_rate: float
    loss: float | None  # nats a pair, since the last report or, at its end, of the epoch
    baseline: float  # the loss of untrained vectors
    words_per_second: float  # since training began or was resumed
    seconds_left: float
    epoch_ended: bool
    reported: bool  # whether it became a line of metrics.jsonl
    # In rounds of several shards: `rounds` done, `of_rounds`, `nodes`, how many `joined` and were
    # `lost`; of the last round that has ended the part of its time that went into `exchanging`
    # vectors, and the words a second of the `slowest` and `fastest` node while they trained.
    cluster: dict[str, float] | None = None
    # Only at the end of an epoch:
    held_out_loss: float | None = None  # nats a target, where text is held out
    best: bool = False  # whether no epoch before had a lower one
    scores: Scores = field(default_factory=dict)  # of each benchmark, by its path

    def report(self) -> dict[str, Any]:
        """What metrics.jsonl says of it."""
        kept = asdict(self)
        del kept["reported"], kept["total_words"], kept["epochs"], kept["best"]
        if self.held_out_loss is None:
            del kept["held_out_loss"]
        if self.cluster is None:
            del kept["cluster"]
        if not self.scores:
            del kept["scores"]
        return kept
