"""Where settings become the objects that train."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.cluster.trainer import RoundsTrainer
from w2v_cli.config import Settings
from w2v_cli.config.training_settings import TrainingSettings
from w2v_cli.core import sampling
from w2v_cli.core.batch_builder import BatchBuilder
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.layout import KernelShape
from w2v_cli.core.schedules import LearningRate
from w2v_cli.core.windows import make_windows
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import CorpusError
from w2v_cli.pipeline.steps import round_plan
from w2v_cli.pipeline.trained import Trained, allocate
from w2v_cli.training.engine.chunks import Chunks, Text, Window
from w2v_cli.training.engine.portion_work import PortionWork
from w2v_cli.training.engine.portions import Portions
from w2v_cli.training.engine.step_gradients import StepGradients
from w2v_cli.training.engine.step_plan import StepPlan
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.run.validation import HeldOut

__all__ = ["Engine", "build_engine"]


@dataclass(frozen=True)
class Engine:
    """What trains, and what is trained."""

    trainer: Trainer | RoundsTrainer
    plan: StepPlan
    trained: Trained
    baseline: float  # loss of untrained vectors, nats a pair
    words_per_epoch: int  # raw in-vocabulary words, without those held out
    held_out: HeldOut | None

    @property
    def parameters(self) -> npt.NDArray[np.float32]:
        """(V, 2, D), shared between processes."""
        return self.trained.parameters

    def begin(self, seed: int) -> None:
        """Set all vectors to random ones."""
        sampling.initial_parameters(self.trained.parameters, seed)
        if self.trained.rows is not None and self.trained.word_rows is not None:
            sampling.initial_rows(self.trained.rows, self.trained.word_rows.parts_of_row, seed)
            self.trainer.complete()


def build_engine(
    settings: Settings,
    plan: StepPlan,
    corpus: EncodedCorpus,
    words: Sequence[str],
    word_ids: npt.NDArray[np.int32],
) -> Engine:
    """The engine for a vocabulary, and a corpus whose types have these ids in it, -1 for none.

    The parameters are zero until somebody sets them.

    Raises:
        CorpusError: what is not held out has no word of the vocabulary.
    """
    training, trained = settings.training, allocate(settings, plan, words)
    chunks = _chunks(settings, plan, corpus, word_ids)
    known = int(plan.counts.sum()) - chunks.known_tokens(chunks.held_out)
    if not known and len(chunks.held_out):
        raise CorpusError(
            "training.held_out: all known words are in the part that is held out; use more text, "
            "lower vocabulary.min_count, or leave out --valid"
        )
    trainer = Trainer(
        _portion_work(settings, plan, chunks, trained),
        Portions(chunks, training.seed),
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
        known,
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
        Window(settings.model.window, settings.model.dynamic_window),
        held_out=settings.training.held_out,
        largest_part=rounds.largest_part if rounds else 1.0,
    )


def _portion_work(
    settings: Settings, plan: StepPlan, chunks: Chunks, trained: Trained
) -> PortionWork:
    """What is done in every portion, with its buffers."""
    expected_pairs = _expected_pairs(settings, plan) if plan.objective.dense else None
    gradients = StepGradients(
        plan, trained.parameters, trained.optimizer, expected_pairs, trained.composed
    )
    builder, kernel = _batch_builder(settings, plan), _kernel(settings, plan)
    return PortionWork(
        chunks, builder, kernel, trained.parameters, gradients, plan.growth, trained.composed
    )


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
