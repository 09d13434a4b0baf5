"""What a file is, by its first bytes: for a message about a file that is not what was expected."""

import re
from collections import Counter
from itertools import takewhile
from typing import Any, NamedTuple

__all__ = ["ARRAY", "HEAD_BYTES", "MARKUP", "FileKind", "file_kind", "vectors_kind"]

ARRAY, MARKUP = "a NumPy array", "a web page or XML"

HEAD_BYTES = 1024
"""Enough bytes to tell every kind."""


class FileKind(NamedTuple):
    """A kind of file: `name`, with its article, and `advice`, what to do to get at its contents.

    `encoding` is the one, other than UTF-8, that its text is in.
    """

    name: str
    advice: str
    encoding: str = ""


_UNPACK = "unpack it and give a file from it"
_CONVERT = "convert it to UTF-8, such as with iconv -f {} -t UTF-8"
_OURS = "w2v wrote it; give the text itself"
_FETCH = "the file itself is still to be fetched"
_PICKLE = "it is never opened, because that can run code"

# Tried in this order. A pattern matches from the first byte on; a dot matches any byte.
_KINDS: tuple[tuple[Any, ...], ...] = (  # a pattern, and the fields of a FileKind
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"\x1f[\x8b\x9d\xa0]", "a gzip file", _UNPACK),
    (rb"BZh[1-9](1AY|\x17rE)", "a bzip2 file", _UNPACK),
    (rb"\xfd7zXZ\0", "an xz file", _UNPACK),
    (rb"\x28\xb5\x2f\xfd", "a zstd file", "unpack it, such as with unzstd"),
    (rb"\x04\x22\x4d\x18", "an lz4 file", "unpack it, such as with unlz4"),
    (
        rb"\x80[\x02-\x05].{0,200}gensim",
        "a Python pickle, from save() of gensim",
        f"{_PICKLE}; load it with gensim and write it with save_word2vec_format()",
    ),
    (rb"\x80[\x02-\x05]", "a Python pickle", _PICKLE),
    (rb"c(copy_reg|__builtin__|builtins|gensim\S*|numpy\S*)\n", "a Python pickle", _PICKLE),
    (rb"\((dp|lp)0?\n", "a Python pickle", _PICKLE),
    (
        rb"version https://git-lfs",
        "a Git LFS pointer",
        f"{_FETCH}, with git lfs pull",
    ),
    (rb"(\.\./)*(\.git)?/annex/objects/", "a git-annex pointer", f"{_FETCH}, with git annex get"),
    (
        rb"<!doctype html>.{0,99}<meta name=\"generator\" content=\"w2v\">",
        "a page of results",
        _OURS,
    ),
    (rb"# Every setting of `w2v train`", "a file of settings", _OURS),
    (rb"(<\?xml[^>]*>\s*)?<(!DOCTYPE\s+)?svg\b", "a picture", "give another file"),
    (
        rb"(\xef\xbb\xbf)?\s*<(?i:!doctype\s|html\b|\?xml\s)",
        MARKUP,
        "perhaps the answer of a server in place of the file; fetch it again",
    ),
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text in UTF-32", _CONVERT.format("UTF-32"), "utf-32"),
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16", _CONVERT.format("UTF-16"), "utf-16"),
    (rb"([\t-~]\0){8}", "text in UTF-16", _CONVERT.format("UTF-16LE"), "utf-16-le"),
    (rb"(\0[\t-~]){8}", "text in UTF-16", _CONVERT.format("UTF-16BE"), "utf-16-be"),
    (rb"\0{512}", "a file of zeros", "its contents were never written; fetch it again"),
    (rb"\x93NUMPY", ARRAY, "it has no words"),
    (rb"\x89HDF\r\n", "an HDF5 file", "write its contents in another format"),
    (rb"SQLite format 3\0", "an SQLite database", "write its contents in another format"),
    (rb"PAR1[\0-\x1f]", "a Parquet file", "write its contents in another format"),
    (rb"ARROW1\0", "an Arrow file", "write its contents in another format"),
    (rb"FiFu\0", "a finalfusion file", "convert it, with finalfusion convert"),
    (rb"%PDF-", "a PDF", "write its text to a file of its own"),
    (rb"\xd0\xcf\x11\xe0", "an Office document", "save it as plain text"),
    (rb"\x7fELF|MZ.{0,60}\0\0\0|\xcf\xfa\xed\xfe", "a program", "give another file"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a", "a picture", "give another file"),
)
_PATTERNS = [(re.compile(pattern, re.S), FileKind(*rest)) for pattern, *rest in _KINDS]


def file_kind(head: bytes) -> FileKind | None:
    """What a file that begins with `head` is, where it is neither plain text nor vectors."""
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head)), None)


_VECTORS = FileKind("a file of word vectors", "w2v nearest and w2v info read it")
_HEADER = re.compile(rb"\d+[ \t]\d+[ \t]*\r?\n")
_NUMBER = re.compile(rb"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_FASTTEXT, _SAFETENSORS = rb"\xba\x16\x4f\x2f", rb"[^\0]{1,4}\0{4,7}\{\""
_BINARY_VECTORS = re.compile(rb"%b|%b" % (_FASTTEXT, _SAFETENSORS))
_UNUSUAL_DIM = 20  # numbers in a row; text rarely has so many side by side


def vectors_kind(head: bytes) -> FileKind | None:
    """Word vectors, if a file that begins with `head` holds them or is a table of numbers.

    Let D be how many numbers most rows end with. D must be two or more, nine rows of ten must
    have D numbers or more at their end, and most numbers must be decimals: walks on graphs have
    integers. A single row needs a header, a line of two integers, or many numbers.
    """
    head = head.removeprefix(b"\xef\xbb\xbf")
    header = _HEADER.match(head)
    if _BINARY_VECTORS.match(head) or (header and b"\0" in head):
        return _VECTORS
    rows = head[header.end() if header else 0 :].split(b"\n")
    whole = [row for row in rows[:-1] if row.strip()] or rows[-1:]  # the last may be cut
    numbers = [_numbers_at_end(row) for row in whole]
    ((dim, _),) = Counter(map(len, numbers)).most_common(1)
    rows_of_dim = sum(len(row) >= dim for row in numbers)  # words may end in numbers, too
    flat = [number for row in numbers for number in row]
    are_decimals = 2 * sum(b"." in n or b"e" in n.lower() for n in flat) >= len(flat)
    enough = len(whole) > 1 or header is not None or dim >= _UNUSUAL_DIM
    alike = dim > 1 and rows_of_dim >= 0.9 * len(whole)
    return _VECTORS if alike and enough and are_decimals else None


def _numbers_at_end(row: bytes) -> list[bytes]:
    """The numbers that a row ends with; none if most of its fields are something else."""
    fields = re.split(rb"[ \t,]+", row.strip())
    numbers = list(takewhile(_NUMBER.fullmatch, reversed(fields)))
    return numbers if 2 * len(numbers) >= len(fields) else []
