"""A portion as a function of parameters, without a trainer or its processes."""

import numpy as np

from runs import open_run, settings_for, train
from w2v_cli.training.engine.portion_work import train_portion
from w2v_cli.training.engine.portions import Portions


def test_a_portion_by_itself_moves_the_parameters_as_the_trainer_with_its_workers(
    tmp_path, planted_corpus
):
    settings = settings_for(planted_corpus, "training.epochs=1", workers=2)
    run = open_run(settings, tmp_path / "run")
    alone = open_run(settings, tmp_path / "alone").engine
    work = alone.trainer._work
    [portion] = [Portions(work.chunks, settings.training.seed).at(0, 0)]
    rate, floor = run.settings.training.learning_rate, run.settings.training.min_learning_rate
    train(run)
    train_portion(work, portion, lambda done: max(floor, rate * (1 - done)))
    np.testing.assert_array_equal(alone.parameters, run.engine.parameters)
