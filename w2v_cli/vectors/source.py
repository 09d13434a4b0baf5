"""Where vectors come from: a finished run folder, or a file or folder in any of our formats."""

from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from w2v_cli.arguments import check_choice
from w2v_cli.errors import RunError, UsageError, VectorsError, reason_of
from w2v_cli.run_files import VOCABULARY, RunFiles
from w2v_cli.vectors.formats import folder_format, read_vectors
from w2v_cli.vectors.formats.npy import NPY, map_matrix
from w2v_cli.vectors.formats.subwords_file import read_subwords
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Which", "known_outside", "load_vectors"]

Which = Literal["centre", "outside", "mean"]

_ROWS_AT_ONCE = 1 << 10


def load_vectors(path: Path, which: Which = "centre", *, strict: bool = False) -> WordVectors:
    """The words and vectors at `path`, a run folder or anything `export` writes.

    What is odd in a file is counted in `oddities`; with `strict`, and in a run, it is an error.

    A run's matrix is memory-mapped, so that loading it reads next to nothing. Of a run or a
    fastText model, `which` chooses the centre vectors v, the outside vectors u, or their mean
    (v + u) / 2.

    Raises:
        RunError: the folder is not a finished run.
        UsageError: `which` is none of these, or not "centre" where there is only one vector a word.
        VectorsError: a file is missing, damaged or of no known format.
        W2VError: the format needs a package that is not installed.
    """
    check_choice("which", which, get_args(Which))
    if not path.exists():
        raise VectorsError(
            f"{path}: no such file or folder, expected the folder of a run, as `w2v train -o` "
            "makes it, or a file of vectors"
        )
    if path.is_dir() and folder_format(path) is None:
        _refuse_unfinished(path)
    strict = strict or RunFiles(path).is_run()
    vectors = _with_plain_words(read_vectors(path, strict=strict), path)
    vectors = _with_subwords(vectors, path)
    if which == "centre":
        return vectors
    outside = _outside(vectors, path, which)
    if which == "mean":
        with np.errstate(all="ignore"):  # damaged values are found where they are compared
            outside = np.asarray(vectors.matrix) + outside
            outside *= np.float32(0.5)
    return WordVectors(vectors.words, outside, vectors.counts, oddities=vectors.oddities)


def _outside(vectors: WordVectors, path: Path, which: Which) -> NDArray[np.float32]:
    """The outside vectors (V, D) of a run or a fastText model.

    Raises:
        UsageError: there is only one vector a word.
        VectorsError: the file of a run is missing or damaged.
    """
    outside = known_outside(vectors)
    if outside is not None:
        return outside
    run = RunFiles(path)
    if not (run.is_run() or run.outside.exists()):
        raise UsageError(
            f"{path}: holds one vector a word and no {which} vectors; "
            "give the run folder, or leave --vectors out"
        )
    return _read_outside(run.outside, vectors)


def known_outside(vectors: WordVectors) -> NDArray[np.float32] | None:
    """The outside vectors (V, D), or None where there are none.

    A fastText model always has a matrix of them; all zeros stand for none.
    """
    if vectors.outside is None:
        return None
    starts = range(0, len(vectors), _ROWS_AT_ONCE)
    known = any(vectors.outside[low : low + _ROWS_AT_ONCE].any() for low in starts)
    return vectors.outside if known else None


def _with_plain_words(vectors: WordVectors, path: Path) -> WordVectors:
    r"""The vectors without what an editor may have added to the list of words in vocab.tsv.

    That is a byte order mark before the first word, and `\r` after every word. A run wrote its
    words itself: they stay as they are.

    Raises:
        VectorsError: a line has no word.
    """
    words = vectors.words
    if RunFiles(path).is_run() or folder_format(path) is not NPY:
        return vectors
    if vectors.counts is None and all(word.endswith("\r") for word in words):
        words = [word[:-1] for word in words]
    first = words[0].removeprefix("\ufeff")
    if first not in words:
        words = [first, *words[1:]]
    if "" in words:
        raise VectorsError(f"{path}/{VOCABULARY}: a line has no word, expected one in each")
    return vectors if words is vectors.words else replace(vectors, words=words)


def _with_subwords(vectors: WordVectors, path: Path) -> WordVectors:
    """The vectors with those of n-grams, and the outside vectors, that a run also keeps."""
    run = RunFiles(path)
    if not run.is_run():
        return vectors
    return replace(
        vectors,
        subwords=read_subwords(run.subwords, vectors.dim) if run.subwords.exists() else None,
        outside=_read_outside(run.outside, vectors) if run.outside.exists() else None,
    )


def _refuse_unfinished(folder: Path) -> None:
    """Raise RunError for a folder without vectors: a run that was stopped, or no run at all."""
    run = RunFiles(folder)
    if run.is_run() or run.checkpoints.exists():
        if run.vectors.exists():
            raise RunError(f"{folder}: vocab.tsv is missing: the run is damaged; train again")
        raise RunError(
            f"{folder}: the run is unfinished, it has no vectors.npy; "
            f"`w2v train --resume --out {folder}` finishes it"
        )
    raise RunError(
        f"{folder}: neither a run folder nor exported vectors, expected vectors.npy and "
        "vocab.tsv, or vectors.tsv and metadata.tsv, in it"
    )


def _read_outside(path: Path, vectors: WordVectors) -> NDArray[np.float32]:
    """The outside vectors (V, D) of a run, memory-mapped."""
    try:
        with path.open("rb") as file:
            matrix = map_matrix(file, str(path))
    except OSError as error:
        raise VectorsError(f"{path}: cannot be read: {reason_of(error)}") from error
    if matrix.shape != vectors.matrix.shape:
        raise VectorsError(
            f"{path}: a matrix of the shape {matrix.shape}, expected {vectors.matrix.shape} as in "
            "vectors.npy: the run is damaged; train again"
        )
    return matrix
