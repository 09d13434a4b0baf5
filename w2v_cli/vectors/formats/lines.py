"""The lines of a file, some megabytes at a time, however long a line claims to be."""

from collections.abc import Iterator
from typing import IO

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.checks import LONGEST_ROW

__all__ = ["line_blocks"]

BLOCK_BYTES = 1 << 22


def line_blocks(file: IO[bytes], name: str) -> Iterator[list[bytes]]:
    r"""The lines of the rest of a file, without the `\n` that ends them.

    Raises:
        VectorsError: a line is longer than any row.
    """
    rest, lines = b"", 0
    while data := file.read(BLOCK_BYTES):
        whole, end, rest = (rest + data).rpartition(b"\n")
        if end:
            block = whole.split(b"\n")
            lines += len(block)
            yield block
        if len(rest) > LONGEST_ROW:
            raise VectorsError(
                f"{name}: line {lines + 1} is longer than {LONGEST_ROW:,} bytes, expected a word "
                "and its numbers on a line of their own"
            )
    if rest:
        yield [rest]
