"""Runs stopped anywhere and resumed, on a text of many shards."""

import json
from pathlib import Path

import numpy as np
import pytest

from w2v_cli.config import load_settings
from w2v_cli.errors import RunError
from w2v_cli.pipeline import new_run, read_corpus
from w2v_cli.training import shards
from w2v_cli.training.run_folder import RunFolder

SMALL = (
    "vocabulary.min_count=1",
    "subsample.threshold=0.1",
    "model.dim=4",
    "model.window=2",
    "training.epochs=2",
    "training.tokens_per_step=128",
)


@pytest.fixture
def many_shards(monkeypatch):
    """Shards of some 600 tokens: a text of 4,000 tokens has seven."""
    monkeypatch.setattr(shards, "_CHUNK", 200)
    monkeypatch.setattr(shards, "_CHUNKS_PER_SHARD", 3)


def settings_for(corpus, *overrides, workers=1):
    flags = {"corpus.paths": (str(corpus),), "training.workers": workers}
    return load_settings(None, [*SMALL, *overrides], flags).settings


def open_run(settings, path, *, resume=False):
    folder = RunFolder(Path(path))
    if not resume:
        folder.create(force=False)
    return new_run(settings, read_corpus(settings), folder, resume=resume)


def train(run, *, stop_after=None):
    """The progress of every step, to the end or to the step after which to stop."""
    seen = []
    for progress in run.train():
        seen.append(progress)
        if progress.step == stop_after:
            run.session.request_stop()
    return seen


def vectors(run):
    """The bytes of the vectors that the run leaves."""
    run.finish({})
    return run.folder.vectors.read_bytes() + run.folder.outside.read_bytes()


def metrics(path):
    lines = (Path(path) / "metrics.jsonl").read_text().splitlines()
    same = ("epoch", "step", "words", "learning_rate", "loss", "epoch_ended")
    return [[json.loads(line)[key] for key in same] for line in lines]


@pytest.mark.usefixtures("many_shards")
def test_a_run_stopped_after_each_single_step_ends_with_the_same_bytes(tmp_path, planted_corpus):
    whole = open_run(settings_for(planted_corpus), tmp_path / "whole")
    steps = len(train(whole))
    open_run(settings_for(planted_corpus), tmp_path / "parts")
    for step in range(1, steps + 1):
        settings = settings_for(planted_corpus, workers=1 + step % 3)
        parts = open_run(settings, tmp_path / "parts", resume=True)
        assert len(train(parts, stop_after=step)) == 1
    assert parts.session.finished
    assert vectors(parts) == vectors(whole)
    assert parts.session.tally.epoch_losses == whole.session.tally.epoch_losses
    assert metrics(tmp_path / "parts") == metrics(tmp_path / "whole")


@pytest.mark.usefixtures("many_shards")
@pytest.mark.parametrize("objective", ["negative_sampling", "naive_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_a_text_of_many_shards_gives_the_same_bytes_for_any_number_of_workers(
    tmp_path, planted_corpus, architecture, objective
):
    choice = (f"model.architecture={architecture}", f"objective.name={objective}")
    found = set()
    for workers in (1, 2, 3):
        settings = settings_for(planted_corpus, *choice, workers=workers)
        run = open_run(settings, tmp_path / str(workers))
        train(run)
        found.add(vectors(run))
    assert len(found) == 1


@pytest.mark.usefixtures("many_shards")
def test_progress_rises_evenly_over_shards_and_epochs_to_its_end(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    seen = train(run)
    words = np.array([progress.words for progress in seen])
    assert words[-1] == 8000
    assert [p.words for p in seen if p.epoch_ended] == [4000, 8000]
    assert 0 < np.diff(words).min() <= np.diff(words).max() < 4 * 8000 / len(seen)
    rates = np.array([progress.learning_rate for progress in seen])
    before = np.concatenate(([0], words[:-1]))  # the rate of a step is that of its beginning
    np.testing.assert_allclose(rates, np.maximum(0.025 * (1 - before / 8000), 2.5e-6), atol=1e-5)
    assert [progress.step for progress in seen] == list(range(1, len(seen) + 1))


@pytest.mark.usefixtures("many_shards")
def test_a_shard_in_which_no_word_is_kept_is_passed_over(tmp_path):
    corpus = tmp_path / "corpus.txt"
    rare = "".join(f"rare{n} " for n in range(1500))
    corpus.write_text("a b c\n" * 200 + rare + "\n" + "b c a\n" * 200)
    found = set()
    for workers in (1, 2):
        settings = settings_for(
            corpus, "vocabulary.min_count=2", "subsample.threshold=0", workers=workers
        )
        run = open_run(settings, tmp_path / str(workers))
        seen = train(run, stop_after=None)
        assert run.session.finished
        assert seen[-1].words == seen[-1].total_words
        found.add(vectors(run))
    assert len(found) == 1


def test_a_finished_run_without_its_vectors_only_writes_them(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus)
    run = open_run(settings, tmp_path / "run")
    train(run)
    expected = vectors(run)
    run.folder.vectors.unlink()
    again = open_run(settings, tmp_path / "run", resume=True)
    assert again.session.finished
    assert train(again) == []
    assert vectors(again) == expected


@pytest.mark.parametrize(
    "setting",
    ["training.seed=2", "training.tokens_per_step=64", "model.window=3", "corpus.lowercase=true"],
)
def test_a_checkpoint_made_with_other_settings_is_refused(tmp_path, planted_corpus, setting):
    train(open_run(settings_for(planted_corpus), tmp_path / "run"), stop_after=3)
    with pytest.raises(RunError, match=r"the .*settings changed since the run began"):
        open_run(settings_for(planted_corpus, setting), tmp_path / "run", resume=True)
