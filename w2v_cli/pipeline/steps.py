"""What follows from settings and text together: a run's steps, its rounds, its learning rate."""

from dataclasses import replace

import numpy as np

from w2v_cli.config import Settings
from w2v_cli.config.training_settings import least_rate
from w2v_cli.core.choices import MODELS, OBJECTIVES, OPTIMIZERS
from w2v_cli.core.layout import choose_layout
from w2v_cli.core.sampling import keep_probability
from w2v_cli.core.step_lengths import is_crowded, longest_step, step_growth
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.machine import available_workers
from w2v_cli.rounds.plan import RoundPlan
from w2v_cli.training.engine.step_plan import StepPlan

__all__ = ["plan_steps", "round_plan", "with_learning_rate"]


def plan_steps(settings: Settings, corpus: EncodedCorpus, vocabulary: Vocabulary) -> StepPlan:
    """The steps of a run on the corpus over these words."""
    counts = vocabulary.occurrences
    model, objective = MODELS[settings.model.architecture], OBJECTIVES[settings.objective.name]
    keep = keep_probability(vocabulary.counts, settings.subsample.threshold)
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
        epochs=settings.training.epochs,
    )
    workers = min(available_workers(settings), micro_batches)
    kappa = settings.training.max_pair_rate
    if kappa is None:
        kappa = OPTIMIZERS[settings.training.optimizer].rates.max_pair_rate(
            settings.model.architecture,
            composed=settings.model.subwords.enabled,
            crowded=is_crowded(words, pairs_per_token),
        )
    return StepPlan(
        model,
        objective,
        counts,
        vocabulary.counts,
        keep,
        contexts,
        layout,
        micro_batches,
        step_growth(settings.training.tokens_per_step),
        workers,
        kappa,
    )


def with_learning_rate(settings: Settings, plan: StepPlan) -> Settings:
    """The settings with a learning rate and its minimum, where nobody gave them.

    Raises:
        UsageError: the minimum that was given is above the rate.
    """
    training = settings.training
    rate, least = training.learning_rate, training.min_learning_rate
    if rate is None:
        rate = OPTIMIZERS[training.optimizer].rates.learning_rate(
            settings.model.architecture,
            training.epochs,
            plan.median_meetings,
            plan.contexts,
            composed=settings.model.subwords.enabled,
            shards=settings.cluster.shards or 1,
        )
    if least is None:
        least = least_rate(rate)
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
    """Context words of the average token, if no token were dropped; tokens of the longest line."""
    model, total, longest = settings.model, 0, 1
    inside = model.window + 1 if model.dynamic_window else 2 * model.window
    for lengths in corpus.sentence_lengths():
        total += int((np.minimum(inside, lengths - 1) * lengths).sum())
        longest = max(longest, int(lengths.max()))
    return max(total / corpus.n_tokens, 1.0), longest
