"""The rows of a text file of vectors, collected as they are read."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from w2v_cli.vectors.formats.checks import check_encoding, checked
from w2v_cli.vectors.formats.layout import Layout
from w2v_cli.vectors.formats.rows import parse_rows
from w2v_cli.vectors.oddities import COLUMN_NAMES, Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["TextRows"]


class TextRows:
    """Words and numbers of rows, at most `most` of them; more are only counted.

    `first_line` is the number of the first line in the file `name`.
    """

    def __init__(self, name: str, layout: Layout, most: int, first_line: int) -> None:
        self._name = name
        self._layout = layout
        self._matrix = np.empty((most, layout.dim), dtype=np.float32)
        self._words: list[str] = []
        self._next_line = first_line
        self._names_to_come = layout.named
        # Of each block of lines: its first row, its first line, and which lines are rows.
        self._rows: list[int] = []
        self._lines: list[int] = []
        self._places: list[Sequence[int]] = []

    def __len__(self) -> int:
        return len(self._words)

    def add(self, lines: Sequence[bytes], oddities: Oddities) -> None:
        """Read the next lines of the file.

        Raises:
            VectorsError: one is malformed: says which, what was expected and what was found.
        """
        if self._names_to_come:
            problem = f"{self._name}:{self._next_line}: expected numbers, found names of columns"
            oddities.note(COLUMN_NAMES, problem)
            lines = lines[1:]
            self._next_line += 1
            self._names_to_come = False
        first, at = self._next_line, len(self)
        parsed = parse_rows(
            lines, self._layout, lambda place: f"{self._name}:{first + place}", oddities
        )
        fitting = parsed.values[: len(self._matrix) - at]
        self._matrix[at : at + len(fitting)] = fitting
        self._words += parsed.words
        self._rows.append(at)
        self._lines.append(first)
        self._places.append(parsed.places)
        self._next_line += len(lines)

    def end_problem(self, declared: int) -> str:
        """What is wrong where the header declares another number of rows."""
        expected = f"the {declared:,} rows that the header declares"
        if len(self) > declared:
            place = self._where(declared)
            return f"{place}: expected the end of the file after {expected}, found more"
        return (
            f"{self._name}:{self._next_line}: expected {expected}, found {len(self):,}: "
            "the file is cut short or its header is wrong"
        )

    def vectors(self, oddities: Oddities) -> WordVectors:
        """The vectors, once they are known to be sound.

        Raises:
            VectorsError: a value is not finite, or more than a few words are not UTF-8.
        """
        check_encoding(oddities, len(self))
        vectors = WordVectors(self._words, self._matrix[: len(self)])
        return checked(vectors, self._where, oddities)

    def _where(self, row: int) -> str:
        """How to call the line of a row in a message."""
        block = bisect_right(self._rows, row) - 1
        place = self._places[block][row - self._rows[block]]
        return f"{self._name}:{self._lines[block] + place}"
