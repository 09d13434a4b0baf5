"""The folder of a run: who may write there, and when."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError, Unresumable, UsageError, reason_of
from w2v_cli.files import is_partial, nearest_existing, remove_partial, replacing, write_errors
from w2v_cli.run_files import RunFiles, write_matrix, write_vocabulary
from w2v_cli.systems.files import open_inside, refusal
from w2v_cli.systems.locks import FileLock

__all__ = ["RunFolder"]

_WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # of some network disks


class RunFolder(RunFiles):
    """A run's files; held by one process at a time."""

    _held: FileLock | None = None

    def create(self, *, force: bool) -> None:
        """Make the folder, or make sure that it may hold a new run.

        Raises:
            UsageError: as `check`.
            W2VError: it cannot be made.
        """
        self.check(force=force)
        with write_errors(self.path):
            self.path.mkdir(parents=True, exist_ok=True)

    def check(self, *, force: bool) -> None:
        """Make sure that the folder, there or not, may hold a new run; nothing is changed.

        Raises:
            UsageError: it holds a run and `force` is not given, or something else, which is never
                removed.
            W2VError: it cannot be written.
        """
        with write_errors(self.path):
            there = nearest_existing(self.path)
            if not there.is_dir():
                raise UsageError(f"{there}: is a file, expected a folder for the run")
            if self.is_run() and not force:
                raise UsageError(
                    f"{self.path}: already holds a run; continue it with --resume, replace it with "
                    "--force, or choose another --out"
                )
            if not self.is_run() and not self._holds_at_most(self.lock.name):
                self._check_remains(force)
            _check_writable(self.path)

    def _check_remains(self, force: bool) -> None:
        """Allow only what a run leaves that was killed while it replaced another."""
        ours = [path.name for path in (*self.outputs(), self.checkpoints)]
        if not self.lock.exists() or not self._holds_at_most(self.lock.name, *ours):
            raise UsageError(f"{self.path}: not empty and not a run; choose another --out")
        if not force:
            raise UsageError(
                f"{self.path}: holds parts of a run without its config.yaml; replace them with "
                "--force, or choose another --out"
            )

    def begin(self, config: str) -> None:
        """Begin a run with the settings `config`, in place of a run that there may be.

        If this is cut short, the folder holds the old run, the new one, or none.
        """
        with write_errors(self.path):
            self.config.unlink(missing_ok=True)
            for path in self.outputs():
                path.unlink(missing_ok=True)
        self._write_config(config)

    def reopen(self, config: str) -> None:
        """Continue the run; `config` differs from its settings in the epochs at most.

        The vectors of a finished run stay until there are new ones.
        """
        with write_errors(self.record):
            self.record.unlink(missing_ok=True)
        self._write_config(config)

    def abandon(self) -> None:
        """Remove the folder if it holds nothing but settings."""
        if not (self._is_ours() and self.path.is_dir()):
            return
        with suppress(OSError):  # a link, a place where a disk is mounted, the present folder
            if self._holds_at_most(self.lock.name, self.config.name):
                remove_partial(self.path)
                self.config.unlink(missing_ok=True)
                if self._held is None:
                    self.lock.unlink(missing_ok=True)
                    self.path.rmdir()
                else:
                    self._held.remove_folder()

    def check_held(self) -> None:
        """Make sure that the folder is still the one that was locked, if one was.

        Raises:
            Unresumable: it was removed, and another may be in its place.
        """
        if not self._is_ours():
            raise Unresumable(
                f"{self.path}: was removed or replaced while this run trained in it; nothing more "
                "is written there"
            )

    def _is_ours(self) -> bool:
        return self._held is None or self._held.is_in_place()

    def _write_config(self, config: str) -> None:
        self.check_held()
        with replacing(self.config, "w", durable=True) as file:
            file.write(config)

    def _holds_at_most(self, *names: str) -> bool:
        """Whether the folder is missing, or holds nothing but these and half-written files."""
        if not self.path.is_dir():
            return True
        return all(path.name in names or is_partial(path.name) for path in self.path.iterdir())

    @contextmanager
    def locked(self, warn: Callable[[str], None] = lambda text: None) -> Iterator[None]:
        """Hold the folder within the block; a process that dies holds it no longer.

        What a killed process left half-written is removed. `warn` is told if the file system
        has no locks, so that the folder is not held.

        Raises:
            RunError: another process holds it.
            W2VError: it cannot be written.
        """
        with write_errors(self.path):
            lock = FileLock(self.lock)
        with lock:
            self._hold(lock, warn)
            self._held = lock
            try:
                yield
            finally:
                self._held = None

    def _hold(self, lock: FileLock, warn: Callable[[str], None]) -> None:
        busy = (
            f"{self.path}: another process is training here; wait for it to end, or choose "
            "another --out"
        )
        with write_errors(self.path):
            try:
                lock.take(wait=False)
            except BlockingIOError as error:
                raise RunError(busy) from error
            except OSError as error:
                if error.errno not in _WITHOUT_LOCKS:
                    raise
                warn(
                    f"{self.path}: cannot be locked: {reason_of(error)}; make sure that no other "
                    "process trains here"
                )
            # A process that finds no run here removes the folder, and this lock with it.
            if not lock.is_in_place():
                raise RunError(busy)
            if self.checkpoints.is_symlink():
                raise RunError(f"{self.checkpoints}: is a link, expected a folder")
            remove_partial(self.path)
            remove_partial(self.checkpoints)

    def append_metrics(self, report: Mapping[str, Any]) -> None:
        """Add a whole line to metrics.jsonl, or, where that fails, no part of it."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        line = (json.dumps(report) + "\n").encode()
        self.check_held()
        with (
            write_errors(self.metrics),
            os.fdopen(open_inside(self.metrics, flags), "ab", buffering=0) as file,
        ):
            before = file.tell()
            try:
                if file.write(line) != len(line):  # the disk is full
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                file.truncate(before)
                raise

    def cut_metrics(self, lines: int) -> None:
        """Keep the first `lines` lines of metrics.jsonl; a resumed run writes the others again."""
        with write_errors(self.metrics):
            if self.metrics.is_file():
                kept = self.metrics.read_bytes().splitlines(keepends=True)[:lines]
                with replacing(self.metrics) as file:
                    file.writelines(kept)

    def write_vocabulary(self, words: Sequence[str], counts: npt.NDArray[np.int64]) -> None:
        """Write vocab.tsv."""
        with replacing(self.vocabulary) as file:
            write_vocabulary(file, words, counts)

    def write_left_out(self, words: Sequence[str], counts: npt.NDArray[np.int64]) -> None:
        """Write left_out.tsv."""
        with replacing(self.left_out) as file:
            write_vocabulary(file, words, counts)

    def write_start(self, facts: Mapping[str, Any]) -> None:
        """Write start.json."""
        with replacing(self.start, "w", durable=True) as file:
            file.write(json.dumps(facts, indent=2) + "\n")

    def write_vectors(self, parameters: npt.NDArray[np.float32]) -> None:
        """Write the finished vectors, (V, D) each, from parameters (V, 2, D)."""
        self.check_held()
        for path, side in ((self.vectors, 0), (self.outside, 1)):
            with replacing(path, durable=True) as file:
                write_matrix(file, parameters[:, side])

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json."""
        self.check_held()
        with replacing(self.record, "w", durable=True) as file:
            file.write(json.dumps(record, indent=2) + "\n")


def _check_writable(path: Path) -> None:
    """Raise OSError if the folder, or the nearest that exists above it, cannot be written."""
    code = refusal(nearest_existing(path))
    if code is not None:
        raise OSError(code, os.strerror(code))
