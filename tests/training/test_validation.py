"""Held-out text: never trained on, its loss against plain loops, and the best epoch kept."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from runs import SMALL, open_run, settings_for, train, vectors
from w2v_cli.cli import w2v
from w2v_cli.config import load_settings
from w2v_cli.core.sampling import initial_parameters
from w2v_cli.errors import ConfigError, CorpusError, RunError, UsageError
from w2v_cli.pipeline.continuing import extended
from w2v_cli.pipeline.results import finish
from w2v_cli.training.engine import chunks
from w2v_cli.training.run.validation import HeldOut, Losses

VALID = ("training.held_out=0.1", "training.epochs=4", "subsample.threshold=0")
FEW_STEPS = "training.tokens_per_step=1024"  # where they are not what a test is about
COMBINATIONS = [
    (architecture, objective)
    for architecture in ("skipgram", "cbow")
    for objective in ("negative_sampling", "naive_softmax")
]


@pytest.fixture
def corpus_of_parts(tmp_path):
    """Twenty parts of 400 tokens with words of their own: p0w0 to p0w7 in the first of them."""
    rng = np.random.default_rng(0)
    lines = [
        " ".join(f"p{part}w{word}" for word in rng.integers(0, 8, 8))
        for part in range(20)
        for _ in range(50)
    ]
    path = tmp_path / "parts.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def held_out_parts(run):
    """The numbers of the parts in which no centre vector has moved."""
    start = np.empty_like(run.engine.parameters)
    initial_parameters(start, run.settings.training.seed)
    same = (run.engine.parameters[:, 0] == start[:, 0]).all(axis=1)
    parts = [int(word[1:].split("w")[0]) for word in run.vocabulary.words]
    kept = {part for part, still in zip(parts, same, strict=True) if still}
    moved = {part for part, still in zip(parts, same, strict=True) if not still}
    assert not kept & moved
    return sorted(kept)


@pytest.mark.slow
@pytest.mark.parametrize(("part", "expected"), [(0.05, 1), (0.1, 1), (0.25, 5), (0.5, 10)])
def test_held_out_text_is_never_trained_on_and_as_much_as_asked(
    tmp_path, corpus_of_parts, part, expected, monkeypatch
):
    if part > 0.1:
        monkeypatch.setattr(chunks, "_CHUNK", 400)
    if part == 0.1:  # a chunk of 800 tokens is two parts
        expected = 2
    run = open_run(
        settings_for(corpus_of_parts, *VALID, f"training.held_out={part}"), tmp_path / "run"
    )
    seen = train(run)
    assert len(held_out_parts(run)) == expected
    assert seen[-1].words == seen[-1].total_words == 4 * (8000 - 400 * expected)


@pytest.mark.slow
def test_another_seed_holds_out_other_text(tmp_path, corpus_of_parts):
    found = set()
    for seed in (1, 2, 3):
        settings = settings_for(corpus_of_parts, *VALID, f"training.seed={seed}")
        train(run := open_run(settings, tmp_path / str(seed)))
        found.add(tuple(held_out_parts(run)))
    assert len(found) > 1


def pairs_of(text, center, architecture):
    """The hidden vector, the target, and all targets of that hidden vector, of every pair.

    `text` are sentences of row numbers; the window is 2.
    """
    for words in text:
        for i, word in enumerate(words):
            near = [words[j] for j in range(i - 2, i + 3) if j != i and 0 <= j < len(words)]
            if architecture == "skipgram":
                yield from ((center[word], target, near) for target in near)
            else:
                yield center[near].mean(axis=0), word, [word]


def softmax_loss(hidden, target, _, outside):
    scores = outside @ hidden
    return np.log(np.exp(scores).sum()) - scores[target]


def negative_sampling_loss(noise):
    """−log σ(s) of the target, and what 5 negatives that are no targets give on average."""

    def loss(hidden, target, targets, outside):
        scores = outside @ hidden
        odds = noise.copy()
        odds[targets] = 0
        return np.log1p(np.exp(-scores[target])) + 5 * odds @ np.log1p(np.exp(scores))

    return loss


@pytest.mark.parametrize(
    ("architecture", "objective"),
    [COMBINATIONS[0], *(pytest.param(*each, marks=pytest.mark.slow) for each in COMBINATIONS[1:])],
)
def test_the_held_out_loss_is_that_of_plain_loops(
    tmp_path, corpus_of_parts, architecture, objective
):
    choice = (f"model.architecture={architecture}", f"objective.name={objective}")
    train(probe := open_run(settings_for(corpus_of_parts, *VALID), tmp_path / "probe"))
    parts = held_out_parts(probe)
    lines = corpus_of_parts.read_text().splitlines()
    held_out = [line for line in lines if int(line[1:].split("w")[0]) in parts]
    assert len(held_out) == 100
    fixed = "model.dynamic_window=false"
    run = open_run(settings_for(corpus_of_parts, *VALID, fixed, *choice), tmp_path / "run")
    assert run.engine.held_out.loss() == pytest.approx(run.engine.baseline, rel=0.03)
    rng = np.random.default_rng(1)
    run.engine.parameters[:] = rng.normal(size=run.engine.parameters.shape)
    center, outside = (run.engine.parameters[:, side].astype(np.float64) for side in (0, 1))
    row_of = {word: row for row, word in enumerate(run.vocabulary.words)}
    text = [[row_of[word] for word in line.split()] for line in held_out]
    noise = run.vocabulary.counts**0.75 / (run.vocabulary.counts**0.75).sum()
    exact = objective == "naive_softmax"
    pair_loss = softmax_loss if exact else negative_sampling_loss(noise)
    losses = [pair_loss(*pair, outside) for pair in pairs_of(text, center, architecture)]
    found = run.engine.held_out.loss()
    # The negatives are drawn once: 16 or 32 for every few sentences.
    assert found == pytest.approx(np.mean(losses), rel=1e-5 if exact else 0.04)
    assert run.engine.held_out.loss() == found


def test_every_chunk_that_is_held_out_is_measured_up_to_sixteen(
    tmp_path, corpus_of_parts, monkeypatch
):
    monkeypatch.setattr(chunks, "_CHUNK", 200)
    monkeypatch.setattr(chunks, "_SMALLEST_CHUNK", 200)
    for part, measured in ((0.24, 10), (0.5, 16)):
        settings = settings_for(corpus_of_parts, *VALID, f"training.held_out={part}")
        run = open_run(settings, tmp_path / str(part))
        assert run.engine.held_out._text.lengths.tolist() == [200] * measured


def losses_in(path):
    """The held-out losses that metrics.jsonl has, with their epochs."""
    reports = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    return [(r["epoch"], r["held_out_loss"]) for r in reports if "held_out_loss" in r]


@pytest.mark.slow
@pytest.mark.parametrize(("architecture", "objective"), COMBINATIONS)
def test_losses_and_bytes_are_the_same_for_any_number_of_workers(
    tmp_path, planted_corpus, architecture, objective
):
    choice = (f"model.architecture={architecture}", f"objective.name={objective}", *VALID)
    found, losses = set(), set()
    for workers in (1, 2, 3):
        path = tmp_path / str(workers)
        train(run := open_run(settings_for(planted_corpus, *choice, workers=workers), path))
        found.add(vectors(run))
        losses.add(tuple(run.state.held_out_losses))
        record = run.folder.read_record()
        assert losses_in(path) == list(enumerate(record["held_out_losses"], start=1))
        assert len(record["held_out_losses"]) == 4
    assert len(found) == len(losses) == 1


@pytest.fixture
def scripted(monkeypatch):
    """Let the held-out losses be these."""

    def script(*losses):
        left = iter(losses)
        monkeypatch.setattr(HeldOut, "loss", lambda _: next(left))

    return script


@pytest.mark.slow
@pytest.mark.parametrize(
    ("patience", "losses", "epochs", "best"),
    [
        (0, [3.0, 2.0, 2.5, 2.5], 4, 2),
        (1, [3.0, 2.0, 2.5], 3, 2),
        (2, [3.0, 2.0, 2.5, 1.5], 4, 4),
        (2, [2.0, 2.0, 2.0], 3, 1),  # an equal one is not better
        (1, [1.0, 2.0], 2, 1),
        (4, [1.0, 2.0, 3.0, 4.0], 4, 1),
    ],
)
def test_the_vectors_written_are_those_of_the_best_epoch_and_patience_ends_the_run(
    tmp_path, planted_corpus, scripted, patience, losses, epochs, best
):
    settings = settings_for(planted_corpus, *VALID, FEW_STEPS, f"training.patience={patience}")
    run = open_run(settings, tmp_path / "run")
    scripted(*losses)
    kept = []
    for progress in run.train():
        if progress.epoch_ended:
            kept.append(run.engine.parameters.copy())
            assert progress.best == (losses[len(kept) - 1] < min([*losses[: len(kept) - 1], 9]))
    assert run.finished
    record = finish(run)
    assert len(kept) == epochs
    assert record["best_epoch"] == best
    assert record["ended_early"] == ("training.patience" if epochs < 4 else None)
    np.testing.assert_array_equal(np.load(run.folder.vectors), kept[best - 1][:, 0])
    np.testing.assert_array_equal(np.load(run.folder.outside), kept[best - 1][:, 1])
    again = open_run(settings, tmp_path / "run", resume=True)
    assert train(again) == []  # nothing is left to do, and the files come out the same
    assert finish(again)["hashes"] == record["hashes"]
    np.testing.assert_array_equal(np.load(run.folder.vectors), kept[best - 1][:, 0])


@pytest.mark.parametrize(
    ("values", "patience", "exhausted"),
    [([], 1, False), ([3, 2, 2], 2, False), ([3, 2, 2, 2], 2, True), ([1, 2, 3], 0, False)],
)
def test_the_patience_is_used_up_by_as_many_epochs_without_a_better_one(
    values, patience, exhausted
):
    assert Losses(values, patience).exhausted is exhausted


@pytest.mark.parametrize("losses", [[1.0, 2.0], [4.0, 3.0, 2.0, 2.5]])
def test_a_run_whose_patience_ran_out_is_not_extended(tmp_path, planted_corpus, scripted, losses):
    """Also not where it ran out as the last epoch ended: an extension would train nothing."""
    settings = settings_for(planted_corpus, *VALID, FEW_STEPS, "training.patience=1")
    run = open_run(settings, tmp_path / "run")
    scripted(*losses)
    train(run)
    finish(run)
    with pytest.raises(UsageError, match=r"ended before its last epoch, by training.patience"):
        extended(run.folder, settings, 1)


OFTEN = ("checkpoint.keep=100", "checkpoint.every_steps=7")


@pytest.fixture
def best_third(tmp_path, planted_corpus, monkeypatch):
    """Let the held-out loss be how far it is from that after the third epoch of four."""
    train(run := open_run(settings_for(planted_corpus, *VALID, *OFTEN), tmp_path / "goal"))
    goal, right = run.state.held_out_losses[2], HeldOut.loss
    monkeypatch.setattr(HeldOut, "loss", lambda held_out: abs(right(held_out) - goal))


@pytest.mark.slow
@pytest.mark.usefixtures("best_third")
def test_a_run_stopped_after_each_step_keeps_the_same_best_epoch(tmp_path, planted_corpus):
    choice = (*VALID, *OFTEN)
    whole = open_run(settings_for(planted_corpus, *choice), tmp_path / "whole")
    steps = len(train(whole))
    assert whole.best_epoch == 3
    open_run(settings_for(planted_corpus, *choice), path := tmp_path / "parts")
    for step in range(1, steps + 1):
        settings = settings_for(planted_corpus, *choice, workers=1 + step % 3)
        parts = open_run(settings, path, resume=True)
        train(parts, stop_after=step)
    assert parts.finished
    assert vectors(parts) == vectors(whole)
    assert losses_in(path) == losses_in(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.usefixtures("best_third")
def test_a_run_thrown_back_behind_its_best_epoch_comes_to_it_again(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, *VALID, *OFTEN)
    train(whole := open_run(settings, tmp_path / "whole"))
    expected = vectors(whole)
    files = sorted(whole.folder.checkpoints.glob("step-*.npz"))
    for file in reversed(files[1:]):
        file.unlink()
        whole.folder.record.unlink()
        train(run := open_run(settings, tmp_path / "whole", resume=True))
        assert vectors(run) == expected
        for newer in whole.folder.checkpoints.glob("step-*.npz"):
            if newer.name >= file.name:
                newer.unlink()


def test_a_missing_best_epoch_is_an_error_and_not_another_epoch(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, *VALID, FEW_STEPS)
    train(run := open_run(settings, tmp_path / "run"))
    (run.folder.checkpoints / "best.npz").unlink()
    with pytest.raises(RunError, match=r"best\.npz: .* train again with --force"):
        open_run(settings, tmp_path / "run", resume=True)


@pytest.mark.slow
def test_a_best_epoch_older_than_the_run_says_is_refused(tmp_path, planted_corpus, scripted):
    settings = settings_for(planted_corpus, *VALID, *OFTEN)
    run = open_run(settings, tmp_path / "run")
    scripted(4.0, 3.0, 2.0, 1.0)
    train(run)
    first = min(run.folder.checkpoints.glob("step-*.npz"))
    first.replace(run.folder.checkpoints / "best.npz")
    with pytest.raises(RunError, match=r"best\.npz is of another run; train again with --force"):
        open_run(settings, tmp_path / "run", resume=True)


def test_replacing_a_run_removes_its_best_epoch(tmp_path, planted_corpus):
    train(run := open_run(settings_for(planted_corpus, *VALID, FEW_STEPS), tmp_path / "run"))
    run.folder.begin("")
    assert list(run.folder.checkpoints.iterdir()) == []


def test_text_too_short_to_be_divided_is_refused(tmp_path):
    corpus = tmp_path / "short.txt"
    corpus.write_text("a b c d\n" * 20)
    with pytest.raises(CorpusError, match=r"training.held_out: the text of 80 tokens is too short"):
        open_run(settings_for(corpus, *VALID), tmp_path / "run")


def test_held_out_text_without_neighbours_is_refused(tmp_path):
    corpus = tmp_path / "lonely.txt"
    corpus.write_text("a\nb\n" * 2000)
    with pytest.raises(CorpusError, match="no two words are side by side in the held-out text"):
        open_run(settings_for(corpus, *VALID), tmp_path / "run")


def test_held_out_text_that_has_every_known_word_is_refused(tmp_path):
    corpus = tmp_path / "half.txt"
    rare = "".join(f"r{number} s{number}\n" for number in range(1000))
    corpus.write_text("a b\n" * 1000 + rare)
    settings = settings_for(corpus, "training.held_out=0.5", "vocabulary.min_count=2")
    seeds = (replace(settings, training=replace(settings.training, seed=n)) for n in range(20))
    refused = 0
    for number, seeded in enumerate(seeds):
        try:
            open_run(seeded, tmp_path / f"run{number}")
        except CorpusError as error:
            refused += "all known words are in the part that is held out" in str(error)
    assert refused


def test_patience_without_held_out_text_is_refused():
    with pytest.raises(ConfigError, match=r"'training.patience' is 2, but nothing is held out"):
        load_settings(None, [], {"training.patience": 2})


@pytest.mark.slow
def test_the_program_shows_the_losses_and_the_epoch_it_kept(tmp_path, planted_corpus):
    result = CliRunner().invoke(
        w2v,
        ["train", "--corpus", str(planted_corpus), "--out", str(tmp_path / "run")]
        + ["--workers", "1", "--valid", "0.1", "--patience", "3"]
        + [text for override in (*SMALL, "training.epochs=4") for text in ("--set", override)],
    )
    assert result.exit_code == 0
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    for epoch, loss in enumerate(record["held_out_losses"], start=1):
        assert re.search(rf"epoch {epoch}/4  .*held-out loss {loss:.4f}", result.stderr)
    best = record["best_epoch"]
    assert f"best        epoch {best}, held-out loss {min(record['held_out_losses']):.4f}" in (
        result.stderr
    )
