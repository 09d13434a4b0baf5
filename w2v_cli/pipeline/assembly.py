"""Where settings become the objects that train: the one module that knows both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from w2v_cli.cluster.trainer import RoundsTrainer
from w2v_cli.config import Settings
from w2v_cli.config.training_settings import LEARNING_RATE_FLOOR, TrainingSettings
from w2v_cli.core import sampling
from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.choices import MODELS, OBJECTIVES, OPTIMIZERS, KernelShape
from w2v_cli.core.composition import Composition
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.layout import choose_layout, is_crowded, longest_step
from w2v_cli.core.optimizers import Optimizer, Slowed
from w2v_cli.core.schedules import LearningRate
from w2v_cli.core.subwords import NgramRange, WordRows, number_rows
from w2v_cli.core.windows import make_windows
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.workers import available_workers
from w2v_cli.rounds.plan import RoundPlan
from w2v_cli.training.engine.chunks import Chunks, Text
from w2v_cli.training.engine.composed_rows import ComposedRows
from w2v_cli.training.engine.round_work import RoundWork
from w2v_cli.training.engine.rounds import Rounds
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.step_gradients import StepGradients
from w2v_cli.training.engine.step_plan import StepPlan
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.run.validation import HeldOut

__all__ = [
    "Engine",
    "build_engine",
    "plan_steps",
    "round_plan",
    "slows_given",
    "with_learning_rate",
]


@dataclass(frozen=True)
class Engine:
    """What trains, and what is trained."""

    trainer: Trainer | RoundsTrainer
    plan: StepPlan
    trained: "Trained"
    baseline: float  # loss of untrained vectors, nats a pair
    words_per_epoch: int  # raw in-vocabulary words, without those held out
    held_out: HeldOut | None

    @property
    def parameters(self) -> npt.NDArray[np.float32]:
        """(V, 2, D), shared between processes."""
        return self.trained.parameters

    def begin(self, seed: int) -> None:
        """Set the vectors that a run starts from."""
        sampling.initial_parameters(self.trained.parameters, seed)
        if self.trained.rows is not None:
            sampling.initial_rows(self.trained.rows, seed)
            self.trainer.complete()


@dataclass(frozen=True)
class Trained:
    """The arrays that training changes, shared between processes, and their optimizer."""

    parameters: npt.NDArray[np.float32]  # (V, 2, D)
    squares: npt.NDArray[np.float32]  # what AdaGrad remembers of each vector
    optimizer: Optimizer
    word_rows: WordRows | None = None  # where input vectors are composed
    rows: npt.NDArray[np.float32] | None = None  # (R, D)
    composed: ComposedRows | None = None
    factors: npt.NDArray[np.float32] | None = None  # of each vector's steps, where not all are 1

    @property
    def arrays(self) -> dict[str, npt.NDArray[np.float32]]:
        """All that is needed to go on exactly, by name."""
        optional = {"rows": self.rows, "factors": self.factors}
        always = {"parameters": self.parameters, "squares": self.squares}
        return always | {name: array for name, array in optional.items() if array is not None}

    @property
    def first_outside(self) -> int:
        """The number of the first outside vector for the optimizer: input vectors come before."""
        return len(self.parameters) if self.rows is None else len(self.rows)


def slows_given(settings: Settings) -> bool:
    """Whether some vectors take smaller steps than others."""
    training = settings.training
    if training.frozen is None:
        return training.init_vocabulary == "grown"
    return training.frozen != 1


def plan_steps(settings: Settings, corpus: EncodedCorpus, vocabulary: Vocabulary) -> StepPlan:
    """The steps of a run on the corpus over these words."""
    counts = vocabulary.occurrences
    model, objective = MODELS[settings.model.architecture], OBJECTIVES[settings.objective.name]
    keep = sampling.keep_probability(vocabulary.counts, settings.subsample.threshold)
    contexts, longest_line = _contexts(settings, corpus)
    negatives = settings.objective.negatives
    pairs_per_token = contexts * (1 + objective.negatives_per_target(negatives))
    targets = 1 if model.targets_center else contexts
    rounds = round_plan(settings)
    words = int(np.count_nonzero(counts))
    layout, micro_batches = choose_layout(
        float((counts * keep).sum()) / (rounds.shards if rounds else 1),
        min(settings.model.window, max(longest_line - 1, 1)),
        min(settings.training.tokens_per_step, longest_step(words, pairs_per_token)),
        negatives * targets if objective.draws_negatives else 0,
    )
    workers = min(available_workers(settings), micro_batches)
    kappa = settings.training.max_pair_rate
    if kappa is None:
        crowded = is_crowded(words, pairs_per_token)
        kappa = OPTIMIZERS[settings.training.optimizer].max_pair_rate(crowded=crowded)
    return StepPlan(
        model,
        objective,
        counts,
        vocabulary.counts,
        keep,
        contexts,
        layout,
        micro_batches,
        workers,
        kappa,
    )


def with_learning_rate(settings: Settings, plan: StepPlan) -> Settings:
    """The settings with a learning rate and its minimum, where nobody gave them.

    Raises:
        UsageError: the minimum that was given is above the rate.
    """
    training, optimizer = settings.training, OPTIMIZERS[settings.training.optimizer]
    rate, least = training.learning_rate, training.min_learning_rate
    if rate is None:
        rate = optimizer.learning_rate(
            settings.model.architecture, training.epochs, training.epochs * plan.median_meetings
        )
    if least is None:
        least = rate * LEARNING_RATE_FLOOR
    if least > rate:
        raise UsageError(
            f"training.min_learning_rate is {least:g}, above the learning rate, {rate:g}, which "
            "follows from the text; expected at most that, or give training.learning_rate, too"
        )
    training = replace(training, learning_rate=rate, min_learning_rate=least)
    return replace(settings, training=training)


def round_plan(settings: Settings) -> RoundPlan | None:
    """The rounds of a run of several shards; None where the text is trained as a whole."""
    cluster = settings.cluster
    if cluster.shards is None or cluster.shards == 1:
        return None
    return RoundPlan(cluster.shards, cluster.rounds_per_epoch, cluster.first_rounds)


def _contexts(settings: Settings, corpus: EncodedCorpus) -> tuple[float, int]:
    """Context words of the average token, as if nothing were dropped; and the longest line."""
    model, lengths = settings.model, np.diff(corpus.sentence_starts)
    inside = model.window + 1 if model.dynamic_window else 2 * model.window
    contexts = np.minimum(inside, lengths - 1)
    average = float((contexts * lengths).sum() / lengths.sum())
    return max(average, 1.0), int(lengths.max())


def build_engine(
    settings: Settings,
    plan: StepPlan,
    corpus: EncodedCorpus,
    words: Sequence[str],
    word_ids: npt.NDArray[np.int32],
) -> Engine:
    """The engine for a vocabulary, and a corpus whose types have these ids in it, -1 for none.

    The parameters are zero until somebody sets them.
    """
    training, trained = settings.training, _allocate(settings, plan, words)
    chunks = _chunks(settings, plan, corpus, word_ids)
    trainer = Trainer(
        _round_work(settings, plan, chunks, trained),
        Rounds(chunks, training.seed),
        _learning_rate(training),
        epochs=training.epochs,
        total_tokens=training.epochs * (corpus.n_tokens - chunks.raw_tokens(chunks.held_out)),
        workers=plan.workers,
    )
    return Engine(
        trainer,
        plan,
        trained,
        plan.objective.baseline(plan.words, settings.objective.negatives),
        int(plan.counts.sum()) - chunks.known_tokens(chunks.held_out),
        _held_out(settings, plan, chunks, trained.parameters),
    )


def _chunks(
    settings: Settings, plan: StepPlan, corpus: EncodedCorpus, word_ids: npt.NDArray[np.int32]
) -> Chunks:
    """The corpus in chunks, some of which may be held out."""
    rounds = round_plan(settings)
    return Chunks(
        _text(corpus, word_ids, plan.keep),
        plan.layout,
        settings.training.seed,
        window=settings.model.window,
        dynamic_window=settings.model.dynamic_window,
        held_out=settings.training.held_out,
        largest_part=rounds.largest_part if rounds else 1.0,
    )


def _round_work(settings: Settings, plan: StepPlan, chunks: Chunks, trained: Trained) -> RoundWork:
    """What is done in every round, with its buffers."""
    expected_pairs = _expected_pairs(settings, plan) if plan.objective.dense else None
    gradients = StepGradients(
        plan, trained.parameters, trained.optimizer, expected_pairs, trained.composed
    )
    builder, kernel = _batch_builder(settings, plan), _kernel(settings, plan)
    return RoundWork(chunks, builder, kernel, trained.parameters, gradients, trained.composed)


def _allocate(settings: Settings, plan: StepPlan, words: Sequence[str]) -> Trained:
    """Zeros for what is trained of these words."""
    dim, choice = settings.model.dim, OPTIMIZERS[settings.training.optimizer]
    parameters = shared_array((plan.words, 2, dim), np.float32)
    ngrams = _ngram_range(settings)
    word_rows = None if ngrams is None else number_rows(words, ngrams)
    inputs = plan.words if word_rows is None else word_rows.count
    squares = shared_array(((inputs + plan.words) * choice.remembers,), np.float32)
    optimizer, factors = choice.make(plan.max_pair_rate, squares), None
    if slows_given(settings):
        factors = shared_array((inputs + plan.words,), np.float32)
        factors[:] = 1
        optimizer = Slowed(optimizer, factors)
    if word_rows is None:
        return Trained(parameters, squares, optimizer, factors=factors)
    rows = shared_array((inputs, dim), np.float32)
    composition = Composition(word_rows, dim, np.float32)
    most = min(plan.words, plan.micro_batches * plan.layout.tokens)
    composed = ComposedRows(composition, rows, parameters, optimizer, most, plan.workers)
    return Trained(parameters, squares, optimizer, word_rows, rows, composed, factors)


def _ngram_range(settings: Settings) -> NgramRange | None:
    """The n-grams that input vectors are composed of; None where they are not."""
    subwords = settings.model.subwords
    return NgramRange(subwords.min, subwords.max, subwords.buckets) if subwords.enabled else None


def _held_out(
    settings: Settings, plan: StepPlan, chunks: Chunks, parameters: npt.NDArray[np.float32]
) -> HeldOut | None:
    """What measures the held-out loss, with arrays of its own; None if nothing is held out."""
    if not len(chunks.held_out):
        return None
    builder, kernel = _batch_builder(settings, plan), _kernel(settings, plan)
    return HeldOut(chunks, builder, kernel, parameters, dense=plan.objective.dense)


def _text(
    corpus: EncodedCorpus, word_ids: npt.NDArray[np.int32], keep: npt.NDArray[np.float64]
) -> Text:
    """The corpus with, for each type, its word and the probability that it is kept."""
    known = word_ids >= 0
    return Text(
        corpus.tokens,
        corpus.sentence_starts,
        np.where(known, word_ids, 0).astype(np.int32),
        np.where(known, keep[word_ids], 0).astype(np.float32),
    )


def _batch_builder(settings: Settings, plan: StepPlan) -> BatchBuilder:
    return BatchBuilder(
        plan.layout,
        sampling.noise_distribution(plan.frequencies, settings.objective.noise_exponent),
        plan.objective.negatives_per_target(settings.objective.negatives),
        np.float32,
        targets_center=plan.model.targets_center,
    )


def _expected_pairs(settings: Settings, plan: StepPlan) -> npt.NDArray[np.float32]:
    """The expected number of pairs (V,) of each word's outside vector in a step.

    A word that the corpus lacks counts as if it were there once: it has a gradient, too.
    """
    present = np.maximum(plan.counts, 1) * plan.keep / plan.tokens_per_epoch
    targets = 1 if plan.model.targets_center else plan.contexts
    pairs = 1 + plan.objective.negatives_per_target(settings.objective.negatives)
    return (present * (targets * pairs * plan.tokens_per_step)).astype(np.float32)


def _kernel(settings: Settings, plan: StepPlan) -> Kernel:
    """Model × objective."""
    model, dim = settings.model, settings.model.dim
    shape = KernelShape(plan.layout, plan.words, dim, np.float32)
    windows = make_windows(plan.layout, dim, np.float32)
    return Kernel(
        plan.model.make(shape, windows, model.combine, model.cbow_gradient),
        plan.objective.make(shape, settings.objective.negatives),
        windows,
        shape,
    )


def _learning_rate(training: TrainingSettings) -> LearningRate:
    start, floor = training.learning_rate, training.min_learning_rate
    assert start is not None and floor is not None  # see `with_learning_rate`
    return LearningRate(training.schedule, start, floor, training.halve_every)
