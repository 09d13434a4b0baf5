"""word2vec binary: a `V D` line, then for each word its bytes, a space, D little-endian float32.

word2vec.c ends a row with a newline and gensim does not. Both are read; the newline is
written, because the C tools look for it. A word with a space in it, which gensim writes, puts
what follows out of place: without newlines, only the values show it.
"""

import re
from collections.abc import Iterator
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
LONGEST_WORD = 1 << 20  # bytes; longer ones are no words

MISPLACED = 1e20  # no vector has such a value
FEW_ROWS = 2  # that may be out of place in the smallest file
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
    matrix = np.empty((words + allowance(words), dim), dtype="<f4")
    found, newlines = _read_rows(file, matrix, words, name)
    matrix = matrix[: len(found)]
    if len(found) < words:
        problem = _cut_short(len(found), words, dim, "the end of the file: it is cut short", name)
        if words - len(found) > allowance(words):
            raise VectorsError(problem)
        oddities.note(HEADER, problem, words - len(found))
    elif len(found) > words:
        if not newlines:  # without them, anything looks like one more row
            raise VectorsError(_found_more(words, name))
        oddities.note(HEADER, _found_more(words, name), len(found) - words)

    def where(row: int) -> str:
        return f"{name}: row {row + 1}"

    if newlines:
        _check_numbers(matrix, where, oddities)
    else:
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


def _read_rows(
    file: IO[bytes], matrix: NDArray[np.float32], declared: int, name: str
) -> tuple[list[bytes], bool]:
    """Read to the end of the file: the values into `matrix` (R, D), the words as the result.

    With them, whether a newline follows each row. There are fewer than R words where the file
    ends earlier.
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
    _check_end(data, len(words), declared, matrix.shape[1], name)
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
                before = words[row - 1].removeprefix(b"\n")
                raise VectorsError(
                    f"{name}: row {row}: expected a newline after the values of {before!r}, found "
                    f"{word[:40]!r}: the word holds a space, or the file is damaged"
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
    """Check by their values that rows without newlines begin where they should.

    A word with a space moves the values of its row: read from the wrong byte they have any size,
    and some of them stand before the next word.

    Raises:
        VectorsError: a value is so large, or no number, that it must be out of place, or more
            rows than a few have values of very different sizes.
    """
    strange, problem = 0, ""
    for start, largest, smallest in _sizes(matrix):
        spread = largest > LARGEST_SPREAD * smallest
        for row in np.flatnonzero(spread | ~(largest <= MISPLACED)).tolist():
            place = f"{where(start + row)}: the vector of {words[start + row]!r} has values"
            if not largest[row] <= MISPLACED:
                raise VectorsError(f"{place} of up to {largest[row]:.3g}, as none has: {REASON}")
            between = f"between {smallest[row]:.3g} and {largest[row]:.3g}"
            problem = problem or f"{place} {between}: perhaps {REASON}"
            strange += 1
    if strange > max(FEW_ROWS, allowance(len(matrix))):
        raise VectorsError(f"{problem}; {strange:,} of {len(matrix):,} rows are like this")
    if strange:
        oddities.note(SHIFTED, problem, strange)
    if _CONTROL.search(b" ".join(words)):
        bad = [row for row, word in enumerate(words) if _CONTROL.search(word)]
        problem = f"{where(bad[0])}: the word {words[bad[0]][:40]!r} holds a control character"
        oddities.note(SHIFTED, f"{problem}: perhaps {REASON}", len(bad))


def _check_numbers(matrix: NDArray[np.float32], where: Where, oddities: Oddities) -> None:
    """Note the rows with values too far apart in size to be float32, if most rows are such."""
    strange = [
        start + row
        for start, largest, smallest in _sizes(matrix)
        for row in np.flatnonzero(largest > LARGEST_SPREAD * smallest).tolist()
    ]
    if len(strange) * 2 > len(matrix):
        problem = f"{where(strange[0])}: sizes of values that differ by a factor of more than 1e12"
        reason = "the numbers may be of another type or byte order than little-endian float32"
        oddities.note(SHIFTED, f"{problem}: {reason}", len(strange))


def _sizes(
    matrix: NDArray[np.float32],
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.float64]]]:
    """Of each block of rows, the first, and the largest and smallest size of values in each row.

    Zeros have no size: the smallest of a row of zeros is infinite.
    """
    for start in range(0, len(matrix), BLOCK_ROWS):
        with np.errstate(invalid="ignore"):
            sizes = np.abs(matrix[start : start + BLOCK_ROWS])
            smallest = np.where(sizes > 0, sizes, np.float32(np.inf)).min(axis=1)
            yield start, sizes.max(axis=1).astype(np.float64), smallest.astype(np.float64)


def _check_end(data: bytes, rows: int, declared: int, dim: int, name: str) -> None:
    """Raise VectorsError unless the file ends with a row, `data` being what is left of it."""
    if data in (b"", b"\n"):
        return
    if rows >= declared:
        raise VectorsError(_found_more(declared, name))
    reason = "the end of the file: it is cut short"
    if len(data) > 4 * dim + LONGEST_WORD:
        reason = f"no space in {LONGEST_WORD:,} bytes: the file is damaged"
    raise VectorsError(_cut_short(rows, declared, dim, reason, name))


def _cut_short(rows: int, declared: int, dim: int, found: str, name: str) -> str:
    """What is wrong with a file that has fewer rows than its header declares."""
    return (
        f"{name}: row {rows + 1} of the {declared:,} that the header declares: expected "
        f"a word, a space and {4 * dim:,} bytes, found {found}"
    )


def _found_more(declared: int, name: str) -> str:
    """What is wrong with a file that has more rows than its header declares."""
    return (
        f"{name}: expected the end of the file after the {declared:,} rows that the header "
        "declares, found more"
    )


WORD2VEC_BINARY = FileFormat("word2vec-binary", UNFIT, RULE, True, sniff, read, write)
