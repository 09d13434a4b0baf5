"""What a file is, by its first bytes: for a message about a file that is not what was expected."""

import re
from typing import NamedTuple

__all__ = ["HEAD_BYTES", "FileKind", "file_kind"]

HEAD_BYTES = 1024
"""So many bytes tell every kind."""


class FileKind(NamedTuple):
    """A kind of file: `name`, with its article, and `advice`, what to do to get at its contents."""

    name: str
    advice: str


_UNPACK = "unpack it and give a file from it"
_CONVERT = "convert it to UTF-8, such as with iconv -f {} -t UTF-8"
_FETCH = "the file itself is still to be fetched"
_PICKLE = "it is never opened, because that can run code"

# In this order; patterns match at the first byte, and a dot matches any byte.
_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", "a zip archive", _UNPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (rb"Rar!\x1a\x07", "a rar archive", _UNPACK),
    (rb".{257}ustar", "a tar archive", _UNPACK),
    (rb"\x1f[\x8b\x9d\xa0]", "a gzip file", _UNPACK),
    (rb"BZh[1-9]", "a bzip2 file", _UNPACK),
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
        rb"(\xef\xbb\xbf)?\s*<(?i:!doctype\s|html\b|\?xml\s)",
        "a web page or XML",
        "perhaps the answer of a server in place of the file; fetch it again",
    ),
    (rb"\xff\xfe\0\0|\0\0\xfe\xff", "text in UTF-32", _CONVERT.format("UTF-32")),
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16", _CONVERT.format("UTF-16")),
    (rb"([\t-~]\0){8}", "text in UTF-16", _CONVERT.format("UTF-16LE")),
    (rb"(\0[\t-~]){8}", "text in UTF-16", _CONVERT.format("UTF-16BE")),
    (rb"\x93NUMPY", "a NumPy array", "it has no words"),
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
