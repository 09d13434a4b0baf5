"""The columns of a table: how its lines are cut, and which hold two words and their score.

Tables of word pairs come from many hands: with tabs, semicolons, commas or spaces between the
columns, words in quotes (R, pandas), a decimal comma, a first column that numbers the lines, a
part of speech or the name of a relation between the words and the score, or after each word.
"""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Columns", "cells", "find_columns", "number"]

SEPARATORS = "\t;, "  # the first that suits is taken
LARGEST = 1e15
MOST_TAGS = 20  # parts of speech, or names of relations
ROWS_A_TAG = 5  # in fewer, words may repeat by chance
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
    """Two words, after an index if there is one, and the next column of numbers."""
    first = int(_has_index(rows))
    width = max(map(len, rows))
    score = next((at for at in range(first + 2, width) if _is_numeric(rows, at)), None)
    return None if score is None else Columns(separator, first, _second(rows, first, score), score)


def _second(rows: Sequence[Row], first: int, score: int) -> int:
    """The column after the first word, or where that holds tags, the next one of words.

    A second word that is one of a few, as the name of a category may be, is no tag: after it
    comes no column of words.
    """
    after = first + 1
    if not _is_tags(rows, after):
        return after
    later = range(after + 1, score)
    return next((at for at in later if _is_words(rows, at) and not _is_tags(rows, at)), after)


def _is_tags(rows: Sequence[Row], at: int) -> bool:
    """Whether a column has a few different values alone, as parts of speech are."""
    values = [row[at] for row in rows[1:] or rows if len(row) > at]
    different = len(set(values))
    return different <= MOST_TAGS and ROWS_A_TAG * different <= len(values)


def _is_words(rows: Sequence[Row], at: int) -> bool:
    """Whether most rows have one word in a column, and no number or sentence."""
    values = [row[at] for row in rows if len(row) > at and row[at]]
    return 2 * sum(number(value) is None and " " not in value for value in values) >= len(rows)


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
