"""The first line of both word2vec formats: `V D`, the number of words and of dimensions."""

import re
from typing import IO

from w2v_cli.vectors.formats.checks import allowance, check_size
from w2v_cli.vectors.formats.decompression import largest_size

__all__ = ["format_header", "match_header", "read_header"]

# 18 digits are more than any file has bytes, and few enough to be an int64.
_HEADER = re.compile(rb"(\d{1,18})([ \t,;])(\d{1,18})\2?\r?\n")


def match_header(head: bytes) -> tuple[int, int, bytes] | None:
    """V, D and what follows the header line, or None if `head` does not begin with one."""
    match = _HEADER.match(head)
    return None if match is None else (int(match[1]), int(match[3]), head[match.end() :])


def read_header(
    file: IO[bytes], name: str, *, value_bytes: int, other_bytes: int
) -> tuple[int, int]:
    """V and D, with the file left at the first row.

    A row takes at least D · `value_bytes` + `other_bytes`.

    Raises:
        VectorsError: the file has no header, or is too small for what the header declares.
    """
    line = file.readline(64)
    header = match_header(line)
    assert header is not None, "only called for a file that `match_header` recognised"
    words, dim, _ = header
    size = largest_size(file)
    row = dim * value_bytes + other_bytes
    available = None if size is None else size - file.tell()
    check_size(f"{name}:1", (words, dim), row, available, missing=allowance(words))
    return words, dim


def format_header(words: int, dim: int) -> bytes:
    """The header line."""
    return f"{words} {dim}\n".encode()
