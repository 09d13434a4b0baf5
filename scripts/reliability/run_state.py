"""What a run folder shows: how far the run is, what it is doing, and a hash of what it left."""

import hashlib
import json
from pathlib import Path

__all__ = ["digest", "moment", "steps_saved"]


def steps_saved(run: Path) -> int:
    """The steps of the newest checkpoint."""
    names = [path.stem for path in run.glob("checkpoint/step-*.npz")]
    return int(max(names, default="step-0").removeprefix("step-"))


def digest(run: Path) -> str:
    """A hash of everything in a run folder that does not depend on the clock."""
    if not (run / "run.json").exists():
        return "unfinished"
    parts = [(run / name).read_bytes() for name in ("vectors.npy", "outside.npy", "vocab.tsv")]
    record = json.loads((run / "run.json").read_text())
    names = ("epoch_losses", "held_out_losses", "best_epoch", "steps", "epochs", "hashes")
    decided = [record[name] for name in names]
    same = ("epoch", "step", "words", "learning_rate", "loss", "epoch_ended")
    for line in (run / "metrics.jsonl").read_text().splitlines():
        decided.append([json.loads(line)[key] for key in same])
    left = sorted(path.name for path in run.iterdir())
    return hashlib.sha256(b"".join(parts) + json.dumps([decided, left]).encode()).hexdigest()


def moment(run: Path) -> str:
    """What the run is doing, by what its folder holds."""
    if any(run.rglob(".step-*.part")):
        return "writing a checkpoint"
    if any(run.rglob(".*.part")):
        return "writing another file"
    if any(run.rglob("step-*")):
        return "training, some checkpoint saved"
    return "before the first checkpoint"
