"""Where settings become the objects that train: the one module that knows both."""

import math
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from w2v_cli.config import Settings
from w2v_cli.core import sampling, schedules
from w2v_cli.core.batches import BatchBuilder
from w2v_cli.core.kernels import Kernel
from w2v_cli.core.models import Cbow, Model, SkipGram
from w2v_cli.core.objectives import NaiveSoftmax, NegativeSampling, Objective
from w2v_cli.core.segments import Layout, choose_layout
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.training.engine.shards import Shards, Text
from w2v_cli.training.engine.step_gradients import StepGradients
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.engine.workers import shared_array
from w2v_cli.training.run.validation import HeldOut

__all__ = ["Engine", "available_workers", "build_engine", "expected_tokens", "step_layout"]


@dataclass(frozen=True)
class Engine:
    """What trains, and the parameters it trains."""

    trainer: Trainer
    parameters: npt.NDArray[np.float32]  # (V, 2, D), shared between processes
    baseline: float  # loss of vectors that know nothing, nats a pair
    tokens_per_step: int
    words_per_epoch: int  # raw in-vocabulary words, without those held out
    held_out: HeldOut | None
    workers: int


def available_workers(settings: Settings) -> int:
    """The number of workers asked for, or of processors that this process may use."""
    if settings.machine.workers is not None:
        return settings.machine.workers
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def expected_tokens(settings: Settings, counts: npt.NDArray[np.int64]) -> float:
    """The tokens of an epoch that subsampling may be expected to leave."""
    keep = sampling.keep_probability(counts, settings.subsample.threshold)
    return float((counts * keep).sum())


def step_layout(settings: Settings, counts: npt.NDArray[np.int64]) -> tuple[Layout, int]:
    """The layout of a micro-batch, and the micro-batches of a step."""
    return choose_layout(
        expected_tokens(settings, counts),
        settings.model.window,
        settings.training.tokens_per_step,
        _negatives_per_center(settings),
    )


def build_engine(
    settings: Settings,
    corpus: EncodedCorpus,
    vocabulary: Vocabulary,
    word_ids: npt.NDArray[np.int32],
) -> Engine:
    """The engine for a corpus whose types have these ids in the vocabulary, -1 for none.

    The parameters are zero until somebody sets them.
    """
    counts, training = vocabulary.counts, settings.training
    keep = sampling.keep_probability(counts, settings.subsample.threshold)
    layout, batches = step_layout(settings, counts)
    parameters = shared_array((len(counts), 2, settings.model.dim), np.float32)
    workers = min(available_workers(settings), batches)
    shards = Shards(
        _text(corpus, word_ids, keep),
        layout,
        training.seed,
        dynamic_window=settings.model.dynamic_window,
        held_out=training.held_out,
    )
    kernel = _kernel(settings, layout, len(counts))
    trainer = Trainer(
        shards,
        layout,
        _batch_builder(settings, layout, counts, batches),
        kernel,
        parameters,
        StepGradients(
            layout,
            batches,
            parameters,
            workers,
            dense=kernel.objective.dense,
            kappa=training.max_pair_rate,
            expected_pairs=batches * layout.centers * _pairs_per_token(settings, counts, keep),
        ),
        _learning_rate(settings),
        epochs=training.epochs,
        tokens_per_epoch=corpus.n_tokens - shards.raw_tokens(shards.held_out),
        workers=workers,
    )
    return Engine(
        trainer,
        parameters,
        _baseline(settings, len(counts)),
        batches * layout.centers,
        int(counts.sum()) - shards.known_tokens(shards.held_out),
        _held_out(settings, shards, layout, counts, parameters),
        workers,
    )


def _held_out(
    settings: Settings,
    shards: Shards,
    layout: Layout,
    counts: npt.NDArray[np.int64],
    parameters: npt.NDArray[np.float32],
) -> HeldOut | None:
    """What measures the held-out loss, with arrays of its own; None if nothing is held out."""
    if not len(shards.held_out):
        return None
    builder = _batch_builder(settings, layout, counts, 1)
    kernel = _kernel(settings, layout, len(counts))
    return HeldOut(shards, layout, builder, kernel, parameters, settings.training.seed)


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


def _batch_builder(
    settings: Settings,
    layout: Layout,
    counts: npt.NDArray[np.int64],
    slots: int,
) -> BatchBuilder:
    return BatchBuilder(
        layout,
        sampling.noise_distribution(counts, settings.objective.noise_exponent),
        _companions(settings),
        np.float32,
        target_is_center=settings.model.architecture == "cbow",
        slots=slots,
    )


def _companions(settings: Settings) -> int:
    """Pairs that each target brings with it: its negatives, or the softmax's one mean."""
    objective = settings.objective
    return objective.negatives if objective.name == "negative_sampling" else 1


def _negatives_per_center(settings: Settings) -> float:
    """Negatives that each centre should meet on average, 0 for the softmax."""
    if settings.objective.name == "naive_softmax":
        return 0
    return settings.objective.negatives * _targets_per_center(settings)


def _targets_per_center(settings: Settings) -> float:
    """Words that a centre in the middle of a long sentence predicts on average."""
    model = settings.model
    if model.architecture == "cbow":
        return 1
    return model.window + 1 if model.dynamic_window else 2 * model.window


def _pairs_per_token(
    settings: Settings, counts: npt.NDArray[np.int64], keep: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The expected number of pairs (V,) of each word for every token of a step."""
    present = counts * keep / float((counts * keep).sum())
    pairs: npt.NDArray[np.float64] = (
        present * _targets_per_center(settings) * (1 + _companions(settings))
    )
    return pairs


def _baseline(settings: Settings, words: int) -> float:
    """The loss of vectors that know nothing: equation (61)."""
    if settings.objective.name == "naive_softmax":
        return math.log(words)
    return (settings.objective.negatives + 1) * math.log(2)


def _kernel(settings: Settings, layout: Layout, words: int) -> Kernel:
    """Model × objective."""
    dim, dtype = settings.model.dim, np.float32
    model: Model = (
        SkipGram(layout, dim, dtype)
        if settings.model.architecture == "skipgram"
        else Cbow(
            layout,
            dim,
            dtype,
            mean=settings.model.combine == "mean",
            exact=settings.model.cbow_gradient == "exact",
        )
    )
    objective: Objective = (
        NegativeSampling(layout, settings.objective.negatives, dim, dtype)
        if settings.objective.name == "negative_sampling"
        else NaiveSoftmax(layout, words, dim, dtype)
    )
    return Kernel(model, objective, layout, dim, dtype)


def _learning_rate(settings: Settings) -> Callable[[float, int], float]:
    """The learning rate at (progress, steps done)."""
    training = settings.training
    start, floor = training.learning_rate, training.min_learning_rate
    if training.schedule == "linear":
        return lambda progress, _: schedules.linear(start, floor, progress)
    if training.schedule == "step":
        return lambda _, steps: schedules.halving(start, floor, steps, training.halve_every)
    return lambda *_: start
