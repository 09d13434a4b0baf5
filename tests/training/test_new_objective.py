"""A new objective, all of it here, trained through the same door as those that are there."""

import math

import numpy as np

from runs import open_run, settings_for, train
from w2v_cli.core.choices import OBJECTIVES, ObjectiveChoice


class NoiseContrastive:
    """Noise contrastive estimation (Gutmann and Hyvärinen 2010): σ(s − log K·q(w)).

    Here with a uniform q, so that log K·q is one number, and each negative counts whatever
    the target of its pair is.
    """

    def __init__(self, shape, negatives):
        layout = shape.layout
        self._by_group, self._weight = layout.by_group, negatives / layout.negatives
        self._bias = math.log(negatives / shape.words)

    def attract(self, prediction, with_loss):
        scores = prediction.scores - self._bias
        loss = np.sum(prediction.weights * np.logaddexp(0, -scores)) if with_loss else 0.0
        return -prediction.weights / (1 + np.exp(scores)), float(loss)

    def repel(self, parameters, batch, prediction, gradient, with_loss):
        hidden, outside = self._by_group(prediction.hidden), parameters[batch.negatives, 1]
        scores = hidden @ outside.swapaxes(1, 2) - self._bias
        weights = self._weight * self._by_group(prediction.targets)[..., None]
        slopes = weights / (1 + np.exp(-scores))
        self._by_group(prediction.d_hidden)[...] = slopes @ outside
        gradient.negatives[...] = slopes.swapaxes(1, 2) @ hidden
        return float(np.sum(weights * np.logaddexp(0, scores))) if with_loss else 0.0


CHOICE = ObjectiveChoice(
    "noise contrastive estimation",
    dense=False,
    draws_negatives=True,
    tokens_per_step=1024,
    negatives_per_target=lambda negatives: negatives,
    baseline=lambda words, negatives: (
        math.log1p(negatives / words) + negatives * math.log1p(words / negatives)
    ),
    make=NoiseContrastive,
    nbytes=lambda layout, words, dim: 4 * layout.tokens * (layout.negatives + dim),
)


def test_a_new_objective_trains_through_the_same_door(tmp_path, planted_corpus, monkeypatch):
    monkeypatch.setitem(OBJECTIVES, "nce", CHOICE)
    settings = settings_for(planted_corpus, "objective.name=nce", "training.epochs=4", workers=2)
    assert settings.training.tokens_per_step == 128
    run = open_run(settings, tmp_path / "run")
    losses = [progress.loss for progress in train(run) if progress.epoch_ended]
    assert run.finished
    assert losses[-1] < losses[0] < run.engine.baseline * 1.05
    assert losses[-1] < 0.9 * run.engine.baseline
