"""word2vec binary: a `V D` line, then for each word its bytes, a space, D little-endian float32.

word2vec.c ends a row with a newline and gensim does not. Both are read; the newline is
written, because the C tools look for it.
"""

import mmap
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import Format
from w2v_cli.vectors.formats.checks import checked, decode_words
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.formats.text import RULE, UNFIT
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["WORD2VEC_BINARY"]

BLOCK_ROWS = 1024
NEWLINE = 10


def sniff(head: bytes) -> bool:
    """Whether a file begins with a header line; that text does not follow is known by then."""
    return match_header(head) is not None


def read(file: IO[bytes], name: str) -> WordVectors:
    """The vectors of a word2vec binary file, with or without a newline after each row.

    Raises:
        VectorsError: the file is damaged: says the row, what was expected and what was found.
    """
    words, dim = read_header(file, name, value_bytes=4, other_bytes=2)
    matrix = np.empty((words, dim), dtype="<f4")
    start = file.tell()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        raw_words = _read_rows(data, start, matrix, name)

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
        values = vectors.matrix[start : start + BLOCK_ROWS].astype("<f4").tobytes()
        rows = (values[at : at + width] for at in range(0, len(values), width))
        file.write(
            b"".join(
                b"%b %b\n" % (word.encode(), row) for word, row in zip(words, rows, strict=True)
            )
        )


def _read_rows(
    data: mmap.mmap, position: int, matrix: NDArray[np.float32], name: str
) -> list[bytes]:
    """The words of the rows from `position` on, whose values are copied into `matrix` (V, D)."""
    words = []
    values = matrix.data.cast("B")
    width = 4 * matrix.shape[1]
    for row in range(len(matrix)):
        space = data.find(b" ", position)
        end = space + 1 + width
        if space < 0 or end > len(data):
            raise VectorsError(
                f"{name}: row {row + 1} of the {len(matrix):,} that the header declares: expected "
                f"a word, a space and {width:,} bytes, found the end of the file: it is cut short"
            )
        word = data[position:space]
        if b"\n" in word:
            raise VectorsError(
                f"{name}: row {row + 1}: the word {word[:40]!r} holds a newline: "
                "the header declares other dimensions than the rows have"
            )
        words.append(word)
        values[row * width : (row + 1) * width] = data[space + 1 : end]
        position = end + 1 if end < len(data) and data[end] == NEWLINE else end
    if position < len(data):
        raise VectorsError(
            f"{name}: expected the end of the file after the {len(matrix):,} rows that the header "
            f"declares, found {len(data) - position:,} bytes more"
        )
    return words


WORD2VEC_BINARY = Format("word2vec-binary", sniff, read, write, UNFIT, RULE)
