"""How the rows of a text are laid out: what ends a word, what separates numbers, how many.

Most files are as word2vec and GloVe write them, with single spaces. Spreadsheets, pandas, R
and StarSpace put tabs or commas, quote the words, number the rows or name the columns.
"""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["NUMBER", "Layout", "find_layout", "sample", "why_no_rows"]

# No part of a line matches in two ways: a line of n characters would take n² steps.
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?|[-+]?(nan|inf|infinity)", re.A | re.I)

SAMPLED_ROWS = 100

# What is between numbers, and what ends the word before them. The first of equals is taken.
_SEPARATORS = ((" ", " "), ("\t", "\t"), (",", ","), (";", ";"), (" ", "\t"))

_NAMES = ("", "word", "words", "token", "tokens")  # of the first column

_SPARSE = re.compile(r"[^\s]+([ \t]\d+:[-+.\deE]+)+", re.A)
_DECIMAL_COMMA = re.compile(r".+[ \t;]-?\d+,\d+([eE][-+]?\d+)?", re.A)
_PAIR = re.compile(r'(\d+[\t,;])?[^\t,;]+([\t,;])[^\t,;]+\2"?[-\d.,]+"?', re.A)
_REASONS = (
    (
        _SPARSE,
        "sparse rows of index:value, expected every number of a row; "
        "write the zeros, too, or reduce the dimensions first",
    ),
    (
        _DECIMAL_COMMA,
        "numbers with a decimal comma, expected a decimal point; save it in an English locale",
    ),
    (
        _PAIR,
        "pairs of words with a score, expected a word and its numbers; "
        "w2v eval RUN_OR_FILE FILE takes them as FILE",
    ),
)


@dataclass(frozen=True)
class Layout:
    """Rows of a word, `word_end`, and `dim` numbers with `separator` between them.

    `quoted` words stand in double quotes; `numbered` rows have a number before the word;
    where `named`, a line before the rows names the columns.
    """

    dim: int
    separator: str = " "
    word_end: str = " "
    quoted: bool = False
    numbered: bool = False
    named: bool = False

    @property
    def plain(self) -> bool:
        """Whether a row is no more than the word and its numbers."""
        return not (self.quoted or self.numbered)

    def split(self, line: str) -> tuple[str, str]:
        """The word of a row and the text of its numbers, which are the last fields.

        Raises:
            ValueError: there are not so many fields.
        """
        at = len(line)
        for _ in range(self.dim - 1):
            at = line.rindex(self.separator, 0, at)
        at = line.rindex(self.word_end, 0, at)
        return self._word(line[:at]), line[at + 1 :]

    def _word(self, field: str) -> str:
        """The word in what comes before the numbers."""
        if self.numbered:
            field = field.partition(self.word_end)[2]
        if self.quoted and len(field) > 1 and field[0] == field[-1] == '"':
            field = field[1:-1].replace('""', '"')
        return field


def sample(head: bytes) -> list[str]:
    """The first lines of a text that are not blank, without their ends; none is cut short."""
    whole, _, _ = head.rpartition(b"\n")
    lines = (whole or head).decode(errors="replace").split("\n", SAMPLED_ROWS)[:SAMPLED_ROWS]
    return [line.rstrip("\r") for line in lines if line.strip()]


def find_layout(lines: Sequence[str]) -> Layout | None:
    """The layout of at least half of the lines, or None if there is none."""
    if any("\r" in line for line in lines[:1]):
        return None
    found = [
        layout
        for separator, word_end in _SEPARATORS
        if (layout := _layout(lines, separator, word_end)) is not None
    ]
    return max(found, key=lambda layout: layout.dim, default=None)


def why_no_rows(lines: Sequence[str]) -> str | None:
    """What most lines are, where they are a known kind of line that is no vector."""
    lines = [line.rstrip() for line in lines[1:] or lines]  # the first may be names
    for pattern, reason in _REASONS:
        if sum(pattern.fullmatch(line) is not None for line in lines) * 2 > len(lines):
            return reason
    if any("\r" in line for line in lines[:1]):
        return "lines end in a carriage return alone, expected newlines: tr '\\r' '\\n' makes them"
    single = [" ".join(line.split()) for line in lines]
    if single != lines and find_layout(single) is not None:
        return "expected single spaces between the numbers, found two together"
    return None


def _layout(lines: Sequence[str], separator: str, word_end: str) -> Layout | None:
    """The layout of the lines if these are their separators."""
    rows = [_fields(line, separator, word_end) for line in lines]
    named = len(rows) > 1 and _are_names(rows[0])
    if named:
        names, rows = len(rows[0]), rows[1:]
    dims = Counter(map(_trailing_numbers, rows)).most_common(1)
    dim, times = dims[0] if dims else (0, 0)
    if not dim or times * 2 < len(rows) or (named and not dim <= names <= dim + 2):
        return None
    numbered = _are_numbered(rows, dim)
    plain = sum(len(row) == dim + 1 + numbered for row in rows)
    if dim == 1 and plain * 2 < len(rows):
        return None  # some other table, or prose with a number at its end
    words = [word_end.join(row[numbered:-dim]) for row in rows]
    quoted = (named or word_end != " ") and all(map(_is_quoted, words))
    return Layout(dim, separator, word_end, quoted, numbered, named)


def _fields(line: str, separator: str, word_end: str) -> list[str]:
    """The fields of a line."""
    line = line.removesuffix(separator)
    if separator == word_end:
        return line.split(separator)
    *words, numbers = line.split(word_end)
    return [*words, *numbers.split(separator)] if words else [line]


def _trailing_numbers(fields: list[str]) -> int:
    """How many of the last fields are numbers; the first is the word, or a part of it."""
    numbers = itertools.takewhile(NUMBER.fullmatch, reversed(fields[1:]))
    return sum(1 for _ in numbers)


def _are_names(fields: list[str]) -> bool:
    """Whether a row names columns: with no number, or as pandas does where they have no names."""
    cells = [field.strip('"') for field in fields]
    if not any(map(NUMBER.fullmatch, cells)):
        return True
    numbers = cells[len(cells) - _trailing_numbers(cells) :]
    return cells[0].lower() in _NAMES and numbers == [str(n) for n in range(len(numbers))]


def _are_numbered(rows: list[list[str]], dim: int) -> bool:
    """Whether there is one more field before each word, which counts the rows."""
    if any(len(row) != dim + 2 for row in rows):
        return False
    numbers = [row[0].strip('"') for row in rows]
    return numbers[0] in ("0", "1") and numbers == [
        str(int(numbers[0]) + row) for row in range(len(rows))
    ]


def _is_quoted(field: str) -> bool:
    """Whether a field stands in double quotes."""
    return len(field) > 1 and field[0] == field[-1] == '"'
