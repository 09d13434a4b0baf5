"""A run in rounds of several shards: how many, and the engine that trains them."""

from collections.abc import Callable
from dataclasses import replace

from w2v_cli.cluster.executor import Executor
from w2v_cli.cluster.inline import Inline
from w2v_cli.cluster.trainer import RoundsTrainer
from w2v_cli.config import Settings
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.pipeline.assembly import Engine, round_plan
from w2v_cli.rounds.replica import Replica
from w2v_cli.rounds.table import VectorTable
from w2v_cli.training.engine.trainer import Trainer

__all__ = ["in_rounds", "replica_of", "with_shards"]

_TOKENS = 50_000_000  # of a shard in an epoch, at least: less is trained as fast by one machine
_MOST = 32  # shards, where nobody says; more of them cost quality


def with_shards(settings: Settings, corpus: EncodedCorpus) -> Settings:
    """The settings with a number of shards, where nobody gave one.

    It does not depend on how many nodes there are: they may come and go.
    """
    cluster = settings.cluster
    if cluster.shards is not None:
        return settings
    shards = 1
    if settings.machine.cluster is not None:
        shards = min(max(corpus.n_tokens // _TOKENS, 1), _MOST)
    return replace(settings, cluster=replace(cluster, shards=shards))


def replica_of(settings: Settings, engine: Engine, trainer: Trainer) -> Replica:
    """The engine as one that trains shard after shard.

    The settings have more than one shard.
    """
    plan, trained = round_plan(settings), engine.trained
    assert plan is not None
    inputs = trained.parameters[:, 0] if trained.rows is None else trained.rows
    remembered = (
        [trained.squares] if trained.factors is None else [trained.squares, trained.factors]
    )
    table = VectorTable(inputs, trained.parameters[:, 1], remembered)
    return Replica(trainer, table, plan, settings.training.seed)


def in_rounds(settings: Settings, engine: Engine) -> Engine:
    """The engine trained in rounds if the settings have more than one shard."""
    if round_plan(settings) is None:
        return engine
    trainer = engine.trainer
    assert isinstance(trainer, Trainer)
    replica = replica_of(settings, engine, trainer)
    open_executor: Callable[[], Executor] = lambda: Inline(replica)  # noqa: E731
    rounds = RoundsTrainer(trainer, replica, open_executor, settings.training.epochs)
    return replace(engine, trainer=rounds)
