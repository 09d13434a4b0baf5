"""What a Python program has of the package: the names of `import w2v_cli`."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import w2v_cli
from w2v_cli.config import load_settings, settings_of
from w2v_cli.errors import ConfigError, CorpusError, RunError, UsageError
from w2v_cli.vectors.source import load_vectors

SMALL = {
    "model.dim": 4,
    "vocabulary.min_count": 1,
    "subsample.threshold": 0.1,
    "training.epochs": 3,
    "training.tokens_per_step": 512,
    "machine.workers": 1,
}
RESULTS = ("vectors.npy", "outside.npy", "vocab.tsv", "left_out.tsv")


def sentences(path):
    """The corpus at a path as a program has it: readable once."""
    with path.open() as file:
        yield from map(str.split, file)


def bytes_of(run):
    return [Path(run, name).read_bytes() for name in RESULTS]


@pytest.mark.parametrize(
    ("section", "changes"),
    [
        ("model", {"dim": 0}),
        ("model", {"window": 0}),
        ("model", {"architecture": "skip"}),
        ("training", {"epochs": 0}),
        ("training", {"patience": 3}),  # with nothing held out
        ("training", {"frozen": 0.5}),  # without vectors to start from
    ],
)
def test_settings_that_were_replaced_are_checked(tmp_path, section, changes):
    settings = w2v_cli.Settings()
    changed = replace(settings, **{section: replace(getattr(settings, section), **changes)})
    with pytest.raises(ConfigError, match=f"'{section}.{next(iter(changes))}'"):
        w2v_cli.train(changed, corpus=[["a", "b"]], out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_importing_the_package_imports_nothing_heavy_and_every_name_is_there():
    code = (
        "import sys; before = set(sys.modules); import w2v_cli\n"
        "print(*set(sys.modules) - before)\n"
        "print(all(hasattr(w2v_cli, name) for name in w2v_cli.__all__))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported, found = done.stdout.splitlines()
    assert {name.split(".")[0] for name in imported.split()} <= {
        "w2v_cli",
        *sys.stdlib_module_names,
    }
    # A tenth of what NumPy imports, and nothing of its own.
    assert len(imported.split()) <= 20 and "w2v_cli." not in imported
    assert found == "True"
    assert len(w2v_cli.__all__) <= 10 and set(w2v_cli.__all__) <= set(dir(w2v_cli))
    with pytest.raises(AttributeError, match="has no attribute 'lead'"):
        _ = w2v_cli.lead


@pytest.mark.slow
def test_sentences_give_the_bytes_of_a_file_of_the_same_text(planted_corpus, tmp_path):
    of_file = w2v_cli.train(SMALL, corpus=planted_corpus, out=tmp_path / "file")
    given = w2v_cli.train(SMALL, corpus=sentences(planted_corpus), out=tmp_path / "given")
    assert bytes_of(tmp_path / "given") == bytes_of(tmp_path / "file")
    np.testing.assert_array_equal(given.vectors, of_file.vectors)
    assert given.words == load_vectors(tmp_path / "file").words


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["file", "object", "text"])
def test_settings_are_a_dictionary_a_file_or_an_object(kind, planted_corpus, tmp_path):
    w2v_cli.train(SMALL, corpus=planted_corpus, out=tmp_path / "one")
    config = tmp_path / "one" / "config.yaml"
    same = {"file": config, "text": str(config), "object": load_settings(config).settings}[kind]
    w2v_cli.train(same, corpus=str(planted_corpus), out=str(tmp_path / "two"))
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")


@pytest.mark.slow
def test_progress_is_told_of_every_step_and_an_old_run_stays_unless_forced(
    planted_corpus, tmp_path
):
    seen = []
    w2v_cli.train(SMALL, corpus=planted_corpus, out=tmp_path / "run", progress=seen.append)
    assert all(isinstance(step, w2v_cli.Progress) for step in seen)
    assert [step.step for step in seen] == list(range(1, len(seen) + 1)) and seen[-1].epoch == 3
    with pytest.raises(w2v_cli.W2VError, match="run"):
        w2v_cli.train(SMALL, corpus=planted_corpus, out=tmp_path / "run")
    other = SMALL | {"model.dim": 3}
    assert w2v_cli.train(other, corpus=planted_corpus, out=tmp_path / "run", force=True).dim == 3


@pytest.mark.slow
def test_a_run_on_sentences_that_was_stopped_goes_on_to_the_same_bytes(planted_corpus, tmp_path):
    def stop(progress):
        if progress.epoch == 2:
            raise KeyboardInterrupt

    w2v_cli.train(SMALL, corpus=sentences(planted_corpus), out=tmp_path / "whole")
    out, settings = tmp_path / "stopped", SMALL | {"checkpoint.every_steps": 1}
    with pytest.raises(KeyboardInterrupt):
        w2v_cli.train(settings, corpus=sentences(planted_corpus), out=out, progress=stop)
    with pytest.raises(UsageError, match="expected the same sentences"):
        w2v_cli.resume(out)
    with pytest.raises(UsageError, match=r"corpus: got '.*', expected sentences"):
        w2v_cli.resume(out, corpus=planted_corpus)
    with pytest.raises(RunError):
        w2v_cli.resume(out, corpus=[["another", "text"]] * 9)
    steps = []
    w2v_cli.resume(out, corpus=sentences(planted_corpus), progress=steps.append)
    assert steps[0].epoch == 2  # from the checkpoint, not from the beginning
    assert bytes_of(out) == bytes_of(tmp_path / "whole")
    assert len(w2v_cli.resume(out)) == 40  # finished: only loaded


def test_what_is_wrong_is_said_before_anything_is_written(planted_corpus, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(ConfigError, match=r"settings: unknown key 'model.dimm' .*'model.dim'"):
        w2v_cli.train({"model.dimm": 5}, corpus=planted_corpus, out=out)
    for key, value in (("corpus.tokenizer", "words"), ("corpus.encoding", "latin-1")):
        with pytest.raises(ConfigError, match=f"'{key}' is '{value}', expected"):
            w2v_cli.train(SMALL | {key: value}, corpus=[["a", "b"]], out=out)
    with pytest.raises(CorpusError, match="sentence 1 of the corpus is 'a b'"):
        w2v_cli.train(SMALL, corpus=["a b"], out=out)
    with pytest.raises(CorpusError, match="the program gives: is empty"):
        w2v_cli.train(SMALL, corpus=[], out=out)
    assert not out.exists()


def test_what_is_odd_in_a_file_is_warned_of_or_refused(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text("2 2\na 1 2\na 3 4\n")
    with pytest.warns(UserWarning, match=r"odd\.txt: "):
        assert w2v_cli.load(str(path)).words == ["a"]
    with pytest.raises(w2v_cli.W2VError):
        w2v_cli.load(path, strict=True)


@pytest.mark.parametrize("wrong", [None, 5, b"run", "", "a\0b"])
def test_what_is_no_path_is_refused_by_its_name(wrong):
    for call, name in (
        (lambda: w2v_cli.train(SMALL, corpus=[["a", "b"]], out=wrong), "out"),
        (lambda: w2v_cli.resume(wrong), "out"),
        (lambda: w2v_cli.load(wrong), "path"),
    ):
        with pytest.raises(UsageError, match=rf"{name}: got .*, expected a path"):
            call()


def test_arguments_of_another_type_are_refused_before_anything_is_written(tmp_path):
    out, corpus = tmp_path / "run", [["a", "b"]]
    with pytest.raises(UsageError, match="progress: got 5, expected a function"):
        w2v_cli.train(SMALL, corpus=corpus, out=out, progress=5)
    for wrong in (5, b"a b"):
        with pytest.raises(CorpusError, match=r"the corpus is .*, expected a path, or sentences"):
            w2v_cli.train(SMALL, corpus=wrong, out=out)
    for wrong in (5, [("model.dim", 5)], b"x.yaml"):
        with pytest.raises(ConfigError, match=r"settings: got .*, expected a dictionary"):
            w2v_cli.train(wrong, corpus=corpus, out=out)
    with pytest.raises(ConfigError, match="settings: unknown key '5'"):
        w2v_cli.train({5: 1}, corpus=corpus, out=out)
    assert not out.exists()


def test_numbers_of_numpy_are_settings():
    given = {"model.dim": np.int64(7), "subsample.threshold": np.float32(0.5)}
    settings = settings_of(given)
    assert (settings.model.dim, settings.subsample.threshold) == (7, 0.5)
    with pytest.raises(ConfigError, match=r"'model.dim' is 7\.0, expected an integer"):
        settings_of({"model.dim": np.float32(7)})


def test_vectors_of_an_unknown_kind_are_refused(tmp_path):
    path = tmp_path / "plain.txt"
    path.write_text("a 1 2\nb 3 4\n")
    for wrong in ("center", None, ["centre"]):
        with pytest.raises(UsageError, match=r"which: got .*, expected 'centre' or 'outside'"):
            w2v_cli.load(path, wrong)
