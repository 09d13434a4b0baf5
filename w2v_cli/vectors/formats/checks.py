"""Rules every vector file keeps: words once each, in UTF-8, and finite numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.resources import available_memory
from w2v_cli.vectors.oddities import EMPTY, HUGE, NOT_UTF8, REPEATED, Kind, Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "LONGEST_ROW",
    "Where",
    "allowance",
    "check_encoding",
    "check_finite",
    "check_memory",
    "check_size",
    "check_unique",
    "check_values",
    "checked",
    "decode_words",
    "is_utf8",
    "kept_rows",
]

Where = Callable[[int], str]  # row number from 0 → how to call the place in a message
CHECKED_ROWS = 512  # few enough to stay in a processor's cache
LONGEST_ROW = 1 << 24  # bytes
LARGEST_VALUE = 1e10  # of any vector that was trained
WORD_BYTES = 60  # that a word takes at least, as text in a list


def checked(vectors: WordVectors, where: Where, oddities: Oddities) -> WordVectors:
    """The vectors that can be used: no empty word, each word once, and finite values.

    What is left out is counted. The matrix may be changed in place.

    Raises:
        VectorsError: a value is not finite, or no word is left.
    """
    kept = kept_rows(vectors.words, where, oddities)
    if len(kept) < len(vectors):
        vectors, left = _with_rows(vectors, kept), where

        def where(row: int) -> str:
            return left(int(kept[row]))

    check_values(vectors, where, oddities)
    return replace(vectors, oddities=oddities)


def kept_rows(words: Sequence[str], where: Where, oddities: Oddities) -> NDArray[np.int64]:
    """The rows, rising, of words that are not empty and come for the first time.

    Raises:
        VectorsError: none is left.
    """
    if len(set(words)) == len(words) and "" not in words:
        return np.arange(len(words))
    first: dict[str, int] = {}
    for row, word in enumerate(words):
        if not word:
            oddities.note(EMPTY, f"{where(row)}: the word is empty")
        elif first.setdefault(word, row) != row:
            oddities.note(REPEATED, _repeated(word, where(row), where(first[word])))
    if not first:
        raise VectorsError(f"{where(0)}: the word is empty, as all are")
    return np.fromiter(first.values(), np.int64, len(first))


def check_unique(words: Sequence[str], where: Where) -> None:
    """Raise VectorsError, naming both places, if a word comes twice."""
    if len(set(words)) < len(words):
        first: dict[str, int] = {}
        for row, word in enumerate(words):
            if first.setdefault(word, row) != row:
                raise VectorsError(_repeated(word, where(row), where(first[word])))


def _repeated(word: str, here: str, before: str) -> str:
    """What is wrong with a word that comes twice."""
    return f"{here}: the word {word!r} is already at {before}, expected every word once"


def _with_rows(vectors: WordVectors, kept: NDArray[np.int64]) -> WordVectors:
    """Some rows of vectors, rising; where it may be written, in the same memory."""
    matrix = vectors.matrix
    if not matrix.flags.writeable:
        matrix = np.empty((len(kept), vectors.dim), np.float32)
    for start in range(0, len(kept), CHECKED_ROWS):
        rows = kept[start : start + CHECKED_ROWS]
        matrix[start : start + len(rows)] = vectors.matrix[rows]
    counts = None if vectors.counts is None else vectors.counts[kept]
    return WordVectors([vectors.words[row] for row in kept], matrix[: len(kept)], counts)


def check_values(vectors: WordVectors, where: Where, oddities: Oddities) -> None:
    """Count the vectors with a value that no training ends with.

    Raises:
        VectorsError: a value is NaN or infinite; names the word.
    """
    for start in range(0, len(vectors), CHECKED_ROWS):
        block = vectors.block(start, CHECKED_ROWS)
        with np.errstate(invalid="ignore"):  # a signalling NaN
            largest = max(block.max(), -block.min())
        if not largest <= LARGEST_VALUE:
            _note_magnitudes(vectors, start, block, where, oddities)


def check_finite(vectors: WordVectors, where: Where) -> None:
    """Raise VectorsError, naming the word, if a value is NaN or infinite."""
    check_values(vectors, where, Oddities())


def _note_magnitudes(
    vectors: WordVectors, start: int, block: NDArray[np.float32], where: Where, oddities: Oddities
) -> None:
    """Note the rows of a block, the first of which is row `start`, with a value too large.

    Raises:
        VectorsError: a value is NaN or infinite; names the word.
    """
    finite = np.isfinite(block).all(axis=1)
    if not finite.all():
        row = start + int(np.argmin(finite))
        raise VectorsError(
            f"{where(row)}: the vector of {vectors.words[row]!r} is not finite "
            "(NaN or infinity), expected finite numbers"
        )
    largest = np.abs(block).max(axis=1)
    for row in np.flatnonzero(largest > LARGEST_VALUE).tolist():
        oddities.note(
            HUGE,
            f"{where(start + row)}: the vector of {vectors.words[start + row]!r} has a value of "
            f"{largest[row]:.3g}, expected the small numbers of word vectors",
        )


def check_size(
    name: str,
    declared: tuple[int, int],
    smallest_row: int,
    available: int | None,
    *,
    missing: int = 0,
    mapped: bool = False,
) -> None:
    """Raise VectorsError if (V, D) is empty, or cannot fit into the `available` bytes.

    `smallest_row` is the fewest bytes a row can take, `missing` how many rows may be absent, and
    `available` None where the file is compressed. Rows that are `mapped` take no memory. Call it
    before any memory is asked for, so that a damaged header cannot ask for all of it.
    """
    words, dim = declared
    if words == 0 or dim == 0:
        raise VectorsError(f"{name}: declares {words} words of {dim} dimensions, expected some")
    least = (words - missing) * smallest_row
    if available is not None and least > available:
        raise VectorsError(
            f"{name}: declares {words:,} words of {dim:,} dimensions, which take at least "
            f"{words * smallest_row:,} bytes, found {available:,}: the file is cut short "
            "or its header is wrong"
        )
    if 4 * dim > LONGEST_ROW:
        raise VectorsError(
            f"{name}: declares {dim:,} dimensions, expected no more than {LONGEST_ROW // 4:,}"
        )
    if not mapped:
        check_memory(name, words, dim)


def allowance(words: int) -> int:
    """How many rows a header may be wrong by: one, or one in a hundred."""
    return max(1, words // 100) if words > 1 else 0


def check_memory(name: str, words: int, dim: int) -> None:
    """Raise VectorsError if words and a matrix (V, D) of float32 need more memory than there is."""
    memory, need = available_memory(), words * (4 * dim + WORD_BYTES)
    if memory is not None and need > memory:
        raise VectorsError(
            f"{name}: declares {words:,} words of {dim:,} dimensions, which take {need:,} bytes "
            f"of memory, found {memory:,}: use a smaller file, or a machine with more memory"
        )


def decode_words(
    words: Sequence[bytes], where: Where, oddities: Oddities, kind: Kind = NOT_UTF8
) -> list[str]:
    """The words as text; those with bad bytes are counted.

    Bad bytes become U+FFFD, or escapes, as the `kind` of oddity says.

    Raises:
        VectorsError: more than a few are not UTF-8.
    """
    separated = b"\n".join(words)
    if separated.count(b"\n") == len(words) - 1 and is_utf8(separated):
        return separated.decode().split("\n")  # faster than each word alone
    bad = [row for row, word in enumerate(words) if not is_utf8(word)]
    if bad:
        problem = f"{where(bad[0])}: the word {words[bad[0]]!r} is not valid UTF-8"
        oddities.note(kind, problem, len(bad))
        check_encoding(oddities, len(words), kind)
    errors = "replace" if kind is NOT_UTF8 else "backslashreplace"
    return [word.decode(errors=errors) for word in words]


def check_encoding(oddities: Oddities, rows: int, kind: Kind = NOT_UTF8) -> None:
    """Raise VectorsError if more words than `allowance` are not UTF-8: that is no accident."""
    found = oddities.find(kind)
    if found is not None and found.number > allowance(rows):
        raise VectorsError(f"{found.first}; {found.number:,} of {rows:,} words are not UTF-8")


def is_utf8(data: bytes) -> bool:
    """Whether `data` decodes."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
