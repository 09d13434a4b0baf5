"""What was odd in vectors that could be read: the number of each kind, and its first case."""

from collections.abc import Iterator
from typing import NamedTuple

from w2v_cli.errors import VectorsError

__all__ = [
    "BLANK",
    "COLUMN_NAMES",
    "EMPTY",
    "ESCAPED",
    "HEADER",
    "HUGE",
    "NOT_UTF8",
    "REPEATED",
    "SHIFTED",
    "SPACED",
    "Kind",
    "Oddities",
    "Oddity",
]


class Kind(NamedTuple):
    """One way to be odd: what one and several are called, and what is done with them."""

    one: str
    many: str
    fate: str


REPEATED = Kind("repeated word", "repeated words", "the first counts")
EMPTY = Kind("empty word", "empty words", "left out")
NOT_UTF8 = Kind("word that is not UTF-8", "words that are not UTF-8", "U+FFFD put for bad bytes")
ESCAPED = NOT_UTF8._replace(fate=r"\xNN put for bad bytes")  # so that no two become equal
SPACED = Kind("word with a separator inside", "words with a separator inside", "kept whole")
BLANK = Kind("blank line", "blank lines", "left out")
COLUMN_NAMES = Kind("line of column names", "lines of column names", "left out")
HEADER = Kind(
    "row more or fewer than the header declares",
    "rows more or fewer than the header declares",
    "those found are read",
)
HUGE = Kind("vector with a value beyond 1e10", "vectors with a value beyond 1e10", "kept")
SHIFTED = Kind("row that seems out of place", "rows that seem out of place", "kept")


class Oddity(NamedTuple):
    """How often a kind was met, and what is wrong at the first place."""

    kind: Kind
    number: int
    first: str

    def __str__(self) -> str:
        called = self.kind.one if self.number == 1 else self.kind.many
        return f"{self.number:,} {called} ({self.kind.fate})"


class Oddities:
    """Counts what is odd while vectors are read; where `strict`, the first is an error."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._found: dict[Kind, Oddity] = {}

    def note(self, kind: Kind, problem: str, count: int = 1) -> None:
        """Count `count` more of a kind; `problem` is the error that the first of them would be.

        Raises:
            VectorsError: nothing odd is accepted.
        """
        if self._strict:
            raise VectorsError(problem)
        before = self._found.get(kind, Oddity(kind, 0, problem))
        self._found[kind] = before._replace(number=before.number + count)

    def find(self, kind: Kind) -> Oddity | None:
        """What was found of a kind."""
        return self._found.get(kind)

    def __iter__(self) -> Iterator[Oddity]:
        return iter(self._found.values())

    def __bool__(self) -> bool:
        return bool(self._found)

    def __str__(self) -> str:
        return ", ".join(map(str, self))
