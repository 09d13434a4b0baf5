"""Parts of a text; each can be read and numbered by any process that sees the files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

from w2v_cli.compression import compression_of
from w2v_cli.data.decoding import is_utf8, without_mark
from w2v_cli.data.reading import WHITE_SPACE, Block, cut_blocks, opened, read_blocks, unreadable
from w2v_cli.data.remote_source import RemoteSource, file_at
from w2v_cli.data.sources import FileSource, Source
from w2v_cli.errors import CorpusError
from w2v_cli.remote import Remote, is_url

__all__ = ["Part", "blocks_of", "group_parts", "parts_of", "unseen"]

PART = 1 << 28  # bytes of text
LARGEST = 1 << 30  # bytes of a file that cannot be cut: compressed, or not in UTF-8
_PIECE = 1 << 20  # bytes read at a time


@dataclass(frozen=True)
class Part:
    """A stretch of a file: its tokens are those that begin in bytes `start` to `end`.

    `end` is None if it is the whole file, which may be compressed. `size` is its bytes in the
    file. `mark` tells the file from another of the same name.
    """

    location: str  # an absolute path, or a URL
    name: str  # what messages call it
    start: int
    end: int | None
    is_last: bool  # of its file
    size: int
    mark: str


def parts_of(sources: Sequence[Source], encoding: str) -> list[Part] | None:
    """The parts of the sources, in order; None where some can only be read here."""
    found: list[Part] = []
    for source in sources:
        parts = _cut(source, encoding)
        if parts is None:
            return None
        found += parts
    return found


def group_parts(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """The parts in groups of about `PART` bytes."""
    group: list[Part] = []
    size = 0
    for part in parts:
        group.append(part)
        size += part.size
        if size >= PART:
            yield group
            group, size = [], 0
    if group:
        yield group


def unseen(parts: Sequence[Part]) -> str | None:
    """Why a part cannot be read from here; None if all can be."""
    for part in {part.location: part for part in parts}.values():
        try:
            mark = _mark(file_at(_place(part.location)))
        except CorpusError as error:
            return str(error)
        if mark != part.mark:
            return f"{part.name}: is another file"
    return None


def blocks_of(part: Part, size: int, encoding: str, errors: str) -> Iterator[Block]:
    """The text of a part in blocks of about `size` bytes.

    Raises:
        CorpusError: as `read_blocks`.
    """
    place = _place(part.location)
    if part.end is None:
        yield from read_blocks(part.name, place, size, encoding, errors)
        return
    begin, pieces = _stretch(part, place, size)
    blocks = cut_blocks(part.name, pieces, lambda: 0)
    before = next(blocks)
    for block in blocks:
        yield replace(before, start=before.start + begin)
        before = block
    if part.is_last or before.data != b"\n":  # otherwise it is only the added line end
        yield replace(before, start=before.start + begin)


def _cut(source: Source, encoding: str) -> list[Part] | None:
    """The parts of a source; None where it can only be read here."""
    if not source.size:
        return None
    if isinstance(source, RemoteSource):
        location = source.name
    elif isinstance(source, FileSource) and source.name == str(source.path):
        location = str(source.path.absolute())
    else:
        return None
    with opened(source.name, _place(location)) as file:
        try:
            compressed = compression_of(file.read(16)) is not None
        except OSError as error:
            raise unreadable(source.name, error) from error
    given = partial(Part, location, source.name, mark=_mark(source))
    if compressed or not is_utf8(encoding):
        whole = given(start=0, end=None, is_last=True, size=source.size)
        return [whole] if source.size <= LARGEST else None
    count = -(-source.size // PART)
    bounds = [source.size * n // count for n in range(count + 1)]
    return [
        given(start=start, end=end, is_last=end == source.size, size=end - start)
        for start, end in pairwise(bounds)
    ]


def _stretch(part: Part, place: Path | Remote, size: int) -> tuple[int, Iterator[bytes]]:
    """Where the first token of a part begins in its file, and the bytes from there to its end."""
    assert part.end is not None
    end = part.end
    begin = part.start if part.start == 0 else _token_start(part, place, part.start)
    stop = end if part.is_last else _token_start(part, place, end)

    def pieces() -> Iterator[bytes]:
        left = max(stop - begin, 0)
        with opened(part.name, place) as file:
            try:
                file.seek(begin)
                while left and (piece := file.read(min(size, left))):
                    left -= len(piece)
                    yield piece
            except OSError as error:
                raise unreadable(part.name, error) from error

    return begin, without_mark(part.name, pieces()) if begin == 0 else pieces()


def _token_start(part: Part, place: Path | Remote, offset: int) -> int:
    """The first place from `offset` on that follows white space, or the file's end."""
    offset -= 1
    with opened(part.name, place) as file:
        try:
            file.seek(offset)
            while piece := file.read(_PIECE):
                found = [at for at in map(piece.find, WHITE_SPACE) if at >= 0]
                if found:
                    return offset + min(found) + 1
                offset += len(piece)
        except OSError as error:
            raise unreadable(part.name, error) from error
    return offset


def _place(location: str) -> Path | Remote:
    return Remote.at(location) if is_url(location) else Path(location)


def _mark(source: FileSource | RemoteSource) -> str:
    """What is the same on all machines that see the file, and differs for another file."""
    if isinstance(source, RemoteSource):
        return f"{source.size} {source.version.mark}"
    return f"{source.size} {source.modified}"
