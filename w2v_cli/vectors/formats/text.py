"""Text formats: a word and its numbers a line; word2vec puts a `V D` line first, GloVe nothing.

fastText's `.vec` is the text of word2vec, and differs in the words that fastText can read.
"""

import re
from dataclasses import replace
from typing import IO

import numpy as np

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import RULE, UNFIT, FileFormat
from w2v_cli.vectors.formats.checks import allowance, check_memory, is_utf8
from w2v_cli.vectors.formats.header import format_header, match_header, read_header
from w2v_cli.vectors.formats.layout import Layout, find_layout, sample, why_no_rows
from w2v_cli.vectors.formats.lines import line_blocks
from w2v_cli.vectors.formats.rows import row_problem, write_rows
from w2v_cli.vectors.formats.text_rows import TextRows
from w2v_cli.vectors.oddities import HEADER, Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["FASTTEXT", "GLOVE", "WORD2VEC_TEXT"]

# Without a header before it, a first word that begins with U+FEFF would be a byte order mark.
UNFIT_GLOVE = re.compile(rf"{UNFIT.pattern}|\A\ufeff")
RULE_GLOVE = f"{RULE}, and without U+FEFF at its start"
# fastText takes a word with this beginning for the name of a class, and NUL for its padding.
UNFIT_FASTTEXT = re.compile(rf"{UNFIT.pattern}|\0|\A_(?=_label__)")
RULE_FASTTEXT = f"{RULE}, without NUL, and without __label__ at its start"

SAMPLE_BYTES = 1 << 18  # from which the layout is told

_SEPARATOR = re.compile(rb"[ \t,;]")
_NUMBERS = re.compile(rb"[-+.\deEnaifty ]+", re.A | re.I)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def sniff_word2vec(head: bytes) -> bool:
    """Whether a file begins with a header line and a row of text."""
    header = match_header(head)
    return header is not None and _is_text(header[2], header[1])


def sniff_glove(head: bytes) -> bool:
    """Whether a file that has no header line begins with rows of words and numbers."""
    return find_layout(sample(head)) is not None


def read_word2vec(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of a word2vec text file, whether word2vec.c, gensim or fastText wrote it.

    Raises:
        VectorsError: the file is damaged: says the line, what was expected and what was found.
    """
    words, dim = read_header(file, name, value_bytes=2, other_bytes=1)
    layout = _declared_layout(_look_ahead(file), dim, name)
    rows = TextRows(name, layout, words + allowance(words), first_line=2)
    for lines in line_blocks(file, name):
        rows.add(lines, oddities)
        if len(rows) > words + allowance(words):
            break
    if len(rows) != words:
        problem = rows.end_problem(words)
        if abs(len(rows) - words) > allowance(words):
            raise VectorsError(problem)
        oddities.note(HEADER, problem, abs(len(rows) - words))
    return rows.vectors(oddities)


def read_glove(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of a GloVe text file; a row has as many numbers as most rows.

    Raises:
        VectorsError: the file is damaged: says the line, what was expected and what was found.
    """
    layout = find_layout(_look_ahead(file))
    assert layout is not None, "only called for a file that `sniff_glove` recognised"
    start = file.tell()
    most = sum(len(lines) for lines in line_blocks(file, name))
    check_memory(name, most, layout.dim)
    file.seek(start)
    rows = TextRows(name, layout, most, first_line=1)
    for lines in line_blocks(file, name):
        rows.add(lines, oddities)
    return _no_counts(rows.vectors(oddities), layout, name)


def write_word2vec(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the header and the rows; numbers are the shortest that lose nothing."""
    file.write(format_header(len(vectors), vectors.dim))
    write_rows(file, vectors)


def _no_counts(vectors: WordVectors, layout: Layout, name: str) -> WordVectors:
    """The vectors.

    Raises:
        VectorsError: they are a vocabulary: each word has a tab and one number, which is a count.
    """
    numbers = vectors.matrix
    as_in_a_vocabulary = layout.dim == 1 and layout.word_end == "\t"
    if as_in_a_vocabulary and np.all((numbers >= 1) & (numbers == np.floor(numbers))):
        raise VectorsError(
            f"{name}: expected a vector after each word, found a count; give the vectors, which "
            "are vectors.npy or the folder of the run, and not their vocabulary"
        )
    return vectors


def _look_ahead(file: IO[bytes]) -> list[str]:
    """The next lines of a file, which stays where it is."""
    start = file.tell()
    head = file.read(SAMPLE_BYTES)
    file.seek(start)
    return sample(head)


def _is_text(rows: bytes, dim: int) -> bool:
    """Whether what follows a `V D` line is text and not float32 bytes.

    A first row that ends in D numbers settles it. Otherwise it is text, with something wrong
    in it, if it could be text at all: no control characters and valid UTF-8 (apart from a cut
    end).
    """
    fields = _SEPARATOR.split(rows.partition(b"\n")[0].rstrip())[1:][-dim:]
    if len(fields) == dim and _NUMBERS.fullmatch(b" ".join(fields)):
        return True
    return _CONTROL.search(rows) is None and is_utf8(rows[: rows.rfind(b"\n") + 1] or rows)


def _declared_layout(lines: list[str], dim: int, name: str) -> Layout:
    """The layout of the rows after a header that declares D numbers.

    Raises:
        VectorsError: most rows have more, or are something else.
    """
    layout = find_layout(lines)
    if layout is None:
        if reason := why_no_rows(lines):
            raise VectorsError(f"{name}:2: {reason}")
        return Layout(dim)
    declared = replace(layout, dim=dim, named=False)
    if layout.dim > dim:
        raise VectorsError(f"{name}:2: {row_problem(lines[0], declared)}")
    return declared


WORD2VEC_TEXT = FileFormat(
    "word2vec-text", UNFIT, RULE, True, sniff_word2vec, read_word2vec, write_word2vec
)
FASTTEXT = FileFormat(
    "fasttext", UNFIT_FASTTEXT, RULE_FASTTEXT, True, sniff_word2vec, read_word2vec, write_word2vec
)
GLOVE = FileFormat("glove", UNFIT_GLOVE, RULE_GLOVE, True, sniff_glove, read_glove, write_rows)
