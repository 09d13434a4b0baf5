"""Runs that end in time, on a clock on which every step takes a second."""

import json
from contextlib import closing

import numpy as np
import pytest
from click.testing import CliRunner

import runs
from runs import SMALL, vectors
from w2v_cli.cli import w2v
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.continuing import extended
from w2v_cli.training.run.timing import TimeLimit

pytestmark = pytest.mark.slow

LONG = ("subsample.threshold=0", "training.epochs=10")
STEPS = 360  # of ten epochs


def open_run(corpus, path, minutes, *overrides, workers=1, resume=False):
    limit = f"training.max_time={minutes if minutes == 'null' else f'{minutes}m'}"
    settings = runs.settings_for(corpus, *LONG, limit, *overrides, workers=workers)
    return runs.open_run(settings, path, resume=resume)


def train(run, clock, *, seconds=lambda step: 1, **options):
    steps = run.engine.trainer.steps

    def slow_steps(start):
        with closing(steps(start)) as reports:
            for report in reports:
                clock.now += seconds(report.position.steps_done)
                yield report

    run.engine.trainer.steps = slow_steps
    return runs.train(run, **options)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("minutes", "used"), [(2, 0), (1, 0), (4, 0), (4, 120)])
def test_the_learning_rate_comes_to_its_end_when_the_time_does(
    tmp_path, planted_corpus, clock, minutes, used, workers
):
    run = open_run(planted_corpus, tmp_path / "run", minutes, workers=workers)
    seen = train(run, clock, used=used)
    assert run.finished
    seconds = 60 * minutes - used
    assert (
        0.85 * seconds <= len(seen) <= seconds
    )  # the first steps, from which it is planned, are short
    rates = [progress.learning_rate for progress in seen]
    assert rates[-1] < 0.025 * 0.03
    assert sorted(rates, reverse=True) == rates
    # After the plan is made they fall in a straight line, as long as steps are of one length.
    words = [0, *(progress.words for progress in seen)]  # the rate is that before the step
    later = (np.diff(rates) / np.diff(words[:-1]))[15:]
    np.testing.assert_allclose(later, later.mean(), rtol=0.05)
    assert seen[-1].words == pytest.approx(seen[-1].total_words, rel=0.03)
    assert vectors(run)
    record = run.folder.read_record()
    assert record["ended_early"] == "training.max_time"
    assert record["steps"] == len(seen)
    assert record["epoch_losses"][-1] < record["baseline"]


def test_a_limit_that_is_never_reached_changes_nothing(tmp_path, planted_corpus, clock):
    found = []
    for name, minutes in {"long": 60, "none": "null"}.items():
        run = open_run(planted_corpus, tmp_path / name, minutes)
        assert len(train(run, clock)) == STEPS
        found.append(vectors(run))
        assert run.folder.read_record()["ended_early"] is None
    assert found[0] == found[1]


def test_a_run_that_becomes_slower_than_planned_ends_in_time_all_the_same(
    tmp_path, planted_corpus, clock
):
    run = open_run(planted_corpus, tmp_path / "run", 2)
    began = clock.now
    train(run, clock, seconds=lambda step: 1 if step < 20 else 5)
    assert clock.now - began <= 125  # a step is never cut short
    assert run.finished
    assert vectors(run)


def test_a_resumed_run_follows_the_same_plan_to_the_same_bytes(tmp_path, planted_corpus, clock):
    whole = open_run(planted_corpus, tmp_path / "whole", 2)
    seen = train(whole, clock)
    expected = vectors(whole)
    clock.now = 0.0  # or the plan would differ by a rounding
    parts = open_run(planted_corpus, tmp_path / "parts", 2)
    rates = [p.learning_rate for p in train(parts, clock, stop_after=30)]
    for stop in (31, 50, None):
        # Twice as fast now, which must not make another plan.
        parts = open_run(planted_corpus, tmp_path / "parts", 2, resume=True, workers=2)
        rates += [
            p.learning_rate for p in train(parts, clock, seconds=lambda step: 0.5, stop_after=stop)
        ]
    assert rates == [p.learning_rate for p in seen]
    assert vectors(parts) == expected
    again = open_run(planted_corpus, tmp_path / "parts", 2, resume=True)
    assert again.finished
    assert train(again, clock) == []
    assert vectors(again) == expected
    with pytest.raises(UsageError, match=r"ended before its last epoch, by training.max_time"):
        extended(again.folder, again.settings, 1)


def extend(run, epochs):
    """The run, finished in this test, with so many more epochs."""
    vectors(run)
    longer = extended(run.folder, run.settings, epochs)
    return runs.open_run(longer, run.folder.path, resume=True)


def test_an_extension_has_the_whole_time_again_and_a_plan_of_its_own(
    tmp_path, planted_corpus, clock
):
    run = open_run(planted_corpus, tmp_path / "run", 3, "training.epochs=3")
    assert len(train(run, clock)) == 108
    assert run.state.horizon == 1
    run = extend(run, 10)
    rates = [progress.learning_rate for progress in train(run, clock, stop_after=108 + 50)]
    run = runs.open_run(run.settings, tmp_path / "run", resume=True)
    rates += [progress.learning_rate for progress in train(run, clock)]
    assert 0.85 * 180 <= len(rates) <= 180
    assert rates[-1] < 0.025 * 0.03
    assert run.state.out_of_time


def test_an_extension_that_is_done_in_time_is_whole(tmp_path, planted_corpus, clock):
    run = open_run(planted_corpus, tmp_path / "run", 3, "training.epochs=3")
    train(run, clock)
    run = extend(run, 3)
    assert len(train(run, clock)) == 108
    assert not run.state.out_of_time


def test_the_held_out_loss_is_measured_where_the_time_ends(tmp_path, planted_corpus, clock):
    run = open_run(planted_corpus, tmp_path / "run", 1, "training.held_out=0.1")
    seen = train(run, clock)
    ends = [progress.epoch for progress in seen if progress.held_out_loss is not None]
    assert ends == [1, 2]
    assert seen[-1].words < 2 * 3600


def test_a_plan_is_made_of_the_speed_so_far_and_the_time_left():
    limit = TimeLimit(1000, 0)
    assert limit.horizon(used=9, trained=9, before=0, now=0.01) is None
    planned = limit.horizon(used=10, trained=10, before=0, now=0.01)  # 1000 s would do all
    assert 0.9 < planned < 1
    assert 0.4 < limit.horizon(used=510, trained=10, before=0, now=0.01) < 0.5
    assert limit.horizon(used=10, trained=10, before=0.5, now=0.6) == 1
    assert not limit.is_over(970)
    assert limit.is_over(981)


def test_a_plan_of_a_short_time_does_not_wait_for_ten_seconds():
    limit = TimeLimit(20, 0)
    assert limit.horizon(used=3.9, trained=3.9, before=0, now=0.1) is None
    assert limit.horizon(used=4, trained=4, before=0, now=0.1) > 0.4
    assert limit.horizon(used=30, trained=4, before=0, now=0.1) == 0.1  # what is done stays done


def test_time_is_left_to_write_what_a_run_saves_but_no_more_than_half():
    large = TimeLimit(1000, 10**9)  # 3 GB at 100 MB/s take 30 s
    assert (large.is_over(949), large.is_over(951)) == (False, True)
    short = TimeLimit(10, 10**9)
    assert (short.is_over(4.9), short.is_over(5)) == (False, True)


def test_the_program_ends_with_success_and_finished_vectors(tmp_path, planted_corpus):
    result = CliRunner().invoke(
        w2v,
        ["train", "--corpus", str(planted_corpus), "--out", str(tmp_path / "run")]
        + ["--workers", "1", "--max-time", "1s"]
        + [
            text for override in (*SMALL, "training.epochs=1000000") for text in ("--set", override)
        ],
    )
    assert result.exit_code == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["ended_early"] == "training.max_time"
    assert len(np.load(tmp_path / "run" / "vectors.npy")) == 40
    assert "ended       early, by training.max_time" in result.stderr
