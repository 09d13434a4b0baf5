"""Where the bytes of a run come from: what decides them, as hashes, and what computed them."""

import hashlib
import json
import os
import platform
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from w2v_cli import __version__
from w2v_cli.config import Settings, to_flat_dict
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary
from w2v_cli.run_files import Facts
from w2v_cli.systems.shell import command_line

__all__ = ["command", "decisive", "file_sha256", "fingerprint_of", "now", "versions"]

ENGINE = 27  # raised whenever the same settings begin to give other bytes

# Sections that do not change the result: a run may be resumed with others.
_FREE = ("machine.", "checkpoint.", "evaluation.")

_STARTING = ("training.init", "training.init_vocabulary", "training.frozen")

_PIECE = 1 << 20  # bytes read at a time


def decisive(settings: Settings) -> dict[str, Any]:
    """The settings that change the result, by key path."""
    flat = to_flat_dict(settings)
    return {key: value for key, value in flat.items() if not key.startswith(_FREE)}


def fingerprint_of(
    settings: Settings, corpus: EncodedCorpus, vocabulary: Vocabulary, start: Facts | None = None
) -> dict[str, str]:
    """Hashes of all that decides the result of a run, without the number of its epochs.

    The checkpoint has that number, since a run may be extended. `start` says what the run starts
    from.
    """
    # The corpus's own hash is that of its text, and of its phrases, wherever they were read.
    others = ("corpus.paths", "corpus.phrases.", "training.epochs")
    chosen = {key: value for key, value in decisive(settings).items() if not key.startswith(others)}
    if start is None:  # a run from before there were these settings keeps its hash
        chosen = {key: value for key, value in chosen.items() if key not in _STARTING}
    else:  # the contents count, not what the files are called
        frozen = [start["frozen"], start["held"]]
        chosen |= {"training.init": start["sha256"], "training.frozen": frozen}
    words = "\n".join(vocabulary.words).encode() + vocabulary.counts.tobytes()
    return {
        "engine": str(ENGINE),
        "corpus": corpus.digest,
        "vocabulary": _sha256(words),
        "settings": _sha256(json.dumps(chosen, sort_keys=True).encode()),
    }


def now() -> str:
    """The present second, in ISO 8601 and UTC."""
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def command() -> str:
    """What was typed to start this process, as a shell takes it."""
    program, *arguments = sys.argv or [""]
    return command_line([Path(program).name, *arguments])


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def versions() -> dict[str, str]:
    """What computed the result: the same versions on the same processor give the same bytes."""
    system = platform.uname()  # not platform.platform(), which starts a program
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "w2v": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas['name']} {blas['version']}",
        "blas_kernel": os.environ.get("OPENBLAS_CORETYPE", "detected"),
        "platform": f"{system.system} {system.release} {system.machine}",
    }
