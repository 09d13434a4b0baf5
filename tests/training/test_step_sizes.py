"""Steps of a run that are shorter than its longest: what they have, and what they measure."""

from contextlib import closing

import numpy as np
import pytest

from runs import open_run, settings_for
from w2v_cli.core import segments, step_lengths
from w2v_cli.training.engine.portions import Position

SOFTMAX = "objective.name=naive_softmax"


@pytest.fixture
def growing(monkeypatch):
    """Let steps have one micro-batch at first and soon as many as they may."""
    monkeypatch.setattr(segments, "SMALLEST_STEP", 1)
    monkeypatch.setattr(step_lengths, "_GROWN", 4 * 128)  # a token for each four


def reports_of(run):
    with closing(run.engine.trainer.steps(Position())) as steps:
        yield from steps


@pytest.mark.usefixtures("growing")
def test_steps_of_later_epochs_stay_long(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, "subsample.threshold=0"), tmp_path / "run")
    ends = [n for n, report in enumerate(reports_of(run), start=1) if report.epoch_ended]
    first, second = ends[0], ends[1] - ends[0]
    assert second < first - 2


@pytest.mark.usefixtures("growing")
def test_a_step_without_a_measurement_reports_no_loss(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    found = [(report.pairs, report.loss) for report in reports_of(run)]
    assert found[0][0] > 0
    assert found[1:3] == [(0, 0)] * 2  # a micro-batch each, of which every fourth is measured
    assert found[3][0] > 0


@pytest.mark.usefixtures("growing")
@pytest.mark.parametrize("objective", [SOFTMAX, "objective.name=negative_sampling"])
def test_a_short_step_heeds_no_other_micro_batches(tmp_path, planted_corpus, objective):
    run = open_run(settings_for(planted_corpus, objective), tmp_path / "run")
    gradients = run.engine.trainer._work._gradients
    gradients._dense[:] = np.nan
    for rows in gradients._centers, gradients._outside:
        rows.values[:], rows.pairs[:] = np.nan, 1
    next(reports_of(run))
    assert np.isfinite(run.engine.parameters).all()


@pytest.mark.parametrize("optimizer", ["sgd", "adagrad"])
def test_no_outside_vector_moves_far_in_a_step_of_the_softmax(tmp_path, planted_corpus, optimizer):
    choice = (SOFTMAX, f"training.optimizer={optimizer}", "training.learning_rate=10")
    choice += ("training.max_pair_rate=1e9",)
    run = open_run(settings_for(planted_corpus, *choice), tmp_path / "run")
    next(reports_of(run))
    longest = np.linalg.norm(run.engine.parameters[:, 1], axis=1).max()
    assert 0 < longest <= 0.5001
