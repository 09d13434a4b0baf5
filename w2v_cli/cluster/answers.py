"""Requests that the nodes of a cluster answer, a few at a time."""

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from typing import Any

from w2v_cli.cluster import tasks
from w2v_cli.cluster.connection import RETRIES, Connection
from w2v_cli.cluster.node import Job
from w2v_cli.cluster.wire import Array
from w2v_cli.errors import RunError

__all__ = ["answers", "first_trouble"]

_EACH = 2  # requests under way for each worker
_MOMENT = 0.02  # seconds between looks whether one is answered

Answer = tuple[dict[str, Any], list[Array]]


def answers(
    address: str, job: Job, requests: Iterable[dict[str, Any]]
) -> Generator[Answer, None, None]:
    """Yield what nodes answer to each request, in order. Only what a lost node was doing is lost.

    Raises:
        W2VError: a request cannot be answered, or there is no such cluster.
    """
    token = os.urandom(6).hex()
    with closing(Connection(address)) as connection:
        try:
            yield from _answers(connection, job | {"key": token}, requests)
        finally:
            connection.end_job(token)


def _answers(
    connection: Connection, job: Job, requests: Iterable[dict[str, Any]]
) -> Generator[Answer, None, None]:
    waiting: deque[Any] = deque()
    for number, request in enumerate(requests):
        key = f"answer-{job['key']}-{number}"
        given = {"key": key, "retries": RETRIES, "pure": False}
        waiting.append(connection.client.submit(tasks.answer, job, request, **given))
        if len(waiting) >= _EACH * max(len(connection.workers()), 1):
            yield _next(connection, waiting)
    while waiting:
        yield _next(connection, waiting)


def first_trouble(address: str, function: Callable[..., str | None], given: Any) -> str | None:
    """The first that is not None of what `function(given)` returns on each worker, else None.

    Raises:
        W2VError: there is no such cluster.
    """
    with closing(Connection(address)) as connection:
        while not connection.workers():
            time.sleep(_MOMENT)
        found = connection.client.run(function, given)
        said = {worker: text for worker, text in found.items() if text is not None}
        return next((f"{worker}: {text}" for worker, text in said.items()), None)


def _next(connection: Connection, waiting: deque[Any]) -> Answer:
    """The answer to the oldest request."""
    future = waiting.popleft()
    while not future.done():
        connection.workers()
        time.sleep(_MOMENT)
    try:
        answer: Answer = connection.result(future)
    except connection.killed_worker as error:
        raise RunError(
            f"several workers were killed while they did the same: {error}; perhaps for want of "
            "memory"
        ) from error
    return answer
