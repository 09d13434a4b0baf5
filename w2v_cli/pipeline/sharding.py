"""A run in rounds of several shards: how many, and the engine that trains them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from w2v_cli.cluster.connection import scheduler_address
from w2v_cli.cluster.dask import Dask
from w2v_cli.cluster.executor import Executor
from w2v_cli.cluster.inline import Inline
from w2v_cli.cluster.node import TRAINER
from w2v_cli.cluster.probe import probe
from w2v_cli.cluster.trainer import RoundsTrainer
from w2v_cli.config import Settings
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.pipeline.assembly import Engine
from w2v_cli.pipeline.machine import workers_of_node
from w2v_cli.pipeline.sharing import offered
from w2v_cli.pipeline.steps import round_plan
from w2v_cli.rounds.plan import RoundPlan
from w2v_cli.rounds.replica import Replica
from w2v_cli.rounds.table import VectorTable
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["cluster_advice", "in_rounds", "replica_of", "with_shards"]

# Where nobody says how many shards there are (docs/decisions/0023):
_MOST = 32  # shards: more of them cost quality
_TOKENS = 50_000_000  # of a shard, at least: one machine trains fewer fast enough
_PER_WORD = 60  # tokens of a shard in an average round, at least: a round costs 5 to 10 of them

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def with_shards(settings: Settings, corpus: EncodedCorpus, words: int) -> Settings:
    """The settings with a number of shards for so many words, where nobody gave one.

    It does not depend on how many nodes there are: they may come and go.
    """
    cluster = settings.cluster
    if cluster.shards is not None:
        return settings
    shards = 1
    if settings.machine.cluster is not None:
        shards = min(max(corpus.n_tokens // _least_tokens(settings, words), 1), _MOST)
    return replace(settings, cluster=replace(cluster, shards=shards))


def _least_tokens(settings: Settings, words: int) -> int:
    """Tokens that a shard has at least by default, with so many words in the vocabulary."""
    cluster, epochs = settings.cluster, settings.training.epochs
    rounds = RoundPlan(1, cluster.rounds_per_epoch, cluster.first_rounds).total(epochs)
    return max(_TOKENS, _PER_WORD * words * rounds // epochs)


def cluster_advice(settings: Settings, corpus: EncodedCorpus, words: int) -> Iterator[str]:
    """A sentence for each thing that the user of a cluster may not have meant.

    The settings have the number of shards; there are so many words in the vocabulary.
    """
    address = settings.machine.cluster
    if address is None:
        return
    scheduler = scheduler_address(address) or ""
    host = scheduler.removeprefix("tcp://").rpartition(":")[0]
    if scheduler.startswith("tcp://") and host not in _LOOPBACK:
        yield (
            f"{scheduler} is not encrypted, and whoever reaches it can run programs on its nodes: "
            "use tls://, or a network that nobody else reaches"
        )
    if round_plan(settings) is None:
        yield (
            "the text is not split: it is trained in this process alone, and the cluster idles. "
            f"It has {corpus.n_tokens:,} tokens, and splitting it pays from about "
            f"{_least_tokens(settings, words):,} a shard on; --set cluster.shards=P splits it "
            "anyway"
        )


def replica_of(settings: Settings, engine: Engine, trainer: Trainer) -> Replica:
    """The engine as one that trains shard after shard; the settings have more than one shard."""
    plan, trained = round_plan(settings), engine.trained
    assert plan is not None
    inputs = trained.parameters[:, 0] if trained.rows is None else trained.rows
    remembered = (
        [trained.squares] if trained.factors is None else [trained.squares, trained.factors]
    )
    table = VectorTable(inputs, trained.parameters[:, 1], remembered, engine.plan.workers)
    return Replica(trainer, table, plan, settings.training.seed)


def in_rounds(settings: Settings, engine: Engine, corpus: EncodedCorpus, out: Path) -> Engine:
    """The engine of a run in the folder `out`, in rounds if there is more than one shard."""
    if round_plan(settings) is None:
        return engine
    trainer = engine.trainer
    assert isinstance(trainer, Trainer)
    replica = replica_of(settings, engine, trainer)

    def open_executor() -> Executor:
        address = settings.machine.cluster or "inline"
        if address == "inline":
            return Inline(replica)
        store, place = offered(settings, corpus, RunFolder(out))
        workers = workers_of_node(settings, address)
        given = {"program": TRAINER, "workers": workers, "probe": probe()}
        return Dask(address, {**place, **given}, store, replica.table, replica.plan.shards)

    rounds = RoundsTrainer(trainer, replica, open_executor, settings.training.epochs)
    return replace(engine, trainer=rounds)
