"""Runs in rounds that end in time, on a clock on which every shard takes a second."""

from contextlib import closing

import pytest

import runs
from runs import vectors
from w2v_cli import pipeline
from w2v_cli.pipeline.watch import Watch

ROUNDS = ("cluster.shards=3", "cluster.rounds_per_epoch=2", "cluster.first_rounds=3")
# Seven rounds of four reports; those of the second and third epoch are longer.
LONG = (*ROUNDS, "training.epochs=3", "subsample.threshold=0")


def open_run(corpus, path, limit, *overrides, **options):
    chosen = runs.settings_for(corpus, *LONG, f"training.max_time={limit}", *overrides)
    return runs.open_run(chosen, path, **options)


def slow(run, clock, seconds):
    """Let a shard take `seconds`, or those that a function of the reports so far says."""
    steps, made = run.engine.trainer.steps, []

    def slow_steps(start):
        with closing(steps(start)) as reports:
            for report in reports:
                made.append(report)
                if not report.round_ended:
                    clock.now += seconds(len(made)) if callable(seconds) else seconds
                yield report

    run.engine.trainer.steps = slow_steps
    return made


@pytest.mark.slow
def test_a_run_in_rounds_is_planned_to_end_with_a_round(tmp_path, planted_corpus, clock):
    """Its first rounds take 15 seconds each; the time would be over within the fifth."""
    run = open_run(planted_corpus, tmp_path / "run", "85s")
    slow(run, clock, lambda made: 5 if made <= 12 else 7.5)
    seen = runs.train(run)
    assert run.finished and run.state.out_of_time and not run.cut_round
    assert run.position.epoch * 3 + run.position.number == 4  # rounds of the first epoch and one
    assert seen[-1].learning_rate < 0.1 * seen[0].learning_rate
    assert seen[-1].words == seen[-1].total_words == run.state.words == run.position.tokens_done
    assert vectors(run)


@pytest.mark.slow
def test_the_time_in_which_nodes_are_opened_is_not_taken_for_their_speed(
    tmp_path, planted_corpus, clock
):
    run = open_run(planted_corpus, tmp_path / "run", "100s", "training.epochs=12")
    slow(run, clock, lambda made: 11 if made == 1 else 1)
    began = clock.now
    seen = runs.train(run)
    assert 80 <= clock.now - began <= 100
    assert seen[-1].learning_rate < 0.1 * seen[0].learning_rate


@pytest.mark.slow
def test_a_round_in_which_the_time_is_over_counts_for_nothing(tmp_path, planted_corpus, clock):
    run = open_run(planted_corpus, tmp_path / "run", "60s")
    slow(run, clock, lambda made: 2 if made <= 8 else 25)  # slower from the third on
    train = run.train()
    for progress in train:
        if progress.cluster["rounds"] == 2 and run.position.number == 2:
            kept = run.engine.parameters.copy()
    assert run.finished and run.cut_round
    assert (run.engine.parameters == kept).all()
    assert run.state.words == progress.words == run.position.tokens_done
    assert len(run.state.epoch_losses) == 1
    assert run.state.epoch_losses[0] < run.engine.baseline


@pytest.mark.slow
def test_a_first_round_of_an_epoch_that_is_cut_leaves_no_epoch(tmp_path, planted_corpus, clock):
    run = open_run(planted_corpus, tmp_path / "run", "60s", "training.held_out=0.1")
    slow(run, clock, lambda made: 1 if made <= 12 else 60)
    runs.train(run)
    assert run.cut_round
    assert (run.position.epoch, run.position.number) == (1, 0)
    assert len(run.state.epoch_losses) == len(run.state.held_out_losses) == 1
    assert vectors(run)
    assert run.folder.read_record()["epoch_losses"][0] is not None


class Heard(Watch):
    def __init__(self, clock, seconds):
        self.clock, self.seconds, self.warnings, self.seen = clock, seconds, [], []

    def training(self, run):
        slow(run, self.clock, self.seconds)

    def progress(self, progress):
        self.seen.append(progress)

    def warn(self, text):
        self.warnings.append(text)


@pytest.mark.parametrize(
    ("seconds", "warning"),
    [
        (60, "nothing was learned: the time was over before the first round"),
        (lambda made: 1 if made <= 4 else 60, "the time was over within a round"),
        pytest.param(1, None, marks=pytest.mark.slow),
    ],
)
def test_the_user_is_told_what_is_lost(tmp_path, planted_corpus, clock, seconds, warning):
    watch = Heard(clock, seconds)
    chosen = runs.settings_for(planted_corpus, *LONG, "training.max_time=60s")
    pipeline.start(chosen, tmp_path / "run", watch=watch)
    assert [text[: len(warning or "")] for text in watch.warnings] == ([warning] if warning else [])


def test_progress_within_a_round_is_shown_but_not_kept(tmp_path, planted_corpus):
    run = runs.open_run(runs.settings_for(planted_corpus, *ROUNDS), tmp_path / "run")
    shown = []
    for progress in run.train():
        shown.append((progress.epoch, progress.words))
        if len(shown) == 2:  # shards of the first round
            run.request_stop()
    assert [epoch for epoch, _ in shown] == [1, 1]
    assert 0 < shown[0][1] < shown[1][1] < 4000 / 3
    assert run.state.words == 0
    again = runs.open_run(run.settings, tmp_path / "run", resume=True)
    assert again.state.words == 0
    first = next(again.train())
    assert (first.epoch, first.words) == shown[0]
