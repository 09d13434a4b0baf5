"""TensorFlow Embedding Projector: a folder of two tables, `vectors.tsv` and `metadata.tsv`.

The first holds the numbers of a vector a line, separated by tabs; the second its word. The
projector wants a line of column names in `metadata.tsv` exactly if there is more than one
column, as there is where counts are known.
"""

import re
from collections.abc import Mapping
from typing import IO

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.run_files import LABELS, TABLE
from w2v_cli.vectors.formats.base import RULE_TABLE, UNFIT_TABLE, FolderFormat
from w2v_cli.vectors.formats.checks import LONGEST_ROW, Where, check_size, checked, decode_words
from w2v_cli.vectors.formats.decompression import BYTE_ORDER_MARK, contents, largest_size
from w2v_cli.vectors.formats.layout import Layout
from w2v_cli.vectors.formats.lines import line_blocks
from w2v_cli.vectors.formats.rows import parse_rows, write_rows
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["PROJECTOR"]

VECTORS, METADATA = TABLE, LABELS
TAB = "\t"
COLUMNS = [b"word", b"count"]
STRICT = Oddities(strict=True)

# The page passes over a label that is nothing but what JavaScript's `trim` takes off.
_TRIMMED = r"[\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
UNSEEN = re.compile(rf"\A{_TRIMMED}(?={_TRIMMED}*\Z)")


def read(files: Mapping[str, IO[bytes]], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of the first table with the words in the first column of the second.

    Raises:
        VectorsError: a table is damaged, or they do not belong together.
    """
    lines, columns = _read_metadata(files[METADATA], f"{name}/{METADATA}")
    first_line = 1 if len(columns) == 1 else 2

    def where(row: int) -> str:
        return f"{name}/{METADATA}:{first_line + row}"

    rows = [line.split(b"\t") for line in lines]
    words = decode_words([row[0] for row in rows], where, oddities)
    matrix = _read_matrix(files[VECTORS], f"{name}/{VECTORS}", len(words))
    counts = _counts(rows, where) if columns == COLUMNS else None
    return checked(WordVectors(words, matrix, counts), where, oddities)


def write(files: Mapping[str, IO[bytes]], vectors: WordVectors) -> None:
    """Write both tables; the counts, where they are known, are a second column."""
    write_rows(files[VECTORS], vectors, b"\t", with_words=False)
    lines = [f"{word}\n" for word in vectors.words]
    if vectors.counts is not None:
        pairs = zip(vectors.words, vectors.counts.tolist(), strict=True)
        lines = ["word\tcount\n", *(f"{word}\t{count}\n" for word, count in pairs)]
    files[METADATA].write("".join(lines).encode())


def _read_metadata(file: IO[bytes], name: str) -> tuple[list[bytes], list[bytes]]:
    """The lines of words, and the names of the columns (one without a name, if it is alone)."""
    lines = (
        contents(file, name)
        .removeprefix(BYTE_ORDER_MARK)
        .replace(b"\r\n", b"\n")
        .removesuffix(b"\n")
        .split(b"\n")
    )
    columns = lines[0].split(b"\t")
    for number, line in enumerate(lines, start=1):
        found = line.count(b"\t") + 1
        if found != len(columns):
            raise VectorsError(
                f"{name}:{number}: expected {len(columns)} columns as in the first line, "
                f"found {found}"
            )
    return (lines, columns) if len(columns) == 1 else (lines[1:], columns)


def _read_matrix(file: IO[bytes], name: str, words: int) -> NDArray[np.float32]:
    """The (V, D) numbers of the first table, which must hold a row for each of the words."""
    start = len(BYTE_ORDER_MARK) * (file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK)
    file.seek(start)
    dim = file.readline(LONGEST_ROW).rstrip(b"\t\r\n").count(b"\t") + 1
    file.seek(start)
    check_size(name, (words, dim), 2 * dim - 1, largest_size(file))
    matrix = np.empty((words, dim), dtype=np.float32)
    layout, rows = Layout(dim, TAB, TAB), 0
    for lines in line_blocks(file, name):
        lines = [b"-\t" + line for line in lines]  # the place of the word in other text
        values = parse_rows(lines, layout, _line_from(name, rows + 1), STRICT).values
        fitting = values[: words - rows]
        matrix[rows : rows + len(fitting)] = fitting
        rows += len(values)
    if rows != words:
        raise VectorsError(
            f"{name}: has {rows:,} rows and {METADATA} {words:,} words, expected a row for each "
            f"word: {METADATA} has a first line of column names exactly if it has several columns"
        )
    return matrix


def _line_from(name: str, first: int) -> Where:
    """How to call the lines of a block that begins with the line `first`."""
    return lambda place: f"{name}:{first + place}"


def _counts(rows: list[list[bytes]], where: Where) -> NDArray[np.int64]:
    """The second column as numbers."""
    for row, fields in enumerate(rows):
        if not re.fullmatch(rb"\d{1,18}", fields[1]):
            raise VectorsError(f"{where(row)}: expected a count, found {fields[1]!r}")
    return np.array([int(fields[1]) for fields in rows], dtype=np.int64)


PROJECTOR = FolderFormat(
    "projector",
    UNFIT_TABLE,
    RULE_TABLE,
    True,
    (VECTORS, METADATA),
    read,
    write,
    unseen=UNSEEN,
)
