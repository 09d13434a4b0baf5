"""A Dask cluster, on this machine or elsewhere, and who works there."""

import json
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from w2v_cli.cluster.tasks import forget
from w2v_cli.errors import RunError, W2VError
from w2v_cli.extras import package

__all__ = ["PATIENCE", "RETRIES", "Connection", "scheduler_address"]

PATIENCE = 600.0  # seconds without any worker, or without the scheduler
RETRIES = 2  # of a task whose disk or network fails
CONNECTING = 30.0  # seconds for the scheduler to write its file, and to answer
_MOMENT = 0.1  # seconds between looks whether there is a file
_STARTS = 3  # of a cluster of this machine

# Dask's settings for a cluster of this machine. By default its workers give freed memory back at
# once, so that each large array needs new pages of the system, and look 100 times a second at what
# their threads do. Without both a round exchanges a third faster (docs/decisions/0023).
_OF_LOCAL = {
    "distributed.nanny.pre-spawn-environ.MALLOC_ARENA_MAX": 1,  # others give all back when empty
    "distributed.nanny.pre-spawn-environ.MALLOC_MMAP_THRESHOLD_": 2**30,
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": 2**40,
    "distributed.worker.profile.enabled": False,
}


class Connection:
    """A client of a cluster, which is started here if its address says so."""

    def __init__(self, address: str) -> None:
        """Connect to `local:N`, `tcp://HOST:PORT`, `tls://HOST:PORT` or `file:scheduler.json`.

        Raises:
            W2VError: there is no such cluster, or no `distributed`.
        """
        self._distributed = package("distributed", "dask")
        self._alive = time.monotonic()  # when a worker was last there
        logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is in an error
        self._started = 0  # workers of a cluster that is started here
        self._environment = dict(os.environ)  # which Dask changes whenever it starts a worker
        self._cluster, self.client = self._connect(address)

    @property
    def killed_worker(self) -> type[Exception]:
        """What Dask raises when several workers in a row died while they did the same task."""
        found: type[Exception] = self._distributed.scheduler.KilledWorker
        return found

    def workers(self) -> set[str]:
        """The addresses of the workers that are there now.

        Raises:
            RunError: the scheduler, or all workers, have been gone for too long.
        """
        found: set[str] = set()
        if self.client.status == "running":
            with suppress(OSError, TimeoutError):
                found = set(self.client.nthreads())
                if self._cluster and len(found) < self._started:
                    # Dask starts a killed worker again, but not one that is killed once more
                    # 15 seconds later: it then takes the first loss for one without a return.
                    self._cluster.scale(self._started)
        now = time.monotonic()
        if found:
            self._alive = now
        elif now - self._alive > PATIENCE:
            raise RunError(
                f"no worker of the cluster has been there for {PATIENCE:.0f} seconds; start some, "
                "then continue with --resume"
            )
        return found

    def result(self, future: Any) -> Any:
        """The result of a task that is done, or its error as one of ours.

        Raises:
            W2VError: the task failed.
        """
        try:
            return future.result(timeout=PATIENCE)
        except (W2VError, self.killed_worker):
            raise
        except Exception as error:  # a task can raise anything; a traceback is of no use
            raise RunError(
                f"a task of the cluster failed: {type(error).__name__}: {error}"
            ) from error

    def end_job(self, key: str) -> None:
        """Let all workers end their processes of the job with this key; who is gone has none."""
        if self.client.status == "running":
            with suppress(Exception):  # a worker, or the scheduler, may be gone by now
                self.client.run(forget, key, on_error="ignore")

    def close(self) -> None:
        """Leave the cluster, or end it if it was started here."""
        for each in (self.client, self._cluster):
            if each is not None:
                with suppress(Exception):  # the scheduler may be gone
                    each.close(timeout=5)
        if self._cluster is not None:
            self._restore_environment()

    def _connect(self, address: str) -> tuple[Any, Any]:
        """The cluster, if it is started here, and a client of it."""
        client = self._distributed.Client
        kind, _, rest = address.partition(":")
        if kind == "local":
            self._started = int(rest)
            cluster = self._start_local(self._started)
            return cluster, client(cluster, set_as_default=False)
        found = _awaited(address) if kind == "file" else address
        made = client.__new__(client)  # so that it can be closed if it does not connect
        try:
            made.__init__(found, timeout=CONNECTING, set_as_default=False)
            return None, made
        except Exception as error:  # of the system, of TLS, or of Dask: it says what in its own way
            with suppress(Exception):  # what Dask itself closes at the end takes it a minute
                made.close(timeout=5)
            advice = "is it running, and reachable from here?"
            if found.startswith("tls:"):
                advice = (
                    "is it running, and are Dask's certificates for a client set here "
                    "(distributed.comm.tls)?"
                )
            raise RunError(
                f"machine.cluster: no Dask scheduler answers at {found} ({error}); {advice}"
            ) from error

    def _start_local(self, workers: int) -> Any:
        """A cluster of so many processes of this machine.

        Raises:
            RunError: they cannot be started.
        """
        for _ in range(_STARTS):
            try:
                with package("dask", "dask").config.set(_OF_LOCAL):
                    return self._distributed.LocalCluster(
                        n_workers=workers,
                        threads_per_worker=1,
                        memory_limit=0,
                        dashboard_address="127.0.0.1:0",
                        silence_logs=logging.CRITICAL,
                    )
            except RuntimeError as error:  # one of them was killed while it started
                failure = error
            finally:
                self._restore_environment()
        raise RunError(f"local:{workers}: workers cannot be started: {failure}")

    def _restore_environment(self) -> None:
        """What is set for Dask's workers must not reach other processes that are started here."""
        for name in os.environ.keys() - self._environment.keys():
            del os.environ[name]
        os.environ.update(self._environment)


def scheduler_address(address: str) -> str | None:
    """The address itself, or that in a scheduler's file; None while there is none in it."""
    kind, _, file = address.partition(":")
    if kind != "file":
        return address
    try:
        found = json.loads(Path(file).read_bytes())["address"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _awaited(address: str) -> str:
    """The address in a scheduler's file, which the scheduler may be about to write.

    Raises:
        RunError: it is not there after CONNECTING seconds.
    """
    until = time.monotonic() + CONNECTING
    while (found := scheduler_address(address)) is None:
        if time.monotonic() >= until:
            raise RunError(
                f"machine.cluster: {address.removeprefix('file:')}: no Dask scheduler has written "
                f"its address there within {CONNECTING:.0f} seconds; start one with `dask "
                "scheduler --scheduler-file FILE`, in a folder that is seen here, too"
            )
        time.sleep(_MOMENT)
    return found
