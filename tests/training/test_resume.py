"""Runs stopped or killed anywhere and resumed, some on a text of many portions."""

import json
import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from reliability.soak import CASES, KILLS, Soak
from runs import SMALL, open_run, settings_for, train, vectors
from w2v_cli.cli import w2v
from w2v_cli.config import load_settings
from w2v_cli.errors import RunError, UsageError
from w2v_cli.pipeline import provenance
from w2v_cli.pipeline import run as run_module
from w2v_cli.pipeline.continuing import extended
from w2v_cli.training.engine import chunks, portions
from w2v_cli.training.run import saving
from w2v_cli.training.run.checkpoint import CheckpointFolder
from w2v_cli.training.run.run_folder import RunFolder


@pytest.fixture
def many_portions(monkeypatch):
    """Portions of some 600 tokens: a text of 4,000 tokens has seven."""
    monkeypatch.setattr(chunks, "_CHUNK", 200)
    for module in (chunks, portions):
        monkeypatch.setattr(module, "CHUNKS_PER_PORTION", 3)


def metrics(path):
    lines = (Path(path) / "metrics.jsonl").read_text().splitlines()
    same = ("epoch", "step", "words", "learning_rate", "loss", "epoch_ended")
    return [[json.loads(line)[key] for key in same] for line in lines]


@pytest.mark.slow
@pytest.mark.usefixtures("many_portions")
def test_a_run_stopped_after_each_single_step_ends_with_the_same_bytes(tmp_path, planted_corpus):
    whole = open_run(settings_for(planted_corpus), tmp_path / "whole")
    steps = len(train(whole))
    open_run(settings_for(planted_corpus), tmp_path / "parts")
    for step in range(1, steps + 1):
        settings = settings_for(planted_corpus, workers=1 + step % 3)
        parts = open_run(settings, tmp_path / "parts", resume=True)
        assert len(train(parts, stop_after=step)) == 1
    assert parts.finished
    assert vectors(parts) == vectors(whole)
    assert parts.state.epoch_losses == whole.state.epoch_losses
    assert metrics(tmp_path / "parts") == metrics(tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.usefixtures("many_portions")
@pytest.mark.parametrize("objective", ["negative_sampling", "naive_softmax"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_a_text_of_many_portions_gives_the_same_bytes_for_any_number_of_workers(
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


@pytest.mark.usefixtures("many_portions")
def test_progress_rises_evenly_over_portions_and_epochs_to_its_end(tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    seen = train(run)
    words = np.array([progress.words for progress in seen])
    assert words[-1] == 8000
    assert [p.words for p in seen if p.epoch_ended] == [4000, 8000]
    assert 0 < np.diff(words).min() <= np.diff(words).max() < 4 * 8000 / len(seen)
    rates = np.array([progress.learning_rate for progress in seen])
    before = np.concatenate(([0], words[:-1]))  # the rate of a step is that of its beginning
    start = run.settings.training.learning_rate
    np.testing.assert_allclose(rates, np.maximum(start * (1 - before / 8000), 4.5e-6), atol=1e-5)
    assert [progress.step for progress in seen] == list(range(1, len(seen) + 1))


@pytest.mark.slow
@pytest.mark.usefixtures("many_portions")
def test_a_portion_in_which_no_word_is_kept_is_passed_over(tmp_path):
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
        assert run.finished
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
    assert again.finished
    assert train(again) == []
    assert vectors(again) == expected


def test_resume_finishes_what_has_lost_its_vectors(tmp_path, planted_corpus):
    out = ["--out", str(tmp_path / "run")]
    first = ["train", "--corpus", str(planted_corpus), "--dim", "4", "--epochs", "1", *out]
    assert CliRunner().invoke(w2v, first).exit_code == 0
    expected = (tmp_path / "run" / "vectors.npy").read_bytes()
    (tmp_path / "run" / "vectors.npy").unlink()
    result = CliRunner().invoke(w2v, ["train", "--resume", *out])
    assert (result.exit_code, "nothing left to do" in result.stderr) == (0, False)
    assert (tmp_path / "run" / "vectors.npy").read_bytes() == expected


def test_a_run_that_another_engine_began_is_refused_with_both_named(
    tmp_path, planted_corpus, monkeypatch
):
    monkeypatch.setattr(provenance, "ENGINE", 98)
    train(open_run(settings_for(planted_corpus), tmp_path / "run"), stop_after=3)
    monkeypatch.setattr(provenance, "ENGINE", 99)
    with pytest.raises(RunError, match="engine 98 began it, and this w2v has engine 99"):
        open_run(settings_for(planted_corpus), tmp_path / "run", resume=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "setting",
    ["training.seed=2", "training.tokens_per_step=64", "model.window=3", "corpus.lowercase=true"],
)
def test_a_checkpoint_made_with_other_settings_is_refused(tmp_path, planted_corpus, setting):
    train(open_run(settings_for(planted_corpus), tmp_path / "run"), stop_after=3)
    with pytest.raises(RunError, match=r"the .*settings changed since the run began"):
        open_run(settings_for(planted_corpus, setting), tmp_path / "run", resume=True)


class Clock:
    """A clock on which a step takes a second, and saving as long as it is told."""

    def __init__(self, monkeypatch, seconds_to_save):
        self.now, self.saved = 0.0, []
        right = CheckpointFolder.save

        def save(folder, checkpoint):
            self.saved.append(checkpoint.position.steps_done)
            self.now += seconds_to_save
            return right(folder, checkpoint)

        monkeypatch.setattr(CheckpointFolder, "save", save)
        for module in (run_module, saving):
            monkeypatch.setattr(module, "time", self)

    def perf_counter(self):
        self.now += 1e-9  # no two moments are the same
        return self.now


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds_to_save", "every_minutes", "expected"),
    [
        (0.01, 10, [4, 8, 12, 16, 20, 24]),  # at the end of each epoch
        (0.11, 10, [4, 16, 24]),  # where it has taken a hundredth of the time
        (9.0, 10, [4, 24]),
        (9.0, 0.1, [4, 10, 16, 22, 24]),  # when it is time
    ],
)
def test_saving_takes_little_of_the_time_of_short_epochs(
    tmp_path, planted_corpus, monkeypatch, seconds_to_save, every_minutes, expected
):
    overrides = ("training.epochs=6", "training.tokens_per_step=1200")
    often = f"checkpoint.every_minutes={every_minutes}"
    run = open_run(settings_for(planted_corpus, *overrides, often), tmp_path / "run")
    clock = Clock(monkeypatch, seconds_to_save)
    for _ in run.train():
        clock.now += 1
    assert run.position.steps_done == 24
    assert clock.saved == expected


def extend(settings, epochs, path):
    """A finished run with so many more epochs, ready to be trained."""
    longer = extended(RunFolder(path), settings, epochs)
    return open_run(longer, path, resume=True)


@pytest.mark.usefixtures("many_portions")
@pytest.mark.parametrize(
    "schedule", ["linear", *(pytest.param(s, marks=pytest.mark.slow) for s in ("step", "constant"))]
)
def test_an_extension_has_the_learning_rates_of_the_last_epochs_of_a_longer_run(
    tmp_path, planted_corpus, schedule
):
    rate = "training.learning_rate=0.1"  # which more epochs would lower where nobody gave it
    choice = (f"training.schedule={schedule}", "training.halve_every=20", rate)
    settings = settings_for(planted_corpus, *choice)
    short = open_run(settings, tmp_path / "short")
    steps = len(train(short))
    before = vectors(short)
    longer = settings_for(planted_corpus, *choice, "training.epochs=5")
    expected = train(open_run(longer, tmp_path / "long"))[steps:]
    run = extend(settings, 3, tmp_path / "short")
    assert run.folder.vectors.read_bytes() in before  # until there are new ones
    seen = train(run)
    assert [p.learning_rate for p in seen] == [p.learning_rate for p in expected]
    assert [(p.step, p.words, p.epoch) for p in seen] == [
        (p.step, p.words, p.epoch) for p in expected
    ]
    assert vectors(run) != before
    assert len(run.state.epoch_losses) == 5
    record = run.folder.read_record()
    assert (record["epochs"], record["extended_from"]) == (5, [2])
    assert load_settings(run.folder.config).settings.training.epochs == 5


@pytest.mark.slow
@pytest.mark.usefixtures("many_portions")
def test_an_extension_in_two_parts_is_told_from_one_in_one_and_both_resume_to_the_same_bytes(
    tmp_path, planted_corpus
):
    settings = settings_for(planted_corpus)
    found = []
    for name, parts in {"a": [2], "b": [1, 1], "c": [2]}.items():
        train(run := open_run(settings, tmp_path / name))
        vectors(run)
        for epochs in parts:
            run = extend(run.settings, epochs, tmp_path / name)
            if name == "c":
                train(run, stop_after=run.position.steps_done + 9)
                run = open_run(run.settings, tmp_path / name, resume=True)
            train(run)
            found.append((vectors(run), run.folder.read_record()["extended_from"]))
    once, _, twice, stopped = found
    assert once == stopped
    assert once[0] != twice[0]
    assert (once[1], twice[1]) == ([2], [2, 3])


def test_only_a_finished_run_is_extended(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "training.learning_rate=0.1")
    train(open_run(settings, tmp_path / "run"), stop_after=3)
    with pytest.raises(UsageError, match="is not finished; finish it with --resume"):
        extended(RunFolder(tmp_path / "run"), settings, 1)
    more = settings_for(planted_corpus, "training.learning_rate=0.1", "training.epochs=3")
    with pytest.raises(RunError, match=r"training.epochs was 2, now 3; let the run come to its"):
        open_run(more, tmp_path / "run", resume=True)


def test_a_run_is_not_extended_beyond_the_most_epochs(tmp_path, planted_corpus):
    settings = settings_for(planted_corpus)
    train(run := open_run(settings, tmp_path / "run"))
    vectors(run)
    with pytest.raises(UsageError, match=r"--extend-epochs: 'training.epochs' is 1000002"):
        extended(RunFolder(tmp_path / "run"), settings, 10**6)


def test_a_run_without_checkpoints_is_not_extended_and_stays_what_it_is(tmp_path, planted_corpus):
    train(run := open_run(settings_for(planted_corpus), tmp_path / "run"))
    vectors(run)
    for file in run.folder.checkpoints.iterdir():
        file.unlink()
    with pytest.raises(RunError, match="holds no checkpoint, so the run cannot be extended"):
        extend(run.settings, 1, tmp_path / "run")
    assert run.folder.is_finished()
    assert load_settings(run.folder.config).settings.training.epochs == 2


def test_a_run_is_extended_within_the_bounds_of_the_setting(tmp_path, planted_corpus):
    train(run := open_run(settings_for(planted_corpus), tmp_path / "run"))
    vectors(run)
    with pytest.raises(UsageError, match=r"training.epochs"):
        extended(run.folder, run.settings, 1_000_000)


@pytest.mark.slow
def test_runs_killed_at_random_moments_end_with_the_same_bytes(tmp_path):
    soak = Soak(tmp_path, seed=1, means=KILLS)
    cases = [replace(case, epochs=6) for case in CASES]
    while soak.figures.kills < 20:
        for case in cases:
            soak.punish(case, stops=3)
    assert soak.figures.faults == []
    assert soak.figures.compared >= len(cases) == 9


FILE_EVENTS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "os.unlink"}


def command(*arguments):
    return [
        "train",
        "--quiet",
        *(text for setting in SMALL for text in ("--set", setting)),
        *("--set", "training.tokens_per_step=700", "--set", "checkpoint.every_steps=3"),
        *("--workers", "1"),
        *map(str, arguments),
    ]


def invoke(*arguments):
    """Exit status and standard error of `w2v train`."""
    result = CliRunner().invoke(w2v, [*map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None)
    return result.exit_code, result.stderr


def killed(arguments, folder, operation):
    """Run the program in a process that is killed just before its n-th file operation there.

    False if it had no more so many.
    """
    child = os.fork()
    if child == 0:
        left = operation

        def watch(event, details):
            nonlocal left
            if event in FILE_EVENTS and str(details[0]).startswith(str(folder)):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(watch)
        try:
            status, _ = invoke(*arguments)
            os._exit(status)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL)
    return status == signal.SIGKILL


def left_by(run):
    """What a finished run leaves, apart from what depends on the clock."""
    names = {path.name for path in run.iterdir()} - {"start.json"}
    assert names == {
        *("config.yaml", "vocab.tsv", "vectors.npy", "outside.npy", "metrics.jsonl"),
        *("left_out.tsv", "run.json", "checkpoint", ".lock"),
    }
    assert all(path.name.startswith("step-") for path in run.glob("checkpoint/*"))
    same = ("config.yaml", "vocab.tsv", "vectors.npy", "outside.npy")
    return [(run / name).read_bytes() for name in same], metrics(run)


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize("continues", [False, True])
def test_a_new_run_killed_before_any_file_operation_is_resumed(tmp_path, planted_corpus, continues):
    begin = command("--corpus", planted_corpus, "--out")
    if continues:
        assert invoke(*begin, tmp_path / "old") == (0, "")
        begin = command("--continue", tmp_path / "old", "--corpus", planted_corpus, "--out")
    assert invoke(*begin, tmp_path / "whole")[0] == 0
    expected = left_by(tmp_path / "whole")
    operation = 1
    while killed([*begin, run := tmp_path / str(operation)], run, operation):
        begun = (run / "config.yaml").exists()
        go_on = ["train", "--quiet", "--resume", "--out"] if begun else begin
        assert invoke(*go_on, run) == (0, "")
        assert left_by(run) == expected
        operation += 1
    assert operation > 40


@pytest.mark.slow
@pytest.mark.posix
def test_a_new_run_killed_while_its_corpus_is_read_is_resumed(tmp_path, planted_corpus):
    begin, run = command("--corpus", planted_corpus, "--out"), tmp_path / "run"
    assert killed([*begin, run], os.environ["W2V_CACHE"], 5)
    assert not (run / "vocab.tsv").exists()
    assert invoke("train", "--quiet", "--resume", "--out", run) == (0, "")
    assert invoke(*begin, tmp_path / "whole") == (0, "")
    assert left_by(run) == left_by(tmp_path / "whole")


@pytest.mark.posix
@pytest.mark.slow
def test_an_extension_killed_before_any_file_operation_is_finished(tmp_path, planted_corpus):
    extend = ["train", "--quiet", "--extend-epochs", "1", "--out"]
    short, long, run = (tmp_path / name for name in ("short", "long", "run"))
    assert invoke(*command("--corpus", planted_corpus, "--out", short))[0] == 0
    shutil.copytree(short, long)
    assert invoke(*extend, long)[0] == 0
    assert left_by(long)[0] != left_by(short)[0]
    shutil.copytree(short, run)
    operation = 1
    while killed([*extend, run], run, operation):
        assert invoke("train", "--resume", "--out", run)[0] == 0
        if left_by(run) == left_by(short):  # killed before the extension began
            assert invoke(*extend, run)[0] == 0
        assert left_by(run) == left_by(long)
        shutil.rmtree(run)
        shutil.copytree(short, run)
        operation += 1
    assert operation > 20


@pytest.mark.posix
@pytest.mark.slow
def test_a_replacement_killed_before_any_file_operation_leaves_one_of_the_runs_or_none(
    tmp_path, planted_corpus
):
    begin = command("--corpus", planted_corpus)
    replace_it = [*begin, "--seed", "2", "--force", "--out"]
    old, new, run = (tmp_path / name for name in ("old", "new", "run"))
    assert invoke(*begin, "--out", old)[0] == 0
    assert invoke(*replace_it, new)[0] == 0
    shutil.copytree(old, run)
    operation, seen = 1, set()
    while killed([*replace_it, run], run, operation):
        if (run / "config.yaml").exists():
            assert invoke("train", "--resume", "--out", run)[0] == 0
            seen.add("old" if left_by(run) == left_by(old) else "new")
        else:
            seen.add("none")
            status, said = invoke(*begin, "--out", run)
            assert status == 2
            assert "holds parts of a run without its config.yaml; replace them with --force" in said
            assert invoke(*replace_it, run)[0] == 0
        assert left_by(run) in (left_by(old), left_by(new))
        shutil.rmtree(run)
        shutil.copytree(old, run)
        operation += 1
    assert seen == {"old", "new", "none"}
