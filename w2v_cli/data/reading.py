"""Text files as blocks of UTF-8: decompressed, decoded, cut at white space, checked.

A block never ends inside a token, so blocks can be tokenized apart and in parallel. The
check for valid text is a separate step (`checked_text`) because it costs time that worker
processes can share.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from w2v_cli.compression import DAMAGE, compression_of
from w2v_cli.data.decoding import checked_utf8, decoded, is_utf8, without_mark
from w2v_cli.errors import CorpusError
from w2v_cli.remote import Remote

__all__ = [
    "Block",
    "checked_text",
    "cut_blocks",
    "first_bytes",
    "opened",
    "read_blocks",
    "text_head",
    "unreadable",
]

WHITE_SPACE = (b"\n", b" ", b"\t", b"\r", b"\v", b"\f")
"""The bytes that separate tokens: those of `bytes.split`."""

LONGEST_TOKEN = 1 << 26
"""Bytes; more without white space are refused, so that no file can fill the memory."""

_HEAD_BYTES = 1 << 14


@dataclass(frozen=True)
class Block:
    """Consecutive UTF-8 text of one source that ends at ASCII white space.

    `start` is the offset of `data` in the decompressed source. `raw_size` is how many bytes
    of the source, as it is on disk, were read since the block before. `checked` says that
    the bytes came out of a decoder and need no `checked_text`.
    """

    name: str
    start: int
    data: bytes
    raw_size: int
    checked: bool = False


def read_blocks(
    name: str, path: Path | Remote, size: int, encoding: str, errors: str
) -> Iterator[Block]:
    """Yield the text of a file in blocks of about `size` bytes; a long token makes one longer.

    gzip, bzip2 and xz are recognised by content. A UTF-8 byte-order mark is dropped. Other
    encodings are turned into UTF-8. The last block ends with a line end, so that a
    sentence never runs from one file into the next.

    Raises:
        CorpusError: the file cannot be read, is empty, is damaged, or cannot be decoded.
    """
    with opened(name, path) as raw:
        chunks = _chunks(name, raw, size)
        if is_utf8(encoding):
            yield from cut_blocks(name, without_mark(name, chunks), raw.tell)
        else:
            utf8 = decoded(name, chunks, encoding, errors)
            yield from cut_blocks(name, utf8, raw.tell, checked=True)


def cut_blocks(
    name: str,
    chunks: Iterable[bytes],
    position: Callable[[], int],
    *,
    checked: bool = False,
) -> Iterator[Block]:
    """Yield the chunks cut after their last ASCII white space, the rest put before the next.

    `position` tells how many bytes of the source on disk have been read.

    Raises:
        CorpusError: a token of more than `LONGEST_TOKEN` bytes.
    """
    held: list[bytes] = []  # the beginning of an unfinished token
    start = read = 0
    for chunk in chunks:
        cut = max(map(chunk.rfind, WHITE_SPACE)) + 1
        if not cut:
            held.append(chunk)
            if sum(map(len, held)) > LONGEST_TOKEN:
                raise CorpusError(_no_white_space(name, start))
            continue
        data = b"".join([*held, memoryview(chunk)[:cut]])
        held = [chunk[cut:]]
        yield Block(name, start, data, position() - read, checked)
        start, read = start + len(data), position()
    yield Block(name, start, b"".join([*held, b"\n"]), position() - read, checked)


def checked_text(block: Block, errors: str) -> bytes:
    """The block's bytes, proved to be UTF-8 without NUL (see `decoding.checked_utf8`)."""
    if block.checked:
        return block.data
    return checked_utf8(block.name, block.data, block.start, errors)


def text_head(name: str, path: Path | Remote) -> bytes | None:
    """The first decompressed bytes of a file; None if it cannot be read, or is damaged."""
    try:
        with opened(name, path) as raw:
            return first_bytes(name, raw)
    except CorpusError:
        return None


def first_bytes(name: str, raw: IO[bytes]) -> bytes:
    """The first bytes of an open file, decompressed: enough for several rows of vectors.

    Raises:
        CorpusError: it cannot be read, or is damaged.
    """
    return next(_chunks(name, raw, _HEAD_BYTES), b"")


def opened(name: str, path: Path | Remote) -> IO[bytes]:
    """The file, open for reading its bytes.

    Raises:
        CorpusError: it cannot be opened.
    """
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(name, error) from error


def unreadable(name: str, error: Exception) -> CorpusError:
    """The error that says why a source cannot be read."""
    reason = getattr(error, "strerror", None) or str(error)
    return CorpusError(f"{name}: cannot be read: {reason.lower()}")


def _no_white_space(name: str, start: int) -> str:
    return (
        f"{name}: more than {LONGEST_TOKEN:,} bytes without a space or a line end, from byte "
        f"{start:,}: expected text in which white space separates the words"
    )


def _chunks(name: str, raw: IO[bytes], size: int) -> Iterator[bytes]:
    """The decompressed bytes of an open file, `size` at a time.

    Raises:
        CorpusError: the disk fails, or the compressed data are damaged or end too early.
    """
    kind = ""
    try:
        compression = compression_of(raw.read(16))
        raw.seek(0)
        file = raw
        if compression is not None:
            kind, file = compression.name, compression.reader(raw)
        yield from iter(partial(file.read, size), b"")
    except EOFError:
        raise CorpusError(
            f"{name}: the {kind} data end too early: the file is truncated; fetch it again"
        ) from None
    except DAMAGE as error:
        if kind and getattr(error, "errno", None) is None:
            message = f"{name}: the {kind} data are damaged ({error}): fetch the file again"
            raise CorpusError(message) from error
        raise unreadable(name, error) from error
