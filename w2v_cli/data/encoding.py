"""Encoding a corpus: its text read once, numbered, and kept in the cache."""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from w2v_cli.data.cache import (
    cache_errors,
    content_digests,
    mark_used,
    publish,
    publishing,
    remove_unused,
    temporary_folder,
)
from w2v_cli.data.cache_folder import entry_folder
from w2v_cli.data.corpus import find_sources
from w2v_cli.data.encoded import EncodedCorpus, open_encoded, write_meta
from w2v_cli.data.numbering import CorpusWriter, NumberedBlock, number_block
from w2v_cli.data.pool import ordered_map
from w2v_cli.data.reading import Block
from w2v_cli.data.remote_source import RemoteSource
from w2v_cli.data.sources import FileSource, Source
from w2v_cli.data.text_files import OtherFile
from w2v_cli.data.tokenizers import find_tokenizer
from w2v_cli.errors import CorpusError, W2VError

__all__ = ["Elsewhere", "EncodedCorpus", "encode_corpus", "made_or_kept"]

FORMAT = 3
"""Raised whenever the same text and settings begin to give other files."""

BLOCK_SIZE = 1 << 20
"""Bytes of text numbered at a time: what its tokens need then fits the processor's cache."""

Progress = Callable[[int, int], None]
Elsewhere = Callable[[Sequence[Source]], Generator[NumberedBlock, None, None] | None]


def encode_corpus(
    paths: Sequence[str],
    *,
    encoding: str,
    errors: str,
    tokenizer: str,
    lowercase: bool,
    scan_limit: int,
    cache: Path,
    cache_bytes: int | None = None,
    workers: int,
    progress: Progress | None = None,
    other: Callable[[OtherFile], None] | None = None,
    given: Iterable[bytes] | None = None,
    elsewhere: Elsewhere | None = None,
) -> EncodedCorpus:
    """The corpus that `paths` name (see `corpus.find_sources`), encoded now or earlier.

    The result is the same for any number of workers. With the same text and settings in
    the cache, files that have not changed are not read as a whole. When the cache takes more
    than `cache_bytes`, what was unused for longest is removed. `progress` is called with the
    bytes of the sources read so far and in all, `other` with every file that is no plain text.
    Pieces of text that are `given` take the place of standard input. `elsewhere` may number the
    sources in place of this machine, or say None.

    Raises:
        CorpusError: text that is missing, unreadable, damaged, or holds no word.
        W2VError: the cache cannot be written, or a worker was killed.
    """
    settings = _Settings(encoding, errors, tokenizer, lowercase, scan_limit)
    with temporary_folder(cache) as temporary:
        with cache_errors(cache):
            sources = find_sources(
                paths, encoding=encoding, spool=temporary, other=other, given=given
            )
            digest = settings.digest(content_digests(cache, sources))

        def make() -> Path:
            told = progress or _no_progress
            return _encode(sources, settings, temporary, workers, told, elsewhere)

        return made_or_kept(entry_folder(cache, digest), temporary, cache_bytes, make)


def made_or_kept(
    entry: Path, temporary: Path, cache_bytes: int | None, make: Callable[[], Path]
) -> EncodedCorpus:
    """The encoded corpus of an entry of the cache; where there is none, `make` makes it.

    `make` returns a complete folder in `temporary`. When the cache takes more than `cache_bytes`,
    what was unused for longest is removed.

    Raises:
        W2VError: the cache cannot be written, or another process removed the entry at once.
    """
    corpus = open_encoded(entry)
    if corpus is None:
        cache = temporary.parent
        made = make()
        with cache_errors(cache), publishing(cache):
            if open_encoded(entry) is None:  # no other process has just made the same
                publish(made, entry)
            if cache_bytes is not None:
                remove_unused(cache, cache_bytes, temporary)
        corpus = open_encoded(entry)
    mark_used(entry)
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
    sources: Sequence[Source],
    settings: _Settings,
    temporary: Path,
    workers: int,
    progress: Progress,
    elsewhere: Elsewhere | None,
) -> Path:
    """Read, tokenize and number the sources; write the encoded corpus in a new folder.

    The folder is made in `temporary`, which is directly in the cache, and returned.
    """
    total = sum(source.size for source in sources)
    writer = None
    blocks = None if elsewhere is None else elsewhere(sources)
    if blocks is not None:
        writer = _written(blocks, temporary / "elsewhere", settings.scan_limit, progress, total)
    if writer is None or writer.pruned_types:  # which types are forgotten depends on the blocks
        blocks = _numbered_here(sources, settings, workers if total > BLOCK_SIZE else 1)
        writer = _written(blocks, temporary / "corpus", settings.scan_limit, progress, total)
    for source in sources:
        if isinstance(source, FileSource | RemoteSource):
            source.check_unchanged()
    if not writer.n_tokens:
        raise CorpusError(_no_words(sources, writer))
    with cache_errors(temporary.parent):
        writer.finish()
        write_meta(writer.folder, writer.pruned_types, writer.pruned_tokens, writer.undercount)
    return writer.folder


def _written(
    blocks: Generator[NumberedBlock, None, None],
    folder: Path,
    scan_limit: int,
    progress: Progress,
    total: int,
) -> CorpusWriter:
    """The blocks written in a new folder, in a folder that is directly in the cache."""
    cache, done = folder.parent.parent, 0
    with cache_errors(cache):
        writer = CorpusWriter(folder, scan_limit)
    with closing(blocks):
        for block in blocks:
            with cache_errors(cache):
                writer.add(block)
            done += block.raw_size
            progress(done, total)
    return writer


def _numbered_here(
    sources: Sequence[Source], settings: _Settings, workers: int
) -> Generator[NumberedBlock, None, None]:
    """The blocks of the sources, numbered by processes of this machine."""
    tokenize = find_tokenizer(settings.tokenizer, lowercase=settings.lowercase)
    number = partial(number_block, tokenize=tokenize, errors=settings.errors)
    return ordered_map(number, _grouped_blocks(sources, settings), workers)


def _grouped_blocks(sources: Sequence[Source], settings: _Settings) -> Iterator[list[Block]]:
    """The blocks of all sources; small ones are joined, so that small files cost no more."""
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


def _no_progress(done: int, total: int) -> None:
    """Do nothing with the progress."""
