"""The process beside a worker: one for all its threads, and none for long after its run."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from w2v_cli.cluster import node as node_module
from w2v_cli.cluster import tasks
from w2v_cli.cluster.node import Node, NodeLost
from w2v_cli.errors import W2VError
from waiting import wait_for

JOB = {"key": "one"}


class Process:
    """In place of a `Node`: takes a while to start, and answers what it is asked."""

    started: list["Process"]

    def __init__(self, job):
        time.sleep(0.05)
        self.job, self.closed, self.idle_seconds = job, False, 0.0
        self.started.append(self)

    def ask(self, request):
        if "wait" in request:
            request["wait"].wait(10)
        if "error" in request or self.closed:
            raise W2VError("it cannot be done")
        return request, []

    def close(self):
        self.closed = True


@pytest.fixture
def started(monkeypatch):
    Process.started = []
    monkeypatch.setattr(tasks, "Node", Process)
    monkeypatch.setattr(tasks, "_NODES", {})
    monkeypatch.setattr(tasks, "_OVER", set())
    monkeypatch.setattr(tasks, "_MOMENT", 0.01)
    yield Process.started
    for process in Process.started:  # or their threads would look after them for ever
        tasks._end(process)


def test_threads_of_a_worker_share_a_process(started):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda n: tasks.answer(JOB, {"n": n}), range(8)))
    assert len(started) == 1


def test_an_error_ends_the_process_that_had_it_and_no_other(started):
    late = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        failing = threads.submit(tasks.answer, JOB, {"wait": late, "error": True})
        while not started:
            time.sleep(0.01)
        with pytest.raises(W2VError):
            tasks.answer(JOB, {"error": True})
        assert tasks.answer(JOB, {"n": 1})[0] == {"n": 1}  # by a new process
        late.set()
        with pytest.raises(W2VError):
            failing.result()
    tasks.answer(JOB, {})  # by the same
    assert [process.closed for process in started] == [True, False]


def test_a_job_that_is_over_has_no_process_and_gets_none(started):
    tasks.answer(JOB, {})
    asyncio.run(tasks.forget("another"))
    assert not started[0].closed
    asyncio.run(tasks.forget("one"))
    assert started[0].closed
    with pytest.raises(NodeLost):
        tasks.answer(JOB, {})
    assert len(started) == 1


def test_a_process_that_starts_while_its_driver_leaves_is_ended(started):
    with ThreadPoolExecutor(1) as threads:
        begun = threads.submit(tasks.answer, JOB, {})
        time.sleep(0.02)  # it is starting
        asyncio.run(tasks.forget("one"))
        with pytest.raises(NodeLost):
            begun.result()
    assert started[0].closed


def test_a_process_that_nobody_asks_any_more_is_ended(started):
    tasks.answer(JOB, {})
    time.sleep(0.05)
    assert not started[0].closed
    started[0].idle_seconds = tasks._IDLE
    wait_for(lambda: started[0].closed)
    assert tasks._NODES == {}


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A function that makes a module the program of a job."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    def make(answers):
        text = f"import sys\nfor line, answer in zip(sys.stdin.buffer, {answers!r}):\n"
        text += "    sys.stdout.write(answer + chr(10)); sys.stdout.flush()\n"
        (tmp_path / "pretender.py").write_text(text)
        return {"key": "one", "program": "pretender"}

    return make


READY = '{"header": {"ready": true}, "arrays": []}'


def test_a_process_that_is_ended_while_a_thread_waits_for_it_is_lost(program):
    node = Node(program([READY]))
    assert node.idle_seconds >= 0
    node._process.kill()
    node._process.wait()
    with pytest.raises(NodeLost):
        node.ask({"more": "x" * 100})
    node.close()  # though what was asked could not be written
    with pytest.raises(NodeLost):
        node.ask({})


def test_a_process_that_cannot_do_its_job_is_ended(program, monkeypatch):
    made = []
    popen = node_module.subprocess.Popen
    monkeypatch.setattr(
        node_module.subprocess, "Popen", lambda *a, **k: made.append(popen(*a, **k)) or made[-1]
    )
    with pytest.raises(W2VError, match="not here"):
        Node(program(['{"header": {"error": "not here"}, "arrays": []}', READY]))
    assert made[0].poll() is not None
