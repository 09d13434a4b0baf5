"""Every setting with its default, bounds and meaning. Nothing else repeats any of them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from w2v_cli.config.fields import Follows, Place, Span, setting
from w2v_cli.core.choices import MAX_PAIR_RATE, MODELS, OBJECTIVES, OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

__all__ = [
    "PHRASE_THRESHOLDS",
    "CheckpointSettings",
    "ClusterSettings",
    "CorpusSettings",
    "EvaluationSettings",
    "MachineSettings",
    "ModelSettings",
    "ObjectiveSettings",
    "PhraseSettings",
    "Settings",
    "SubsampleSettings",
    "SubwordSettings",
    "TrainingSettings",
    "VocabularySettings",
]

LARGEST_SEED = 2**63 - 1
LARGEST_VOCABULARY = 2**31 - 1  # word ids are int32

PHRASE_THRESHOLDS = {"mikolov": 10.0, "npmi": 0.5}
LEARNING_RATE_FLOOR = 1e-4


@dataclass(frozen=True, kw_only=True)
class PhraseSettings:
    """Words that become one, such as `new_york`: `corpus.phrases: FILE` is short for its `file`."""

    file: Place | None = setting(
        None,
        "a file of phrases, as `w2v phrases` writes it: each becomes one word",
        null="none",
        flag="--phrases",
    )
    passes: int = setting(
        0,
        "find phrases in the text itself, in so many passes: 2 find phrases of three and four "
        "words; 0 finds none",
        at_least=0,
        at_most=100,
    )
    scoring: str = setting(
        "mikolov",
        "how pairs of words are scored: as Mikolov et al. (2013) do, or by normalised pointwise "
        "mutual information",
        choices=PHRASE_THRESHOLDS.keys(),
    )
    threshold: float = setting(
        PHRASE_THRESHOLDS["mikolov"],
        "a pair is a phrase if its score is above this",
        at_least=-1,
        at_most=10**12,
        follows=Follows(
            ("corpus.phrases.scoring",),
            lambda scoring: PHRASE_THRESHOLDS[scoring],
            ", ".join(f"{value:g} for `{name}`" for name, value in PHRASE_THRESHOLDS.items()),
        ),
    )
    min_count: int = setting(
        5, "pairs that occur less often are no phrases", at_least=1, at_most=10**12
    )
    connectors: str | None = setting(
        None,
        "words, between spaces, that a phrase may have inside, but not at its ends, as in "
        "`bank of america`; `english` stands for those of English",
        null="none",
    )


@dataclass(frozen=True, kw_only=True)
class CorpusSettings:
    """Where the text is and how it becomes tokens."""

    paths: tuple[str, ...] = setting(
        ("builtin:python-docs",),
        "files, folders, globs, `-` for standard input (in YAML in quotes), or "
        "`builtin:python-docs`, the documentation of the running Python; relative to the current "
        "folder; with the extra `remote` also URLs that fsspec knows, such as `s3://BUCKET/FOLDER`",
        flag="--corpus",
    )
    encoding: str = setting("utf-8", "the encoding of the text, by Python's name for it")
    errors: str = setting(
        "strict",
        "bytes that are not in the encoding: `strict` stops there, `replace` reads U+FFFD",
        choices=("strict", "replace"),
    )
    tokenizer: str = setting(
        "whitespace",
        "`whitespace` splits on ASCII white space, as word2vec.c and fastText do; "
        "`words` takes out the words, of letters and digits, in lower case; what does not show is "
        "left out",
        choices=("whitespace", "words"),
        flag="--tokenizer",
    )
    lowercase: bool = setting(False, "turn every token to lower case (`words` always does)")
    phrases: PhraseSettings = field(default_factory=PhraseSettings)


@dataclass(frozen=True, kw_only=True)
class VocabularySettings:
    """Which words get a vector."""

    min_count: int = setting(
        5,
        "a word that occurs less often gets no vector",
        at_least=1,
        at_most=10**12,
        flag="--min-count",
    )
    max_size: int | None = setting(
        None,
        "keep only this many of the most frequent words",
        at_least=1,
        at_most=LARGEST_VOCABULARY,
        null="no limit",
    )
    scan_limit: int = setting(
        10_000_000,
        "distinct words counted at once while reading; beyond it the rarest are forgotten, "
        "which bounds the memory",
        at_least=1,
        at_most=LARGEST_VOCABULARY,
    )


@dataclass(frozen=True, kw_only=True)
class SubsampleSettings:
    """How often frequent words are left out."""

    threshold: float = setting(
        1e-3,
        "t in min(1, √(t/f) + t/f), the probability to keep an occurrence of a word of relative "
        "frequency f; 0 keeps every token",
        at_least=0,
        at_most=1,
        flag="--threshold",
    )


@dataclass(frozen=True, kw_only=True)
class SubwordSettings:
    """Whether a word's vector is made of those of its parts, as in fastText."""

    enabled: bool = setting(
        False,
        "a word's input vector is the mean of a vector of its own and the vectors of its character "
        "n-grams, so that words never seen have vectors, too",
        flag="--subwords",
    )
    min: int = setting(
        3, "characters of the shortest n-gram, `<` and `>` counted", at_least=1, at_most=100
    )
    max: int = setting(6, "characters of the longest n-gram", at_least=1, at_most=100)
    buckets: int = setting(
        2_000_000,
        "numbers for n-grams; n-grams with the same number share a vector, and only numbers "
        "that some word has take memory",
        at_least=1,
        at_most=10**8,
    )


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """What predicts what."""

    architecture: str = setting(
        "skipgram",
        "`skipgram`: a word predicts each word around it; `cbow`: the words around it predict it",
        choices=MODELS.keys(),
        flag="--architecture",
    )
    dim: int = setting(100, "numbers in a word's vector", at_least=1, at_most=65_536, flag="--dim")
    window: int = setting(
        5, "words of context on each side, at most", at_least=1, at_most=1_000, flag="--window"
    )
    dynamic_window: bool = setting(
        True, "draw each word's window from 1 to `model.window` instead of using all of it"
    )
    combine: str = setting(
        "mean",
        "`cbow` only: the context's vectors are summed, or averaged",
        choices=("sum", "mean"),
    )
    cbow_gradient: str = setting(
        "word2vec",
        "`cbow` with `mean` only: `exact` gives each of n context words 1/n of the gradient, "
        "`word2vec` the whole of it, as all other trainers do",
        choices=("word2vec", "exact"),
    )
    subwords: SubwordSettings = field(default_factory=SubwordSettings)


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """What is minimised."""

    name: str = setting(
        "negative_sampling",
        "`negative_sampling` tells a true context word from drawn ones; `naive_softmax` "
        "compares it with the whole vocabulary",
        choices=OBJECTIVES.keys(),
        flag="--objective",
    )
    negatives: int = setting(
        5,
        "`negative_sampling` only: words drawn for each true context word",
        at_least=1,
        at_most=1_000,
        flag="--negatives",
    )
    noise_exponent: float = setting(
        0.75,
        "`negative_sampling` only: words are drawn in proportion to count to this power",
        at_least=-1,
        at_most=1,
    )


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How the vectors are learned."""

    epochs: int = setting(
        5, "passes over the corpus", at_least=1, at_most=1_000_000, flag="--epochs"
    )
    optimizer: str = setting(
        "adagrad",
        "`adagrad`: a vector's steps get smaller the further it has moved; `sgd`: one step size "
        "for all vectors",
        choices=OPTIMIZERS.keys(),
        flag="--optimizer",
    )
    learning_rate: float = setting(
        OPTIMIZERS["adagrad"].learning_rate("skipgram", 5),
        "step size at the start, for one (centre, context) pair",
        above=0,
        at_most=100,
        follows=Follows(
            ("training.optimizer", "model.architecture", "training.epochs"),
            lambda optimizer, model, epochs: OPTIMIZERS[optimizer].learning_rate(model, epochs),
            "; ".join(
                f"`{name}`: {optimizer.rates_text}" for name, optimizer in OPTIMIZERS.items()
            ),
        ),
        flag="--learning-rate",
    )
    min_learning_rate: float = setting(
        OPTIMIZERS["adagrad"].learning_rate("skipgram", 5) * LEARNING_RATE_FLOOR,
        "the learning rate never falls below this",
        at_least=0,
        at_most=100,
        follows=Follows(
            ("training.learning_rate",),
            lambda rate: rate * LEARNING_RATE_FLOOR,
            f"`training.learning_rate` × {LEARNING_RATE_FLOOR}",
        ),
    )
    schedule: str = setting(
        "linear",
        "`linear`: falls in a straight line, in tokens, to the minimum; `constant`: stays; "
        "`step`: halves every `training.halve_every` steps",
        choices=("linear", "constant", "step"),
    )
    halve_every: int = setting(
        20_000,
        "schedule `step` only: steps between two halvings",
        at_least=1,
        at_most=10**12,
    )
    tokens_per_step: int = setting(
        OBJECTIVES["negative_sampling"].tokens_per_step,
        "tokens, after subsampling, whose gradients make one update; about this many, fewer at "
        "first, in a short text and in small shards",
        at_least=1,
        at_most=2**24,
        follows=Follows(
            ("objective.name",),
            lambda name: OBJECTIVES[name].tokens_per_step,
            ", ".join(
                f"{objective.tokens_per_step:,} for `{name}`"
                for name, objective in OBJECTIVES.items()
            ),
        ),
    )
    max_pair_rate: float | None = setting(
        None,
        "the learning rates of all (centre, word) pairs that move a word in one step add up to "
        "at most this: its step size is min(rate, κ/pairs); without it large steps diverge",
        above=0,
        at_most=10**9,
        null=f"{MAX_PAIR_RATE}; where steps are short because the vocabulary is small, "
        + ", ".join(
            f"{optimizer.crowded_pair_rate} for `{name}`" for name, optimizer in OPTIMIZERS.items()
        ),
    )
    held_out: float = setting(
        0.0,
        "part of the text to hold out: its loss is measured after each epoch, and the vectors of "
        "the epoch with the lowest are written, although neighbours may still get better after "
        "it; 0 holds out nothing",
        at_least=0,
        at_most=0.5,
        flag="--valid",
    )
    patience: int = setting(
        0,
        "with `training.held_out`: stop after this many epochs without a lower held-out loss; "
        "0 never stops",
        at_least=0,
        at_most=1_000_000,
        flag="--patience",
    )
    max_time: Span | None = setting(
        None,
        "end within this time: the learning rate falls over the words that can be trained in it at "
        "the speed of the first seconds, so the run cannot be repeated to the byte; at most "
        "`training.epochs` are trained",
        null="no limit",
        flag="--max-time",
    )
    init: Place | None = setting(
        None,
        "a run, or vectors of any kind that is read, to start from: words of both start with the "
        "vectors given there; from a run also with its outside vectors, those of n-grams, and "
        "what the optimizer remembers",
        null="random vectors",
        flag="--init",
    )
    init_vocabulary: str = setting(
        "corpus",
        "with `training.init`: `corpus` takes the words of the corpus alone, `union` also given "
        "words that it lacks, `grown` besides adds the counts of the run given, so that "
        "`vocabulary.min_count` is over both texts",
        choices=("corpus", "union", "grown"),
    )
    frozen: float | str | None = setting(
        None,
        "with `training.init`: the steps of given vectors are multiplied by this, so that at 0 "
        "they stay as they are; or a file of words, one a line, whose given vectors stay",
        at_least=0,
        at_most=1,
        null="1; with the vocabulary `grown`, the new text's part of both texts",
    )
    seed: int = setting(
        1,
        "the start of every random draw; the same seed gives the same bytes",
        at_least=0,
        at_most=LARGEST_SEED,
        flag="--seed",
    )


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    """Rounds in which shards of the text are trained apart and then combined."""

    shards: int | None = setting(
        None,
        "shards of each round, which nodes train apart from the same vectors; they, not the "
        "nodes, decide the bytes; 1 trains without rounds",
        at_least=1,
        at_most=1_024,
        null="1, or with `machine.cluster` one for each 50 million tokens, 32 at most",
    )
    rounds_per_epoch: int = setting(
        16, "rounds of each epoch but the first", at_least=1, at_most=25_000
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
    """What the machine gives to a run; nothing here changes the vectors."""

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
        "who trains the shards: `inline`, this process, one after another; or, with the extra "
        "`dask`, `local:N`, so many processes of this machine, or a Dask scheduler as "
        "`tcp://HOST:PORT`, `tls://HOST:PORT` or `file:scheduler.json`",
        null="this process",
        flag="--cluster",
    )
    store: Place | None = setting(
        None,
        "with `machine.cluster`: where nodes meet, a folder that all of them see, or with the "
        "extra `remote` a URL that fsspec knows, such as `s3://BUCKET/FOLDER`; the encoded corpus "
        "is copied there and from there into the cache of each node",
        null="the run folder and `machine.cache`, which all nodes must see",
        flag="--store",
    )
    cache: str | None = setting(
        None,
        "the folder that keeps encoded corpora, so that the next run reads no text",
        null="`$W2V_CACHE`, or the user's cache folder",
    )
    cache_gib: float = setting(
        20.0,
        "GiB that the cache may take; beyond, corpora not used within a day are removed, "
        "those unused for longest first",
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
    keep: int = setting(2, "checkpoints kept, the newest ones", at_least=1, at_most=1_000)


@dataclass(frozen=True, kw_only=True)
class EvaluationSettings:
    """The benchmarks that score the vectors while they are trained, without changing them."""

    files: tuple[str, ...] | None = setting(
        None,
        "benchmarks, as `w2v eval` takes them: the score is shown after each epoch",
        null="none",
        flag="--eval",
    )


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting of a run, by section; constructors store and do not check."""

    corpus: CorpusSettings = field(default_factory=CorpusSettings)
    vocabulary: VocabularySettings = field(default_factory=VocabularySettings)
    subsample: SubsampleSettings = field(default_factory=SubsampleSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    objective: ObjectiveSettings = field(default_factory=ObjectiveSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    machine: MachineSettings = field(default_factory=MachineSettings)
    checkpoint: CheckpointSettings = field(default_factory=CheckpointSettings)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)

    @classmethod
    def of(cls, source: "Mapping[str, object] | str | PathLike[str] | None" = None) -> "Settings":
        """Settings in which nothing is left to follow: those of a dictionary or file, and defaults.

        A dictionary has a value for each key path, such as `{"model.dim": 50}`; a file is YAML.

        Raises:
            ConfigError: anything that is wrong, each with its key path, and its file.
        """
        from w2v_cli.config.loading import settings_of

        return settings_of(source)
