"""Checkpoints: everything needed to continue as if the run had never stopped.

A checkpoint is one uncompressed zip (`.npz`): `state`, the JSON of all but the arrays, and the
arrays. Zip has a CRC-32 of each member, nothing is unpickled, and `replacing` makes the file
appear whole or not at all.
"""

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.files import replacing, write_errors
from w2v_cli.run_files import BEST
from w2v_cli.systems.shell import command_line
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.run.archives import read_bytes, read_into, write_array
from w2v_cli.training.run.state import TrainingState

__all__ = ["Accept", "Arrays", "Checkpoint", "CheckpointFolder", "check_fingerprint", "continued"]

FORMAT = 5

Arrays = Mapping[str, npt.NDArray[np.float32]]
"""By name: `parameters` (V, 2, D), and what else training needs to continue."""

Accept = Callable[[dict[str, str]], None]
"""Raises RunError for the fingerprint of another run."""

_LONGEST_STATE = 1 << 26  # bytes; a million epochs take some 20 MB


@dataclass
class Checkpoint:
    """The state of a run between two steps."""

    fingerprint: dict[str, str]  # hashes of all that decides the result, but the epochs
    plans: list[int]  # epochs that were to be trained; more than one if the run was extended
    position: Position
    state: TrainingState
    arrays: Arrays


class CheckpointFolder:
    """The newest few checkpoints of a run, named by the number of steps done."""

    def __init__(self, path: Path, keep: int) -> None:
        self._path, self._keep = path, keep

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint, then remove the oldest ones beyond those to keep.

        Raises:
            W2VError: it cannot be written; those before it stay as they are.
        """
        path = self._path / f"step-{checkpoint.position.steps_done:010d}.npz"
        self._write(path, checkpoint)
        with write_errors(self._path):
            for old in self._files()[: -self._keep]:
                old.unlink(missing_ok=True)
        return path

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Write the best epoch's checkpoint in place of the one there is.

        Raises:
            W2VError: it cannot be written; the one there is stays as it is.
        """
        self._write(self._path / BEST, checkpoint)

    def load_best(self, out: Arrays, accept: Accept) -> Position:
        """The position of the best epoch's end, its arrays read into `out`.

        Raises:
            RunError: the file is missing, damaged or of another run.
        """
        path = self._path / BEST
        try:
            return _read(path, out, accept).position
        except _Unusable as error:
            raise RunError(
                f"{path}: {error}; without the best epoch's vectors, train again with --force"
            ) from error

    def _write(self, path: Path, checkpoint: Checkpoint) -> None:
        with write_errors(self._path):
            self._path.mkdir(exist_ok=True)
        with (
            replacing(path, durable=True) as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
        ):
            write_array(archive, "state", np.frombuffer(_state(checkpoint), np.uint8))
            for name, array in checkpoint.arrays.items():
                write_array(archive, name, array)

    def load_newest(self, out: Arrays, accept: Accept) -> Checkpoint | None:
        """The newest checkpoint, its arrays read into `out`; None where there is none.

        `accept` is called with its fingerprint first, and raises if it is of another run. An older
        checkpoint is never taken instead: the message says what to remove to continue from one.

        Raises:
            RunError: the file is damaged, or of a version this program does not know.
        """
        files = self._files()
        if not files:
            return None
        *older, newest = files
        try:
            return _read(newest, out, accept)
        except _Unusable as error:
            advice = _advice(newest, older, out, accept)
            raise RunError(f"{newest}: {error}; {advice}") from error

    def newest_step(self) -> int | None:
        """The steps done at the newest checkpoint; None where there is none."""
        files = self._files()
        return int(files[-1].stem.removeprefix("step-")) if files else None

    def _files(self) -> list[Path]:
        return sorted(self._path.glob("step-*.npz"))


def check_fingerprint(run: Path, saved: Mapping[str, str], present: Mapping[str, str]) -> None:
    """Raise RunError if the run was saved by another engine, or with other data or settings."""
    other = [key for key, value in present.items() if saved.get(key) != value]
    if "engine" in other:
        raise RunError(
            f"{run}: cannot be resumed: a w2v with engine {saved.get('engine')} began it, and this "
            f"w2v has engine {present['engine']}, which trains other bytes; resume it with that "
            "w2v, or start a new run"
        )
    if other:
        raise RunError(
            f"{run}: cannot be resumed: the {' and '.join(other)} changed since the run began; "
            "restore what was, or start a new run"
        )


def continued(run: Path, checkpoint: Checkpoint, epochs: int) -> list[int]:
    """The plans of a run that continues from this checkpoint to so many epochs.

    Raises:
        RunError: other epochs were planned, and are not done or are more than these.
    """
    plans = checkpoint.plans
    if plans[-1] == epochs:
        return plans
    if checkpoint.position.epoch == plans[-1] < epochs:
        return [*plans, epochs]
    raise RunError(
        f"{run}: cannot be resumed: training.epochs was {plans[-1]}, now {epochs}; let the run "
        "come to its end, then extend it with --extend-epochs"
    )


class _Unusable(Exception):
    """Why a checkpoint cannot be read."""


def _advice(newest: Path, older: list[Path], out: Arrays, accept: Accept) -> str:
    """What to do about an unusable checkpoint: remove it and all up to the next good one."""
    unusable = [newest]
    for path in reversed(older):
        try:
            good = _read(path, out, accept)
        except (RunError, _Unusable):
            unusable.append(path)
        else:
            return (
                f"the one before it, after step {good.position.steps_done:,}, is whole: to "
                f"continue from it, `{command_line(['rm', *map(str, unusable)])}` and resume again"
            )
    return "there is no older one that can be resumed: train again with --force"


def _state(checkpoint: Checkpoint) -> bytes:
    """All but the arrays, as JSON."""
    position = asdict(checkpoint.position)
    position["round"] = position.pop("number")  # what format 5 calls it
    state = {
        "format": FORMAT,
        "fingerprint": checkpoint.fingerprint,
        "plans": checkpoint.plans,
        "position": position,
        "training": asdict(checkpoint.state),
    }
    return json.dumps(state).encode()


def _read(path: Path, out: Arrays, accept: Accept) -> Checkpoint:
    """One checkpoint, its arrays read into `out`.

    Raises:
        _Unusable: it is damaged, or of another format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            state = json.loads(read_bytes(archive, "state", _LONGEST_STATE))
            if not isinstance(state, dict) or not isinstance(state.get("format"), int):
                raise ValueError("its state names no format")
            if state["format"] != FORMAT:
                raise _Unusable(
                    f"is of checkpoint format {state['format']}, this program reads format "
                    f"{FORMAT}: resume with the version of w2v that wrote it"
                )
            checkpoint = _checkpoint(state, out)
            accept(checkpoint.fingerprint)
            for name, array in out.items():
                read_into(archive, name, array)
        return checkpoint
    except (RunError, _Unusable):
        raise
    except Exception as error:  # a damaged archive can raise almost anything
        raise _Unusable(f"damaged checkpoint ({error})") from error


def _checkpoint(state: Mapping[str, Any], out: Arrays) -> Checkpoint:
    """The checkpoint of a state, whose arrays will be in `out`.

    Raises:
        Exception: of any kind, if the state is not one that `_state` wrote.
    """
    stored = dict(state["position"])
    position = Position(number=stored.pop("round"), **stored)
    done = TrainingState(**state["training"])
    plans, fingerprint = state["plans"], state["fingerprint"]
    places = [*asdict(position).values(), *plans, done.words, done.reports, done.best_step]
    if not all(type(place) is int and place >= 0 for place in places) or not plans:
        raise ValueError("its state has a place that is not a number")
    sums = [done.loss, done.pairs, done.epoch_loss, done.epoch_pairs]
    sums += [done.read_seconds, done.train_seconds, done.total_seconds, done.limited_from]
    losses = [loss for loss in done.epoch_losses if loss is not None]
    losses += [*done.held_out_losses, *([] if done.horizon is None else [done.horizon])]
    if not all(isinstance(value, (int, float)) for value in (*sums, *losses)):
        raise ValueError("its state has a sum that is not a number")
    if not all(isinstance(text, str) for text in (*done.commands, done.began or "")):
        raise ValueError("its state has a command that is no text")
    if not all(isinstance(value, str) for value in dict(fingerprint).values()):
        raise ValueError("its state has no fingerprint")
    return Checkpoint(fingerprint, plans, position, done, out)
