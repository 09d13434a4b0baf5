"""Tokens numbered by first appearance: blocks apart, then joined in the order of the text.

A block is numbered on its own (`number_block`, in any process) and joined to what came
before (`CorpusWriter`, in one process). The joined numbers are those of one pass over the
whole text, so they do not depend on how many processes did the work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoded import SENTENCES, TOKENS, TYPE_COUNTS, TYPES
from w2v_cli.data.reading import Block, checked_text
from w2v_cli.data.tokenizers import Tokenizer
from w2v_cli.data.tokens import find_tokens, first_equals
from w2v_cli.data.word_table import WordTable, with_room

__all__ = ["CorpusWriter", "NumberedBlock", "joined", "number_block"]

_REWRITE_TOKENS = 1 << 20
"""Tokens in memory at a time when rare types are taken out of the corpus."""


@dataclass(frozen=True)
class NumberedBlock:
    """The tokens of a block under numbers of its own.

    tokens: (n,) int32, numbers below the number of types.
    sentence_ends: (s,) int64, how many of the tokens come before each sentence end; an
        empty sentence repeats an end.
    types: the words in the order of their numbers, one a line.
    counts: (n_types,) int64, how often each type occurs.
    raw_size: bytes of the sources read for it.
    """

    tokens: NDArray[np.int32]
    sentence_ends: NDArray[np.int64]
    types: bytes
    counts: NDArray[np.int64]
    raw_size: int


def number_block(blocks: Sequence[Block], tokenize: Tokenizer, errors: str) -> NumberedBlock:
    """The tokens of consecutive blocks of text, numbered by first appearance in them.

    Raises:
        CorpusError: the text is not valid UTF-8, or holds NUL.
    """
    text = tokenize(b"".join([checked_text(block, errors) for block in blocks]))
    tokens = find_tokens(text)
    first = first_equals(tokens)
    is_first = first == np.arange(len(first))
    numbers = np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    ids = numbers[first]
    return NumberedBlock(
        tokens=ids,
        sentence_ends=tokens.line_ends,
        types=tokens.lines(np.flatnonzero(is_first)),
        counts=np.bincount(ids),
        raw_size=sum(block.raw_size for block in blocks),
    )


class CorpusWriter:
    """Writes numbered blocks, given in the order of the text, as one encoded corpus.

    The tokens and sentence starts go to `folder` (a new one) as blocks are added, the types
    and their counts at the end. Memory holds the types and one block.

    When there are more than `scan_limit` types, the rarest are forgotten until half that
    many are left (of equally rare ones, those that appeared last), and their tokens are
    taken out of the corpus. A forgotten word that appears again starts from zero. So every
    word that occurs more than `undercount` times is in the corpus, lacking at most
    `undercount` of its occurrences (its earliest); rarer words may be missing. As long as
    no more than `scan_limit` different words occur, nothing is forgotten and counts are exact.
    """

    def __init__(self, folder: Path, scan_limit: int) -> None:
        self.folder = folder
        self._scan_limit = scan_limit
        self._words = WordTable()
        self._counts = np.zeros(0, np.int64)
        self._last_end = 0
        self.n_tokens = 0
        self.pruned_types = 0
        self.pruned_tokens = 0
        self.undercount = 0
        folder.mkdir()
        (folder / TOKENS).write_bytes(b"")
        (folder / SENTENCES).write_bytes(np.zeros(1, np.int64).data)

    def add(self, block: NumberedBlock) -> None:
        """Append a block; forget rare types if there are now too many."""
        ends = _rising(block.sentence_ends + self.n_tokens, self._last_end)
        if len(ends):
            self._last_end = int(ends[-1])
        with (self.folder / SENTENCES).open("ab") as file:
            file.write(ends.data)
        if len(block.tokens):
            self._add_tokens(block)
        if len(self._words) > self._scan_limit:
            self._forget_rare_types()

    def finish(self) -> None:
        """Write the types and their counts."""
        with (self.folder / TYPES).open("wb") as file:
            file.writelines(self._words.pieces())
        (self.folder / TYPE_COUNTS).write_bytes(self._counts[: len(self._words)].data)

    def _add_tokens(self, block: NumberedBlock) -> None:
        numbers = self._words.number(block.types)
        self._counts = with_room(self._counts, len(self._words))
        self._counts[numbers] += block.counts
        table = numbers.astype(np.int32)
        with (self.folder / TOKENS).open("ab") as file:
            file.write(table[block.tokens].data)
        self.n_tokens += len(block.tokens)

    def _forget_rare_types(self) -> None:
        counts = self._counts[: len(self._words)]
        kept = np.sort(np.argsort(-counts, kind="stable")[: self._scan_limit // 2])
        table = np.full(len(counts), -1, np.int32)
        table[kept] = np.arange(len(kept), dtype=np.int32)
        forgotten = counts[table < 0]
        self.pruned_types += len(forgotten)
        self.pruned_tokens += int(forgotten.sum())
        self.undercount += int(forgotten.max())
        self._counts = counts[kept]
        self._words = self._words.only(table >= 0)
        self.n_tokens, self._last_end = _rewrite(self.folder, table)


def _rising(ends: NDArray[np.int64], last: int) -> NDArray[np.int64]:
    """The ends that differ from the one before; `last` is the one before the first."""
    return ends[np.diff(ends, prepend=last) > 0]


def _rewrite(folder: Path, table: NDArray[np.int32]) -> tuple[int, int]:
    """Renumber the corpus in `folder`; tokens with the new number -1 are left out.

    Returns how many tokens are left, and how many of them come before the last sentence end.
    """
    old_starts = np.memmap(folder / SENTENCES, np.int64, "r")
    n_read = n_kept = last_end = 0
    new_tokens, new_starts = folder / f"{TOKENS}.new", folder / f"{SENTENCES}.new"
    with (
        (folder / TOKENS).open("rb") as source,
        new_tokens.open("wb") as tokens_file,
        new_starts.open("wb") as starts_file,
    ):
        starts_file.write(np.zeros(1, np.int64).data)
        while len(old := np.fromfile(source, np.int32, _REWRITE_TOKENS)):
            new = table[old]
            kept_before = np.cumsum(new >= 0) + n_kept  # of tokens up to and with each
            first, last = np.searchsorted(old_starts, (n_read, n_read + len(old)), side="right")
            ends = _rising(kept_before[old_starts[first:last] - n_read - 1], last_end)
            tokens_file.write(new[new >= 0].data)
            starts_file.write(ends.data)
            n_read, n_kept = n_read + len(old), int(kept_before[-1])
            last_end = int(ends[-1]) if len(ends) else last_end
    del old_starts  # Windows does not replace a file that is mapped
    new_tokens.replace(folder / TOKENS)
    new_starts.replace(folder / SENTENCES)
    return n_kept, last_end


def joined(blocks: Iterable[NumberedBlock]) -> NumberedBlock:
    """Consecutive blocks as one, its types numbered by first appearance in all of them."""
    words, counts = WordTable(), np.zeros(0, np.int64)
    tokens, ends = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
    n_tokens = raw_size = 0
    for block in blocks:
        ends.append(block.sentence_ends + n_tokens)
        if len(block.tokens):
            numbers = words.number(block.types)
            counts = with_room(counts, len(words))
            counts[numbers] += block.counts
            tokens.append(numbers.astype(np.int32)[block.tokens])
        n_tokens, raw_size = n_tokens + len(block.tokens), raw_size + block.raw_size
    return NumberedBlock(
        tokens=np.concatenate(tokens),
        sentence_ends=np.concatenate(ends),
        types=b"".join(words.pieces()),
        counts=counts[: len(words)],
        raw_size=raw_size,
    )
