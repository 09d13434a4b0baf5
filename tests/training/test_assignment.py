"""CS224n's word2vec assignment in its own numbers: its steps are ours, to the rounding.

It has vectors of 10 numbers, windows up to 5, 10 negatives, steps of 50 windows whose mean
gradient is followed at a rate of 0.3, and halves that rate every 20,000 steps.
"""

import numpy as np
import pytest

from runs import open_run, settings_for
from w2v_cli.checking.kernel_checks import Case, oracle
from w2v_cli.core.choices import OBJECTIVES
from w2v_cli.pipeline.assembly import _learning_rate
from w2v_cli.training.engine.portions import Portions

RATE, WINDOWS, NEGATIVES = 0.3, 50, 10


@pytest.fixture
def assignment(planted_corpus, monkeypatch):
    """Its settings; ours add up the gradients of a step, so that the rate is that of a window."""
    monkeypatch.setattr("w2v_cli.checking.kernel_checks.NEGATIVES", NEGATIVES)
    return settings_for(
        planted_corpus,
        "model.dim=10",
        "model.window=5",
        f"objective.negatives={NEGATIVES}",
        "training.optimizer=sgd",
        f"training.learning_rate={RATE / WINDOWS}",
        "training.schedule=step",
        "training.halve_every=20000",
        f"training.tokens_per_step={WINDOWS}",
        f"training.max_pair_rate={WINDOWS}",  # never reached
        "subsample.threshold=0",
    )


@pytest.mark.slow
def test_a_step_follows_the_mean_gradient_of_fifty_windows_at_a_rate_of_three_tenths(
    assignment, tmp_path
):
    engine = open_run(assignment, tmp_path / "run").engine
    work, parameters = engine.trainer._work, engine.parameters
    # Outside vectors begin at zero, where half of the gradient is zero, too.
    parameters[:] = np.random.default_rng(1).normal(scale=0.3, size=parameters.shape)
    before = parameters.astype(np.float64)
    [portion] = [Portions(work.chunks, assignment.training.seed).at(0, 0)]
    work.prepare(portion, 0, 1)
    table = work.cut(portion)
    batches = work.build(table, np.arange(table.steps[0], table.steps[1]))
    choice, losses, gradient = OBJECTIVES["negative_sampling"], [], np.zeros_like(before)
    for number, batch in enumerate(batches):
        case = Case(work._kernel, work.chunks.layout, batch, "skip-gram", choice)
        expected, of_batch = oracle(case, before)
        losses.append((work.gradient(number, batch, with_loss=True)[0], expected))
        gradient += of_batch
    work.apply(0, len(batches), assignment.training.learning_rate)
    windows = sum(int((batch.contexts > 0).sum()) for batch in batches)
    assert windows == pytest.approx(WINDOWS, abs=15)
    for found, expected in losses:
        assert found == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(parameters, before - RATE * gradient / WINDOWS, atol=1e-6)


def test_forty_thousand_steps_end_at_half_the_rate_and_the_next_at_a_quarter(assignment):
    rate = _learning_rate(assignment.training)
    rates = [WINDOWS * rate(0.0, step) for step in (0, 19_999, 20_000, 39_999, 40_000)]
    assert rates == pytest.approx([0.3, 0.3, 0.15, 0.15, 0.075])


def test_before_the_first_step_a_window_loses_eleven_times_the_logarithm_of_two_a_word(
    assignment, tmp_path
):
    assert open_run(assignment, tmp_path / "run").engine.baseline == pytest.approx(11 * np.log(2))
