"""Writing vectors so that a file is whole, read back and compared, or absent."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
        size = _write_folder(chosen, kept, path, verify)
    else:
        size = _write_file(chosen, kept, path, verify)
    # What was read back is `kept`, to the bit in all formats but one.
    return Written(size, _largest_difference(vectors, kept) if verify else None)


def check_name(chosen: FileFormat | FolderFormat, path: Path) -> None:
    """Raise UsageError for the name of a compressed file if the format is never compressed."""
    compression = compression_named(path)
    if compression is not None and not (chosen.compressible and isinstance(chosen, FileFormat)):
        raise UsageError(
            f"{path}: {chosen.name} is not written with {compression.name}; "
            f"choose a name without {compression.suffix}"
        )


def _write_file(chosen: FileFormat, vectors: WordVectors, path: Path, verify: bool) -> int:
    """Write one file; returns its size in bytes."""
    compression = compression_named(path)
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
            _check_kept(vectors, found, path, chosen.tolerance)
    return size


def _write_folder(chosen: FolderFormat, vectors: WordVectors, path: Path, verify: bool) -> int:
    """Write the files of a folder, which is made if it is missing; returns their size in bytes."""
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
            _check_kept(vectors, chosen.read(files, str(path), Oddities()), path)
    return size


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


def _check_kept(
    vectors: WordVectors, found: WordVectors, path: Path, tolerance: float = 0.0
) -> None:
    """Raise VectorsError unless both have the same words, and the same bits but for `tolerance`."""
    same = vectors.words == found.words and vectors.matrix.shape == found.matrix.shape
    if not same or not all(
        np.abs(one - other).max() <= tolerance * np.abs(one).max()
        if tolerance
        else np.array_equal(one.view(np.uint32), other.view(np.uint32))  # as bits −0 is not 0
        for one, other in _blocks(vectors, found)
    ):
        raise VectorsError(f"{path}: not kept: what was read back differs from what was written")


def _largest_difference(one: WordVectors, other: WordVectors) -> float:
    """The largest difference between values of the same place."""
    if one is other:
        return 0.0
    return max(float(np.abs(a.astype(np.float64) - b).max()) for a, b in _blocks(one, other))


def _blocks(
    one: WordVectors, other: WordVectors
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """The same rows of both, a few at a time, as plain float32 arrays."""
    for start in range(0, len(one), COMPARED_ROWS):
        rows = slice(start, start + COMPARED_ROWS)
        yield (
            np.ascontiguousarray(one.matrix[rows], dtype=np.float32),
            np.ascontiguousarray(other.matrix[rows], dtype=np.float32),
        )


def _rounded(vectors: WordVectors, digits: int) -> WordVectors:
    """The vectors with every value rounded to so many significant digits."""
    matrix = np.empty(vectors.matrix.shape, dtype=np.float32)
    for start in range(0, len(vectors), COMPARED_ROWS):
        block = vectors.matrix[start : start + COMPARED_ROWS]
        matrix[start : start + COMPARED_ROWS] = rounded(block, digits)
    return WordVectors(vectors.words, matrix, vectors.counts)
