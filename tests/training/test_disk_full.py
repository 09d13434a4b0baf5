"""Disks that are full, read-only, limited or gone, whatever is being written."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from runs import open_run, settings_for
from w2v_cli.cli import w2v
from w2v_cli.errors import W2VError
from w2v_cli.pipeline.results import finish
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.vectors.formats import FILE_FORMATS, FOLDER_FORMATS

SETTINGS = (
    "vocabulary.min_count=1",
    "model.dim=64",
    "training.epochs=2",
    "training.tokens_per_step=700",
    "machine.workers=1",
    "checkpoint.every_steps=3",
)
PAGE = 4096


def invoke(*arguments):
    """Exit status and last line of standard error; any exception but an exit is a failure."""
    result = CliRunner().invoke(w2v, [*map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None)
    assert "Traceback" not in result.stderr
    return result.exit_code, (result.stderr.splitlines() or [""])[-1]


def train(corpus, run):
    return invoke(
        *("train", "--quiet", "--corpus", corpus, "--out", run),
        *(text for setting in SETTINGS for text in ("--set", setting)),
    )


def go_on(corpus, run):
    """Resume, or begin again where there was no room even for the settings."""
    if (run / "config.yaml").exists():
        return invoke("train", "--quiet", "--resume", "--out", run)
    return train(corpus, run)


def vectors(run):
    return (run / "vectors.npy").read_bytes() + (run / "outside.npy").read_bytes()


def half_written(folder):
    return [path for path in folder.rglob("*") if path.suffix == ".part"]


@pytest.fixture
def expected(tmp_path, planted_corpus):
    """The vectors of a run that had all the room it wanted; fills the cache, too."""
    assert train(planted_corpus, tmp_path / "whole") == (0, "")
    return vectors(tmp_path / "whole")


class Disk:
    """A file system in memory whose size and mode can be changed."""

    def __init__(self, path):
        self.path = path

    def resize(self, pages):
        self.remount(f"size={pages * PAGE}")

    def remount(self, options):
        subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=True)


@pytest.fixture
def disk(tmp_path):
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(path)]
    if subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount")
    yield Disk(path)
    subprocess.run(["umount", "--lazy", path], check=True)


@contextmanager
def largest_file(size):
    """Let no file of this process grow beyond so many bytes."""
    import resource  # which Windows lacks

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.slow
def test_a_run_that_fills_the_disk_says_so_and_goes_on_when_there_is_room(
    disk, planted_corpus, expected, monkeypatch
):
    # Others fill it while the run trains: what is full from the start is refused at once.
    monkeypatch.setattr("w2v_cli.pipeline.requirements.free_disk", lambda path: None)
    refused, pages = 0, 2
    while True:
        run = disk.path / "run"
        disk.resize(pages)
        status, said = train(planted_corpus, run)
        if status == 0:
            break
        assert status == 1
        assert said.startswith(f"w2v: error: {run}")
        assert said.endswith("cannot be written: no space left on device")
        assert half_written(disk.path) == []
        disk.resize(1000)
        assert go_on(planted_corpus, run) == (0, "")
        assert vectors(run) == expected
        shutil.rmtree(run)
        pages, refused = pages + 1, refused + 1
    assert refused > 15


@pytest.mark.posix
@pytest.mark.slow
def test_a_run_whose_files_may_not_grow_says_so_and_goes_on_when_they_may(
    tmp_path, planted_corpus, expected
):
    refused, size = 0, 0
    while True:
        run = tmp_path / f"run-{size}"
        with largest_file(size):
            status, said = train(planted_corpus, run)
        if status == 0:
            break
        assert status == 1
        assert said.startswith(f"w2v: error: {run}")
        assert said.endswith("cannot be written: file too large")
        assert half_written(run) == []
        assert go_on(planted_corpus, run) == (0, "")
        assert vectors(run) == expected
        size, refused = size + 1500, refused + 1
    assert refused > 10


@pytest.mark.slow
def test_a_cache_on_a_full_disk_is_an_error_that_names_it_and_keeps_nothing_wrong(
    tmp_path, disk, planted_corpus, expected, monkeypatch
):
    monkeypatch.setenv("W2V_CACHE", str(disk.path / "cache"))
    refused, pages = 0, 2
    while True:
        disk.resize(pages)
        status, said = train(planted_corpus, tmp_path / "run")
        if status == 0:
            break
        assert status == 1
        assert str(disk.path / "cache") in said
        assert "cannot be written: no space left on device" in said
        assert not (tmp_path / "run").exists()
        assert list(disk.path.glob("cache/.tmp-*")) == []
        pages, refused = pages + 1, refused + 1
    assert refused > 3
    assert vectors(tmp_path / "run") == expected


@pytest.mark.slow
@pytest.mark.parametrize("format_name", [row.name for row in FILE_FORMATS])
@pytest.mark.usefixtures("expected")
def test_an_export_that_fills_the_disk_says_so_and_keeps_the_file_of_before(
    tmp_path, disk, format_name
):
    output = disk.path / "vectors"
    output.write_text("precious")
    arguments = ("export", tmp_path / "whole", "--format", format_name, "--output", output)
    for pages in (2, 3):
        disk.resize(pages)
        status, said = invoke(*arguments, "--force")
        assert status == 1
        assert said == f"w2v: error: {output}: cannot be written: no space left on device"
        assert [path.name for path in disk.path.iterdir()] == ["vectors"]
        assert output.read_text() == "precious"
    disk.resize(100)
    assert invoke(*arguments, "--force")[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("format_name", [row.name for row in FOLDER_FORMATS])
@pytest.mark.usefixtures("expected")
def test_an_export_of_a_folder_that_fills_the_disk_says_so_and_keeps_that_of_before(
    tmp_path, disk, format_name
):
    output = disk.path / "vectors"
    arguments = ("export", tmp_path / "whole", "--format", format_name, "--output", output)
    for pages in (2, 3):
        disk.resize(pages)
        status, said = invoke(*arguments)
        assert status == 1
        assert said.startswith(f"w2v: error: {output}")
        assert said.endswith("cannot be written: no space left on device")
        assert half_written(disk.path) == []
    disk.resize(100)
    assert invoke(*arguments, "--force")[0] == 0
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    with pytest.raises(OSError, match="No space"), (disk.path / "full").open("wb", 0) as full:
        while True:
            full.write(bytes(4096))
    assert invoke(*arguments, "--force")[0] == 1
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before


def test_a_folder_that_has_become_read_only_is_an_error_that_names_it(
    tmp_path, disk, planted_corpus, expected
):
    shutil.copytree(tmp_path / "whole", disk.path / "run")
    (disk.path / "run" / "run.json").unlink()
    disk.remount("ro")
    output = disk.path / "vectors"
    new = train(planted_corpus, disk.path / "new")
    resumed = go_on(planted_corpus, disk.path / "run")
    arguments = ("--format", "glove", "--output", output)
    exported = invoke("export", tmp_path / "whole", *arguments)
    for path, (status, said) in (
        (disk.path / "new", new),
        (disk.path / "run", resumed),
        (output, exported),
    ):
        assert status == 1
        assert said == f"w2v: error: {path}: cannot be written: read-only file system"
    disk.remount("rw")
    assert vectors(disk.path / "run") == expected


@pytest.fixture
def run(tmp_path, planted_corpus):
    """A run about to be trained."""
    settings = settings_for(planted_corpus, *SETTINGS, workers=2)
    return open_run(settings, tmp_path / "run")


def vanish(run):
    shutil.rmtree(run.folder.path)


def test_a_folder_that_vanishes_while_training_is_an_error_that_names_it(run):
    with pytest.raises(W2VError, match=r"run/.*cannot be written: no such file or directory"):
        for progress in run.train():
            if progress.step == 2:
                vanish(run)


def test_a_folder_that_has_vanished_when_a_signal_comes_is_an_error_that_names_it(run):
    with pytest.raises(W2VError, match=r"run/checkpoint: cannot be written: no such file"):
        for _ in run.train():
            vanish(run)
            run.request_stop()


def test_a_folder_that_has_vanished_at_the_end_is_an_error_that_names_it(run):
    for _ in run.train():
        pass
    vanish(run)
    with pytest.raises(W2VError, match=r"run/vectors.npy: cannot be written: no such file"):
        finish(run)


def test_vectors_that_do_not_fit_on_the_disk_leave_those_of_before(disk):
    folder = RunFolder(disk.path)
    folder.write_vectors(np.ones((2, 2, 2), np.float32))
    before = vectors(disk.path)
    for words in (500, 5000):
        disk.resize(3)
        with pytest.raises(W2VError, match=r"vectors.npy: cannot be written: no space"):
            folder.write_vectors(np.zeros((words, 2, 4), np.float32))
        assert half_written(disk.path) == []
        disk.resize(1000)
        assert {path.name for path in disk.path.iterdir()} == {"vectors.npy", "outside.npy"}
        assert vectors(disk.path) == before


def test_vectors_are_the_bytes_that_numpy_would_have_written(tmp_path):
    parameters = np.arange(5000 * 2 * 3, dtype=np.float32).reshape(5000, 2, 3)
    folder = RunFolder(tmp_path)
    folder.write_vectors(parameters)
    for path, side in ((folder.vectors, 0), (folder.outside, 1)):
        np.save(tmp_path / "expected.npy", np.ascontiguousarray(parameters[:, side]))
        assert path.read_bytes() == (tmp_path / "expected.npy").read_bytes()


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.usefixtures("expected")
@pytest.mark.parametrize("command", ["train", "nearest"])
def test_results_that_cannot_be_printed_are_an_error(tmp_path, command):
    arguments = {
        "train": ["train", "--quiet", "--resume", "--out", tmp_path / "whole"],
        "nearest": ["nearest", tmp_path / "whole", "a1"],
    }
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "w2v_cli", *map(str, arguments[command])],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
    assert done.returncode == 1
    assert (
        done.stderr == "w2v: error: standard output: cannot be written: no space left on device\n"
    )
