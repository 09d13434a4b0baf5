"""fastText's model (`.bin`): words, counts, input vectors of words and n-grams, outside vectors.

Both matrices are memory-mapped, so that a model of many gigabytes answers for a few words at
once. The layout is that of fastText's `FastText::saveModel`, version 12: little-endian, the
arguments, the dictionary, then the two matrices, each with its shape. Version 11 differs for
supervised models alone.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import VectorsError
from w2v_cli.vectors.composed_matrix import composed_matrix
from w2v_cli.vectors.formats.base import FileFormat
from w2v_cli.vectors.formats.checks import check_unique, check_values, decode_words, is_utf8
from w2v_cli.vectors.formats.text import RULE_FASTTEXT, UNFIT_FASTTEXT
from w2v_cli.vectors.oddities import ESCAPED, Oddities
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["FASTTEXT_MODEL"]

_MAGIC, _VERSION, _READ_VERSIONS = 793712314, 12, (11, 12)
_START = struct.Struct("<ii")
# dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t
_ARGUMENTS = struct.Struct("<12id")
_DICTIONARY = struct.Struct("<iiiqq")  # size, words, labels, tokens, pruned n-grams
_ENTRY = struct.Struct("<qb")  # count and type, after a word and its zero byte
_AFTER_WORD = re.compile(rb"\0.{8}\0", re.DOTALL)  # the same; the type of a word is 0
_AFTER = 10  # bytes of it
_BYTES_AT_ONCE, _LONGEST_WORD = 1 << 20, 1 << 24
_MATRIX = struct.Struct("<?qq")  # quantised, rows, columns
_NEGATIVE_SAMPLING, _SKIPGRAM, _SUPERVISED = 2, 2, 3
_ROWS_AT_ONCE = 1 << 14
_WORDS_AT_ONCE = 1 << 12


class Arguments(NamedTuple):
    """What fastText was asked for, in the order of the file."""

    dim: int
    window: int = 5
    epochs: int = 5
    min_count: int = 1
    negatives: int = 5
    word_ngrams: int = 1
    loss: int = _NEGATIVE_SAMPLING
    model: int = _SKIPGRAM
    buckets: int = 0
    shortest: int = 0
    longest: int = 0
    update_rate: int = 100
    threshold: float = 1e-4


@dataclass(frozen=True)
class _Dictionary:
    """The words of a model, most frequent first."""

    words: list[bytes]
    counts: NDArray[np.int64]
    pruned: int


def sniff(head: bytes) -> bool:
    """Whether a file begins as a fastText model does."""
    return len(head) >= _START.size and _START.unpack_from(head)[0] == _MAGIC


def read(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of a model that `fasttext skipgram` or `cbow` has made.

    Raises:
        VectorsError: it is supervised, quantised, damaged or of another version: says which.
    """
    _, version = _read(file, _START, name)
    if version not in _READ_VERSIONS:
        raise VectorsError(
            f"{name}: a fastText model of version {version}, expected 11 or 12; write it again "
            "with a fastText from 0.1.0 on"
        )
    arguments = Arguments(*_read(file, _ARGUMENTS, name))
    if arguments.model == _SUPERVISED:
        raise VectorsError(
            f"{name}: a supervised fastText model, made to classify; expected one of "
            "`fasttext skipgram` or `fasttext cbow`"
        )
    dictionary = _read_dictionary(file, name)
    inputs = _map_rows(file, name, arguments.dim)
    outside = _numbers(_map_rows(file, name, arguments.dim))
    words, buckets = len(dictionary.words), max(arguments.buckets, 0)
    if dictionary.pruned > 0 or len(inputs) != words + buckets or len(outside) != words:
        raise VectorsError(
            f"{name}: {len(inputs):,} input and {len(outside):,} output rows, expected "
            f"{words + buckets:,} and {words:,}: the file is damaged, or pruned"
        )

    def where(row: int) -> str:
        return f"{name}: word {row + 1}"

    # Published models have words that fastText has cut within a character.
    text = decode_words(dictionary.words, where, oddities, ESCAPED)
    check_unique(text, where)
    # An n-gram has at least one character.
    counted = NgramRange(max(arguments.shortest, 1), arguments.longest, max(buckets, 1))
    composes = buckets > 0 and arguments.longest > 0
    if composes:  # values are checked where they are compared: not all are read here
        subwords = SubwordVectors(counted, None, _numbers(inputs[words:]))
        spelled = _as_hashed(text, dictionary.words, oddities)
        matrix = composed_matrix(spelled, inputs, counted)
        return WordVectors(text, matrix, dictionary.counts, subwords, outside, oddities=oddities)
    matrix = _numbers(inputs[:words])
    vectors = WordVectors(text, matrix, dictionary.counts, None, outside, oddities=oddities)
    check_values(vectors, where, oddities)
    return vectors


def _as_hashed(text: list[str], words: list[bytes], oddities: Oddities) -> Sequence[str | bytes]:
    """The words as their n-grams are found: as bytes where they are not UTF-8."""
    if oddities.find(ESCAPED) is None:
        return text
    pairs = zip(text, words, strict=True)
    return [shown if is_utf8(word) else word for shown, word in pairs]


def write(file: IO[bytes], vectors: WordVectors) -> None:
    """Write a model that fastText and gensim load, and that gensim can train further.

    A model without n-grams says that they have 0 to 0 characters. The vectors of n-grams that no
    word has are zero, and so are missing outside vectors.
    """
    subwords, counts = vectors.subwords, vectors.counts
    arguments = Arguments(vectors.dim)
    if subwords is not None:
        counted = subwords.counted
        arguments = arguments._replace(
            buckets=counted.buckets, shortest=counted.shortest, longest=counted.longest
        )
    counts = np.ones(len(vectors), np.int64) if counts is None else counts
    file.write(_START.pack(_MAGIC, _VERSION) + _ARGUMENTS.pack(*arguments))
    size = len(vectors)
    file.write(_DICTIONARY.pack(size, size, 0, int(counts.sum()), -1))
    entries = zip(vectors.words, counts.tolist(), strict=True)
    file.write(b"".join(b"%b\0%b" % (word.encode(), _ENTRY.pack(n, 0)) for word, n in entries))
    file.write(_MATRIX.pack(False, size + arguments.buckets, vectors.dim))
    for block in _input_rows(vectors):
        file.write(block.astype("<f4", copy=False).tobytes())
    file.write(_MATRIX.pack(False, size, vectors.dim))
    for start in range(0, size, _ROWS_AT_ONCE):
        rows = slice(start, min(start + _ROWS_AT_ONCE, size))
        outside = np.zeros((rows.stop - start, vectors.dim), np.float32)
        if vectors.outside is not None:
            outside[:] = vectors.outside[rows]
        file.write(outside.astype("<f4", copy=False).tobytes())


def _input_rows(vectors: WordVectors) -> Iterator[NDArray[np.float32]]:
    """The words' own rows, then those of all buckets, some at a time."""
    subwords = vectors.subwords
    if subwords is None:
        yield np.ascontiguousarray(vectors.matrix)
        return
    for start in range(0, len(vectors), _WORDS_AT_ONCE):
        words = vectors.words[start : start + _WORDS_AT_ONCE]
        composed, sizes = subwords.totals(words)
        matrix = vectors.block(start, _WORDS_AT_ONCE)
        yield matrix * (1 + sizes)[:, None].astype(np.float32) - composed
    buckets = subwords.counted.buckets
    for start in range(0, buckets, _ROWS_AT_ONCE):
        numbers = np.arange(start, min(start + _ROWS_AT_ONCE, buckets))
        yield subwords.rows_of(numbers)


def _read(file: IO[bytes], form: struct.Struct, name: str) -> tuple[int, ...]:
    """The next numbers of the file."""
    data = file.read(form.size)
    if len(data) != form.size:
        raise VectorsError(f"{name}: a fastText model that is cut short; write it again")
    return form.unpack(data)


def _read_dictionary(file: IO[bytes], name: str) -> _Dictionary:
    """The words and their counts.

    Raises:
        VectorsError: there are labels, or the file is damaged.
    """
    size, words, labels, _, pruned = _read(file, _DICTIONARY, name)
    if labels or words != size or size <= 0:
        raise VectorsError(
            f"{name}: a fastText model of {words:,} words and {labels:,} labels, expected words "
            "alone"
        )
    found: list[bytes] = []
    counts: list[NDArray[np.int64]] = []
    rest = b""
    while len(found) < size:
        more = file.read(_BYTES_AT_ONCE)
        data = rest + more
        *entries, rest = _AFTER_WORD.split(data, maxsplit=size - len(found))
        found += entries
        counts.append(_counts_between(entries, data))
        if not entries and (not more or len(rest) > _LONGEST_WORD):
            raise VectorsError(f"{name}: word {len(found) + 1}: the file is damaged or cut short")
    if b"\0" in b"".join(found):
        row = next(row for row, word in enumerate(found) if b"\0" in word)
        raise VectorsError(f"{name}: word {row + 1}: no count after it: the file is damaged")
    _skip_pruned(file, pruned, len(rest), name)
    return _Dictionary(found, np.concatenate(counts), pruned)


def _counts_between(words: list[bytes], data: bytes) -> NDArray[np.int64]:
    """The counts (n,) after the zero bytes that end the words with which `data` begins."""
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    ends = np.cumsum(lengths + _AFTER) - _AFTER
    of_counts = np.frombuffer(data, np.uint8).take(ends[:, None] + np.arange(1, 9))
    return of_counts.view("<i8").astype(np.int64).reshape(-1)


def _skip_pruned(file: IO[bytes], pruned: int, ahead: int, name: str) -> None:
    """Move past the table of kept n-grams after the words; `ahead` bytes after them were read."""
    place = file.tell() - ahead + 8 * max(pruned, 0)
    if place > file.seek(0, 2):
        raise VectorsError(f"{name}: {pruned:,} n-grams kept: the file is damaged or cut short")
    file.seek(place)


def _numbers(rows: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The numbers (n, D) of rows of bytes (n, 4 D), still memory-mapped."""
    return rows.view("<f4")


def _map_rows(file: IO[bytes], name: str, dim: int) -> NDArray[np.uint8]:
    """The bytes (R, 4 D) of the next matrix of the file, memory-mapped; the file stands after it.

    Words of any length stand before it, so its numbers may begin at any byte.
    """
    quantised, rows, columns = _read(file, _MATRIX, name)
    if quantised:
        raise VectorsError(
            f"{name}: a quantised fastText model (.ftz), whose vectors are approximate; use the "
            ".bin it was made from"
        )
    start = file.tell()
    available = file.seek(0, 2) - start
    if columns != dim or rows < 0 or 4 * rows * columns > available:
        raise VectorsError(
            f"{name}: declares a matrix of {rows:,} × {columns:,}, expected {dim:,} columns and no "
            f"more than {available:,} bytes: the file is damaged"
        )
    found = np.zeros((0, 4 * dim), np.uint8)
    if rows:
        found = np.asarray(np.memmap(file, np.uint8, "r", start, (rows, 4 * columns)))
    file.seek(start + 4 * rows * columns)  # mapping moves the position
    return found


FASTTEXT_MODEL = FileFormat(
    "fasttext-model",
    UNFIT_FASTTEXT,
    RULE_FASTTEXT,
    False,
    sniff,
    read,
    write,
    tolerance=1e-5,  # a word's own row is found by subtraction, and its vector by addition
)
