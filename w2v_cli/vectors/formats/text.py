"""Text formats: a word and its numbers a line; word2vec puts a `V D` line first, GloVe nothing."""

import re
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import Format
from w2v_cli.vectors.formats.checks import checked, is_utf8
from w2v_cli.vectors.formats.decimals import decimal_rows
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["GLOVE", "RULE", "UNFIT", "WORD2VEC_TEXT"]

# Surrogates are what Python makes of bytes that are not text: they have no UTF-8.
UNFIT = re.compile(r"\A\Z|[ \t-\r\ud800-\udfff]")
RULE = "valid Unicode without white space, and not empty"

BLOCK_BYTES = 1 << 22
BLOCK_VALUES = 1 << 18

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.A | re.I)
_NUMBERS = re.compile(rb"[-+.\deEnaifty ]+", re.A | re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")


def sniff_word2vec(head: bytes) -> bool:
    """Whether a file begins with a header line and a row of text."""
    header = match_header(head)
    return header is not None and _is_text(header[2], header[1])


def sniff_glove(head: bytes) -> bool:
    """Whether a file that has no header line begins with a row that ends in a number."""
    _, space, last = head.partition(b"\n")[0].rstrip().rpartition(b" ")
    return bool(space) and _NUMBER.fullmatch(last.decode(errors="replace")) is not None


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
    write_glove(file, vectors)


def write_glove(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the rows alone; numbers are the shortest that lose nothing."""
    step = max(1, BLOCK_VALUES // vectors.dim)
    for start in range(0, len(vectors), step):
        rows = decimal_rows(np.asarray(vectors.matrix[start : start + step]))
        words = vectors.words[start : start + step]
        lines = (f"{word} {row}\n" for word, row in zip(words, rows, strict=True))
        file.write("".join(lines).encode())


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
            found, values = _parse(lines, dim)
        except ValueError:
            raise VectorsError(f"{name}:{_explain(lines, dim, first_line + len(words))}") from None
        matrix[len(words) : len(words) + len(found)] = values
        words += found
    end = f"{name}:{first_line + len(words)}"
    declared = f"the {len(matrix):,} rows that the header declares"
    if len(words) < len(matrix):
        raise VectorsError(
            f"{end}: expected {declared}, found {len(words):,}: the file is cut short "
            "or its header is wrong"
        )
    if surplus or file.read(1):
        raise VectorsError(f"{end}: expected the end of the file after {declared}, found more")
    return checked(WordVectors(words, matrix), lambda row: f"{name}:{first_line + row}")


def _parse(lines: list[bytes], dim: int) -> tuple[list[str], NDArray[np.float32]]:
    """The words and the numbers (N, D) of N lines, or ValueError if any line is malformed.

    Carriage returns and one trailing space, which word2vec.c writes, are allowed.
    """
    text = b"".join(lines).decode()
    text = text if text.endswith("\n") else text + "\n"
    text = text.replace("\r\n", "\n").replace(" \n", "\n")
    rows = [row.partition(" ") for row in text.split("\n")[:-1]]  # only \n ends a line
    words = [word for word, _, _ in rows]
    numbers = [values for _, _, values in rows]
    if not all(words) or not all(numbers):
        raise ValueError("a row is not a word and numbers")
    # Measured at D 300: 57 ns a number; np.fromstring takes 101, float() 179.
    values = np.loadtxt(numbers, dtype=np.float32, delimiter=" ", comments=None, ndmin=2)
    if values.shape != (len(rows), dim):
        raise ValueError("a row has another number of values")
    return words, values


def _explain(lines: list[bytes], dim: int, first_line: int) -> str:
    """Which of `lines` is the first malformed one, and what is wrong with it."""
    for line, content in enumerate(lines, start=first_line):
        try:
            _parse([content], dim)
        except ValueError:
            return f"{line}: {_problem(content, dim)}"
    raise AssertionError("every line can be parsed alone, but not together")


def _problem(line: bytes, dim: int) -> str:
    """What is wrong with a malformed line: what was expected, and what was found."""
    try:
        content = line.decode().rstrip("\r\n").removesuffix(" ")
    except UnicodeDecodeError:
        return f"not valid UTF-8: {line.split(b' ')[0]!r}; convert the file to UTF-8"
    word, *fields = content.split(" ")
    if not content:
        return f"expected a word and {dim} numbers, found an empty line"
    if not word:
        return "expected a word, found a space at the start of the line"
    if "" in fields:
        return "expected single spaces between the numbers, found two together"
    if len(fields) == dim:
        wrong = next(field for field in fields if not _NUMBER.fullmatch(field))
        return f"expected a number, found {wrong!r}"
    hint = "" if len(fields) < dim else ": a word must not hold a space"
    return f"expected {dim} numbers separated by single spaces, found {len(fields)}{hint}"


WORD2VEC_TEXT = Format("word2vec-text", sniff_word2vec, read_word2vec, write_word2vec, UNFIT, RULE)
GLOVE = Format("glove", sniff_glove, read_glove, write_glove, UNFIT, RULE)
