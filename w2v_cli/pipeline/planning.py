"""A run as it would be: what it keeps of the corpus, what it needs, how long it takes."""

import time
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from w2v_cli.config import Settings
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.pipeline.assembly import build_engine
from w2v_cli.pipeline.initial_vectors import begin
from w2v_cli.pipeline.reading import read_advised
from w2v_cli.pipeline.requirements import (
    COPIES_OF_ROUNDS,
    PROCESSES_OF_NODE,
    DiskNeed,
    MemoryNeed,
    check_disk,
    check_memory,
    disk_need,
    memory_need,
)
from w2v_cli.pipeline.sharding import with_shards
from w2v_cli.pipeline.start_vectors import Start, StartVectors, make_vocabulary, read_start
from w2v_cli.pipeline.starting import check_apart
from w2v_cli.pipeline.steps import plan_steps, round_plan, with_learning_rate
from w2v_cli.resources import available_memory, free_disk
from w2v_cli.rounds.plan import Exchange
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.run.run_folder import RunFolder

__all__ = [
    "Coverage",
    "Plan",
    "coverage",
    "make_plan",
    "measure_seconds",
    "more_epochs",
    "plan",
]

_MIN_COUNTS = (1, 2, 5, 10, 20, 50, 100)
MEASURED_SECONDS = 2.0
_ENOUGH_TOKENS = 8_000_000  # of all epochs: 50 epochs of a novel of 160,000 words
_ENOUGH_OCCURRENCES = 1000  # of the average word, in all epochs
_WARM_UP = 0.2  # part of the measured steps that is left out: memory is touched for the first time


@dataclass(frozen=True)
class Coverage:
    """What one `min_count` keeps."""

    min_count: int
    words: int
    tokens: int  # of the corpus, that are one of these words
    share: float  # of the corpus's tokens


@dataclass(frozen=True)
class Plan:
    """A run as it would be."""

    tokens: int
    sentences: int
    types: int
    vocabulary: Coverage
    min_counts: list[Coverage]
    tokens_per_epoch: int  # after subsampling, as expected
    epochs: int
    dim: int
    workers: int
    parameters: int
    memory: MemoryNeed
    available_memory: int | None
    disk: DiskNeed
    free_disk: int | None
    seconds: float | None  # of training; None where it was not measured
    start: Start | None = None  # None where all vectors start at random
    exchange: Exchange | None = None  # None where there is one shard

    @property
    def words_per_second(self) -> float | None:
        """Words of the corpus trained in a second, if it was measured."""
        if self.seconds is None:
            return None
        return self.vocabulary.tokens * self.epochs / max(self.seconds, 1e-9)

    def check_room(self, out: Path) -> None:
        """Make sure that there is memory, and disk in the folder `out`.

        Raises:
            W2VError: there is not enough memory.
            RunError: there is not enough disk.
        """
        check_memory(self.memory, self.available_memory)
        check_disk(self.disk, out, self.free_disk)

    def as_dict(self) -> dict[str, Any]:
        """All of it, for programs."""
        facts = asdict(self)
        facts["memory"] |= {"needed": self.memory.needed, "peak": self.memory.peak}
        if self.exchange is not None:
            facts["exchange"] |= {
                "memory": self.exchange.memory,
                "received": self.exchange.received,
            }
        facts["disk"] |= {"peak": self.disk.peak, "least": self.disk.least}
        return {**facts, "words_per_second": self.words_per_second}


def plan(
    settings: Settings,
    out: Path,
    *,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> Plan:
    """What a new run in the folder `out` would need; nothing but the cache is written.

    `progress` takes the bytes of the corpus read so far, and in all. `warn` is told which files
    are no text, which settings suit the text, and what is odd in vectors to start from.

    Raises:
        W2VError: such a run would be refused; `Plan.check_room` refuses one for want of room.
    """
    check_apart(settings, out)
    RunFolder(out).check(force=force)
    start = read_start(settings, warn)
    return make_plan(settings, read_advised(settings, progress, warn), out, start)


def more_epochs(epochs: int, tokens: int, words: int) -> int | None:
    """How many epochs would suit a text of so few tokens better; None if `epochs` are enough.

    A text needs more if it has few tokens in all, and few of each word.
    """
    if 2 * epochs * tokens >= _ENOUGH_TOKENS or epochs * tokens >= _ENOUGH_OCCURRENCES * words:
        return None
    advised = min(round(_ENOUGH_TOKENS / tokens, -1) or 10, 50)
    return int(advised) if advised > epochs else None


def coverage(corpus: EncodedCorpus, min_count: int, max_size: int | None) -> Coverage:
    """What `min_count` and `max_size` keep of the corpus."""
    counts = np.asarray(corpus.type_counts)
    kept = np.sort(counts[counts >= min_count])[::-1][:max_size]
    tokens = int(kept.sum())
    return Coverage(min_count, len(kept), tokens, tokens / corpus.n_tokens)


def make_plan(
    settings: Settings, corpus: EncodedCorpus, path: Path, start: StartVectors | None = None
) -> Plan:
    """The plan of a run in the folder `path`, which is not touched.

    It trains for some seconds to measure the time, unless there is too little memory to train.

    Raises:
        CorpusError: the corpus leaves no vocabulary.
    """
    vocabulary, word_ids = make_vocabulary(settings, corpus, start)
    words, limits = vocabulary.words, settings.vocabulary
    settings = with_shards(settings, corpus, len(words))
    steps = plan_steps(settings, corpus, vocabulary)
    settings = with_learning_rate(settings, steps)
    memory, available = memory_need(settings, steps, corpus), available_memory()
    seconds = None
    if available is None or memory.needed <= available:
        engine = build_engine(settings, steps, corpus, words, word_ids)
        begin(engine, settings, vocabulary, start)
        assert isinstance(engine.trainer, Trainer)  # as built, without shards
        seconds = measure_seconds(engine.trainer, enough=MEASURED_SECONDS)
    tokens = int(vocabulary.occurrences.sum())
    return Plan(
        tokens=corpus.n_tokens,
        sentences=corpus.n_sentences,
        types=len(corpus.type_counts),
        vocabulary=Coverage(limits.min_count, len(words), tokens, tokens / corpus.n_tokens),
        min_counts=_min_counts(settings, corpus, start),
        tokens_per_epoch=round(steps.tokens_per_epoch),
        epochs=settings.training.epochs,
        dim=settings.model.dim,
        workers=steps.workers,
        parameters=2 * len(words) * settings.model.dim,
        memory=memory,
        available_memory=available,
        disk=disk_need(settings, len(words), int(np.sum(word_ids < 0))),
        free_disk=free_disk(path),
        seconds=seconds,
        start=None if start is None else start.describe(settings, vocabulary),
        exchange=_exchange(settings, memory, len(words)),
    )


def _exchange(settings: Settings, memory: MemoryNeed, words: int) -> Exchange | None:
    """What nodes would send each other; None where there are no shards."""
    rounds = round_plan(settings)
    if rounds is None:
        return None
    vectors = memory.parameters // COPIES_OF_ROUNDS
    if settings.model.subwords.enabled:  # composed from rows that travel, and do not themselves
        vectors -= 4 * words * settings.model.dim
    own = memory.gradients + memory.shard + memory.workers + PROCESSES_OF_NODE
    total, nodes = rounds.total(settings.training.epochs), _nodes(settings, rounds.shards)
    return Exchange(rounds.shards, total, nodes, vectors, own)


def _nodes(settings: Settings, shards: int) -> int:
    """How many nodes take part; as many as there are shards, if a scheduler has the nodes."""
    kind, _, count = (settings.machine.cluster or "inline").partition(":")
    if kind == "inline":
        return 1
    return min(int(count), shards) if kind == "local" else shards


def _min_counts(
    settings: Settings, corpus: EncodedCorpus, start: StartVectors | None
) -> list[Coverage]:
    """What some choices of `min_count` keep; none if given words are kept whatever it is."""
    if start is not None and start.given is not None:
        return []
    limits = settings.vocabulary
    counts = sorted({*_MIN_COUNTS, limits.min_count})
    return [coverage(corpus, least, limits.max_size) for least in counts]


def measure_seconds(trainer: Trainer, *, enough: float) -> float:
    """The seconds that a run takes, from steps taken for `enough` seconds.

    The first step of a portion also prepares its text. It tells what preparing one takes, and
    the others tell what a part of the run takes.
    """
    firsts, others, done = [], [], 0.0  # seconds; (seconds, part of the run)
    began = previous = time.perf_counter()
    first = True
    with closing(trainer.steps(Position())) as steps:
        for report in steps:
            now = time.perf_counter()
            if first:
                firsts.append(now - previous)
            else:
                others.append((now - previous, report.progress - done))
            first, previous, done = report.position.step == 0, now, report.progress
            if now - began > enough and len(firsts) + len(others) > 1:
                break
    warm = np.array(others[int(_WARM_UP * len(others)) :]).reshape(-1, 2)
    seconds, part = warm.sum(axis=0)
    # The last, not the mean: the first includes the start of the workers.
    preparing = firsts[-1] - (seconds / len(warm) if len(warm) else 0)
    return float(max(preparing, 0) * trainer.n_portions + (seconds / part if part > 0 else 0))
