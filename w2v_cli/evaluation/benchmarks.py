"""Benchmark files: word pairs that people rated, and analogies in sections.

The layouts that are about differ in their separators and columns; what they share is enough:

    WS-353      word word score                 tabs or commas, header or comments
    SimLex-999  word word POS score …           tabs, header
    MEN         word word score                 spaces
    RW          word word score ten-ratings     tabs
    analogies   `: section`, then four words    spaces
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import W2VError

__all__ = ["Analogies", "Benchmark", "Section", "WordPairs", "read_benchmark"]

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_PART_OF_SPEECH = re.compile(r"[A-Za-z]{1,4}")
_QUESTION_WORDS = 4


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words and, for each, the similarity that people gave it, (N,) float64."""

    path: Path
    pairs: list[tuple[str, ...]]
    scores: NDArray[np.float64]

    @property
    def words(self) -> Iterator[str]:
        """All words of all pairs."""
        return chain.from_iterable(self.pairs)


class Section(NamedTuple):
    """A section of an analogy file: its questions are those from `start` up to `stop`."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True)
class Analogies:
    """Questions "a is to b as c is to d" as four words, and the sections that hold them."""

    path: Path
    questions: list[tuple[str, ...]]
    sections: list[Section]

    @property
    def words(self) -> Iterator[str]:
        """All words of all questions."""
        return chain.from_iterable(self.questions)


Benchmark = WordPairs | Analogies


class _Line(NamedTuple):
    """A line that is neither blank nor a comment, with its number in the file, from 1."""

    number: int
    text: str


def read_benchmark(path: Path) -> Benchmark:
    """The word pairs or the analogies in a file; which of them, its content says.

    Lines that begin with `#` and blank lines are left out, and a line of titles before the
    first pair.

    Raises:
        W2VError: the file cannot be read, holds nothing, or a line is malformed; names the line.
    """
    lines = list(_lines(path))
    if not lines:
        raise W2VError(f"{path}: empty, expected pairs of words with scores, or analogies")
    if any(_scored_pair(line.text) for line in lines[:2]):  # the first may hold titles
        return _word_pairs(path, lines)
    if any(_is_title(line.text) or len(line.text.split()) == _QUESTION_WORDS for line in lines[:2]):
        return _analogies(path, lines)
    raise _malformed(path, lines[0], "two words and a score, or `: section` and four words a line")


def _word_pairs(path: Path, lines: list[_Line]) -> WordPairs:
    """The pairs, of lines of which the first may hold titles."""
    if not _scored_pair(lines[0].text):
        lines = lines[1:]
    pairs, scores = [], []
    for line in lines:
        found = _scored_pair(line.text)
        if found is None:
            raise _malformed(path, line, "two words and a score")
        pairs.append(found[0])
        scores.append(found[1])
    return WordPairs(path, pairs, np.array(scores))


def _analogies(path: Path, lines: list[_Line]) -> Analogies:
    """The questions and their sections; questions before any title are a section without a name."""
    titles, starts = [""], [0]
    questions: list[tuple[str, ...]] = []
    for line in lines:
        if _is_title(line.text):
            titles.append(line.text[1:].strip())
            starts.append(len(questions))
            continue
        question = tuple(line.text.split())
        if len(question) != _QUESTION_WORDS:
            raise _malformed(path, line, "four words, or `: section`")
        questions.append(question)
    stops = [*starts[1:], len(questions)]
    sections = [Section(*fields) for fields in zip(titles, starts, stops, strict=True)]
    return Analogies(path, questions, sections if sections[0].stop else sections[1:])


def _is_title(text: str) -> bool:
    """Whether a line opens a section."""
    return text.startswith(":")


def _scored_pair(text: str) -> tuple[tuple[str, ...], float] | None:
    """The two words and the score of a line, or None if it has another form.

    The score is the third column, or the fourth after a part of speech; columns after it
    are the ratings it is the mean of, or other measures.
    """
    fields = _fields(text)
    if len(fields) > 3 and _PART_OF_SPEECH.fullmatch(fields[2]):
        del fields[2]
    if len(fields) < 3 or not all(fields[:2]) or not _NUMBER.fullmatch(fields[2]):
        return None
    return tuple(fields[:2]), float(fields[2])


def _fields(text: str) -> list[str]:
    """The columns of a line: between tabs, else between commas, else between spaces."""
    for separator in "\t,":
        if text.count(separator) >= 2:
            return [field.strip() for field in text.split(separator)]
    return text.split()


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file that say something, decoded, with a byte-order mark left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise W2VError(f"{path}: cannot be read: {reason}") from error
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            raise W2VError(f"{path}:{number}: expected UTF-8, found {line[:80]!r}") from None
        if text and not text.startswith("#"):
            yield _Line(number, text)


def _malformed(path: Path, line: _Line, expected: str) -> W2VError:
    """The error for a line that is not as expected."""
    return W2VError(f"{path}:{line.number}: expected {expected}, found {line.text[:80]!r}")
