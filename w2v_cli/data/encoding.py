"""The encoded corpus: a text read once and kept as memory-mapped numbers."""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.cache import (
    cache_errors,
    content_digests,
    default_cache,
    entry_folder,
    publish,
    temporary_folder,
)
from w2v_cli.data.corpus import FileSource, Source, find_sources
from w2v_cli.data.numbering import (
    SENTENCES,
    TOKENS,
    TYPE_COUNTS,
    TYPES,
    CorpusWriter,
    number_block,
)
from w2v_cli.data.pool import ordered_map
from w2v_cli.data.reading import Block
from w2v_cli.data.tokenizers import find_tokenizer
from w2v_cli.errors import CorpusError, W2VError

__all__ = ["EncodedCorpus", "default_cache", "encode_corpus"]

FORMAT = 1
"""Raised whenever the same text and settings begin to give other files."""

BLOCK_SIZE = 1 << 22
"""Bytes of text numbered at a time."""

Progress = Callable[[int, int], None]
Number = TypeVar("Number", np.int32, np.int64)

_META = "meta.json"
_FILES = (TOKENS, SENTENCES, TYPES, TYPE_COUNTS)


@dataclass(frozen=True, eq=False)
class EncodedCorpus:
    """A corpus as numbers, memory-mapped from a folder of the cache.

    tokens: (n_tokens,) int32, the types of the running text.
    sentence_starts: (n_sentences + 1,) int64; sentence i is
        `tokens[sentence_starts[i] : sentence_starts[i + 1]]` and never empty.
    type_counts: (n_types,) int64, how often each type occurs. Types are numbered by first
        appearance.
    digest: SHA-256 of the sources and of the settings with which they were read.
    pruned_types, pruned_tokens, undercount: how many rare types, and tokens of them, the
        limit of the scan made it forget, and by how much counts may therefore be too low
        (see `numbering.CorpusWriter`); all zero as a rule.
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
        """How many words the running text has."""
        return len(self.tokens)

    @property
    def n_sentences(self) -> int:
        """How many sentences have a word."""
        return len(self.sentence_starts) - 1

    def words(self, types: NDArray[np.integer[Any]]) -> list[str]:
        """The words with these numbers, read from the folder now.

        Raises:
            W2VError: the folder is gone.
        """
        try:
            text = (self.folder / TYPES).read_bytes()
        except OSError as error:
            raise W2VError(f"{self.folder}: was removed while it was used: start again") from error
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n"))
        starts = np.concatenate(([0], ends + 1))
        bounds = zip(starts[types].tolist(), ends[types].tolist(), strict=True)
        return [text[start:end].decode() for start, end in bounds]


def encode_corpus(
    paths: Sequence[str],
    *,
    encoding: str,
    errors: str,
    tokenizer: str,
    lowercase: bool,
    scan_limit: int,
    cache: Path,
    workers: int,
    progress: Progress | None = None,
) -> EncodedCorpus:
    """The corpus that `paths` name (see `corpus.find_sources`), encoded now or earlier.

    The result is the same for any number of workers. With the same text and settings in
    the cache, files that have not changed are not even opened. `progress` is called with
    the bytes of the sources read so far and in all.

    Raises:
        CorpusError: text that is missing, unreadable, damaged, or holds no word.
        W2VError: the cache cannot be written, or a worker was killed.
    """
    settings = _Settings(encoding, errors, tokenizer, lowercase, scan_limit)
    with temporary_folder(cache) as temporary:
        with cache_errors(cache):
            sources = find_sources(paths, encoding=encoding, spool=temporary)
            digest = settings.digest(content_digests(cache, sources))
        entry = entry_folder(cache, digest)
        if _opened(entry) is None:
            made = temporary / "corpus"
            _encode(sources, settings, made, workers, progress or _no_progress)
            if _opened(entry) is None:  # no other process has just made the same
                with cache_errors(cache):
                    publish(made, entry)
        corpus = _opened(entry)
    if corpus is None:
        raise W2VError(f"{entry}: was removed from the cache as soon as it was made: start again")
    return corpus


@dataclass(frozen=True)
class _Settings:
    """What decides how text becomes tokens and types."""

    encoding: str
    errors: str
    tokenizer: str
    lowercase: bool
    scan_limit: int

    def digest(self, contents: Sequence[str]) -> str:
        """The SHA-256 of these settings and the digests of the sources."""
        # Which characters are letters, and their lower case, change with Unicode.
        unicode = self.lowercase or self.tokenizer == "words"
        parts = {
            "format": FORMAT,
            "block_size": BLOCK_SIZE,
            "unicode": unicodedata.unidata_version if unicode else None,
            "sources": list(contents),
            **asdict(self),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _encode(
    sources: Sequence[Source], settings: _Settings, folder: Path, workers: int, progress: Progress
) -> None:
    """Read, tokenize and number the sources; write the encoded corpus in a new folder."""
    total = sum(source.size for source in sources)
    done = 0
    tokenize = find_tokenizer(settings.tokenizer, lowercase=settings.lowercase)
    number = partial(number_block, tokenize=tokenize, errors=settings.errors)
    with cache_errors(folder.parent):
        writer = CorpusWriter(folder, settings.scan_limit)
    blocks = _grouped_blocks(sources, settings)
    with closing(ordered_map(number, blocks, workers if total > BLOCK_SIZE else 1)) as numbered:
        for block in numbered:
            with cache_errors(folder.parent):
                writer.add(block)
            done += block.raw_size
            progress(done, total)
    for source in sources:
        if isinstance(source, FileSource):
            source.check_unchanged()
    if not writer.n_tokens:
        raise CorpusError(_no_words(sources, writer))
    with cache_errors(folder.parent):
        writer.finish()
        _write_meta(folder, writer)


def _grouped_blocks(sources: Sequence[Source], settings: _Settings) -> Iterator[list[Block]]:
    """The blocks of all sources, small ones together, so that small files cost no more."""
    group: list[Block] = []
    size = 0
    for source in sources:
        for block in source.blocks(BLOCK_SIZE, settings.encoding, settings.errors):
            group.append(block)
            size += len(block.data)
            if size >= BLOCK_SIZE // 2:
                yield group
                group, size = [], 0
    if group:
        yield group


def _no_words(sources: Sequence[Source], writer: CorpusWriter) -> str:
    names = ", ".join([source.name for source in sources[:3]] + ["…"] * (len(sources) > 3))
    if writer.pruned_types:
        return f"{names}: vocabulary.scan_limit is too low: all words were forgotten"
    return f"{names}: no word in this corpus"


def _write_meta(folder: Path, writer: CorpusWriter) -> None:
    """Write what `_opened` needs to know; its being there says that the rest is complete."""
    meta = {
        "format": FORMAT,
        "sizes": {name: (folder / name).stat().st_size for name in _FILES},
        "pruned_types": writer.pruned_types,
        "pruned_tokens": writer.pruned_tokens,
        "undercount": writer.undercount,
    }
    (folder / _META).write_text(json.dumps(meta))


def _opened(folder: Path) -> EncodedCorpus | None:
    """The encoded corpus in a folder; None if it is missing, damaged or of another format."""
    try:
        meta = json.loads((folder / _META).read_bytes())
        if any((folder / name).stat().st_size != meta["sizes"][name] for name in _FILES):
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
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _mapped(path: Path, dtype: type[Number]) -> NDArray[Number]:
    return np.asarray(np.memmap(path, dtype, "r"))


def _no_progress(done: int, total: int) -> None:
    """What is called when nobody wants to know."""
