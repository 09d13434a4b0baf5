"""Bytes of text proved to be UTF-8, or turned into it."""

import codecs
from collections.abc import Iterator
from itertools import chain

from w2v_cli.errors import CorpusError, UsageError
from w2v_cli.file_kinds import HEAD_BYTES, file_kind

__all__ = ["checked_utf8", "decoded", "is_utf8", "without_mark"]


def is_utf8(encoding: str) -> bool:
    """Whether this is a name of UTF-8.

    Raises:
        UsageError: Python knows no text encoding of that name.
    """
    try:
        "a".encode(encoding)  # refuses what is no text encoding, such as rot13
        return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    except (LookupError, ValueError):
        raise UsageError(
            f"corpus.encoding: {encoding!r} is not an encoding that Python knows; "
            "expected a name such as 'utf-8', 'utf-16' or 'latin-1'"
        ) from None


def checked_utf8(name: str, data: bytes, start: int, errors: str) -> bytes:
    """The data, proved to be UTF-8 without NUL; `start` is their offset in the file `name`.

    With `errors="replace"` all else becomes U+FFFD; with "strict" it is an error.

    Raises:
        CorpusError: a NUL or an invalid byte, with its offset in the file.
    """
    if errors == "replace":
        return _printable(data.decode("utf-8", "replace")).encode()
    nul = data.find(b"\0")
    if nul >= 0:
        raise _nul_error(name, f"byte {start + nul:,}")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{name}: byte {start + error.start:,} (0x{data[error.start]:02X}) is not "
            "valid UTF-8: name the file's encoding (such as --set corpus.encoding=latin-1), or "
            "read invalid bytes as U+FFFD (--set corpus.errors=replace)"
        ) from None
    return data


def without_mark(name: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of a UTF-8 file, with spaces in place of a byte-order mark.

    Three spaces take as many bytes as the mark, so offsets stay true.

    Raises:
        CorpusError: the file is empty, or in UTF-16 or UTF-32.
    """
    first = next(chunks, b"")
    if not first:
        raise CorpusError(f"{name}: is empty, expected text")
    kind = file_kind(first[:HEAD_BYTES])
    if kind is not None and kind.encoding:
        raise CorpusError(
            f"{name}: {kind.name}, expected UTF-8: read it with "
            f"--set corpus.encoding={kind.encoding}"
        )
    if first.startswith(codecs.BOM_UTF8):
        first = b"   " + first[len(codecs.BOM_UTF8) :]
    yield first
    yield from chunks


def decoded(name: str, chunks: Iterator[bytes], encoding: str, errors: str) -> Iterator[bytes]:
    """The chunks of a file in another encoding, as UTF-8 without NUL.

    Raises:
        CorpusError: the file is empty, or not in that encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    n_bytes = n_characters = 0
    for chunk in chain(chunks, [b""]):
        n_bytes += len(chunk)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            raise _decoding_error(name, encoding, n_bytes, error) from None
        if errors == "replace":
            text = _printable(text)
        elif "\0" in text:
            raise _nul_error(name, f"character {n_characters + text.index(chr(0)):,}")
        if not n_characters:
            text = text.removeprefix("\ufeff")
        n_characters += len(text)
        yield text.encode("utf-8", "replace")  # a lone surrogate (out of UTF-7) becomes "?"
    if not n_bytes:
        raise CorpusError(f"{name}: is empty, expected text")


def _decoding_error(name: str, encoding: str, n_bytes: int, error: UnicodeError) -> CorpusError:
    """The error of a decoder that had been given `n_bytes` of the file."""
    if not isinstance(error, UnicodeDecodeError):
        problem = str(error)
    else:
        offset = n_bytes - len(error.object) + error.start
        problem = f"byte {offset:,} (0x{error.object[error.start]:02X}): {error.reason}"
    return CorpusError(
        f"{name}: is not valid {encoding}: {problem}; set another corpus.encoding, or read "
        "invalid bytes as U+FFFD (--set corpus.errors=replace)"
    )


def _printable(text: str) -> str:
    return text.replace("\0", "\ufffd")


def _nul_error(name: str, where: str) -> CorpusError:
    return CorpusError(
        f"{name}: {where} is NUL: this is not text in the encoding expected (if it is UTF-16 "
        "without a byte-order mark: --set corpus.encoding=utf-16-le; to read NUL as U+FFFD: "
        "--set corpus.errors=replace)"
    )
