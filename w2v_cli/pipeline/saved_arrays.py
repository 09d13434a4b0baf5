"""What a finished run's checkpoint holds beside its vectors, for a run that starts from it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import RunError
from w2v_cli.run_files import BEST, Facts, RunFiles
from w2v_cli.vectors.formats.npy import map_member
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["SavedArrays", "read_saved_arrays"]

Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class SavedArrays:
    """What a run's checkpoint holds beside its vectors, memory-mapped."""

    path: Path
    squares: Numbers  # AdaGrad's sums, by number of the vector, or empty
    rows: Numbers | None  # (R, D), if centre vectors are composed: the words' own come first


def read_saved_arrays(files: RunFiles, record: Facts, vectors: WordVectors) -> SavedArrays | None:
    """What else the checkpoint of these vectors holds; None where there is no such checkpoint.

    Raises:
        RunError: it is damaged.
    """
    newest = sorted(files.checkpoints.glob("step-*.npz"))[-1:]
    best = record.get("best_epoch") is not None
    for path in [files.checkpoints / BEST] if best else newest:
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                if damaged := archive.testzip():  # mapped arrays are not checked
                    raise ValueError(f"Bad CRC-32 of {damaged}")
                arrays = {
                    name: map_member(file, archive, name)
                    for name in ("parameters", "squares", "rows")
                    if f"{name}.npy" in archive.namelist()
                }
        except FileNotFoundError:
            return None
        except Exception as error:  # a damaged archive can raise almost anything
            raise RunError(
                f"{path}: damaged checkpoint ({error}); remove it to start without what the "
                "optimizer remembers"
            ) from error
        if _belong(arrays, vectors):
            return SavedArrays(path, arrays["squares"], arrays.get("rows"))
    return None


def _belong(arrays: dict[str, npt.NDArray[Any]], vectors: WordVectors) -> bool:
    """Whether arrays of a checkpoint were saved at the moment of these vectors."""
    count, dim = vectors.matrix.shape
    parameters, squares, rows = (arrays.get(key) for key in ("parameters", "squares", "rows"))
    if parameters is None or squares is None or parameters.shape != (count, 2, dim):
        return False
    ngrams = 0 if vectors.subwords is None else len(vectors.subwords.matrix)
    if len(squares) not in (0, 2 * count + ngrams):
        return False
    if rows is not None and rows.shape != (count + ngrams, dim):
        return False
    outside = vectors.outside
    return (rows is not None) == (vectors.subwords is not None) and all(
        np.array_equal(parameters[part, 0], vectors.matrix[part])
        and (outside is None or np.array_equal(parameters[part, 1], outside[part]))
        for part in (slice(low, low + 4096) for low in range(0, count, 4096))
    )
