"""The settings of what is learned, and how: model, objective and training."""

from dataclasses import dataclass, field

from w2v_cli.config.fields import Follows, Place, Span, setting
from w2v_cli.core.choices import MODELS, OBJECTIVES, OPTIMIZERS, pair_rates_text, steps_text
from w2v_cli.core.step_lengths import CROWDED, SMALLEST_STEP

__all__ = [
    "ModelSettings",
    "ObjectiveSettings",
    "SubwordSettings",
    "TrainingSettings",
]

LARGEST_SEED = 2**63 - 1
LEARNING_RATE_FLOOR = 1e-4


def least_rate(rate: float) -> float:
    """The minimum of a learning rate, where nobody gave one."""
    return rate * LEARNING_RATE_FLOOR


@dataclass(frozen=True, kw_only=True)
class SubwordSettings:
    """Whether a word's vector is made of those of its parts, as in fastText."""

    enabled: bool = setting(
        False,
        "a word's centre vector is the mean of its own vector and those of its character n-grams, "
        "so that words never seen have vectors too",
        flag="--subwords",
    )
    min: int = setting(
        3, "characters of the shortest n-gram, `<` and `>` counted", at_least=1, at_most=100
    )
    max: int = setting(6, "characters of the longest n-gram", at_least=1, at_most=100)
    buckets: int = setting(
        2_000_000,
        "hash buckets for n-grams; n-grams in the same bucket share a vector, and only buckets "
        "that some word uses take memory",
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
        "`cbow` with `mean` only: `exact` gives each of n context words 1/n of the gradient, and "
        "`word2vec` gives each the whole gradient, as all other trainers do",
        choices=("word2vec", "exact"),
    )
    subwords: SubwordSettings = field(default_factory=SubwordSettings)


@dataclass(frozen=True, kw_only=True)
class ObjectiveSettings:
    """What is minimised."""

    name: str = setting(
        "negative_sampling",
        "`negative_sampling` tells a target from negatives drawn at random; `naive_softmax` "
        "compares it with the whole vocabulary",
        choices=OBJECTIVES.keys(),
        flag="--objective",
    )
    negatives: int = setting(
        5,
        "`negative_sampling` only: negatives for each target",
        at_least=1,
        at_most=1_000,
        flag="--negatives",
    )
    noise_exponent: float = setting(
        0.75,
        "`negative_sampling` only: a word is drawn as a negative in proportion to its count to "
        "this power",
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
        "`adagrad`: vectors that have moved far take smaller steps; `sgd`: one step size for all "
        "vectors",
        choices=OPTIMIZERS.keys(),
        flag="--optimizer",
    )
    learning_rate: float | None = setting(
        None,
        "the learning rate at the start",
        above=0,
        at_most=100,
        null="; ".join(
            f"`{name}`: {optimizer.rates.text}" for name, optimizer in OPTIMIZERS.items()
        ),
        flag="--learning-rate",
    )
    min_learning_rate: float | None = setting(
        None,
        "the learning rate never falls below this",
        at_least=0,
        at_most=100,
        follows=Follows(
            ("training.learning_rate",),
            lambda rate: None if rate is None else least_rate(rate),
            f"`training.learning_rate` × {LEARNING_RATE_FLOOR}",
        ),
    )
    schedule: str = setting(
        "linear",
        "`linear`: the learning rate falls in a straight line, in tokens, to the minimum; "
        "`constant`: it stays; `step`: it halves every `training.halve_every` steps",
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
        "tokens of one step at most, about, after subsampling; fewer at first, with a small "
        "vocabulary or wide windows, in a short text, and in small shards",
        at_least=1,
        at_most=2**24,
        follows=Follows(
            ("objective.name", "model.architecture", "model.subwords.enabled"),
            lambda name, model, composed: OBJECTIVES[name].default_step(model, composed=composed),
            steps_text(),
        ),
    )
    max_pair_rate: float | None = setting(
        None,
        "κ: the step size of a vector is at most κ/pairs, with its number of pairs in one step; "
        "without this limit large steps diverge",
        above=0,
        at_most=10**9,
        null=pair_rates_text(
            f"if {SMALLEST_STEP:,} tokens bring the average vector into more than {CROWDED} pairs"
        ),
    )
    held_out: float = setting(
        0.0,
        "share of the text to hold out, such as 0.02. Its loss is measured after each epoch, and "
        "the vectors of the epoch with the lowest loss are written; the best neighbours can come "
        "in a later epoch. 0 holds out nothing",
        at_least=0,
        at_most=0.5,
        flag="--valid",
    )
    patience: int = setting(
        0,
        "with `training.held_out`: stop after this many epochs without a lower held-out loss; "
        "with 0 never",
        at_least=0,
        at_most=1_000_000,
        flag="--patience",
    )
    max_time: Span | None = setting(
        None,
        "end within this time, such as 90m or 1h30m, or after `training.epochs`. The first seconds "
        "show how many words can be trained, and the learning rate falls over that number. Such "
        "a run cannot be repeated to the byte",
        null="no limit",
        flag="--max-time",
    )
    init: Place | None = setting(
        None,
        "start from the vectors of a run, or of a file in any format that is read. A run also "
        "gives outside vectors, n-grams and AdaGrad's sums",
        null="random vectors",
        flag="--init",
    )
    init_vocabulary: str = setting(
        "corpus",
        "with `training.init`: `corpus` takes the words of the corpus alone; `union` also the "
        "other given words; `grown` also adds the counts of the given run, so that "
        "`vocabulary.min_count` is over both texts",
        choices=("corpus", "union", "grown"),
    )
    frozen: float | str | None = setting(
        None,
        "with `training.init`: the factor on the steps of given vectors; 0 holds them still. Or a "
        "file of words, one a line: their given vectors are held still",
        at_least=0,
        at_most=1,
        null="1; with the vocabulary `grown`, the new text's share of both texts",
    )
    seed: int = setting(
        1,
        "the seed of all random draws; the same seed gives the same bytes",
        at_least=0,
        at_most=LARGEST_SEED,
        flag="--seed",
    )
