"""Vector files: which formats there are, which one a file is, reading and writing them whole.

A format is one row of `FORMATS`, made in the module that reads and writes it. Files are told
apart by what is in them, never by their names.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.files import replacing
from w2v_cli.vectors.formats.base import Format
from w2v_cli.vectors.formats.binary import WORD2VEC_BINARY
from w2v_cli.vectors.formats.checks import check_finite, check_unique
from w2v_cli.vectors.formats.npz import NPZ
from w2v_cli.vectors.formats.text import GLOVE, WORD2VEC_TEXT
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["FORMATS", "Format", "read_vectors", "write_vectors"]

HEAD_BYTES = 1 << 18  # what `sniff` sees: the first row of any real file, and more
COMPARED_ROWS = 4096

# In the order in which a file is tried: what has a header and is not text must be binary.
FORMATS = {row.name: row for row in (NPZ, WORD2VEC_TEXT, WORD2VEC_BINARY, GLOVE)}


def read_vectors(path: Path) -> WordVectors:
    """The words and vectors of a file in any of `FORMATS`.

    Raises:
        VectorsError: the file is missing, is none of them, or is damaged: says where and how.
    """
    try:
        with path.open("rb") as file:
            chosen = _detect(file.read(HEAD_BYTES), str(path))
            file.seek(0)
            return chosen.read(file, str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise VectorsError(f"{path}: cannot be read: {reason.lower()}") from error


def write_vectors(vectors: WordVectors, path: Path, format_name: str) -> int:
    """Write `vectors` to `path` in a format of `FORMATS`; returns the size of the file in bytes.

    The new file is read back and compared, every word and every bit, before it takes the
    place of an old one.

    Raises:
        VectorsError: the vectors hold something the format cannot, or what was read back differs.
        W2VError: the file cannot be written.
    """
    chosen = FORMATS[format_name]
    _check_writable(vectors, chosen)
    with replacing(path, "w+b") as file:
        chosen.write(file, vectors)
        size = file.seek(0, 2)
        file.seek(0)
        if not _same(vectors, chosen.read(file, str(path))):
            raise VectorsError(
                f"{path}: not kept: what was read back differs from what was written"
            )
    return size


def _detect(head: bytes, name: str) -> Format:
    """The format whose file begins with `head`."""
    if not head:
        raise VectorsError(f"{name}: the file is empty, expected vectors")
    if head.startswith(b"\xef\xbb\xbf"):
        raise VectorsError(
            f"{name}:1: begins with a byte order mark, expected plain UTF-8; save it without one"
        )
    for candidate in FORMATS.values():
        if candidate.sniff(head):
            return candidate
    known = ", ".join(FORMATS)
    raise VectorsError(f"{name}: not a vector file, expected one of: {known}")


def _check_writable(vectors: WordVectors, chosen: Format) -> None:
    """Raise VectorsError for what the format cannot hold, naming the word and what to do."""
    for row, word in enumerate(vectors.words):
        if chosen.unfit.search(word):
            raise VectorsError(
                f"row {row + 1}: {chosen.name} cannot hold the word {word!r}, "
                f"expected {chosen.rule}; leave the word out or choose another format"
            )
    check_unique(vectors.words, lambda row: f"row {row + 1}")
    check_finite(vectors, lambda row: f"row {row + 1}")


def _same(one: WordVectors, other: WordVectors) -> bool:
    """Whether both hold the same words and the same bits."""
    if one.words != other.words or one.matrix.shape != other.matrix.shape:
        return False
    blocks = (slice(at, at + COMPARED_ROWS) for at in range(0, len(one), COMPARED_ROWS))
    return all(np.array_equal(_bits(one.matrix[b]), _bits(other.matrix[b])) for b in blocks)


def _bits(matrix: NDArray[np.float32]) -> NDArray[np.uint32]:
    """The float32 values as integers, so that −0 is not 0."""
    return np.ascontiguousarray(matrix, dtype=np.float32).view(np.uint32)
