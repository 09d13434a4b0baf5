"""Rows of text: a word and its numbers, with one separator between them."""

import re
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.decimals import decimal_rows
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["NUMBER", "end_error", "explain", "parse_rows", "write_rows"]

BLOCK_VALUES = 1 << 13  # small enough to stay in a processor's cache

NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?(nan|inf|infinity)", re.A | re.I)

_NAMES = {" ": ("single spaces", "a space"), "\t": ("single tabs", "a tab")}


def write_rows(
    file: IO[bytes], vectors: WordVectors, separator: bytes = b" ", *, with_words: bool = True
) -> None:
    """Write a row for each word; numbers are the shortest decimals that lose nothing."""
    step = max(1, BLOCK_VALUES // vectors.dim)
    for start in range(0, len(vectors), step):
        rows = decimal_rows(np.asarray(vectors.matrix[start : start + step]), separator)
        if with_words:
            words = vectors.words[start : start + step]
            file.writelines(
                b"%b%b%b\n" % (word.encode(), separator, row)
                for word, row in zip(words, rows, strict=True)
            )
        else:
            file.write(b"\n".join([*rows, b""]))


def parse_rows(
    lines: list[bytes], dim: int, separator: str = " "
) -> tuple[list[str], NDArray[np.float32]]:
    """The words and the numbers (N, D) of N lines, or ValueError if any line is malformed.

    Carriage returns and one trailing separator, which word2vec.c writes, are allowed.
    """
    text = b"".join(lines).decode()
    text = text if text.endswith("\n") else text + "\n"
    text = text.replace("\r\n", "\n").replace(f"{separator}\n", "\n")
    rows = [row.partition(separator) for row in text.split("\n")[:-1]]  # only \n ends a line
    words = [word for word, _, _ in rows]
    numbers = [values for _, _, values in rows]
    if not all(words) or not all(numbers):
        raise ValueError("a row is not a word and numbers")
    # Measured at D 300: 57 ns a number; np.fromstring takes 101, float() 179.
    values = np.loadtxt(numbers, dtype=np.float32, delimiter=separator, comments=None, ndmin=2)
    if values.shape != (len(rows), dim):
        raise ValueError("a row has another number of values")
    return words, values


def explain(lines: list[bytes], dim: int, first_line: int, separator: str = " ") -> str:
    """Which of `lines` is the first malformed one, and what is wrong with it."""
    for line, content in enumerate(lines, start=first_line):
        try:
            parse_rows([content], dim, separator)
        except ValueError:
            return f"{line}: {_problem(content, dim, separator)}"
    raise AssertionError("every line can be parsed alone, but not together")


def _problem(line: bytes, dim: int, separator: str) -> str:
    """What is wrong with a malformed line: what was expected, and what was found."""
    try:
        content = line.decode().rstrip("\r\n").removesuffix(separator)
    except UnicodeDecodeError:
        return f"not valid UTF-8: {line.split(b' ')[0]!r}; convert the file to UTF-8"
    plural, singular = _NAMES[separator]
    word, *fields = content.split(separator)
    if not content:
        return f"expected a word and {dim} numbers, found an empty line"
    if not word:
        return f"expected a word, found {singular} at the start of the line"
    if "" in fields:
        return f"expected {plural} between the numbers, found two together"
    if len(fields) == dim:
        wrong = next(field for field in fields if not NUMBER.fullmatch(field))
        return f"expected a number, found {wrong!r}"
    hint = "" if len(fields) < dim else f": a word must not hold {singular}"
    return f"expected {dim} numbers separated by {plural}, found {len(fields)}{hint}"


def end_error(name: str, line: int, rows: int, declared: int) -> VectorsError:
    """The error for a file that ends, or goes on, at `line` where the header says otherwise."""
    expected = f"the {declared:,} rows that the header declares"
    if rows < declared:
        return VectorsError(
            f"{name}:{line}: expected {expected}, found {rows:,}: the file is cut short "
            "or its header is wrong"
        )
    return VectorsError(f"{name}:{line}: expected the end of the file after {expected}, found more")
