"""word2vec binary: a `V D` line, then for each word its bytes, a space, D little-endian float32.

word2vec.c ends a row with a newline and gensim does not. Both are read; the newline is
written, because the C tools look for it.
"""

from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import RULE, UNFIT, FileFormat
from w2v_cli.vectors.formats.checks import checked, decode_words
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["WORD2VEC_BINARY"]

BLOCK_BYTES = 1 << 20  # small enough to stay in a processor's cache while it is taken apart
BLOCK_ROWS = 1024
LONGEST_WORD = 1 << 20  # bytes; what has no space for longer is something else than words
NEWLINE = 10


class Rows(NamedTuple):
    """Whole rows found in a block: their words, where their values start, where they end."""

    words: list[bytes]
    starts: list[int]
    end: int


def sniff(head: bytes) -> bool:
    """Whether a file begins with a header line; the formats of text have been tried before."""
    return match_header(head) is not None


def read(file: IO[bytes], name: str) -> WordVectors:
    """The vectors of a word2vec binary file, with or without a newline after each row.

    Raises:
        VectorsError: the file is damaged: says the row, what was expected and what was found.
    """
    words, dim = read_header(file, name, value_bytes=4, other_bytes=2)
    matrix = np.empty((words, dim), dtype="<f4")
    raw_words = _read_rows(file, matrix, name)

    def where(row: int) -> str:
        return f"{name}: row {row + 1}"

    vectors = WordVectors(decode_words(raw_words, where), matrix.astype(np.float32, copy=False))
    return checked(vectors, where)


def write(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the header and the rows, each ended by a newline."""
    file.write(format_header(len(vectors), vectors.dim))
    width = 4 * vectors.dim
    for start in range(0, len(vectors), BLOCK_ROWS):
        words = vectors.words[start : start + BLOCK_ROWS]
        matrix = np.ascontiguousarray(vectors.matrix[start : start + BLOCK_ROWS], dtype="<f4")
        values = matrix.data.cast("B")
        pieces: list[bytes | memoryview] = []
        for row, word in enumerate(words):
            pieces += (b"%b " % word.encode(), values[row * width : (row + 1) * width], b"\n")
        file.write(b"".join(pieces))


def _read_rows(file: IO[bytes], matrix: NDArray[np.float32], name: str) -> list[bytes]:
    """The words of all rows, whose values are copied into `matrix` (V, D), to the end of file."""
    words: list[bytes] = []
    width = 4 * matrix.shape[1]
    records = matrix.view(f"V{width}").ravel()
    data, at_end = b"", False
    while not at_end and (len(words) < len(matrix) or data in (b"", b"\n")):
        more = file.read(max(BLOCK_BYTES, 2 * width))
        data, at_end = data + more, not more
        found = _find_rows(data, width, len(matrix) - len(words), at_end)
        if found.starts:
            _check_words(found.words, len(words), name)
            # One place for the values of a row at every byte of the block.
            places = np.ndarray(len(data) - width + 1, f"V{width}", data, strides=(1,))
            records[len(words) : len(words) + len(found.starts)] = places[found.starts]
            words += found.words
        data = data[found.end :]
        if len(data) > width + LONGEST_WORD:
            break
    _check_end(data, len(words), matrix, name)
    return words


def _find_rows(data: bytes, width: int, most: int, at_end: bool) -> Rows:
    """The rows, no more than `most`, that lie in `data` whole, with the newline after them.

    Only the end of the file tells that no newline follows the last one, hence `at_end`.
    """
    words, starts = [], []
    position = 0
    last = len(data) - width - (0 if at_end else 1)
    for _ in range(most):
        start = data.find(b" ", position) + 1
        if start == 0 or start > last:
            break
        words.append(data[position : start - 1])
        starts.append(start)
        position = start + width
        if position < len(data) and data[position] == NEWLINE:
            position += 1
    return Rows(words, starts, position)


def _check_words(words: list[bytes], row: int, name: str) -> None:
    """Raise VectorsError for a word that shows that the rows are not where they should be."""
    if b"\n" in b" ".join(words):
        place, word = next((i, word) for i, word in enumerate(words) if b"\n" in word)
        raise VectorsError(
            f"{name}: row {row + place + 1}: the word {word[:40]!r} holds a newline: "
            "the header declares other dimensions than the rows have"
        )


def _check_end(data: bytes, rows: int, matrix: NDArray[np.float32], name: str) -> None:
    """Raise VectorsError unless all rows were found, and nothing is left after them."""
    if rows < len(matrix):
        reason = "the end of the file: it is cut short"
        if len(data) > 4 * matrix.shape[1] + LONGEST_WORD:
            reason = f"no space in {LONGEST_WORD:,} bytes: the file is damaged"
        raise VectorsError(
            f"{name}: row {rows + 1} of the {len(matrix):,} that the header declares: expected "
            f"a word, a space and {4 * matrix.shape[1]:,} bytes, found {reason}"
        )
    if data:
        raise VectorsError(
            f"{name}: expected the end of the file after the {len(matrix):,} rows that the header "
            "declares, found more"
        )


WORD2VEC_BINARY = FileFormat("word2vec-binary", UNFIT, RULE, True, sniff, read, write)
