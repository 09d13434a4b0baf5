"""Where a run is after each step, and what its plan expects of its words."""

from dataclasses import replace

import numpy as np

from w2v_cli.training.engine.portions import Portion, Position
from w2v_cli.training.engine.step_plan import StepPlan


def test_the_position_goes_on_by_steps_then_portions_then_epochs():
    portion = Portion(1, 3, np.arange(2), raw_tokens=70, last=False)
    start = Position(1, 3, 0, 40, 500)
    second = portion.after(start, 2)
    assert second == Position(1, 3, 1, 41, 500)
    assert portion.after(second, 2) == Position(1, 4, 0, 42, 570)
    assert replace(portion, last=True).after(second, 2) == Position(2, 0, 0, 42, 570)


def test_a_portion_without_words_takes_no_step():
    portion = Portion(1, 3, np.arange(2), raw_tokens=70, last=True)
    assert portion.after(Position(1, 3, 0, 40, 500), 0) == Position(2, 0, 0, 40, 570)


def test_words_that_the_corpus_has_not_are_not_expected_to_be_met():
    counts, keep = np.array([20, 8, 4, 0, 0, 0, 0]), np.array([0.5, 1, 1, 1, 1, 1, 1])
    plan = StepPlan(None, None, counts, counts, keep, 4.0, None, 1, 128, 1, 1.0)
    assert plan.median_meetings == 8
    assert plan.tokens_per_epoch == 22
