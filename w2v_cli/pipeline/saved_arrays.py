"""What a finished run's checkpoint holds beside its vectors, for a run that starts from it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from w2v_cli.core.subwords import WordRows, number_rows
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
    squares: Numbers  # AdaGrad's sums, by number of the row or vector, or empty
    rows: Numbers | None = None  # (R, D), if centre vectors are composed
    word_rows: WordRows | None = None  # which rows these are


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
        if {"parameters", "squares"} <= set(arrays):
            rows = arrays.get("rows")
            saved = SavedArrays(path, arrays["squares"], rows, _word_rows(rows, vectors))
            if _belong(arrays["parameters"], saved, vectors):
                return saved
    return None


def _word_rows(rows: Numbers | None, vectors: WordVectors) -> WordRows | None:
    """The numbering of the rows (R, D) of a run with these vectors; None if it is none of theirs.

    A run that itself started from vectors has a row for each part.
    """
    if rows is None or vectors.subwords is None:
        return None
    parted = number_rows(vectors.words, vectors.subwords.counted)
    if parted.count == len(rows):
        return parted
    joined = parted.joined()
    return joined if joined.count == len(rows) else None


def _belong(parameters: Numbers, saved: SavedArrays, vectors: WordVectors) -> bool:
    """Whether arrays of a checkpoint were saved at the moment of these vectors."""
    count, dim = vectors.matrix.shape
    outside, rows, word_rows = vectors.outside, saved.rows, saved.word_rows
    composed = vectors.subwords is not None
    inputs = count if word_rows is None else word_rows.count
    return (
        parameters.shape == (count, 2, dim)
        and len(saved.squares) in (0, inputs + count)
        and (rows is not None) == (word_rows is not None) == composed
        and all(
            np.array_equal(parameters[part, 0], vectors.matrix[part])
            and (outside is None or np.array_equal(parameters[part, 1], outside[part]))
            for part in (slice(low, low + 4096) for low in range(0, count, 4096))
        )
    )
