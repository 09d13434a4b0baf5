"""Runs that diverge, by their settings or by a planted value: stopped, and nothing bad is kept."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from runs import SMALL, open_run, settings_for, train
from w2v_cli.cli import w2v
from w2v_cli.errors import RunError
from w2v_cli.pipeline.results import finish
from w2v_cli.training.run.guard import Diverged, Guard


def saved_parameters(run):
    """The parameters in each checkpoint."""
    found = []
    for file in run.folder.checkpoints.glob("*.npz"):
        with np.load(file) as archive:
            found.append(archive["parameters"])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("objective", ["negative_sampling", "naive_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("rate", [10, 100])
def test_a_run_whose_settings_make_it_diverge_is_stopped(
    tmp_path, planted_corpus, rate, architecture, objective, workers
):
    settings = settings_for(
        planted_corpus,
        f"model.architecture={architecture}",
        f"objective.name={objective}",
        f"training.learning_rate={rate}",
        "training.optimizer=sgd",
        "training.max_pair_rate=1e9",
        workers=workers,
    )
    run = open_run(settings, tmp_path / "run")
    with pytest.raises(Diverged, match=r"after step \d+, at a learning rate of .* '[a-d]\d' is"):
        train(run)
    assert saved_parameters(run) == []
    with pytest.raises(RunError, match="training diverged"):
        finish(run)
    assert not run.folder.vectors.exists()


@pytest.mark.slow
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30, 300.0])
@pytest.mark.parametrize("side", [0, 1])
def test_a_planted_value_stops_the_run_at_the_last_good_checkpoint(
    tmp_path, planted_corpus, side, value
):
    settings = settings_for(
        planted_corpus, "checkpoint.every_steps=5", "training.max_pair_rate=0.01"
    )
    run = open_run(settings, tmp_path / "run")
    word = run.vocabulary.words.index("c3")

    def plant():
        for progress in run.train():
            if progress.step == 12:
                run.engine.parameters[word, side, 2] = value

    with pytest.raises(Diverged) as caught:
        plant()
    message = str(caught.value)
    assert "nothing of this was saved, the newest checkpoint is from step 10" in message
    assert "training.learning_rate or training.max_pair_rate" in message
    if not np.isfinite(value) or value == 300:  # then no other can be as bad yet
        assert "'c3' is " in message or "not finite" in message
    assert run.position.steps_done <= 15
    saved = saved_parameters(run)
    assert len(saved) == 2
    assert all(np.abs(parameters).max() < 100 for parameters in saved)
    lines = (tmp_path / "run" / "metrics.jsonl").read_text()
    assert "NaN" not in lines
    assert "Infinity" not in lines


def test_a_signal_does_not_save_what_diverged(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    with pytest.raises(Diverged):
        for _ in run.train():
            run.engine.parameters[7, 0] = np.nan
            run.request_stop()
    assert saved_parameters(run) == []


def test_the_program_says_so_in_one_line_and_does_not_advise_to_resume(tmp_path, planted_corpus):
    sets = [*SMALL, "training.learning_rate=0.5", "training.max_pair_rate=1e9"]
    sets += ["training.optimizer=sgd"]
    result = CliRunner().invoke(
        w2v,
        ["train", "--corpus", str(planted_corpus), "--out", str(tmp_path / "run"), "--workers", "1"]
        + [text for override in sets for text in ("--set", override)],
    )
    assert result.exit_code == 1
    *_, last = result.stderr.splitlines()
    assert last.startswith(f"w2v: error: {tmp_path / 'run'}: training diverged: after step ")
    assert "--resume" not in result.stderr
    for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines():
        assert all(value is None or np.isfinite(value) for value in json.loads(line).values())


@pytest.mark.slow
@pytest.mark.parametrize(("share", "warned"), [(0.9, False), (1.1, True)])
def test_a_run_that_stays_bounded_but_learns_nothing_ends_with_a_warning(
    tmp_path, planted_corpus, share, warned
):
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    train(run)
    record = finish(run)
    record["epoch_losses"][-1] = share * record["baseline"]
    run.folder.write_record(record)
    result = CliRunner().invoke(w2v, ["train", "--resume", "--out", str(tmp_path / "run")])
    assert result.exit_code == 0
    assert ("loss of the last epoch is not below that of untrained" in result.stderr) is warned


WORDS = [f"w{n}" for n in range(30_000)]
SIGNALLING = np.array([0x7FA00001], np.uint32).view(np.float32)[0]  # NaN too


@pytest.mark.parametrize("word", [0, 127, 128, 17_000, 29_999])
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("value", [np.nan, SIGNALLING, np.inf, -3e38, 201.0])
def test_the_guard_names_the_one_bad_vector_of_many(word, side, value):
    parameters = np.full((30_000, 2, 4), 2.0, np.float32)  # each 4 long
    guard = Guard(parameters, WORDS)
    assert guard.fault() is None
    parameters[word, side, 3] = value
    assert f"'w{word}' is " in guard.fault()
    assert any(guard.glance() for _ in range(3))


def test_a_step_is_judged_by_its_loss_and_at_an_epochs_end_by_every_vector():
    parameters = np.full((30_000, 2, 4), 2.0, np.float32)
    guard = Guard(parameters, WORDS)
    assert "the loss is not finite" in guard.step_fault(np.nan, look=False, everywhere=False)
    assert guard.step_fault(1.0, look=True, everywhere=True) is None
    parameters[29_999, 1, 3] = np.inf
    assert "'w29999' is not finite" in guard.step_fault(1.0, look=False, everywhere=True)
    assert guard.step_fault(1.0, look=False, everywhere=False) is None


def test_vectors_that_are_long_but_sound_are_let_pass():
    guard = Guard(np.full((2_000, 2, 4), 90.0, np.float32), WORDS)  # each 180 long
    assert guard.fault() is None
    assert guard.glance() is None


def test_vectors_that_are_in_many_pairs_of_a_step_move_with_care(tmp_path, planted_corpus):
    many_words = tmp_path / "many.txt"
    many_words.write_text("".join(f"word{number} word{number + 1}\n" for number in range(9000)))
    sgd, own = "training.optimizer=sgd", "training.max_pair_rate=3"
    subwords, cbow = "model.subwords.enabled=true", "model.architecture=cbow"
    cases = [
        (planted_corpus, [], 2),
        (planted_corpus, [sgd], 4),
        (many_words, [], 14),
        (many_words, [sgd], 14),
        (many_words, [subwords], 14),
        (many_words, [cbow], 14),
        (many_words, [subwords, cbow], 28),
        (many_words, [subwords, cbow, sgd], 14),
        (planted_corpus, [subwords, cbow], 2),
        (many_words, [subwords, own], 3),
    ]
    for number, (corpus, overrides, kappa) in enumerate(cases):
        run = open_run(settings_for(corpus, *overrides), tmp_path / str(number))
        assert run.engine.plan.max_pair_rate == kappa
