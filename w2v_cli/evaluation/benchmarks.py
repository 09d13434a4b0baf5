"""Benchmark files: word pairs that people rated, and analogies in sections.

The layouts in use, which differ in separators and columns:

    WS-353      word word score                 tabs or commas, header or comments
    SimLex-999  word word POS score …           tabs, header
    MEN         word word score                 spaces
    RW          word word score ten-ratings     tabs
    SCWS        number word POS word POS …      tabs, two contexts before the score
    analogies   `: section`, then four words    spaces
    BATS        word word/word/…                a file for each relation, in folders
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import W2VError, reason_of
from w2v_cli.evaluation.columns import Columns, find_columns, number
from w2v_cli.evaluation.relations import MOST_PAIRS, Pair, questions, related_words

__all__ = ["Analogies", "Benchmark", "Section", "WordPairs", "read_benchmark"]

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
    """Questions "a is to b as c is to d" as words, and the sections that hold them.

    After a, b and c come one word or more; each of these is a right answer.
    """

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
    """The word pairs or the analogies in a file; its content tells which.

    A file of two words a line is a relation: analogies are made of its pairs. A folder is the
    relations in all its files. Lines that begin with `#` and blank lines are left out, and a line
    of titles before the first pair.

    Raises:
        W2VError: the file cannot be read, holds nothing, or a line is malformed; names the line.
    """
    if path.is_dir():
        return _relations(path, _files(path))
    lines = list(_lines(path))
    if not lines:
        raise W2VError(f"{path}: empty, expected pairs of words with scores, or analogies")
    columns = find_columns([line.text for line in lines])
    if columns is not None:
        return _word_pairs(path, lines, columns)
    if any(_is_title(line.text) or len(line.text.split()) == _QUESTION_WORDS for line in lines[:2]):
        return _analogies(path, lines)
    if len(lines) > 1 and all(related_words(line.text) for line in lines[:2]):
        return _relations(path, [path])
    raise _malformed(path, lines[0], "two words and a score, or `: section` and four words a line")


def _word_pairs(path: Path, lines: list[_Line], columns: Columns) -> WordPairs:
    """The pairs of the lines; the first line may hold titles."""
    if columns.pair(lines[0].text) is None:
        lines = lines[1:]
    pairs, scores = [], []
    for line in lines:
        found = columns.pair(line.text)
        if found is None:
            raise _malformed(path, line, "two words and a score")
        pairs.append(found[0])
        scores.append(found[1])
    if all(number(second) is not None and not second.isdigit() for _, second in pairs):
        raise _malformed(path, lines[0], "two words and a score, not a word and its vector")
    return WordPairs(path, pairs, np.array(scores))


def _analogies(path: Path, lines: list[_Line]) -> Analogies:
    """The questions and their sections; questions before any title are a section without a name."""
    titles, starts = [""], [0]
    asked: list[tuple[str, ...]] = []
    for line in lines:
        if _is_title(line.text):
            titles.append(line.text.strip()[1:].strip())
            starts.append(len(asked))
            continue
        question = tuple(line.text.split())
        if len(question) != _QUESTION_WORDS:
            raise _malformed(path, line, "four words, or `: section`")
        asked.append(question)
    stops = [*starts[1:], len(asked)]
    sections = [Section(*fields) for fields in zip(titles, starts, stops, strict=True)]
    return Analogies(path, asked, sections if sections[0].stop else sections[1:])


def _relations(path: Path, files: Sequence[Path]) -> Analogies:
    """The questions of files of related words: a section for each file, named by its path."""
    asked: list[tuple[str, ...]] = []
    sections = []
    for file in files:
        name = file.relative_to(path).with_suffix("") if file != path else Path(path.stem)
        start = len(asked)
        asked += questions(_related(file))
        sections.append(Section(str(name), start, len(asked)))
    return Analogies(path, asked, sections)


def _files(folder: Path) -> list[Path]:
    """The files of relations in a folder at any depth, in the order of their names."""
    files = sorted(file for file in folder.rglob("*.txt") if file.is_file())
    if not files:
        raise W2VError(
            f"{folder}: a folder without .txt files, expected relations as in BATS: "
            "two words a line, a file for each"
        )
    return files


def _related(file: Path) -> list[Pair]:
    """The pairs of a relation."""
    pairs = []
    for line in _lines(file):
        pair = related_words(line.text)
        if pair is None:
            raise _malformed(file, line, "two words, as in the other lines of a relation")
        pairs.append(pair)
    if len(pairs) > MOST_PAIRS:
        raise W2VError(
            f"{file}: {len(pairs):,} pairs of words without scores; expected a third column "
            f"with scores, or one relation of at most {MOST_PAIRS:,} pairs, as in BATS"
        )
    return pairs


def _is_title(text: str) -> bool:
    """Whether a line opens a section."""
    return text.lstrip().startswith(":")


def _lines(path: Path) -> Iterator[_Line]:
    """The lines of a file that say something, decoded, with a byte-order mark left out."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise W2VError(f"{path}: cannot be read: {reason_of(error)}") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # "Unicode text" of Excel
        data = data.decode("utf-16", errors="replace").encode()
    for at, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise W2VError(f"{path}:{at}: expected UTF-8, found {line[:80]!r}") from None
        if text.strip() and not text.lstrip().startswith("#"):
            yield _Line(at, text)


def _malformed(path: Path, line: _Line, expected: str) -> W2VError:
    """The error for a line that is not as expected."""
    return W2VError(f"{path}:{line.number}: expected {expected}, found {line.text[:80]!r}")
