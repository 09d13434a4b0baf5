"""The encoded corpus: a text as memory-mapped numbers, in a folder of five files.

    tokens.i32              (n_tokens,) int32
    sentence_starts.i64     (n_sentences + 1,) int64
    types.txt               the words in the order of their numbers, one a line, UTF-8
    type_counts.i64         (n_types,) int64
    meta.json               the sizes and checksums of the others, which show damage

The folder's name is the digest of what it was made from.
"""

import errno
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import W2VError

__all__ = [
    "ENCODED_FILES",
    "META",
    "SENTENCES",
    "TOKENS",
    "TYPES",
    "TYPE_COUNTS",
    "EncodedCorpus",
    "WordLines",
    "open_encoded",
    "write_meta",
]

TOKENS = "tokens.i32"
SENTENCES = "sentence_starts.i64"
TYPES = "types.txt"
TYPE_COUNTS = "type_counts.i64"
META = "meta.json"
_FILES = (TOKENS, SENTENCES, TYPES, TYPE_COUNTS)
ENCODED_FILES = (*_FILES, META)  # in the order in which they are written
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
_PIECE = 1 << 20  # bytes read at a time
_SENTENCES_AT_ONCE = 1 << 20

Number = TypeVar("Number", np.int32, np.int64)


@dataclass(frozen=True, eq=False)
class WordLines:
    """Words one a line: word i is `text[starts[i] : starts[i + 1]]`, with its line end.

    text: (bytes,) uint8; starts: (n + 1,) int64.
    """

    text: NDArray[np.uint8]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, text: NDArray[np.uint8]) -> "WordLines":
        """The words of a text that ends with a line end."""
        ends = np.flatnonzero(text == ord("\n"))
        return cls(text, np.concatenate((np.zeros(1, np.int64), ends + 1)))

    def take(
        self, numbers: NDArray[np.integer[Any]]
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The lines of the words with these numbers (n,), and where each of them ends, (n,)."""
        starts = self.starts[numbers]
        sizes = self.starts[numbers + 1] - starts
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1] if len(ends) else 0)
        places += np.repeat(starts - (ends - sizes), sizes)
        return self.text[places], ends


@dataclass(frozen=True, eq=False)
class EncodedCorpus:
    """A corpus as numbers, memory-mapped from a folder of the cache.

    tokens: (n_tokens,) int32, the types of the running text.
    sentence_starts: (n_sentences + 1,) int64; sentence i is
        `tokens[sentence_starts[i] : sentence_starts[i + 1]]` and never empty.
    type_counts: (n_types,) int64, how often each type occurs. Types are numbered by first
        appearance.
    digest: SHA-256 of the digests of the sources and of the settings of reading them.
    pruned_types, pruned_tokens: how many rare types were forgotten because of the limit of
        the scan, and how many tokens of them; zero as a rule.
    undercount: how many tokens a count may lack because of that (see `numbering.CorpusWriter`).
    """

    tokens: NDArray[np.int32]
    sentence_starts: NDArray[np.int64]
    type_counts: NDArray[np.int64]
    digest: str
    folder: Path
    pruned_types: int
    pruned_tokens: int
    undercount: int

    @property
    def n_tokens(self) -> int:
        """How many tokens the text has."""
        return len(self.tokens)

    @property
    def n_sentences(self) -> int:
        """How many sentences have a token."""
        return len(self.sentence_starts) - 1

    def sentence_lengths(self) -> Iterator[NDArray[np.int64]]:
        """How many tokens the sentences have, a million sentences at a time."""
        for first in range(0, self.n_sentences, _SENTENCES_AT_ONCE):
            yield np.diff(self.sentence_starts[first : first + _SENTENCES_AT_ONCE + 1])

    def words(self, types: NDArray[np.integer[Any]]) -> list[str]:
        """The words with these numbers, read from the folder now.

        Raises:
            W2VError: the folder is gone.
        """
        text = self._types_text()
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        starts = np.concatenate(([0], ends + 1))
        bounds = zip(starts[types].tolist(), ends[types].tolist(), strict=True)
        return [text[start:end].decode() for start, end in bounds]

    def word_lines(self) -> WordLines:
        """All words in the order of their numbers.

        Raises:
            W2VError: the folder is gone.
        """
        return WordLines.of(np.frombuffer(self._types_text(), np.uint8))

    def _types_text(self) -> bytes:
        try:
            return (self.folder / TYPES).read_bytes()
        except OSError as error:
            raise W2VError(f"{self.folder}: was removed while it was used: start again") from error


def write_meta(folder: Path, pruned_types: int, pruned_tokens: int, undercount: int) -> None:
    """Write what `open_encoded` needs to know, when all other files are complete.

    The disk has all of them when it returns, so that a power cut leaves no entry in part.
    """
    for name in _FILES:
        with (folder / name).open("r+b") as file:  # Windows syncs what may be written
            os.fsync(file.fileno())
    meta = {
        "checksums": {name: _checksum(folder / name) for name in _FILES},
        "sizes": {name: (folder / name).stat().st_size for name in _FILES},
        "pruned_types": pruned_types,
        "pruned_tokens": pruned_tokens,
        "undercount": undercount,
    }
    with (folder / META).open("w", encoding="utf-8") as file:
        json.dump(meta, file)
        file.flush()
        os.fsync(file.fileno())


def open_encoded(folder: Path) -> EncodedCorpus | None:
    """The encoded corpus in a folder, checked as a whole; None if it is missing or damaged.

    Raises:
        OSError: the process or the machine can map no more memory or open no more files.
    """
    try:
        meta = json.loads((folder / META).read_bytes())
        if any((folder / name).stat().st_size != meta["sizes"][name] for name in _FILES):
            return None
        if any(_checksum(folder / name) != meta["checksums"][name] for name in _FILES):
            return None
        return EncodedCorpus(
            tokens=_mapped(folder / TOKENS, np.int32),
            sentence_starts=_mapped(folder / SENTENCES, np.int64),
            type_counts=_mapped(folder / TYPE_COUNTS, np.int64),
            digest=folder.name,
            folder=folder,
            pruned_types=meta["pruned_types"],
            pruned_tokens=meta["pruned_tokens"],
            undercount=meta["undercount"],
        )
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        return None
    except (ValueError, LookupError, TypeError):
        return None


def _checksum(path: Path) -> int:
    """The CRC-32 of a file, read in pieces."""
    checksum = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            checksum = zlib.crc32(piece, checksum)
    return checksum


def _mapped(path: Path, dtype: type[Number]) -> NDArray[Number]:
    return np.asarray(np.memmap(path, dtype, "r"))
