"""Training from text to vectors: the same bytes always, exact resume, and something learned."""

import itertools
import json
import math
import multiprocessing
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

import runs
from runs import open_run, settings_for
from w2v_cli import pipeline
from w2v_cli.core import row_sums
from w2v_cli.errors import RunError, UsageError
from w2v_cli.pipeline.results import finish
from w2v_cli.pipeline.watch import Watch

COMBINATIONS = list(itertools.product(("skipgram", "cbow"), ("negative_sampling", "naive_softmax")))


def train(settings, path, *, stop_after=None, resume=False):
    """The run, trained to its end or stopped after a step; finished if it came to its end."""
    run = open_run(settings, path, resume=resume)
    runs.train(run, stop_after=stop_after)
    if run.finished:
        finish(run)
    return run


def outputs(path):
    return [(Path(path) / name).read_bytes() for name in ("vectors.npy", "outside.npy")]


@pytest.mark.slow
@pytest.mark.parametrize("few_words", [0, 128])
@pytest.mark.parametrize(("architecture", "objective"), COMBINATIONS)
def test_vectors_have_the_same_bytes_for_any_number_of_workers(
    tmp_path, planted_corpus, monkeypatch, architecture, objective, few_words
):
    """Also where gradients are sorted by word, as those of more words are."""
    monkeypatch.setattr(row_sums, "_FEW_WORDS", few_words)
    choice = [f"model.architecture={architecture}", f"objective.name={objective}"]
    found = []
    for number, workers in enumerate((1, 2, 3, 2)):
        settings = settings_for(planted_corpus, *choice, workers=workers)
        run = train(settings, tmp_path / f"run{number}")
        assert run.position.steps_done > 30
        found.append(outputs(tmp_path / f"run{number}"))
    assert all(each == found[0] for each in found)


@pytest.mark.slow
def test_another_seed_gives_other_bytes(tmp_path, planted_corpus):
    for seed in (1, 2):
        train(settings_for(planted_corpus, f"training.seed={seed}"), tmp_path / str(seed))
    assert outputs(tmp_path / "1") != outputs(tmp_path / "2")


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "objective"), COMBINATIONS)
def test_a_resumed_run_ends_with_the_bytes_of_one_never_stopped(
    tmp_path, planted_corpus, architecture, objective
):
    choice = [f"model.architecture={architecture}", f"objective.name={objective}"]
    whole = train(settings_for(planted_corpus, *choice), tmp_path / "whole")
    train(settings_for(planted_corpus, *choice), tmp_path / "parts", stop_after=7)
    two = settings_for(planted_corpus, *choice, workers=2)
    train(two, tmp_path / "parts", stop_after=20, resume=True)
    parts = train(settings_for(planted_corpus, *choice), tmp_path / "parts", resume=True)
    assert outputs(tmp_path / "parts") == outputs(tmp_path / "whole")
    assert parts.state.epoch_losses == whole.state.epoch_losses


@pytest.mark.slow
def test_metrics_of_a_resumed_run_are_those_of_one_never_stopped(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus)
    train(settings, tmp_path / "whole")
    for stop in (5, 11, 29):
        train(settings, tmp_path / "parts", stop_after=stop, resume=stop > 5)
    train(settings, tmp_path / "parts", resume=True)
    kept = ("epoch", "step", "words", "learning_rate", "loss", "baseline")
    whole, parts = (
        [
            [json.loads(line)[key] for key in kept]
            for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()
        ]
        for name in ("whole", "parts")
    )
    assert parts == whole
    assert [row[1] for row in whole] == sorted({row[1] for row in whole})


@pytest.mark.slow
def test_a_run_killed_before_its_first_checkpoint_resumes_at_the_beginning(
    tmp_path, planted_corpus
):
    settings = settings_for(planted_corpus)
    train(settings, tmp_path / "whole")
    open_run(settings, tmp_path / "parts")
    train(settings, tmp_path / "parts", resume=True)
    assert outputs(tmp_path / "parts") == outputs(tmp_path / "whole")


def test_checkpoints_are_written_every_so_many_steps_and_the_newest_kept(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "checkpoint.every_steps=4", "checkpoint.keep=3")
    run = open_run(settings, tmp_path / "run")
    seen = set()
    for _ in run.train():
        seen |= {file.name for file in (tmp_path / "run" / "checkpoint").glob("*.npz")}
    assert {"step-0000000004.npz", "step-0000000008.npz"} <= seen
    assert len(list((tmp_path / "run" / "checkpoint").iterdir())) == 3


def test_a_resumed_run_is_saved_after_the_same_steps(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "checkpoint.every_steps=10", "checkpoint.keep=100")
    train(settings, tmp_path / "run", stop_after=12)
    train(settings, tmp_path / "run", resume=True)
    steps = sorted(file.stem[-2:] for file in (tmp_path / "run" / "checkpoint").glob("step-*.npz"))
    assert steps[:3] == ["10", "12", "20"]


def test_a_changed_corpus_is_refused_at_resume(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus)
    train(settings, tmp_path / "run", stop_after=5)
    planted_corpus.write_text(planted_corpus.read_text() + "a1 a2 a3\n")
    with pytest.raises(RunError, match="the corpus and vocabulary changed since the run began"):
        open_run(settings, tmp_path / "run", resume=True)


@pytest.mark.slow
def test_changed_settings_are_refused_at_resume_by_name(tmp_path, planted_corpus):
    train(settings_for(planted_corpus), tmp_path / "run", stop_after=5)
    changed = settings_for(planted_corpus, "model.dim=13", "objective.negatives=6", workers=2)
    with pytest.raises(UsageError, match=r"model.dim was 4, now 13; objective.negatives was 5"):
        pipeline.resume(tmp_path / "run", changed)
    changed = settings_for(planted_corpus, "training.init=old")
    with pytest.raises(UsageError, match=r"training.init was null, now old; leave them out"):
        pipeline.resume(tmp_path / "run", changed)
    free = settings_for(planted_corpus, "checkpoint.keep=5", "machine.cache_gib=1", workers=2)
    assert pipeline.resume(tmp_path / "run", free).record is not None


@pytest.mark.slow
def test_words_of_a_topic_become_neighbours(tmp_path, planted_corpus):
    overrides = ("training.epochs=40", "training.learning_rate=0.1", "subsample.threshold=0")
    for architecture in ("skipgram", "cbow"):
        choice = f"model.architecture={architecture}"
        run = train(settings_for(planted_corpus, choice, *overrides), tmp_path / architecture)
        vectors = np.load(tmp_path / architecture / "vectors.npy")
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        cosines = unit @ unit.T - 2 * np.eye(len(unit))
        topics = np.array([word[0] for word in run.vocabulary.words])
        assert (topics[cosines.argmax(axis=1)] == topics).mean() > 0.95


@pytest.mark.slow
def test_naive_softmax_falls_below_the_loss_of_knowing_nothing(tmp_path, planted_corpus):
    overrides = ("objective.name=naive_softmax", "training.epochs=20", "subsample.threshold=0")
    run = train(settings_for(planted_corpus, *overrides), tmp_path / "run")
    assert run.engine.baseline == pytest.approx(math.log(40))
    assert run.state.epoch_losses[-1] < math.log(40) - 1  # log 10 knows the topic


@pytest.mark.slow
def test_the_first_loss_is_that_of_knowing_nothing(tmp_path, planted_corpus):
    losses = {}
    for objective in ("naive_softmax", "negative_sampling"):
        run = open_run(
            settings_for(planted_corpus, f"objective.name={objective}"), tmp_path / objective
        )
        losses[objective] = list(run.train())[0].loss, run.engine.baseline  # noqa: RUF015 the run ends
    assert losses["naive_softmax"][0] == pytest.approx(losses["naive_softmax"][1])
    # With so few words many negatives are targets of their centre, and those do not count.
    first, baseline = losses["negative_sampling"]
    assert 0.7 * baseline < first < baseline


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["a b\n", "a b c d e f g\n" * 7 + "h\n", "a\nb\na b\n", "x y " * 25, "one two three " * 4000],
    ids=["two words", "50 tokens", "lonely tokens", "no line end", "one long line"],
)
def test_any_small_corpus_trains(tmp_path, text):
    corpus = tmp_path / "small.txt"
    corpus.write_text(text)
    for number, (architecture, objective) in enumerate(COMBINATIONS):
        choice = [f"model.architecture={architecture}", f"objective.name={objective}"]
        run = train(
            settings_for(corpus, *choice, "subsample.threshold=0", workers=2),
            tmp_path / str(number),
        )
        vectors = np.load(tmp_path / str(number) / "vectors.npy")
        assert vectors.shape == (len(run.vocabulary.words), 4)
        assert vectors.dtype == np.float32
        assert np.isfinite(vectors).all()
        assert run.state.epoch_losses[-1] < run.engine.baseline


def test_a_corpus_of_sentences_of_one_word_teaches_nothing_and_says_so(tmp_path):
    corpus = tmp_path / "lonely.txt"
    corpus.write_text("a\nb\nc\n")
    run = train(settings_for(corpus), tmp_path / "run")
    assert run.finished
    assert run.state.epoch_losses == [None, None]


def test_subsampling_that_leaves_nothing_ends_all_the_same(tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("a b " * 50)
    for workers in (1, 2):
        settings = settings_for(corpus, "subsample.threshold=1e-12", workers=workers)
        run = train(settings, tmp_path / str(workers))
        assert run.finished
        shutil.rmtree(tmp_path / str(workers))


def test_large_learning_rates_do_not_diverge(tmp_path, planted_corpus):
    overrides = ("training.learning_rate=1", "model.window=5", "training.tokens_per_step=4096")
    run = train(settings_for(planted_corpus, *overrides), tmp_path / "run")
    assert np.abs(run.engine.parameters).max() < 100


def test_a_watch_that_fails_ends_the_run_and_its_workers_and_what_was_trained_is_saved(
    tmp_path, planted_corpus
):
    def fail(progress):
        if progress.step == 5:
            raise TimeoutError("no more time")

    folder, watch = tmp_path / "run", Watch()
    watch.progress = fail
    with pytest.raises(TimeoutError) as failure:
        pipeline.start(settings_for(planted_corpus, workers=2), folder, watch=watch)
    assert multiprocessing.active_children() == []
    assert failure.tb is not None  # it holds all frames: nothing was closed for want of a reference
    assert [path.name for path in (folder / "checkpoint").iterdir()] == ["step-0000000005.npz"]
    whole = pipeline.start(settings_for(planted_corpus), tmp_path / "whole").record
    assert pipeline.resume(folder).record["hashes"] == whole["hashes"]


def test_run_json_has_the_dates_and_every_command_of_a_resumed_run(
    tmp_path, planted_corpus, monkeypatch
):
    folder, watch = tmp_path / "run", Watch()
    watch.progress = lambda progress: watch.request_stop()
    monkeypatch.setattr(sys, "argv", ["/usr/bin/w2v", "train", "--out", "a b"])
    settings = settings_for(planted_corpus)
    before = datetime.now(timezone.utc).replace(microsecond=0)
    assert pipeline.start(settings, folder, watch=watch).record is None
    monkeypatch.setattr(sys, "argv", ["w2v", "train", "--resume"])
    record = pipeline.resume(folder).record
    assert record["commands"] == ["w2v train --out 'a b'", "w2v train --resume"]
    started, ended = (datetime.fromisoformat(record["dates"][key]) for key in ("started", "ended"))
    assert before <= started <= ended <= datetime.now(timezone.utc)
    assert record["words_trained"] == 2 * record["words"]
    assert sum(record["timings"].values()) < 2 * record["timings"]["total_seconds"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "damaged",
    [
        {},
        {"epoch_losses": []},
        {"epoch_losses": {"a": 1}},
        {"epoch_losses": [1], "baseline": 2, "words_per_second": "x", "steps": 1},
        {"epoch_losses": [1], "baseline": 2, "words_per_second": 1, "steps": 1, "best_epoch": 3},
    ],
)
def test_a_record_that_no_run_wrote_is_an_error_that_says_how_to_write_it_again(
    tmp_path, planted_corpus, damaged
):
    whole = pipeline.start(settings_for(planted_corpus), tmp_path / "run").record
    record = tmp_path / "run" / "run.json"
    record.write_text(json.dumps(damaged))
    with pytest.raises(RunError, match=r"run.json: damaged: .*; remove it, and --resume"):
        pipeline.resume(tmp_path / "run")
    with pytest.raises(RunError, match=r"run.json: damaged"):
        pipeline.resume(tmp_path / "run", extend_epochs=1)
    record.unlink()
    again = pipeline.resume(tmp_path / "run").record
    assert again["hashes"] == whole["hashes"]


def test_run_json_records_what_was_done(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus)
    run = open_run(settings, tmp_path / "run")
    list(run.train())
    finish(run)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["words"] == 4000
    assert record["seed"] == 1
    assert 0 < record["timings"]["train_seconds"] < record["timings"]["total_seconds"] < 60
    assert record["versions"]["numpy"] == np.__version__
    assert set(record["hashes"]) == {"engine", "corpus", "vocabulary", "settings", "vectors"}
    assert len(record["epoch_losses"]) == 2
