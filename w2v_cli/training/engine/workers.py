"""Processes that share arrays and meet at barriers, and die with their parent.

The arrays are anonymous shared memory: it has no name, so nothing is left behind
whoever is killed. Workers are forked, after everything read-only has been set up.
"""

import math
import mmap
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from itertools import chain
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError, W2VError, cannot_start

__all__ = ["Barrier", "ParentGone", "TaskQueue", "WorkerPool", "shared_array"]

# Tries before sleeping: a sleeping process wakes late, on a virtual machine so late that 7 % of
# the speed goes. After the first it lets others have the processor, if any want it.
_SPINS, _POLITE_SPINS = 3000, 10_000
_PATIENCE = 0.5  # seconds between looks whether the others are alive


def shared_array(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array of zeros that forked processes share.

    Raises:
        W2VError: there is no memory for it.
    """
    numbers = math.prod(shape)
    size = numbers * np.dtype(dtype).itemsize
    try:
        memory = mmap.mmap(-1, max(size, 1))
    except (OSError, OverflowError, ValueError) as error:
        raise W2VError(
            f"no memory for {size / 2**30:,.1f} GiB; lower training.tokens_per_step, model.dim or "
            "vocabulary.max_size"
        ) from error
    return np.frombuffer(memory, dtype, numbers).reshape(shape)


class ParentGone(Exception):
    """The parent process has ended; the worker that notices ends too."""


class Barrier:
    """Where all members wait for the last; some microseconds when they arrive together.

    Each member posts to every other and then waits for as many posts. Two sets of
    semaphores take turns, so that a post for the next meeting cannot be taken for one
    of this: no member is ever two meetings ahead.
    """

    def __init__(self, members: int) -> None:
        context = multiprocessing.get_context("fork")
        self._semaphores = [[context.Semaphore(0) for _ in range(members)] for _ in range(2)]
        self._turn = 0

    def arrive(self, member: int) -> None:
        """Tell the others; the member may do something else before it waits for them."""
        for other, semaphore in enumerate(self._semaphores[self._turn]):
            if other != member:
                semaphore.release()

    def leave(self, member: int, check: Callable[[], None]) -> None:
        """Return when all members have arrived; `check` is called now and then meanwhile."""
        semaphores = self._semaphores[self._turn]
        self._turn = 1 - self._turn
        for _ in range(len(semaphores) - 1):
            _acquire(semaphores[member], check)

    def wait(self, member: int, check: Callable[[], None]) -> None:
        """Arrive, and leave when all others have arrived."""
        self.arrive(member)
        self.leave(member, check)


class TaskQueue:
    """Tasks that belong to whichever member claims them first.

    Nobody waits for a claim, so a member that dies with one keeps no other waiting.
    """

    def __init__(self, tasks: int, members: int) -> None:
        context = multiprocessing.get_context("fork")
        self._free = [context.Semaphore(1) for _ in range(tasks)]
        self._members = members

    def each(self, member: int, tasks: int) -> Iterator[int]:
        """Claim one after another of so many tasks: every n-th of all, then any that are left."""
        own = range(member, tasks, self._members)
        for task in chain(own, reversed(range(tasks))):  # from the end, where others come last
            if self._free[task].acquire(block=False):
                yield task

    def clear(self, tasks: int) -> None:
        """Let the tasks be claimed again, when all of them are done."""
        for semaphore in self._free[:tasks]:
            semaphore.release()


def _acquire(semaphore: Semaphore, check: Callable[[], None]) -> None:
    for attempt in range(_SPINS + _POLITE_SPINS):
        if semaphore.acquire(block=False):
            return
        if attempt >= _SPINS:
            os.sched_yield()
    while not semaphore.acquire(timeout=_PATIENCE):
        check()


class WorkerPool:
    """Members 1 … n−1 as forked processes beside the calling process, member 0."""

    def __init__(self, members: int, work: Callable[[int, Callable[[], None]], None]) -> None:
        """Start `work(member, check_parent)` in every process but this one, or in none.

        Raises:
            W2VError: they cannot be started.

        A worker calls `check_parent` while it waits; it raises ParentGone when the parent
        has died.
        """
        self._parent = os.getpid()
        self._processes: list[BaseProcess] = []
        context = multiprocessing.get_context("fork") if members > 1 else None
        for member in range(1, members):
            assert context is not None
            process = context.Process(
                target=self._run, args=(work, member), name=f"w2v worker {member}", daemon=True
            )
            try:
                process.start()
            except OSError as error:  # those that were started would wait for the others for ever
                self.kill()
                raise cannot_start(members, error) from error
            self._processes.append(process)

    def check_members(self) -> None:
        """Raise RunError if a worker has died; what the parent calls while it waits."""
        for process in self._processes:
            if process.exitcode is not None:
                raise RunError(
                    f"{process.name} (process {process.pid}) ended unexpectedly with status "
                    f"{process.exitcode}; perhaps it was killed for want of memory"
                )

    def join(self) -> None:
        """Wait for the workers to end; end those that do not."""
        for process in self._processes:
            process.join(timeout=5)
            if process.exitcode is None:
                process.kill()
                process.join()

    def kill(self) -> None:
        """End the workers now."""
        for process in self._processes:
            process.kill()
            process.join()

    def _run(self, work: Callable[[int, Callable[[], None]], None], member: int) -> None:
        # What a terminal sends reaches every process of the group: only the parent decides.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        try:
            work(member, self._check_parent)
        except ParentGone:
            os._exit(1)

    def _check_parent(self) -> None:
        if os.getppid() != self._parent:
            raise ParentGone
