"""`subwords.npz` of a run: the vectors of n-grams, their bucket numbers, and which n-grams count.

An uncompressed archive as `numpy.savez` writes it: `vectors` (B, D) float32, `buckets` (B,)
int64, all different, and `ngrams`, the three numbers of `model.subwords`: min, max, buckets. The
vectors are memory-mapped.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import VectorsError, reason_of
from w2v_cli.vectors.formats.npy import map_member
from w2v_cli.vectors.subword_vectors import SubwordVectors

__all__ = ["read_subwords", "write_subwords"]


def write_subwords(
    file: IO[bytes],
    counted: NgramRange,
    buckets: NDArray[np.int64],
    vectors: Iterable[NDArray[np.float32]],
    dim: int,
) -> None:
    """Write the vectors of n-grams with these bucket numbers (B,), given some (n, D) at a time."""
    ngrams = np.array([counted.shortest, counted.longest, counted.buckets], np.int64)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in ("ngrams", ngrams), ("buckets", buckets):
            with _member(archive, name) as stream:
                npy.write_array(stream, array, allow_pickle=False)
        with _member(archive, "vectors") as stream:
            shape = {"descr": "<f4", "fortran_order": False, "shape": (len(buckets), dim)}
            npy.write_array_header_1_0(stream, shape)
            for some in vectors:
                stream.write(np.ascontiguousarray(some, "<f4").data.cast("B"))


def _member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    """A new file of the archive, of any size."""
    return archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True)


def read_subwords(path: Path, dim: int) -> SubwordVectors:
    """The n-grams of a run with vectors of `dim` numbers.

    Raises:
        VectorsError: the file is damaged, or of another run.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            shortest, longest, count = map_member(file, archive, "ngrams").tolist()
            buckets, vectors = (map_member(file, archive, name) for name in ("buckets", "vectors"))
            counted = NgramRange(shortest, longest, count)
            _check(counted, buckets, vectors, dim)
    except OSError as error:
        raise VectorsError(f"{path}: cannot be read: {reason_of(error)}") from error
    except Exception as error:  # a damaged archive can raise almost anything
        raise VectorsError(f"{path}: damaged: {error}; train again") from error
    return SubwordVectors(counted, buckets, vectors)


def _check(counted: NgramRange, buckets: NDArray[Any], vectors: NDArray[Any], dim: int) -> None:
    if not 1 <= counted.shortest <= counted.longest or counted.buckets < 1:
        raise ValueError(f"n-grams {counted}")
    if buckets.dtype != np.int64 or vectors.dtype != np.float32:
        raise ValueError(f"arrays of {buckets.dtype} and {vectors.dtype}")
    if vectors.shape != (*buckets.shape, dim) or not np.diff(np.sort(buckets)).all():
        raise ValueError(f"arrays of the shapes {buckets.shape} and {vectors.shape}")
