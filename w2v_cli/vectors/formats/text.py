"""Text formats: a word and its numbers a line; word2vec puts a `V D` line first, GloVe nothing.

fastText's `.vec` is the text of word2vec, and differs in the words that fastText can read.
"""

import re
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import RULE, UNFIT, FileFormat
from w2v_cli.vectors.formats.checks import checked, is_utf8
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.formats.rows import NUMBER, end_error, explain, parse_rows, write_rows
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["FASTTEXT", "GLOVE", "WORD2VEC_TEXT"]

# Without a header before it, a first word that begins with U+FEFF would be a byte order mark.
UNFIT_GLOVE = re.compile(rf"{UNFIT.pattern}|\A\ufeff")
RULE_GLOVE = f"{RULE}, and without U+FEFF at its start"
# fastText takes a word with this beginning for the name of a class, and NUL for its padding.
UNFIT_FASTTEXT = re.compile(rf"{UNFIT.pattern}|\0|\A_(?=_label__)")
RULE_FASTTEXT = f"{RULE}, without NUL, and without __label__ at its start"

BLOCK_BYTES = 1 << 22

_NUMBERS = re.compile(rb"[-+.\deEnaifty ]+", re.A | re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def sniff_word2vec(head: bytes) -> bool:
    """Whether a file begins with a header line and a row of text."""
    header = match_header(head)
    return header is not None and _is_text(header[2], header[1])


def sniff_glove(head: bytes) -> bool:
    """Whether a file that has no header line begins with a row that ends in a number."""
    _, space, last = head.partition(b"\n")[0].rstrip().rpartition(b" ")
    return bool(space) and NUMBER.fullmatch(last.decode(errors="replace")) is not None


def read_word2vec(file: IO[bytes], name: str) -> WordVectors:
    """The vectors of a word2vec text file, whether word2vec.c, gensim or fastText wrote it.

    Raises:
        VectorsError: the file is damaged: says the line, what was expected and what was found.
    """
    words, dim = read_header(file, name, value_bytes=2, other_bytes=1)
    return _read_rows(file, name, np.empty((words, dim), dtype=np.float32), first_line=2)


def read_glove(file: IO[bytes], name: str) -> WordVectors:
    """The vectors of a GloVe text file; the first row says how many numbers a row has.

    Raises:
        VectorsError: the file is damaged: says the line, what was expected and what was found.
    """
    dim = file.readline().rstrip().count(b" ")
    file.seek(0)
    words = sum(len(lines) for lines in iter(lambda: file.readlines(BLOCK_BYTES), []))
    file.seek(0)
    return _read_rows(file, name, np.empty((words, dim), dtype=np.float32), first_line=1)


def write_word2vec(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the header and the rows; numbers are the shortest that lose nothing."""
    file.write(format_header(len(vectors), vectors.dim))
    write_rows(file, vectors)


def _is_text(rows: bytes, dim: int) -> bool:
    """Whether what follows a `V D` line is text and not float32 bytes.

    A well-formed first row settles it. Otherwise it is text, with something wrong in it, if
    it could be text at all: no control characters and valid UTF-8 (apart from a cut end).
    """
    numbers = rows.partition(b"\n")[0].rstrip().partition(b" ")[2]
    if numbers.count(b" ") == dim - 1 and _NUMBERS.fullmatch(numbers):
        return True
    return _CONTROL.search(rows) is None and is_utf8(rows[: rows.rfind(b"\n") + 1] or rows)


def _read_rows(
    file: IO[bytes], name: str, matrix: NDArray[np.float32], first_line: int
) -> WordVectors:
    """Fill `matrix` (V, D) from the rest of the file, which must hold V rows exactly."""
    words: list[str] = []
    surplus: list[bytes] = []
    dim = matrix.shape[1]
    while len(words) < len(matrix) and (lines := file.readlines(BLOCK_BYTES)):
        room = len(matrix) - len(words)
        lines, surplus = lines[:room], lines[room:]
        try:
            found, values = parse_rows(lines, dim)
        except ValueError:
            raise VectorsError(f"{name}:{explain(lines, dim, first_line + len(words))}") from None
        matrix[len(words) : len(words) + len(found)] = values
        words += found
    if len(words) < len(matrix) or surplus or file.read(1):
        raise end_error(name, first_line + len(words), len(words), len(matrix))
    return checked(WordVectors(words, matrix), lambda row: f"{name}:{first_line + row}")


WORD2VEC_TEXT = FileFormat(
    "word2vec-text", UNFIT, RULE, True, sniff_word2vec, read_word2vec, write_word2vec
)
FASTTEXT = FileFormat(
    "fasttext", UNFIT_FASTTEXT, RULE_FASTTEXT, True, sniff_word2vec, read_word2vec, write_word2vec
)
GLOVE = FileFormat("glove", UNFIT_GLOVE, RULE_GLOVE, True, sniff_glove, read_glove, write_rows)
