"""Workers that are fresh processes, as where fork is missing: handed over, not inherited."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.errors import RunError
from w2v_cli.systems import processes
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.workers import WorkerPool
from waiting import wait_for
from worker_modules import Telling


@pytest.fixture
def fresh(monkeypatch):
    """Workers are started as on macOS."""
    monkeypatch.setattr(processes, "START_METHOD", "spawn")


class Writer:
    """Writes to arrays that look at one another."""

    def __init__(self):
        self.whole = shared_array((6, 4), np.float32)
        self.part = self.whole[1::2, 1:]
        self.strided = np.lib.stride_tricks.as_strided(self.whole, (3, 2, 4), (32, 16, 4))
        self.own = np.zeros((3, 2))
        self.own_part = self.own[1:, 1]

    def work(self, member, check):
        self.own_part += 1
        self.part[...] = self.own[1, 1] + self.own[2, 1]
        self.strided[2, 0, 0] = 7


@pytest.mark.slow
def test_views_of_shared_memory_and_of_own_arrays_are_views_again(fresh):
    writer = Writer()
    pool = WorkerPool(2, writer.work)
    wait_for(lambda: writer.whole[4, 0], seconds=60)  # `join` waits for 5 seconds only
    pool.join()
    expected = np.zeros((6, 4))
    expected[1::2, 1:] = 2
    expected[4, 0] = 7
    assert writer.whole.tolist() == expected.tolist()
    assert writer.own.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("subwords", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_fresh_processes_train_the_same_bytes_as_forked_ones(
    tmp_path, planted_corpus, monkeypatch, subwords
):
    found = []
    for method in ("fork", "spawn"):
        monkeypatch.setattr(processes, "START_METHOD", method)
        overrides = [f"model.subwords.enabled={str(subwords).lower()}"]
        run = open_run(settings_for(planted_corpus, *overrides, workers=2), tmp_path / method)
        train(run)
        found.append(vectors(run))
    assert found[0] == found[1]
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_fresh_workers_start_from_a_thread(fresh, tmp_path, planted_corpus):
    run = open_run(settings_for(planted_corpus, workers=2), tmp_path / "run")
    thread = threading.Thread(target=train, args=(run,))
    thread.start()
    thread.join()
    assert vectors(run)


@pytest.mark.slow
def test_a_fresh_worker_that_is_killed_ends_the_run(fresh, tmp_path, planted_corpus):
    settings = settings_for(planted_corpus, "training.epochs=1000", workers=2)
    steps = open_run(settings, tmp_path / "run").train()
    next(steps)
    (worker,) = multiprocessing.active_children()
    worker.kill()
    with pytest.raises(RunError, match=r"w2v worker 1 .* ended unexpectedly with status"):
        list(steps)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("model", ["skipgram", pytest.param("cbow", marks=pytest.mark.slow)])
@pytest.mark.parametrize("subwords", ["true", pytest.param("false", marks=pytest.mark.slow)])
def test_a_fresh_worker_imports_what_trains_and_no_more(
    fresh, tmp_path, planted_corpus, model, subwords
):
    # Each worker waits for the slowest: with all of w2v that was .34 s of processor time, not .2.
    choices = (f"model.architecture={model}", f"model.subwords.enabled={subwords}")
    run = open_run(settings_for(planted_corpus, *choices), tmp_path / "run")
    pool, told = WorkerPool(2, Telling(run.engine.trainer, str(tmp_path / "told")).work), ""
    until = time.monotonic() + 60
    while not told.endswith("\nend") and time.monotonic() < until:
        time.sleep(0.01)
        told = (tmp_path / "told").read_text() if (tmp_path / "told").exists() else ""
    pool.join()
    modules = told.split()
    parts = {".".join(name.split(".")[:3]) for name in modules if name.startswith("w2v_cli.")}
    assert "w2v_cli.training.engine" in parts
    assert {part.split(".")[1] for part in parts} == {"core", "errors", "systems", "training"}
    assert "w2v_cli.training.run" not in parts
    assert not {"asyncio", "click", "logging", "tqdm", "yaml"} & {*modules}


SCRIPT = """
    import sys
    from w2v_cli.systems import processes
    processes.START_METHOD = "spawn"
    from w2v_cli.cli import w2v
    print("once", flush=True)
    w2v(["train", "--corpus", sys.argv[1], "--out", sys.argv[2], "--workers", "2", "--quiet",
         "--set", "training.epochs=" + sys.argv[3], "--set", "vocabulary.min_count=1"])
"""


@pytest.fixture
def script(tmp_path, planted_corpus):
    """A program that trains, without a guard for its `__main__`."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(SCRIPT))

    def start(epochs):
        arguments = [sys.executable, path, planted_corpus, tmp_path / "run", str(epochs)]
        return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)

    return start


@pytest.mark.slow
def test_the_program_that_trains_is_not_run_again_by_its_workers(script):
    process = script(1)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert output.count("once") == 1


@pytest.mark.posix
@pytest.mark.slow
def test_fresh_workers_end_when_their_parent_is_killed(script):
    process = script(100_000)
    children = _children_of(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    wait_for(lambda: not any(map(_is_alive, children)))


def _children_of(pid):
    """The children of a process, as soon as one of them is a worker."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        children = [int(child) for child in listed.split()]
        if any(b"spawn_main" in _command(child) for child in children):
            return children
        time.sleep(0.05)
    pytest.fail("no worker was started")


def _command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _is_alive(pid):
    return _command(pid) != b""
