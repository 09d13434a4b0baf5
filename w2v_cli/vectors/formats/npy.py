"""npy: a folder of a matrix that is memory-mapped, and of the words with their counts.

A finished run holds the same two files, `vectors.npy` (V, D) float32 and `vocab.tsv`, one
`word<TAB>count` a line in the order of the rows. Where counts are not known, a line is a word.

matrix = numpy.load("vectors.npy", mmap_mode="r")
"""

import io
import math
import re
from collections.abc import Mapping
from typing import IO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import FolderFormat
from w2v_cli.vectors.formats.checks import check_size, is_utf8
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["NPY", "declared_bytes", "map_matrix", "read_npy_header", "read_vocabulary"]

MATRIX, VOCABULARY = "vectors.npy", "vocab.tsv"

UNFIT = re.compile(r"\A\Z|[\t\n\ud800-\udfff]")
RULE = "valid Unicode without tab and newline, and not empty"

BLOCK_ROWS = 1024
_LINE_WITH_COUNT = re.compile(rb"[^\t\n]+\t\d{1,18}\n")
_LINE = re.compile(rb"[^\t\n]+\n")


def read(files: Mapping[str, IO[bytes]], name: str) -> WordVectors:
    """The words of a folder and its matrix, memory-mapped: next to nothing is read of it.

    Raises:
        VectorsError: a file is damaged, or they do not belong together.
    """
    words, counts = read_vocabulary(files[VOCABULARY], f"{name}/{VOCABULARY}")
    matrix = map_matrix(files[MATRIX], f"{name}/{MATRIX}")
    if len(matrix) != len(words):
        raise VectorsError(
            f"{name}: vocab.tsv has {len(words):,} words and a matrix the shape "
            f"{matrix.shape}, expected a row for each word: the folder is damaged; write it again"
        )
    return WordVectors(words, matrix, counts)


def write(files: Mapping[str, IO[bytes]], vectors: WordVectors) -> None:
    """Write both files."""
    header = {"descr": "<f4", "fortran_order": False, "shape": vectors.matrix.shape}
    npy_format.write_array_header_1_0(files[MATRIX], header)
    for start in range(0, len(vectors), BLOCK_ROWS):
        files[MATRIX].write(vectors.matrix[start : start + BLOCK_ROWS].astype("<f4").tobytes())
    lines = (f"{word}\n" for word in vectors.words)
    if vectors.counts is not None:
        pairs = zip(vectors.words, vectors.counts.tolist(), strict=True)
        lines = (f"{word}\t{count}\n" for word, count in pairs)
    files[VOCABULARY].write("".join(lines).encode())


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
    check_size(name, (shape[0], shape[1]), shape[1] * dtype.itemsize, file.seek(0, 2) - start)
    mapped = np.memmap(file, dtype, "r", start, shape, "F" if fortran_order else "C")
    return np.asarray(mapped)


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
    if any(length < 0 for length in shape):
        raise ValueError(f"an array of the shape {shape}")
    return shape, fortran_order, dtype


def declared_bytes(file: IO[bytes]) -> int:
    """How many bytes of values the header of an npy file announces."""
    shape, _, dtype = read_npy_header(file)
    return math.prod(shape) * dtype.itemsize


def read_vocabulary(file: IO[bytes], name: str) -> tuple[list[str], NDArray[np.int64] | None]:
    """The words of a file of `word<TAB>count` lines, and the counts; None if it has no tabs.

    Raises:
        VectorsError: a line is something else; says which.
    """
    data = file.read()
    counts = None
    try:
        fields = data.decode().replace("\n", "\t").split("\t")
        if b"\t" in data:
            words = fields[:-1:2]
            # As a list of int first: NumPy takes three times as long over strings.
            counts = np.array(list(map(int, fields[1::2])), dtype=np.int64)
        else:
            words = fields[:-1]
    except (ValueError, OverflowError):
        raise VectorsError(f"{name}:{_first_bad_line(data)}") from None
    whole = data.endswith(b"\n") if counts is None else _tabs_alternate(data) and counts.min() >= 0
    if not whole or "" in words:
        raise VectorsError(f"{name}:{_first_bad_line(data)}")
    return words, counts


def _tabs_alternate(data: bytes) -> bool:
    """Whether every line has one tab and an end; in a tenth of the time of a loop over lines."""
    characters = np.frombuffer(data, dtype=np.uint8)
    separators = characters[(characters == ord("\t")) | (characters == ord("\n"))]
    tabs, ends = separators[::2], separators[1::2]
    return bool(data.endswith(b"\n") and (tabs == ord("\t")).all() and (ends == ord("\n")).all())


def _first_bad_line(data: bytes) -> str:
    """The number of the first line that is not as the others, and what is there."""
    line_form, expected = (
        _LINE_WITH_COUNT,
        "expected a word, a tab, its count and the end of the line",
    )
    if data and b"\t" not in data:
        line_form, expected = _LINE, "expected a word and the end of the line"
    for number, line in enumerate(io.BytesIO(data), start=1):
        if not line_form.fullmatch(line) or not is_utf8(line):
            return f"{number}: {expected}, found {line[:80]!r}"
    return f"1: {expected}, found an empty file"


NPY = FolderFormat("npy", UNFIT, RULE, False, (MATRIX, VOCABULARY), read, write)
