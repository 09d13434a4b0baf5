"""The settings of where a run trains, when it is saved, and what scores it."""

from dataclasses import dataclass

from w2v_cli.config.fields import Follows, Place, setting

__all__ = [
    "CheckpointSettings",
    "ClusterSettings",
    "EvaluationSettings",
    "MachineSettings",
]


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Rounds in which shards of the text are trained apart and then combined."""

    shards: int | None = setting(
        None,
        "shards of each round, trained apart from the same vectors. The number of shards decides "
        "the bytes, the number of nodes does not. 1 trains without rounds",
        at_least=1,
        at_most=1_024,
        null="1; with `machine.cluster` at most 32, each with at least 50 million tokens and, in "
        "an average round, at least 60 tokens for each word of the vocabulary",
    )
    rounds_per_epoch: int = setting(
        16, "rounds of each epoch after the first", at_least=1, at_most=25_000
    )
    first_rounds: int = setting(
        64,
        "rounds of the first epoch, in which vectors change most",
        at_least=1,
        at_most=100_000,
        follows=Follows(
            ("cluster.rounds_per_epoch",),
            lambda rounds: 4 * rounds,
            "4 × `cluster.rounds_per_epoch`",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class MachineSettings:
    """What the machine gives to a run. It changes no vector if `cluster.shards` is given."""

    workers: int | None = setting(
        None,
        "processes that train; any number gives the same bytes",
        at_least=1,
        at_most=1_024,
        null="all processors this process may use",
        flag="--workers",
    )
    cluster: str | None = setting(
        None,
        "who trains the shards. `inline`: this process, one after another; `local:N`: N processes "
        "of this machine; `tcp://HOST:PORT`, `tls://HOST:PORT` or `file:scheduler.json`: the "
        "workers of this Dask scheduler. All but `inline` need the extra `dask`",
        null="this process",
        flag="--cluster",
    )
    store: Place | None = setting(
        None,
        "with `machine.cluster`: where nodes exchange files. A folder that all of them see, or, "
        "with the extra `remote`, a URL that fsspec knows, such as `s3://BUCKET/FOLDER`. The "
        "encoded corpus is copied there, and from there into the cache of each node",
        null="the run folder and `machine.cache`, which all nodes must see",
        flag="--store",
    )
    cache: str | None = setting(
        None,
        "the folder that keeps encoded corpora, so that the next run need not read the text",
        null="`$W2V_CACHE`, or the user's cache folder",
    )
    cache_gib: float = setting(
        20.0,
        "GiB that the cache may take. If it has more, corpora that were not used for a day are "
        "removed, the longest unused first",
        at_least=0,
        at_most=10**9,
    )


@dataclass(frozen=True, kw_only=True)
class CheckpointSettings:
    """When a run is saved so that it can be resumed, besides at the end of epochs."""

    every_minutes: float = setting(10.0, "minutes between two checkpoints", above=0, at_most=10**6)
    every_steps: int | None = setting(
        None,
        "also after this many steps",
        at_least=1,
        at_most=10**12,
        null="by time only",
    )
    keep: int = setting(2, "how many of the newest checkpoints are kept", at_least=1, at_most=1_000)


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """The benchmarks that score the vectors while they are trained, without changing them."""

    files: tuple[str, ...] | None = setting(
        None,
        "benchmarks, as `w2v eval` takes them: the score is shown after each epoch",
        null="none",
        flag="--eval",
    )
