"""Signals at awkward moments, and readers of the output that go away."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runs import open_run, settings_for
from w2v_cli.cli.signals import StopSignals, stop_signals
from w2v_cli.errors import W2VError
from waiting import wait_for

resource = pytest.importorskip("resource")  # where there is none, signals are others, too

SETTINGS = ("--set", "vocabulary.min_count=1", "--set", "model.dim=10")
LONG = ("--set", "training.epochs=5000", "--set", "training.tokens_per_step=64")
PROGRAM = [sys.executable, "-m", "w2v_cli", "train"]


def start(*arguments, **options):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    command = [*PROGRAM, *map(str, arguments)]
    return subprocess.Popen(command, text=True, start_new_session=True, **pipes)


def test_the_first_signal_asks_and_the_second_ends_the_process_at_once(monkeypatch):
    signals, asked, left = StopSignals(), [], []
    monkeypatch.setattr(os, "_exit", left.append)
    signals.on_stop = lambda: asked.append(True)
    signals.handle(signal.SIGTERM, None)
    assert (asked, left) == ([True], [])
    monkeypatch.setattr(signals, "on_stop", None)
    with pytest.raises(SystemExit):  # for _exit, here, comes back
        signals.handle(signal.SIGINT, None)
    assert left == [130]


def test_a_signal_leaves_at_once_while_there_is_nothing_to_save():
    with pytest.raises(SystemExit) as left:
        StopSignals().handle(signal.SIGTERM, None)
    assert left.value.code == 143


def test_a_signal_that_comes_within_a_callback_of_python_is_not_ignored():
    program = """
import os, signal, weakref
from w2v_cli.cli.signals import stop_signals
class Thing: pass
with stop_signals():
    thing = Thing()
    reference = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGTERM))
    del thing
    print("went on")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")


def test_handlers_are_there_within_the_block_only():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with stop_signals() as signals:
        assert signal.getsignal(signal.SIGINT) == signal.getsignal(signal.SIGTERM) == signals.handle
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_handlers_stay_when_a_signal_has_come_so_that_another_prints_no_traceback(monkeypatch):
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        with stop_signals() as signals:
            signals.on_stop = lambda: None
            os.kill(os.getpid(), signal.SIGTERM)
        left = []
        monkeypatch.setattr(os, "_exit", left.append)
        signals.on_stop = lambda: None
        os.kill(os.getpid(), signal.SIGINT)
        assert left == [130]
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)


@pytest.mark.slow
def test_a_second_signal_ends_a_run_at_once_and_its_checkpoint_is_good(tmp_path, planted_corpus):
    run, whole = tmp_path / "run", tmp_path / "whole"
    common = ("--corpus", planted_corpus, *SETTINGS, "--set", "training.epochs=20", "--workers", 2)
    process = start(*common, "--out", run, "--set", "checkpoint.every_steps=3")
    wait_for(lambda: list(run.glob("checkpoint/step-*.npz")))
    # While it is stopped, both signals come; it must not finish the step between them.
    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
        process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode in (130, 143)
    assert "Traceback" not in stderr
    assert "stopped after step" not in stderr
    wait_for(lambda: not processes_of(process.pid), seconds=10)
    for arguments in (("--resume", "--out", run), (*common, "--out", whole)):
        assert start(*arguments, stdout=None, stderr=None).wait(60) == 0
    assert (run / "vectors.npy").read_bytes() == (whole / "vectors.npy").read_bytes()


def processes_of(group):
    """The living processes of a group."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True)
    rows = (line.split() for line in listed.stdout.splitlines())
    return [stat for pgid, stat in rows if int(pgid) == group and not stat.startswith("Z")]


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)],
)
def test_a_signal_while_the_corpus_is_read_leaves_nothing(tmp_path, number, status):
    run, cache = tmp_path / "run", Path(os.environ["W2V_CACHE"])
    process = start("--corpus", "-", "--out", run, *SETTINGS, stdin=subprocess.PIPE)
    process.stdin.write("a few words\n")
    process.stdin.flush()
    wait_for(lambda: list(cache.glob(".tmp-*/*")))  # the copy of what standard input says
    process.send_signal(number)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in stderr
    assert not run.exists()
    assert not list(cache.glob(".tmp-*"))


@pytest.mark.slow
def test_a_stop_is_an_event_for_programs(tmp_path, planted_corpus):
    run = tmp_path / "run"
    process = start("--corpus", planted_corpus, "--out", run, "--json", *SETTINGS, *LONG)
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr == ""
    events = [json.loads(line) for line in [first, *stdout.splitlines()]]
    assert {event["event"] for event in events[:-1]} == {"progress"}
    assert events[-1] == {"event": "stopped", "run": str(run)}


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_reader_that_goes_away_ends_the_run_without_a_traceback(
    tmp_path, planted_corpus, workers
):
    arguments = ("--corpus", planted_corpus, "--out", tmp_path / "run", "--json")
    process = start(*arguments, "--workers", workers, *SETTINGS, *LONG)
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 1
    assert stderr == ""
    assert len(list((tmp_path / "run" / "checkpoint").glob("step-*.npz"))) == 1


@pytest.mark.slow
def test_a_full_disk_under_the_output_saves_the_run(tmp_path, planted_corpus):
    run = tmp_path / "run"
    arguments = ("--corpus", planted_corpus, "--out", run, *SETTINGS, *LONG)
    with Path("/dev/full").open("w") as full:
        process = start(*arguments, "--json", stdout=full)
        _, stderr = process.communicate(timeout=30)
    error = "w2v: error: standard output: cannot be written: no space left on device\n"
    assert (process.returncode, stderr) == (1, error)
    assert list(run.glob("checkpoint/step-*.npz"))


def test_a_metrics_file_that_cannot_be_written_saves_the_run(tmp_path, planted_corpus, monkeypatch):
    """What was written of a line is taken back, and the run goes on from its last step."""
    run = open_run(settings_for(planted_corpus), tmp_path / "run")
    monkeypatch.setattr("w2v_cli.training.run.run_folder.json.dumps", lambda _: "x" * 5000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    run.folder.metrics.write_text("{}\n")
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    monkeypatch.setattr(run, "save", lambda: saved.append(run.position.steps_done))
    saved = []
    try:
        with pytest.raises(W2VError, match=r"metrics\.jsonl: cannot be written"):
            list(run.train())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert saved == [run.position.steps_done]
    assert run.folder.metrics.read_text() == "{}\n"


@pytest.mark.slow
def test_a_hangup_saves_as_a_termination_does_and_reaches_no_worker(tmp_path, planted_corpus):
    run = tmp_path / "run"
    arguments = ("--corpus", planted_corpus, "--out", run, "--workers", 2, *SETTINGS, *LONG)
    process = start(*arguments, "--json")
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGHUP)
    stdout, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr) == (129, "")
    assert json.loads(stdout.splitlines()[-1])["event"] == "stopped"
    assert list(run.glob("checkpoint/step-*.npz"))


@pytest.mark.slow
def test_a_terminal_that_goes_away_saves_the_run(tmp_path, planted_corpus):
    """A terminal of its own, whose other end is closed: SIGHUP comes, and writing fails."""
    run, (ours, theirs) = tmp_path / "run", os.openpty()
    arguments = ("--corpus", planted_corpus, "--out", run, "--workers", 2, *SETTINGS, *LONG)
    in_terminal = "import fcntl, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    program = in_terminal + "sys.argv[0] = 'w2v'\nfrom w2v_cli.cli import main\nmain()"
    command = [sys.executable, "-c", program, "train", *map(str, arguments)]
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    process = subprocess.Popen(command, start_new_session=True, **streams)
    os.close(theirs)
    seen = b""
    while b"epoch" not in seen:
        seen += os.read(ours, 1000)
    os.close(ours)
    assert process.wait(30) == 129
    assert list(run.glob("checkpoint/step-*.npz"))
    wait_for(lambda: not processes_of(process.pid), seconds=10)


def test_a_hangup_that_is_ignored_stays_so():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stop_signals():
            assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
