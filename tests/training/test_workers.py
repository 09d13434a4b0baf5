"""Processes that train together: nobody runs ahead, and nobody is left behind."""

import multiprocessing
import os
import signal
import time

import numpy as np
import pytest

from runs import open_run, settings_for, train, vectors
from w2v_cli.errors import RunError, W2VError
from w2v_cli.training.engine import chunks, portions
from w2v_cli.training.engine.portion_work import PortionWork
from w2v_cli.training.engine.shared_memory import shared_array
from w2v_cli.training.engine.trainer import Trainer
from w2v_cli.training.engine.workers import Barrier, TaskQueue, WorkerPool
from waiting import wait_for

TURNS = 300


def nobody():
    """What the parent calls while it waits, where nobody is expected to die."""


def test_nobody_prepares_a_portion_while_another_reads_an_empty_one(tmp_path, monkeypatch):
    """The first worker would overwrite the empty portion before the other has seen it."""
    monkeypatch.setattr(chunks, "_CHUNK", 64)
    for module in (chunks, portions):
        monkeypatch.setattr(module, "CHUNKS_PER_PORTION", 1)
    lines = ["a b c d\n"] * 16, [f"r{i} s{i} t{i} u{i}\n" for i in range(16)], ["b c a d\n"] * 16
    (tmp_path / "text").write_text("".join(line for part in lines for line in part))
    cut, parent = PortionWork.cut, os.getpid()

    def late(self, portion, tokens_done=0):
        if os.getpid() != parent:
            time.sleep(0.1)
        return cut(self, portion, tokens_done)

    monkeypatch.setattr(PortionWork, "cut", late)
    found = []
    for workers in (1, 2):
        settings = settings_for(tmp_path / "text", "vocabulary.min_count=2", workers=workers)
        train(run := open_run(settings, tmp_path / f"{workers}"))
        found.append(vectors(run))
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.parametrize("members", [1, 2, 3, 4])
def test_nobody_leaves_a_barrier_before_all_have_come(members):
    barrier, arrived = Barrier(members), shared_array((members,), np.int64)
    early = shared_array((members,), np.int64)

    def meet(member, check):
        for meeting in range(1, TURNS + 1):
            arrived[member] = meeting
            barrier.wait(member, check)
            early[member] += int((arrived < meeting).sum())
            early[member] += int((arrived > meeting + 1).sum())

    team = WorkerPool(members, meet)
    meet(0, team.check_members)
    team.join()
    assert arrived.tolist() == [TURNS] * members
    assert early.tolist() == [0] * members


@pytest.mark.slow
@pytest.mark.parametrize("members", [1, 2, 3])
def test_every_task_is_done_once_however_many_ask_for_it(members):
    tasks = 50
    claims, barrier = TaskQueue(tasks, members), Barrier(members)
    done = shared_array((members, TURNS, tasks), np.int8)

    def work(member, check):
        for turn in range(TURNS):
            for task in claims.each(member, tasks - turn % 2):
                done[member, turn, task] += 1
            barrier.wait(member, check)
            if member == 0:
                claims.clear(tasks - turn % 2)
            barrier.wait(member, check)

    team = WorkerPool(members, work)
    work(0, team.check_members)
    team.join()
    assert (done[:, ::2].sum(axis=0) == 1).all()
    assert (done[:, 1::2].sum(axis=0) == [1] * (tasks - 1) + [0]).all()


def test_tasks_nobody_has_begun_are_taken_over_from_the_end():
    claims = TaskQueue(7, 2)
    slow = claims.each(1, 7)
    assert next(slow) == 1
    assert list(claims.each(0, 7)) == [0, 2, 4, 6, 5, 3]
    assert list(slow) == []
    claims.clear(7)
    assert list(claims.each(1, 7)) == [1, 3, 5, 6, 4, 2, 0]


@pytest.mark.slow
def test_micro_batches_taken_over_from_a_slow_worker_give_the_same_bytes(
    tmp_path, planted_corpus, monkeypatch
):
    right, taken_over = PortionWork.gradient, []

    def gradient(self, number, batch, *, with_loss):
        if multiprocessing.parent_process():
            time.sleep(0.002)
        elif self.shares == 2 and number % 2:
            taken_over.append(number)
        return right(self, number, batch, with_loss=with_loss)

    monkeypatch.setattr(PortionWork, "gradient", gradient)
    found = []
    for workers in (1, 2):
        run = open_run(settings_for(planted_corpus, workers=workers), tmp_path / str(workers))
        train(run)
        found.append(vectors(run))
    assert len(taken_over) > 30
    assert found[0] == found[1]


def test_a_shared_array_is_zero_and_what_a_worker_writes_is_seen():
    array = shared_array((3, 2), np.float32)
    assert array.tolist() == [[0, 0]] * 3

    def write(member, check):
        array[member] = member

    team = WorkerPool(3, write)
    team.join()
    assert array.tolist() == [[0, 0], [1, 1], [2, 2]]


def test_an_empty_shared_array_is_an_array():
    assert shared_array((0, 5), np.float32).shape == (0, 5)


def test_one_member_starts_no_process():
    WorkerPool(1, lambda member, check: pytest.fail("there is nobody to work"))
    assert multiprocessing.active_children() == []


@pytest.mark.slow
@pytest.mark.parametrize("status", [0, 3])
def test_a_worker_that_ends_before_the_others_is_an_error_and_not_a_wait(status):
    barrier = Barrier(2)
    team = WorkerPool(2, lambda member, check: os._exit(status))
    with pytest.raises(RunError, match=rf"w2v worker 1 .* unexpectedly with status {status}"):
        barrier.wait(0, team.check_members)
    team.kill()
    assert multiprocessing.active_children() == []


@pytest.mark.posix
def test_a_worker_leaves_signals_to_its_parent():
    done = shared_array((2,), np.int64)

    def wait(member, check):
        done[0] = 1
        while not done[1]:
            time.sleep(0.01)

    team = WorkerPool(2, wait)
    (worker,) = multiprocessing.active_children()
    wait_for(lambda: done[0])
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(worker.pid, number)
    time.sleep(0.1)
    assert worker.is_alive()
    done[1] = 1
    team.join()
    assert worker.exitcode == 0


@pytest.mark.posix
def test_workers_of_which_only_some_can_be_started_are_ended(monkeypatch):
    fork, left = os.fork, [None, None]

    def fork_two():
        if not left:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        left.pop()
        return fork()

    barrier = Barrier(4)
    monkeypatch.setattr(os, "fork", fork_two)
    with pytest.raises(W2VError, match="4 worker processes cannot be started: resource temp"):
        WorkerPool(4, lambda member, check: barrier.wait(member, check))
    assert multiprocessing.active_children() == []


@pytest.mark.posix
def test_a_worker_that_does_not_end_is_ended(monkeypatch):
    barrier = Barrier(2)
    team = WorkerPool(2, lambda member, check: barrier.wait(member, check))
    (worker,) = multiprocessing.active_children()
    right = type(worker).join
    # The patience of the team is five seconds: too long for a test.
    monkeypatch.setattr(
        type(worker), "join", lambda self, timeout=None: right(self, timeout and 0.05)
    )
    team.join()
    assert worker.exitcode == -signal.SIGKILL


@pytest.fixture
def run(tmp_path, planted_corpus):
    """A run of two workers, three epochs and some 50 steps."""
    settings = settings_for(planted_corpus, "training.epochs=3", workers=2)
    return open_run(settings, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("place", ["first step", "middle", "end of an epoch", "last step"])
def test_whoever_stops_looking_leaves_no_workers(run, place):
    for progress in run.train():
        stop = {
            "first step": True,
            "middle": progress.step == 5,
            "end of an epoch": progress.epoch_ended,
            "last step": progress.epoch_ended and progress.epoch == 3,
        }
        if stop[place]:
            break
    else:
        pytest.fail("the run came to its end")
    wait_for(lambda: multiprocessing.active_children() == [])


@pytest.mark.slow
def test_workers_are_there_while_the_run_is_and_not_after(run):
    steps = run.train()
    next(steps)
    assert len(multiprocessing.active_children()) == 1
    assert sum(1 for _ in steps) > 0
    assert multiprocessing.active_children() == []


def test_an_error_of_the_parent_ends_the_workers(run, monkeypatch):
    def full(report):
        raise W2VError("the disk is full")

    monkeypatch.setattr(run.folder, "append_metrics", full)
    with pytest.raises(W2VError, match="the disk is full"):
        list(run.train())
    assert multiprocessing.active_children() == []


def test_an_interruption_while_the_parent_waits_ends_the_workers(run, monkeypatch):
    def interrupted(self, member, check):
        raise SystemExit(130)

    monkeypatch.setattr(Barrier, "wait", interrupted)
    with pytest.raises(SystemExit):
        list(run.train())
    assert multiprocessing.active_children() == []


def test_workers_that_cannot_be_dismissed_are_ended(run, monkeypatch):
    def alone(self, team):
        raise RunError("w2v worker 1 ended unexpectedly")

    monkeypatch.setattr(Trainer, "_dismiss", alone)
    steps = run.train()
    next(steps)
    with pytest.raises(RunError, match="worker 1 ended"):
        steps.close()
    assert multiprocessing.active_children() == []


@pytest.mark.slow
@pytest.mark.posix
def test_a_worker_killed_between_steps_ends_the_run_within_seconds(run):
    steps = run.train()
    next(steps)
    (worker,) = multiprocessing.active_children()
    began = time.monotonic()
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(RunError, match=r"ended unexpectedly with status -9"):
        list(steps)
    assert time.monotonic() - began < 5
    assert multiprocessing.active_children() == []
