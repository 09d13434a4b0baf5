"""Who may write in a run folder, and where a run may write at all."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from runs import open_run, settings_for
from w2v_cli.errors import RunError, Unresumable, UsageError, W2VError
from w2v_cli.files import is_partial, replacing
from w2v_cli.run_files import read_vocabulary
from w2v_cli.systems.locks import FileLock
from w2v_cli.training.run.run_folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    made = RunFolder(tmp_path / "run")
    made.create(force=False)
    made.begin("the: settings\n")
    return made


def names(path):
    return sorted(file.name for file in path.iterdir())


def test_a_folder_is_held_by_one_at_a_time(folder):
    with folder.locked(), pytest.raises(RunError, match="another process is training here"):
        RunFolder(folder.path).locked().__enter__()
    with folder.locked():
        pass


@pytest.mark.posix
def test_a_killed_process_holds_the_folder_no_longer_though_its_worker_lives_on(folder):
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with folder.locked():
            if os.fork() == 0:
                os.write(tell, b"%d" % os.getpid())
            signal.pause()
    worker = int(os.read(told, 20))
    try:
        with pytest.raises(RunError, match="another process is training here"):
            folder.locked().__enter__()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with folder.locked():
            os.kill(worker, 0)  # it is there
    finally:
        os.kill(worker, signal.SIGKILL)
        os.close(told)
        os.close(tell)


def test_whoever_waits_for_a_folder_that_is_being_removed_does_not_get_it(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path / "run")
    folder.create(force=False)
    right = RunFolder._hold

    def late(self, lock, warn):
        RunFolder(folder.path).abandon()
        folder.create(force=False)
        (folder.path / ".lock").touch()  # that of a third process
        right(self, lock, warn)

    monkeypatch.setattr(RunFolder, "_hold", late)
    with pytest.raises(RunError, match="another process is training here"):
        folder.locked().__enter__()


def test_whoever_holds_the_folder_removes_what_was_left_half_written_and_nothing_else(folder):
    folder.checkpoints.mkdir()
    for place in (folder.path, folder.checkpoints):
        (place / ".film.part").touch()
        with replacing(place / "file.npz"):
            (part,) = (path for path in place.iterdir() if is_partial(path.name))
        part.touch()  # as if the process had been killed
    with folder.locked():
        assert names(folder.checkpoints) == [".film.part", "file.npz"]
        left = [".film.part", ".lock", "checkpoint", "config.yaml", "file.npz"]
        assert names(folder.path) == left


def test_a_folder_without_more_than_settings_is_removed_and_any_other_is_not(tmp_path):
    for name, files in {"a": [], "b": ["config.yaml"], "c": ["config.yaml", "vocab.tsv"]}.items():
        folder = RunFolder(tmp_path / name)
        folder.create(force=False)
        with folder.locked():
            for file in files:
                (folder.path / file).touch()
            folder.abandon()
    assert names(tmp_path) == ["c"]
    assert names(tmp_path / "c") == [".lock", "config.yaml", "vocab.tsv"]


def test_what_is_left_of_a_run_is_replaced_only_when_forced_and_only_if_nothing_else_is_there(
    folder,
):
    with folder.locked():
        folder.vectors.touch()
        folder.config.unlink()
    with pytest.raises(UsageError, match=r"parts of a run without its config.yaml.*--force"):
        folder.create(force=False)
    folder.create(force=True)
    (folder.path / "thesis.txt").touch()
    with pytest.raises(UsageError, match="not empty and not a run"):
        folder.create(force=True)


@pytest.mark.posix
@pytest.mark.parametrize("name", [".lock", "metrics.jsonl"])
def test_a_link_in_the_folder_is_not_followed(folder, tmp_path, name):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (folder.path / name).symlink_to(precious)
    refused = pytest.raises(W2VError, match=rf"(run|{name}): cannot be written: too many levels")
    with refused, folder.locked():
        folder.append_metrics({"loss": 1})
    assert precious.read_text() == "precious"


@pytest.mark.posix
def test_a_link_is_replaced_rather_than_what_it_points_to(folder, tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for path in (folder.vectors, folder.outside, folder.record, folder.config):
        path.unlink(missing_ok=True)
        path.symlink_to(precious)
    folder.write_vectors(np.zeros((2, 2, 2), np.float32))
    folder.write_record({})
    folder.reopen("the: settings\n")
    assert precious.read_text() == "precious"


@pytest.mark.posix
def test_a_checkpoint_folder_elsewhere_is_refused(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "step-0000000001.npz").touch()
    folder.checkpoints.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RunError, match="checkpoint: is a link, expected a folder"):
        folder.locked().__enter__()
    assert names(tmp_path / "elsewhere") == ["step-0000000001.npz"]


def test_vocabulary_file_has_a_word_and_a_count_a_line(folder):
    words = ["the", "na\u00a0ïve", "\u2028", "कि"]
    folder.write_vocabulary(words, np.array([9, 9, 3, 1]))
    assert folder.vocabulary.read_bytes() == "the\t9\nna\u00a0ïve\t9\n\u2028\t3\nकि\t1\n".encode()
    with folder.vocabulary.open("rb") as file:
        again, counts = read_vocabulary(file, "vocab.tsv")
    assert again == words
    assert counts.tolist() == [9, 9, 3, 1]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"\xff", b"nan", b"[" * 10_000])
def test_a_damaged_record_is_an_error_that_names_it(folder, damage):
    folder.record.write_bytes(damage)
    with pytest.raises(RunError, match=r"run/run.json: "):
        folder.read_record()


def test_metrics_are_cut_to_the_lines_saved_whatever_is_in_them(folder):
    for number in range(3):
        folder.append_metrics({"loss": number})
    with (folder.path / "metrics.jsonl").open("ab") as file:
        file.write(b"\xff{half a li")
    folder.cut_metrics(2)
    lines = (folder.path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == [0, 1]


# Runs w2v and ends at the first attempt to reach the network, to start a program, to unpickle
# an object, or to change a file that is not below one of the folders named first.
WATCHED = """
import os, sys
from pathlib import Path

allowed = [Path(folder) for folder in sys.argv.pop(1).split(":")]
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "pickle.")
CHANGING = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.chmod",
            "os.truncate", "os.chown", "os.utime", "shutil.move")


def watch(event, details):
    paths = []
    if event.startswith(FORBIDDEN):
        paths = [event]
    elif event == "open" and details[2] & WRITING:
        paths = details[:1]
    elif event.startswith(CHANGING):
        paths = [path for path in details if isinstance(path, (str, Path))]
    for path in paths:
        if isinstance(path, int) or str(path) == os.devnull:
            continue
        if not any(Path(path).absolute().is_relative_to(folder) for folder in allowed):
            os.write(2, f"FORBIDDEN {event} {details}\\n".encode())
            os._exit(99)


from w2v_cli.cli import main
import numpy, yaml, click, multiprocessing.pool, concurrent.futures.process
import w2v_cli.pipeline.starting
sys.addaudithook(watch)
main()
"""


def watched(folders, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, ":".join(map(str, folders)), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    return done.returncode, done.stderr


@pytest.mark.posix
@pytest.mark.slow
def test_a_whole_run_and_its_use_reach_no_network_and_write_nowhere_else(tmp_path, planted_corpus):
    run, output, cache = tmp_path / "run", tmp_path / "output", Path(os.environ["W2V_CACHE"])
    output.mkdir()
    settings = ("--set", "vocabulary.min_count=1", "--set", "model.dim=4", "--workers", "2")
    train = ("train", "--corpus", planted_corpus, "--out", run, *settings)
    assert watched([run, cache], *train)[0] == 0
    assert watched([run, cache], "train", "--extend-epochs", "1", "--out", run)[0] == 0
    assert watched([], "nearest", run, "a1")[0] == 0
    for name in ("glove", "npz"):
        arguments = ("--format", name, "--output", output / name)
        assert watched([output], "export", run, *arguments)[0] == 0
        assert watched([], "nearest", output / name, "a1")[0] == 0
    builtin = ("train", "--out", run / "inner", *settings, "--set", "training.epochs=1")
    # Two workers would read so long a text, and pickle what they pass to one another.
    assert watched([run, cache], *builtin, "--workers", "1")[0] == 0


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('localhost', 1))",
        "import subprocess; subprocess.run(['true'])",
        "import pickle; pickle.loads(b'cposix\\nsystem\\n.')",
        "open('elsewhere', 'w')",
        "import os; os.mkdir('elsewhere')",
    ],
)
def test_the_watch_of_that_test_sees(tmp_path, attempt, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys.modules[__name__], "WATCHED", WATCHED.replace("\nmain()", f"\n{attempt}")
    )
    status, said = watched([tmp_path / "run"])
    assert status == 99
    assert said.startswith("FORBIDDEN")


@pytest.mark.parametrize("replaced", [False, True])
def test_a_run_whose_folder_was_removed_or_replaced_writes_no_more(
    tmp_path, planted_corpus, replaced
):
    first = open_run(settings_for(planted_corpus), tmp_path / "run")
    with pytest.raises(Unresumable, match="was removed or replaced"), first.folder.locked():
        steps = first.train()
        next(steps)
        shutil.rmtree(first.folder.path)
        if replaced:
            second = open_run(settings_for(planted_corpus), first.folder.path)
            with second.folder.locked():
                second.folder.write_vectors(second.engine.parameters)
        list(steps)
    first.folder.abandon()
    assert names(tmp_path) == (["planted.txt", "run"] if replaced else ["planted.txt"])
    if replaced:
        assert not list(first.folder.path.glob("checkpoint/*"))
        assert first.folder.config.exists()


@pytest.mark.posix
def test_a_folder_that_cannot_be_removed_is_no_error(tmp_path):
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    folder = RunFolder(link)
    with folder.locked():
        folder.begin("the: settings\n")
        folder.abandon()
    assert names(tmp_path / "real") == []


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_warned_of(folder, monkeypatch, code):
    def refuse(lock, *, wait):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(FileLock, "take", refuse)
    said = []
    with folder.locked(said.append):
        folder.check_held()
    reason = os.strerror(code).lower()
    assert said == [
        f"{folder.path}: cannot be locked: {reason}; make sure that no other process trains here"
    ]
