"""The columns of a table: how its lines are cut, and which hold two words and their score.

Tables of word pairs come from many hands: with tabs, semicolons, commas or spaces between the
columns, words in quotes (R, pandas), a decimal comma, a first column that numbers the lines, a
part of speech or the name of a relation between the words and the score.
"""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Columns", "cells", "find_columns", "number"]

SEPARATORS = "\t;, "  # the first that suits is taken
LARGEST = 1e15
INDEX_TITLES = {"", "index", "id", "no", "no.", "nr", "nr.", "#", "unnamed: 0"}
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?", re.ASCII)

Row = list[str]
ScoredPair = tuple[tuple[str, ...], float]


class Columns(NamedTuple):
    """Where a table has its words and its scores: in columns from 0, between separators."""

    separator: str
    first: int
    second: int
    score: int

    def pair(self, text: str) -> ScoredPair | None:
        """The two words and the score of a line, or None if it has another form."""
        return self._of(cells(text, self.separator))

    def _of(self, row: Row) -> ScoredPair | None:
        """The two words and the score of a row, or None."""
        if len(row) <= self.score:
            return None
        score = number(row[self.score])
        words = row[self.first], row[self.second]
        return (words, score) if all(words) and score is not None else None

    def pairs(self, rows: Sequence[Row]) -> list[ScoredPair]:
        """The words and scores of those rows that have them."""
        return [found for row in rows if (found := self._of(row)) is not None]


def number(text: str) -> float | None:
    """The number that a cell holds, with a decimal point or comma, or None.

    None as well if it is larger than any score: squares of it could be infinite.

    >>> number("3,94"), number("1e1"), number("nan"), number("1e999")
    (3.94, 10.0, None, None)
    """
    value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    return None if value is None or abs(value) > LARGEST else value


def cells(text: str, separator: str) -> Row:
    """The cells of a line, without quotes and white space around them; a space may be many.

    >>> cells('"New York", city,3', ","), cells("a  b 3", " ")
    (['New York', 'city', '3'], ['a', 'b', '3'])
    """
    if separator == " ":
        text = " ".join(text.split())
    try:
        lines = csv.reader([text], delimiter=separator, strict=True, skipinitialspace=True)
        found = next(lines, [])
    except csv.Error:  # a quote that is a word, not a quote
        found = text.split(separator)
    return [cell.strip() for cell in found]


def find_columns(lines: Sequence[str]) -> Columns | None:
    """The columns that most lines have; None if no line has any. The first may hold titles."""
    best, most = None, (0, 0)
    for separator in SEPARATORS:
        rows = [cells(line, separator) for line in lines]
        columns = _columns(separator, rows)
        fitting = [] if columns is None else columns.pairs(rows)
        plain = sum(all(map(_is_plain, words)) for words, _ in fitting)
        # A tab is no part of a word or a number, nor is a semicolon; a comma and a space may be.
        suits = (len(fitting), len(fitting) if separator in "\t;" else plain)
        if suits > most:
            best, most = columns, suits
    return best


def _is_plain(word: str) -> bool:
    """Whether a word is one for sure, and not two cells."""
    return number(word) is not None or not (" " in word or "," in word)


def _columns(separator: str, rows: Sequence[Row]) -> Columns | None:
    """Two words side by side, after an index if there is one, and the next column of numbers."""
    first = int(_has_index(rows))
    width = max(map(len, rows))
    score = next((at for at in range(first + 2, width) if _is_numeric(rows, at)), None)
    return None if score is None else Columns(separator, first, first + 1, score)


def _has_index(rows: Sequence[Row]) -> bool:
    """Whether the first column numbers the lines: by its title, or as numbers before words."""
    titles, body = rows[0], rows[1:] or rows
    if not _is_numeric(body, 0) or 2 * sum(len(row) > 3 for row in body) < len(body):
        return False
    titled = titles[0].lower() in INDEX_TITLES or len(titles) == len(body[0]) - 1
    if titled and all(number(title) is None for title in titles):
        return True
    return all(any(len(row) > at and number(row[at]) is None for row in body) for at in (1, 2))


def _is_numeric(rows: Sequence[Row], at: int) -> bool:
    """Whether most rows have a number in a column."""
    return 2 * sum(len(row) > at and number(row[at]) is not None for row in rows) >= len(rows)
