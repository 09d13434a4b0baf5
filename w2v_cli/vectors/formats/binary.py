"""word2vec binary: a `V D` line, then for each word its bytes, a space, D little-endian float32.

word2vec.c ends a row with a newline and gensim does not. Both are read; the newline is
written, because the C tools look for it. A word with a space in it, which gensim writes, puts
what follows out of place: without newlines, only the values show it.
"""

import re
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import RULE, UNFIT, FileFormat
from w2v_cli.vectors.formats.checks import (
    Where,
    allowance,
    checked,
    decode_words,
)
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.oddities import HEADER, SHIFTED, Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["WORD2VEC_BINARY"]

BLOCK_BYTES = 1 << 20  # small enough to stay in a processor's cache while it is taken apart
BLOCK_ROWS = 1024
LONGEST_WORD = 1 << 20  # bytes; what has no space for longer is something else than words

MISPLACED = 1e20  # no vector has such a value
LARGEST_SPREAD = 1e12  # of the sizes of values in one vector
REASON = (
    "a word before it or its own holds a space, which the format has no way to hold, or the file "
    "is damaged; write it again as text"
)

_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1f\x7f]")


class Rows(NamedTuple):
    """Whole rows found in a block: their words, where their values start, where they end."""

    words: list[bytes]
    starts: list[int]
    end: int


def sniff(head: bytes) -> bool:
    """Whether a file begins with a header line; the formats of text have been tried before."""
    return match_header(head) is not None


def read(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of a word2vec binary file, with or without a newline after each row.

    Raises:
        VectorsError: the file is damaged: says the row, what was expected and what was found.
    """
    words, dim = read_header(file, name, value_bytes=4, other_bytes=2)
    matrix = np.empty((words, dim), dtype="<f4")
    found, newlines = _read_rows(file, matrix, name)
    missing = words - len(found)
    if missing:
        problem = _cut_short(len(found), matrix, "the end of the file: it is cut short", name)
        if missing > allowance(words):
            raise VectorsError(problem)
        oddities.note(HEADER, problem, missing)
    matrix = matrix[: len(found)]

    def where(row: int) -> str:
        return f"{name}: row {row + 1}"

    if not newlines:
        _check_places(found, matrix, where, oddities)
    text = decode_words(found, where, oddities)
    return checked(WordVectors(text, matrix.astype(np.float32, copy=False)), where, oddities)


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


def _read_rows(file: IO[bytes], matrix: NDArray[np.float32], name: str) -> tuple[list[bytes], bool]:
    """The words of all rows, whose values are copied into `matrix` (V, D), to the end of file.

    With them, whether a newline follows each row. There may be fewer words, where the file
    ends with a row.
    """
    words: list[bytes] = []
    width = 4 * matrix.shape[1]
    records = matrix.view(f"V{width}").ravel()
    data, at_end = b"", False
    while not at_end and (len(words) < len(matrix) or data in (b"", b"\n")):
        more = file.read(max(BLOCK_BYTES, 2 * width))
        data, at_end = data + more, not more
        found = _find_rows(data, width, len(matrix) - len(words))
        if found.starts:
            # One place for the values of a row at every byte of the block.
            places = np.ndarray(len(data) - width + 1, f"V{width}", data, strides=(1,))
            records[len(words) : len(words) + len(found.starts)] = places[found.starts]
            words += found.words
        data = data[found.end :]
        if len(data) > width + LONGEST_WORD:
            break
    words, newlines = _without_newlines(words, data == b"\n", name)
    _check_end(data, len(words), matrix, name)
    return words, newlines


def _find_rows(data: bytes, width: int, most: int) -> Rows:
    """The rows, no more than `most`, that lie in `data` whole; a newline is left to the next."""
    words, starts = [], []
    position = 0
    last = len(data) - width
    for _ in range(most):
        start = data.find(b" ", position) + 1
        if start == 0 or start > last:
            break
        words.append(data[position : start - 1])
        starts.append(start)
        position = start + width
    return Rows(words, starts, position)


def _without_newlines(words: list[bytes], last: bool, name: str) -> tuple[list[bytes], bool]:
    """The words without the newlines that ended the rows before them, and whether there were any.

    Either all rows end in a newline, the `last` one perhaps not, or none.

    Raises:
        VectorsError: a row ends otherwise than the first, or a word holds a newline.
    """
    newlines = words[1].startswith(b"\n") if len(words) > 1 else last
    if newlines:
        for row, word in enumerate(words[1:], start=1):
            if not word.startswith(b"\n"):
                raise VectorsError(
                    f"{name}: row {row}: expected a newline after the values of {words[row - 1]!r}"
                    f", found {word[:40]!r}: the word holds a space, or the file is damaged"
                )
        words = [words[0], *(word[1:] for word in words[1:])]
    if b"\n" in b" ".join(words):
        row, word = next((row, word) for row, word in enumerate(words) if b"\n" in word)
        raise VectorsError(
            f"{name}: row {row + 1}: the word {word[:40]!r} holds a newline: "
            "the header declares other dimensions than the rows have"
        )
    return words, newlines


def _check_places(
    words: list[bytes], matrix: NDArray[np.float32], where: Where, oddities: Oddities
) -> None:
    """See by rows without newlines whether they are where they should be.

    A word with a space puts the values of its row out of place, where they have any size, and
    some of them before the next word.

    Raises:
        VectorsError: a value is so large, or no number, that it must be out of place.
    """
    for start in range(0, len(matrix), BLOCK_ROWS):
        with np.errstate(invalid="ignore"):
            sizes = np.abs(matrix[start : start + BLOCK_ROWS])
            largest = sizes.max(axis=1)
            smallest = np.where(sizes > 0, sizes, np.inf).min(axis=1)
            strange = ~(largest <= LARGEST_SPREAD * smallest)
        for row in np.flatnonzero(strange & (largest > 0) | (largest > MISPLACED)).tolist():
            place = f"{where(start + row)}: the vector of {words[start + row]!r} has values"
            if not largest[row] <= MISPLACED:
                raise VectorsError(f"{place} of up to {largest[row]:.3g}, as none has: {REASON}")
            sizes_found = f"between {smallest[row]:.3g} and {largest[row]:.3g}"
            oddities.note(SHIFTED, f"{place} {sizes_found}: perhaps {REASON}")
    if _CONTROL.search(b" ".join(words)):
        bad = [row for row, word in enumerate(words) if _CONTROL.search(word)]
        problem = f"{where(bad[0])}: the word {words[bad[0]][:40]!r} holds a control character"
        oddities.note(SHIFTED, f"{problem}: perhaps {REASON}", len(bad))


def _check_end(data: bytes, rows: int, matrix: NDArray[np.float32], name: str) -> None:
    """Raise VectorsError unless the file ends with a row, and has no more than declared."""
    if data in (b"", b"\n"):
        return
    if rows < len(matrix):
        reason = "the end of the file: it is cut short"
        if len(data) > 4 * matrix.shape[1] + LONGEST_WORD:
            reason = f"no space in {LONGEST_WORD:,} bytes: the file is damaged"
        raise VectorsError(_cut_short(rows, matrix, reason, name))
    raise VectorsError(
        f"{name}: expected the end of the file after the {len(matrix):,} rows that the header "
        "declares, found more"
    )


def _cut_short(rows: int, matrix: NDArray[np.float32], found: str, name: str) -> str:
    """What is wrong with a file that has fewer rows than its header declares."""
    return (
        f"{name}: row {rows + 1} of the {len(matrix):,} that the header declares: expected "
        f"a word, a space and {4 * matrix.shape[1]:,} bytes, found {found}"
    )


WORD2VEC_BINARY = FileFormat("word2vec-binary", UNFIT, RULE, True, sniff, read, write)
