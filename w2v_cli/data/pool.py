"""A function mapped over items by worker processes, results in order, few items at a time."""

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

from w2v_cli.errors import W2VError, cannot_start
from w2v_cli.systems import processes

__all__ = ["ordered_map"]

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    """Yield `function(item)` for every item, in order, computed by `workers` processes.

    One worker means this process. At most `2 * workers` items are under way, so memory
    stays bounded however slowly the results are taken. An error, in the function or in
    the items, is raised in its place: after the results before it. When the iterator has
    ended or is closed, the processes are gone.

    Raises:
        W2VError: the workers cannot be started, or one was killed.
    """
    if workers == 1:
        yield from map(function, items)
        return
    pool = _started_pool(workers)
    try:
        yield from _in_order(pool, function, items, in_flight=2 * workers)
    except BrokenProcessPool as error:
        raise W2VError(
            "a worker process was killed, perhaps for lack of memory or by a limit on processes: "
            "try with fewer workers"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    in_flight: int,
) -> Iterator[Result]:
    waiting: deque[Future[Result]] = deque()
    iterator = iter(items)
    failure: Exception | None = None
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            break
        except Exception as error:
            failure = error  # raised when the items before it are done
            break
        with processes.no_main_module():  # a process may be started only now
            waiting.append(pool.submit(function, item))
        if len(waiting) == in_flight:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
    if failure is not None:
        raise failure


def _started_pool(workers: int) -> ProcessPoolExecutor:
    """A pool with one process started, or all of them where they are forked."""
    context = multiprocessing.get_context(processes.START_METHOD)
    others = set(multiprocessing.active_children())
    try:
        pool = ProcessPoolExecutor(workers, context, initializer=_prepare_worker)
        with warnings.catch_warnings():
            # Python 3.12 warns when a process with threads forks: a lock held by a thread
            # stays locked in the child. These run pure functions and take no lock of ours.
            warnings.simplefilter("ignore", DeprecationWarning)
            with processes.no_main_module():
                pool.submit(os.getpid)
    except (OSError, RuntimeError) as error:  # RuntimeError where a thread cannot be started
        _end(set(multiprocessing.active_children()) - others)
        raise cannot_start(workers, error) from error
    return pool


def _end(started: Iterable[BaseProcess]) -> None:
    """Kill processes: they would wait for work, and Python would wait for them at its end."""
    for process in started:
        process.kill()
        process.join()


def _prepare_worker() -> None:
    """Leave signals to the parent's care, and end when the parent is gone."""
    for number in processes.STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    except RuntimeError:  # a limit on processes counts threads, too
        os._exit(1)


def _end_with_parent() -> None:
    # A worker waits on a pipe whose other end its siblings hold too, so a killed parent
    # would leave all of them waiting for ever.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
