"""The folder of a run: what is in it, and who may write there."""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError, UsageError, W2VError
from w2v_cli.files import replacing

__all__ = ["RunFolder"]

_OUTPUTS = ("config.yaml", "vocab.tsv", "vectors.npy", "outside.npy", "metrics.jsonl", "run.json")

_LOCK = ".lock"


class RunFolder:
    """A run's files; held by one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.vocabulary = path / "vocab.tsv"
        self.checkpoints = path / "checkpoint"
        self.vectors = path / "vectors.npy"
        self.outside = path / "outside.npy"
        self.record = path / "run.json"
        self._metrics = path / "metrics.jsonl"

    def is_run(self) -> bool:
        """Whether a run was started here."""
        return self.config.is_file()

    def is_finished(self) -> bool:
        """Whether a run has ended here; `run.json` is the last file written."""
        return self.record.is_file()

    def create(self, *, force: bool) -> None:
        """Make the folder, or make sure that it may hold a new run.

        Raises:
            UsageError: it holds a run, or something else, and `force` does not allow to
                replace a run. What is not a run's is never removed.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path}: is a file, expected a folder for the run")
        if self.is_run() and not force:
            raise UsageError(
                f"{self.path}: already holds a run; go on with --resume, replace it with "
                "--force, or choose another --out"
            )
        if not self.is_run() and not self._is_empty():
            raise UsageError(f"{self.path}: not empty and not a run; choose another --out")
        with _writing(self.path):
            self.path.mkdir(parents=True, exist_ok=True)

    def abandon(self) -> None:
        """Remove the folder if no run was started in it."""
        if self.path.is_dir() and self._is_empty():
            (self.path / _LOCK).unlink(missing_ok=True)
            self.path.rmdir()

    def _is_empty(self) -> bool:
        """Whether the folder is missing or holds nothing but a lock."""
        return not self.path.is_dir() or all(file.name == _LOCK for file in self.path.iterdir())

    def clear(self) -> None:
        """Remove what an earlier run left."""
        for name in _OUTPUTS:
            (self.path / name).unlink(missing_ok=True)
        for file in self.checkpoints.glob("step-*.npz"):
            file.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder within the block; a process that dies holds it no longer.

        Raises:
            RunError: another process holds it.
        """
        with _writing(self.path):
            lock = (self.path / _LOCK).open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise RunError(
                    f"{self.path}: another process is training here; wait for it to end, or "
                    "choose another --out"
                ) from error
            yield

    def append_metrics(self, report: Mapping[str, Any]) -> None:
        """Add one line to metrics.jsonl."""
        with _writing(self._metrics), self._metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(report) + "\n")

    def cut_metrics(self, lines: int) -> None:
        """Keep the first lines only: those a resumed run will not write again."""
        if self._metrics.is_file():
            kept = self._metrics.read_text(encoding="utf-8").splitlines(keepends=True)[:lines]
            with replacing(self._metrics, "w") as file:
                file.writelines(kept)

    def write_vectors(self, parameters: npt.NDArray[np.float32]) -> None:
        """Write the finished vectors, (V, D) each, from parameters (V, 2, D)."""
        for path, side in ((self.vectors, 0), (self.outside, 1)):
            with replacing(path, durable=True) as file:
                np.save(file, parameters[:, side], allow_pickle=False)

    def write_record(self, record: Mapping[str, Any]) -> None:
        """Write run.json."""
        with replacing(self.record, "w") as file:
            file.write(json.dumps(record, indent=2) + "\n")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """An OSError of the block becomes an error that names the path."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise W2VError(f"{path}: cannot be written: {reason}") from error
