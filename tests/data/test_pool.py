"""Worker processes that map a function: order, memory, errors, and what happens to the killed."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from itertools import count, islice
from pathlib import Path

import pytest

from w2v_cli.data.pool import ordered_map
from w2v_cli.errors import CorpusError, W2VError
from waiting import wait_for


def slow_when_even(number: int) -> int:
    time.sleep(0.01 if number % 2 == 0 else 0)
    return number * number


def refuse_five(number: int) -> int:
    if number == 5:
        raise CorpusError("five")
    return number


def end_at_five(number: int) -> int:
    if number == 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def process(_: int) -> int:
    time.sleep(0.01)
    return os.getpid()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_results_come_in_order(workers):
    assert list(ordered_map(slow_when_even, range(20), workers)) == [n * n for n in range(20)]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_items_give_no_results(workers):
    assert list(ordered_map(slow_when_even, [], workers)) == []


def test_one_worker_is_this_process_and_more_are_others():
    assert set(ordered_map(process, range(3), 1)) == {os.getpid()}
    assert len(set(ordered_map(process, range(20), 2)) - {os.getpid()}) == 2


def test_items_are_taken_only_as_results_are(workers=2):
    taken = []
    items = (taken.append(number) or number for number in count())
    with closing(ordered_map(slow_when_even, items, workers)) as results:
        for number in range(10):
            assert next(results) == number * number
            assert len(taken) <= number + 2 * workers


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_error_of_the_function_comes_in_its_place(workers):
    results = ordered_map(refuse_five, range(9), workers)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(CorpusError, match="five"):
        next(results)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_error_of_the_items_comes_in_its_place(workers):
    results = ordered_map(slow_when_even, map(refuse_five, range(9)), workers)
    assert [next(results) for _ in range(5)] == [0, 1, 4, 9, 16]
    with pytest.raises(CorpusError, match="five"):
        next(results)


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.parametrize("function", [slow_when_even, refuse_five, end_at_five])
@pytest.mark.parametrize("taken", [1, 9])
def test_no_process_or_thread_is_left_whatever_the_end(function, taken):
    threads = threading.active_count()
    with suppress(W2VError), closing(ordered_map(function, range(9), 2)) as results:
        list(islice(results, taken))
    assert multiprocessing.active_children() == []
    assert threading.active_count() == threads


@pytest.mark.posix
def test_killed_worker_is_an_error_and_not_a_wait_for_ever():
    with pytest.raises(W2VError, match="a worker process was killed, perhaps for lack of memory"):
        list(ordered_map(end_at_five, range(9), 2))


@pytest.mark.posix
@pytest.mark.parametrize("startable", [0, 1, 2])
def test_workers_that_cannot_all_be_started_are_an_error_and_none_is_left(monkeypatch, startable):
    fork, left = os.fork, [None] * startable

    def fork_some():
        if not left:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        left.pop()
        return fork()

    monkeypatch.setattr(os, "fork", fork_some)
    with pytest.raises(W2VError) as caught:
        list(ordered_map(slow_when_even, range(9), 3))
    assert str(caught.value) == (
        "3 worker processes cannot be started: resource temporarily unavailable; try "
        "--workers 1, or raise the limit on processes (`ulimit -u`)"
    )
    assert multiprocessing.active_children() == []


def test_a_thread_that_cannot_be_started_is_an_error_too(monkeypatch):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    with pytest.raises(W2VError, match="2 worker processes cannot be started: can't start"):
        list(ordered_map(slow_when_even, range(9), 2))
    assert multiprocessing.active_children() == []


ENDLESS = """
import os
import signal
from itertools import count
from w2v_cli.data.pool import ordered_map

def process(_):
    return os.getpid()

signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
seen = set()
for pid in ordered_map(process, count(), 3):
    if pid not in seen:
        print(pid, flush=True)
        seen.add(pid)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.posix
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_is_left_when_the_parent_is_killed(number):
    parent = subprocess.Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    workers = [int(parent.stdout.readline()) for _ in range(3)]
    assert all(map(is_running, workers))
    parent.send_signal(number)
    parent.communicate()
    wait_for(lambda: not any(map(is_running, workers)))


@pytest.mark.posix
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_control_c_ends_parent_and_workers_with_one_traceback():
    parent = subprocess.Popen(
        [sys.executable, "-c", ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert parent.stdout is not None
    try:
        workers = [int(parent.stdout.readline()) for _ in range(3)]
        os.killpg(parent.pid, signal.SIGINT)  # what the terminal does
        _, stderr = parent.communicate(timeout=60)
    except BaseException:
        os.killpg(parent.pid, signal.SIGKILL)
        parent.communicate()
        raise
    assert stderr.count("Traceback") == stderr.count("KeyboardInterrupt") == 1
    assert not any(map(is_running, workers))


UNGUARDED = """
from operator import neg
from w2v_cli.data.pool import ordered_map
from w2v_cli.systems import processes

processes.START_METHOD = "spawn"
print(list(ordered_map(neg, range(5), 2)))
"""


@pytest.mark.slow
def test_fresh_workers_do_not_run_the_program_again(tmp_path):
    (tmp_path / "program.py").write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, tmp_path / "program.py"], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "[0, -1, -2, -3, -4]\n"
    assert done.stderr == ""
