"""Processes that share arrays and meet at barriers, and die with their parent.

Workers are started when everything that they only read has been set up: they are forked, or are
fresh processes that get a copy of it. What they write is in shared memory.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Semaphore

from w2v_cli.errors import RunError, cannot_start
from w2v_cli.systems import processes
from w2v_cli.systems.processes import (
    STOP_SIGNALS,
    let_others_run,
    no_main_module,
    release_signals,
    signals_held,
)
from w2v_cli.training.engine.shared_memory import HandedOver

__all__ = ["Barrier", "ParentGone", "TaskQueue", "WorkerPool"]

# Tries before sleeping, since a sleeping process wakes late (docs/decisions/0011, 0026). The
# polite tries let other processes have the processor.
_SPINS, _POLITE_SPINS = 3000, 10_000
_PATIENCE = 0.5  # seconds between looks whether the others are alive


class ParentGone(Exception):
    """The parent process has ended; the worker that notices ends too."""


class Barrier:
    """Where all members wait for the last; some microseconds when they arrive together.

    Each member posts to every other and then waits for as many posts. A post for the next meeting
    may be taken for one of this meeting: who gives it has left this meeting, so all have arrived.
    """

    def __init__(self, members: int) -> None:
        context = multiprocessing.get_context(processes.START_METHOD)
        self._semaphores = [context.Semaphore(0) for _ in range(members)]

    def arrive(self, member: int) -> None:
        """Tell the others; the member may do something else before it waits for them."""
        for other, semaphore in enumerate(self._semaphores):
            if other != member:
                semaphore.release()

    def leave(self, member: int, check: Callable[[], None]) -> None:
        """Return when all members have arrived; `check` is called now and then meanwhile."""
        for _ in range(len(self._semaphores) - 1):
            _acquire(self._semaphores[member], check)

    def wait(self, member: int, check: Callable[[], None]) -> None:
        """Arrive, and leave when all others have arrived."""
        self.arrive(member)
        self.leave(member, check)


class TaskQueue:
    """Tasks that belong to whichever member claims them first.

    Nobody waits for a claim, so a member that dies with one keeps no other waiting.
    """

    def __init__(self, tasks: int, members: int) -> None:
        context = multiprocessing.get_context(processes.START_METHOD)
        self._free = [context.Semaphore(1) for _ in range(tasks)]
        self._members = members

    def each(self, member: int, tasks: int) -> Iterator[int]:
        """Claim tasks one by one: first the member's own, every n-th, then any that are left."""
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
            let_others_run()
    while not semaphore.acquire(timeout=_PATIENCE):
        check()


class WorkerPool:
    """Members 1 … n−1 as processes beside the calling process, member 0."""

    def __init__(self, members: int, work: Callable[[int, Callable[[], None]], None]) -> None:
        """Start `work(member, check_parent)` in every process but this one, or in none.

        A worker calls `check_parent` while it waits; it raises ParentGone when the parent
        has died.

        Raises:
            W2VError: they cannot be started.
        """
        self._processes: list[BaseProcess] = []
        context = multiprocessing.get_context(processes.START_METHOD)
        handed_over = HandedOver(work)
        for member in range(1, members):
            process = context.Process(  # type: ignore[attr-defined]  # each context has it
                target=_serve,
                args=(handed_over, member, os.getpid()),
                name=f"w2v worker {member}",
                daemon=True,
            )
            try:
                with no_main_module(), signals_held():
                    process.start()
            except OSError as error:  # those that have started would wait for ever
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


def _serve(work: HandedOver, member: int, parent: int) -> None:
    """What a worker process does."""
    # What a terminal sends reaches every process of the group, but only the parent decides.
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    release_signals()
    try:
        work.content(member, partial(_check_parent, parent))
    except ParentGone:
        os._exit(1)


def _check_parent(pid: int) -> None:
    parent = multiprocessing.parent_process()
    if os.getppid() != pid or (parent is not None and not parent.is_alive()):
        raise ParentGone
