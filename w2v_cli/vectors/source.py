"""Where vectors come from: a finished run folder, or a file in any format that we write."""

import io
import re
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import RunError, UsageError
from w2v_cli.vectors.formats import read_vectors
from w2v_cli.vectors.formats.checks import is_utf8
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Which", "load_vectors"]

Which = Literal["center", "outside", "mean"]


def load_vectors(path: Path, which: Which = "center") -> WordVectors:
    """The words and vectors at `path`, a run folder or a vector file.

    A run's matrix is memory-mapped, so that loading it reads next to nothing. Of a run,
    `which` chooses the centre vectors v, the outside vectors u, or their mean (v + u) / 2.

    Raises:
        RunError: the folder is not a finished run, or is damaged.
        UsageError: `which` is not "center" for a file, which has only one vector a word.
        VectorsError: the file cannot be read.
    """
    if path.is_dir():
        return _load_run(path, which)
    if which != "center":
        raise UsageError(
            f"{path}: is a vector file, which has no {which} vectors; "
            "give the run folder, or leave --vectors out"
        )
    return read_vectors(path)


def _load_run(folder: Path, which: Which) -> WordVectors:
    """The words of a finished run, with the vectors asked for."""
    if not (folder / "vectors.npy").exists():
        _refuse_unfinished(folder)
    words, counts = _read_vocabulary(folder / "vocab.tsv")
    names = {"center": ["vectors"], "outside": ["outside"], "mean": ["vectors", "outside"]}
    matrices = [_map_matrix(folder / f"{name}.npy") for name in names[which]]
    for matrix in matrices:
        if matrix.shape != (len(words), matrices[0].shape[1]):
            raise RunError(
                f"{folder}: vocab.tsv has {len(words):,} words and a matrix the shape "
                f"{matrix.shape}, expected a row for each word: the folder is damaged; train again"
            )
    if which == "mean":
        mean = matrices[0] + matrices[1]
        mean *= np.float32(0.5)
        return WordVectors(words, mean, counts)
    return WordVectors(words, matrices[0], counts)


def _refuse_unfinished(folder: Path) -> None:
    """Raise RunError for a folder without vectors: a run that was stopped, or no run at all."""
    if (folder / "config.yaml").exists() or (folder / "checkpoint").exists():
        raise RunError(
            f"{folder}: the run is unfinished, it has no vectors.npy; "
            f"`w2v train --resume --out {folder}` finishes it"
        )
    raise RunError(f"{folder}: not a run folder, expected vectors.npy and vocab.tsv in it")


def _map_matrix(path: Path) -> NDArray[np.float32]:
    """The matrix of an npy file, memory-mapped read-only."""
    try:
        matrix: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunError(f"{path}: cannot be read: {reason.lower()}") from error
    except (ValueError, EOFError) as error:
        raise RunError(f"{path}: damaged: {error}; train again") from error
    if matrix.ndim != 2 or matrix.dtype != np.float32:
        raise RunError(
            f"{path}: expected a float32 matrix, found {matrix.dtype} of shape {matrix.shape}"
        )
    return np.asarray(matrix)


def _read_vocabulary(path: Path) -> tuple[list[str], NDArray[np.int64]]:
    """The words and counts of a `word<TAB>count` file."""
    try:
        data = path.read_bytes()
        fields = data.decode().replace("\n", "\t").split("\t")
        words = fields[:-1:2]
        # As a list of int first: NumPy takes three times as long over strings.
        counts = np.array(list(map(int, fields[1::2])), dtype=np.int64)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RunError(f"{path}: cannot be read: {reason.lower()}") from error
    except (ValueError, OverflowError):
        raise RunError(f"{path}:{_first_bad_line(data)}") from None
    if not _tabs_alternate(data) or "" in words or (counts < 0).any():
        raise RunError(f"{path}:{_first_bad_line(data)}")
    return words, counts


def _tabs_alternate(data: bytes) -> bool:
    """Whether every line has one tab and an end; in a tenth of the time of a loop over lines."""
    characters = np.frombuffer(data, dtype=np.uint8)
    separators = characters[(characters == ord("\t")) | (characters == ord("\n"))]
    tabs, ends = separators[::2], separators[1::2]
    return bool(data.endswith(b"\n") and (tabs == ord("\t")).all() and (ends == ord("\n")).all())


def _first_bad_line(data: bytes) -> str:
    """The number of the first line that is not a word, a tab and a count, and what is there."""
    expected = "expected a word, a tab, its count and the end of the line"
    for number, line in enumerate(io.BytesIO(data), start=1):
        if not re.fullmatch(rb"[^\t\n]+\t\d{1,18}\n", line) or not is_utf8(line):
            return f"{number}: {expected}, found {line[:80]!r}"
    return f"1: {expected}, found an empty file"
