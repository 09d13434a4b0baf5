"""Rows of text: a word and its numbers, with one separator between them."""

from collections.abc import Sequence
from contextlib import suppress
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.checks import Where, is_utf8
from w2v_cli.vectors.formats.decimals import decimal_rows
from w2v_cli.vectors.formats.layout import NUMBER, Layout
from w2v_cli.vectors.oddities import BLANK, NOT_UTF8, SPACED, Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Parsed", "parse_rows", "row_problem", "write_rows"]

BLOCK_VALUES = 1 << 13  # small enough to stay in a processor's cache

_BLANKS = " \t\r"
_NAMES = {
    " ": ("single spaces", "a space"),
    "\t": ("single tabs", "a tab"),
    ",": ("commas", "a comma"),
    ";": ("semicolons", "a semicolon"),
}


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


class Parsed(NamedTuple):
    """N rows: their words, their numbers (N, D), and which of the lines they were."""

    words: list[str]
    values: NDArray[np.float32]
    places: Sequence[int]


def parse_rows(lines: Sequence[bytes], layout: Layout, where: Where, oddities: Oddities) -> Parsed:
    """The rows of those lines that are not blank. A word may come out empty.

    Carriage returns and one trailing separator, which word2vec.c writes, are allowed; other
    oddities that can be read are counted. `where` names a line.

    Raises:
        VectorsError: a line is malformed: says which, what was expected and what was found.
    """
    if layout.plain:
        with suppress(ValueError):
            return _parse_plain(lines, layout)
    words, numbers, places = [], [], []
    for place, line in enumerate(lines):
        row = _split(line, layout, where, place, oddities)
        if row is not None:
            words.append(row[0])
            numbers.append(row[1])
            places.append(place)
    bad = [place for place in places if not is_utf8(lines[place])]
    if bad:
        problem = f"{where(bad[0])}: not valid UTF-8: {lines[bad[0]].split(b' ')[0][:40]!r}"
        oddities.note(NOT_UTF8, f"{problem}; convert the file to UTF-8", len(bad))
    try:
        return Parsed(words, _parse_numbers(numbers, layout), places)
    except ValueError:
        place = next(
            p for p, text in zip(places, numbers, strict=True) if not _is_sound(text, layout)
        )
        raise VectorsError(
            f"{where(place)}: {row_problem(_text(lines[place], layout), layout)}"
        ) from None


def _parse_plain(lines: Sequence[bytes], layout: Layout) -> Parsed:
    """The rows of lines that all are a word and D numbers, or ValueError."""
    text = b"\n".join([*lines, b""]).decode()
    text = text.replace("\r\n", "\n").replace(f"{layout.separator}\n", "\n")
    rows = [row.partition(layout.word_end) for row in text.split("\n")[:-1]]
    values = _parse_numbers([numbers for _, _, numbers in rows], layout)
    return Parsed([word for word, _, _ in rows], values, range(len(rows)))


def _parse_numbers(rows: list[str], layout: Layout) -> NDArray[np.float32]:
    """The numbers (N, D) of N rows, or ValueError if one is malformed."""
    if not rows:
        return np.empty((0, layout.dim), dtype=np.float32)
    if not all(rows):
        raise ValueError("a row has no numbers")
    # Faster than np.fromstring, and than float() of each number.
    values = np.loadtxt(rows, dtype=np.float32, delimiter=layout.separator, comments=None, ndmin=2)
    if values.shape != (len(rows), layout.dim):
        raise ValueError("a row has another number of values")
    return values


def _split(
    line: bytes, layout: Layout, where: Where, place: int, oddities: Oddities
) -> tuple[str, str] | None:
    """The word and the text of the numbers of one line; None for a blank one."""
    text = _text(line, layout)
    if not text.strip(_BLANKS):
        expected = f"expected a word and {layout.dim} numbers"
        oddities.note(BLANK, f"{where(place)}: {expected}, found an empty line")
        return None
    try:
        word, numbers = layout.split(text)
    except ValueError:
        raise VectorsError(f"{where(place)}: {row_problem(text, layout)}") from None
    if layout.word_end in word:
        oddities.note(SPACED, f"{where(place)}: {row_problem(text, layout)}")
        word = word.strip(_BLANKS)
    return word, numbers


def _text(line: bytes, layout: Layout) -> str:
    """A line as text, without what may stand at its end."""
    return line.decode(errors="replace").removesuffix("\r").removesuffix(layout.separator)


def _is_sound(numbers: str, layout: Layout) -> bool:
    """Whether the numbers of a row can be read."""
    try:
        _parse_numbers([numbers], layout)
    except ValueError:
        return False
    return True


def row_problem(text: str, layout: Layout) -> str:
    """What is wrong with a line: what was expected, and what was found."""
    plural, singular = _NAMES[layout.separator]
    fields = text.split(layout.separator)[1:]
    if layout.separator != layout.word_end:
        fields = text.rpartition(layout.word_end)[2].split(layout.separator)
    last = fields[-layout.dim :]
    wrong = next((field for field in last if not NUMBER.fullmatch(field)), None)
    if len(fields) >= layout.dim and "" in last:
        return f"expected {plural} between the numbers, found two together"
    if len(fields) >= layout.dim and wrong is not None:
        return f"expected a number, found {wrong[:40]!r}"
    hint = "" if len(fields) < layout.dim else f": a word must not hold {singular}"
    return f"expected {layout.dim} numbers separated by {plural}, found {len(fields)}{hint}"
