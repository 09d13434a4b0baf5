"""npy: a folder of a matrix that is memory-mapped, and of the words with their counts.

A finished run holds the same two files, `vectors.npy` (V, D) float32 and `vocab.tsv`, one
`word<TAB>count` a line in the order of the rows. Where counts are not known, a line is a word.

matrix = numpy.load("vectors.npy", mmap_mode="r")
"""

import math
import struct
import zipfile
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.run_files import (
    VECTORS,
    VOCABULARY,
    read_vocabulary,
    write_matrix,
    write_vocabulary,
)
from w2v_cli.vectors.formats.base import RULE_TABLE, UNFIT_TABLE, FolderFormat
from w2v_cli.vectors.formats.checks import check_size, kept_rows
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["NPY", "declared_bytes", "map_array", "map_matrix", "map_member", "read_npy_header"]

_LOCAL_HEADER = struct.Struct("<26xHH")  # of a member: the lengths of its name and extra field


def read(files: Mapping[str, IO[bytes]], name: str, oddities: Oddities) -> WordVectors:
    """The words of a folder and its matrix, memory-mapped: next to nothing is read of it.

    Raises:
        VectorsError: a file is damaged, or they do not belong together.
    """
    words, counts = read_vocabulary(files[VOCABULARY], f"{name}/{VOCABULARY}")
    matrix = map_matrix(files[VECTORS], f"{name}/{VECTORS}")
    if len(matrix) != len(words):
        raise VectorsError(
            f"{name}: vocab.tsv has {len(words):,} words and vectors.npy the shape "
            f"{matrix.shape}, expected a row for each word: the folder is damaged; write it again"
        )
    kept = kept_rows(words, lambda row: f"{name}/{VOCABULARY}:{row + 1}", oddities)
    if len(kept) < len(words):
        words, matrix = [words[row] for row in kept], matrix[kept]
        counts = None if counts is None else counts[kept]
    return WordVectors(words, matrix, counts, oddities=oddities)


def write(files: Mapping[str, IO[bytes]], vectors: WordVectors) -> None:
    """Write both files."""
    write_matrix(files[VECTORS], vectors.matrix)
    write_vocabulary(files[VOCABULARY], vectors.words, vectors.counts)


def map_matrix(file: IO[bytes], name: str) -> NDArray[np.float32]:
    """The matrix (V, D) of an npy file, memory-mapped read-only.

    Raises:
        VectorsError: the file is damaged or holds something else.
    """
    try:
        shape, fortran_order, dtype = read_npy_header(file)
    except Exception as error:  # a damaged header can raise almost anything
        raise VectorsError(f"{name}: damaged: {error}; write it again") from error
    if len(shape) != 2 or dtype.newbyteorder("=") != np.float32:
        raise VectorsError(f"{name}: expected a float32 matrix, found {dtype} of shape {shape}")
    start = file.tell()
    row, available = shape[1] * dtype.itemsize, file.seek(0, 2) - start
    check_size(name, (shape[0], shape[1]), row, available, mapped=True)
    mapped = np.memmap(file, dtype, "r", start, shape, "F" if fortran_order else "C")
    return np.asarray(mapped)


def map_array(file: IO[bytes], end: int) -> NDArray[Any]:
    """The array of an npy stream, memory-mapped: from where `file` stands to the byte `end`.

    Raises:
        ValueError: it is damaged.
    """
    shape, fortran_order, dtype = read_npy_header(file)
    start, size = file.tell(), math.prod(shape) * dtype.itemsize
    if fortran_order or start + size != end:
        raise ValueError(f"an array of the shape {shape} declares {size:,} bytes")
    if not size:
        return np.empty(shape, dtype)
    return np.asarray(np.memmap(file, dtype, "r", start, shape))


def map_member(file: IO[bytes], archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """An array of an archive as `numpy.savez` writes it, memory-mapped.

    Raises:
        KeyError: there is none of that name.
        ValueError: it is compressed or damaged.
    """
    entry = archive.getinfo(f"{name}.npy")
    if entry.compress_type != zipfile.ZIP_STORED:
        raise ValueError(f"{name} is compressed")
    file.seek(entry.header_offset)
    lengths = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    file.seek(entry.header_offset + _LOCAL_HEADER.size + sum(lengths))
    return map_array(file, file.tell() + entry.file_size)


def read_npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    """Shape, whether columns come first, and type of the array in an npy file.

    Raises:
        ValueError: it is no npy file, or it holds Python objects.
    """
    readers = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}
    version = npy_format.read_magic(file)
    if version not in readers:
        raise ValueError(f"unknown npy version {version}")
    shape, fortran_order, dtype = readers[version](file)
    if dtype.hasobject:
        raise ValueError("an array of Python objects, which is not read because it can run code")
    if any(type(length) is not int or length < 0 for length in shape):  # True is an int, too
        raise ValueError(f"an array of the shape {shape}")
    return shape, fortran_order, dtype


def declared_bytes(file: IO[bytes]) -> int:
    """How many bytes of values the header of an npy file declares."""
    shape, _, dtype = read_npy_header(file)
    return math.prod(shape) * dtype.itemsize


NPY = FolderFormat("npy", UNFIT_TABLE, RULE_TABLE, False, (VECTORS, VOCABULARY), read, write)
