"""Writing vectors so that a file is whole, read back and compared, or absent."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.compression import compression_named
from w2v_cli.errors import UsageError, VectorsError, W2VError, reason_of
from w2v_cli.files import replacing
from w2v_cli.vectors.formats.base import FileFormat, FolderFormat
from w2v_cli.vectors.formats.checks import check_finite, check_unique
from w2v_cli.vectors.formats.decimals import rounded
from w2v_cli.vectors.formats.decompression import decompressed
from w2v_cli.vectors.formats.fitting import fit_words
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Written", "check_name", "write_vectors_as"]

COMPARED_ROWS = 512  # few enough to stay in a processor's cache


class Written(NamedTuple):
    """How many bytes were written, and how far the values written are from those given.

    `error` is the largest difference of a value, 0 where all bits are the same, and None
    where nothing was read back.
    """

    size: int
    error: float | None


def write_vectors_as(
    chosen: FileFormat | FolderFormat,
    vectors: WordVectors,
    path: Path,
    *,
    verify: bool,
    digits: int | None,
) -> Written:
    """Write `vectors` to `path` in the format `chosen`: what `write_vectors` says."""
    check_name(chosen, path)
    kept = vectors if digits is None else _rounded(vectors, digits)
    _check_writable(kept, chosen)
    if isinstance(chosen, FolderFormat):
        size, lost = _write_folder(chosen, kept, path, verify)
    else:
        size, lost = _write_file(chosen, kept, path, verify)
    if lost is not None:
        lost = max(lost, _largest_difference(vectors, kept))
    return Written(size, lost)


def check_name(chosen: FileFormat | FolderFormat, path: Path) -> None:
    """Raise UsageError for the name of a compressed file if the format is never compressed."""
    compression = compression_named(path)
    if compression is not None and not (chosen.compressible and isinstance(chosen, FileFormat)):
        raise UsageError(
            f"{path}: {chosen.name} is not written with {compression.name}; "
            f"choose a name without {compression.suffix}"
        )


def _write_file(chosen: FileFormat, vectors: WordVectors, path: Path, verify: bool) -> Written:
    """Write one file."""
    lost, compression = None, compression_named(path)
    with replacing(path, "w+b") as file:
        if compression is None:
            chosen.write(file, vectors)
        else:
            with compression.compressed(file) as stream:
                chosen.write(stream, vectors)
        size: int = file.seek(0, 2)
        if verify:
            file.seek(0)
            found = chosen.read(decompressed(file), str(path), Oddities())
            lost = _lost(vectors, found, path, chosen.tolerance)
    return Written(size, lost)


def _write_folder(chosen: FolderFormat, vectors: WordVectors, path: Path, verify: bool) -> Written:
    """Write the files of a folder, which is made if it is missing."""
    lost = None
    with _folder(path), ExitStack() as stack:
        files: dict[str, IO[bytes]] = {
            member: stack.enter_context(replacing(path / member, "w+b"))
            for member in chosen.members
        }
        chosen.write(files, vectors)
        size = sum(file.seek(0, 2) for file in files.values())
        if verify:
            for file in files.values():
                file.seek(0)
            lost = _lost(vectors, chosen.read(files, str(path), Oddities()), path)
    return Written(size, lost)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    """A folder that stays if the block ends without an error, or if it was there before."""
    existed = path.is_dir()
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise W2VError(f"{path}: cannot be made: {reason_of(error)}") from error
    try:
        yield
    except BaseException:
        if not existed:
            path.rmdir()
        raise


def _check_writable(vectors: WordVectors, chosen: FileFormat | FolderFormat) -> None:
    """Raise VectorsError for what the format cannot hold, naming the word and what to do."""
    fit_words(vectors, chosen, "error")
    check_unique(vectors.words, lambda row: f"row {row + 1}")
    check_finite(vectors, lambda row: f"row {row + 1}")


def _lost(vectors: WordVectors, found: WordVectors, path: Path, tolerance: float = 0.0) -> float:
    """The largest difference between values of word vectors written and those read back.

    Raises:
        VectorsError: words or bits differ; those of word vectors by more than `tolerance`, as a
            part of the largest value near them.
    """
    same = vectors.words == found.words and vectors.matrix.shape == found.matrix.shape
    lost = 0.0
    for one, other in _blocks(vectors.matrix, found.matrix) if same else ():
        if not _same_bits(one, other):
            error = float(np.abs(one - other).max())
            same &= tolerance > 0 and error <= tolerance * float(np.abs(one).max())
            lost = max(lost, error)
    if not same or not _parts_kept(vectors, found):
        raise VectorsError(f"{path}: not kept: what was read back differs from what was written")
    return lost


def _parts_kept(vectors: WordVectors, found: WordVectors) -> bool:
    """Whether counts, outside vectors and n-grams are the same where both have them."""
    kept = True
    if vectors.counts is not None and found.counts is not None:
        kept &= np.array_equal(vectors.counts, found.counts)
    if vectors.outside is not None and found.outside is not None:
        kept &= all(_same_bits(*rows) for rows in _blocks(vectors.outside, found.outside))
    if vectors.subwords is not None and found.subwords is not None:
        kept &= _same_ngrams(vectors.subwords, found.subwords)
    return kept


def _same_ngrams(one: SubwordVectors, other: SubwordVectors) -> bool:
    """Whether the n-grams that the first has have the same vectors in the other."""
    numbers = one.buckets if one.buckets is not None else np.arange(one.counted.buckets)
    parts = (numbers[low : low + COMPARED_ROWS] for low in range(0, len(numbers), COMPARED_ROWS))
    return one.counted == other.counted and all(
        _same_bits(one.rows_of(part), other.rows_of(part)) for part in parts
    )


def _same_bits(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether all bits are the same."""
    return np.array_equal(one.view(np.uint32), other.view(np.uint32))  # as bits −0 is not 0


def _largest_difference(one: WordVectors, other: WordVectors) -> float:
    """The largest difference between values of the same place."""
    if one is other:
        return 0.0
    blocks = _blocks(one.matrix, other.matrix)
    return max(float(np.abs(a.astype(np.float64) - b).max()) for a, b in blocks)


def _blocks(
    one: NDArray[np.float32], other: NDArray[np.float32]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The same rows of both, a few at a time, as plain float32 arrays."""
    for start in range(0, len(one), COMPARED_ROWS):
        rows = slice(start, start + COMPARED_ROWS)
        yield (
            np.ascontiguousarray(one[rows], dtype=np.float32),
            np.ascontiguousarray(other[rows], dtype=np.float32),
        )


def _rounded(vectors: WordVectors, digits: int) -> WordVectors:
    """The vectors with every value rounded to so many significant digits."""
    matrix = np.empty(vectors.matrix.shape, dtype=np.float32)
    for start in range(0, len(vectors), COMPARED_ROWS):
        block = vectors.block(start, COMPARED_ROWS)
        matrix[start : start + COMPARED_ROWS] = rounded(block, digits)
    return replace(vectors, matrix=matrix)
