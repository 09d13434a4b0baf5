"""Checkpoints: everything needed to go on as if the run had never stopped.

A checkpoint is one uncompressed zip (`.npz`) of two members: `state`, the JSON of the
position, and `parameters`. Zip carries a CRC-32 of each member, NumPy reads it without
pickle, and `replacing` makes it appear whole or not at all.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.files import replacing
from w2v_cli.training.trainer import Position

__all__ = ["Checkpoint", "CheckpointFolder", "Tally"]

FORMAT = 1


@dataclass
class Tally:
    """Sums since the last report and since the epoch began; saved with the run."""

    words: int = 0  # raw in-vocabulary words trained
    loss: float = 0.0  # nats
    pairs: float = 0.0
    epoch_loss: float = 0.0
    epoch_pairs: float = 0.0
    # nats a pair, of whole epochs; None where no centre had a context word
    epoch_losses: list[float | None] = field(default_factory=list)
    reports: int = 0  # lines written to metrics.jsonl
    train_seconds: float = 0.0


@dataclass
class Checkpoint:
    """The state of a run between two steps."""

    fingerprint: dict[str, str]  # hashes of all that decides the result
    position: Position
    tally: Tally
    parameters: npt.NDArray[np.float32]  # (V, 2, D)


class CheckpointFolder:
    """The newest few checkpoints of a run, named by the number of steps done."""

    def __init__(self, path: Path, keep: int) -> None:
        self._path, self._keep = path, keep

    def save(self, checkpoint: Checkpoint) -> Path:
        """Write a checkpoint, then remove the oldest ones beyond those to keep."""
        self._path.mkdir(exist_ok=True)
        path = self._path / f"step-{checkpoint.position.steps_done:010d}.npz"
        state = {
            "format": FORMAT,
            "fingerprint": checkpoint.fingerprint,
            "position": asdict(checkpoint.position),
            "tally": asdict(checkpoint.tally),
        }
        text = np.frombuffer(json.dumps(state).encode(), np.uint8)
        with replacing(path, durable=True) as file:
            np.savez(file, state=text, parameters=checkpoint.parameters)
        for old in self._files()[: -self._keep]:
            old.unlink(missing_ok=True)
        return path

    def load_newest(
        self, out: npt.NDArray[np.float32], accept: Callable[[dict[str, str]], None]
    ) -> Checkpoint | None:
        """The newest checkpoint, its parameters read into `out`; None where there is none.

        `accept` is called with its fingerprint first, and raises if it is of another run.

        Raises:
            RunError: the file is damaged, or of a version this program does not know.
        """
        files = self._files()
        return _read(files[-1], out, accept, files[-2:-1]) if files else None

    def _files(self) -> list[Path]:
        return sorted(self._path.glob("step-*.npz"))


def _read(
    path: Path,
    out: npt.NDArray[np.float32],
    accept: Callable[[dict[str, str]], None],
    before: list[Path],
) -> Checkpoint:
    """One checkpoint; `before` holds the one to offer if this cannot be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            state = json.loads(archive["state"].tobytes())
            if state["format"] != FORMAT:
                raise RunError(
                    f"{path}: checkpoint format {state['format']}, this program reads format "
                    f"{FORMAT}; resume with the version of w2v that wrote it"
                )
            accept(state["fingerprint"])
            parameters = archive["parameters"]
            if parameters.shape != out.shape or parameters.dtype != out.dtype:
                raise ValueError(f"parameters {parameters.shape}, expected {out.shape}")
        out[...] = parameters
        position, tally = Position(**state["position"]), Tally(**state["tally"])
        return Checkpoint(state["fingerprint"], position, tally, out)
    except RunError:
        raise
    except Exception as error:  # a damaged archive can raise almost anything
        offer = f"; delete it to go on from {before[0].name}" if before else ""
        raise RunError(f"{path}: damaged checkpoint ({error}){offer}") from error
