"""Phrases joined in an encoded corpus: "new york" becomes the one word "new_york".

Phrases are sought from the beginning of a sentence; a word that ends one begins no other. The
joined corpus is what encoding the joined text would give, and is kept in the cache in the same way.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data import pairs as pairs_module
from w2v_cli.data.cache import cache_errors, temporary_folder
from w2v_cli.data.cache_folder import entry_folder
from w2v_cli.data.collocations import DELIMITER
from w2v_cli.data.encoded import EncodedCorpus, WordLines, write_meta
from w2v_cli.data.encoding import made_or_kept
from w2v_cli.data.numbering import CorpusWriter, NumberedBlock
from w2v_cli.data.pairs import Pairs, Sequences, find_pairs, pair_keys
from w2v_cli.data.vocabulary import find_types

__all__ = ["join_phrases", "text_of"]

FORMAT = 1
"""Raised whenever the same corpus and phrases begin to give other files."""

Words = tuple[str, ...]
Numbers = NDArray[np.int64]


def join_phrases(
    corpus: EncodedCorpus,
    phrases: Sequence[Words],
    *,
    scan_limit: int,
    cache: Path,
    cache_bytes: int | None = None,
) -> EncodedCorpus:
    """The corpus with the phrases joined, made now or earlier.

    No word may be inside one phrase and at an end of another. Memory holds what
    `numbering.CorpusWriter` holds.

    Raises:
        CorpusError: there are too many types for the numbers of pairs.
        W2VError: the cache cannot be written.
    """
    different = sorted(set(phrases))
    parts = {"format": FORMAT, "corpus": corpus.digest, "phrases": different, "limit": scan_limit}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    with temporary_folder(cache) as temporary:

        def make() -> Path:
            return _join(corpus, different, temporary / "corpus", scan_limit)

        return made_or_kept(entry_folder(cache, digest), temporary, cache_bytes, make)


def text_of(corpus: EncodedCorpus) -> Iterator[str]:
    """The text of a corpus, a sentence a line, a space between words; in pieces."""
    lines, starts = corpus.word_lines(), corpus.sentence_starts
    for begin in range(0, corpus.n_tokens, pairs_module.PIECE):
        tokens = corpus.tokens[begin : begin + pairs_module.PIECE]
        text, ends = lines.take(tokens)
        first, last = np.searchsorted(starts, (begin, begin + len(tokens)), side="right")
        is_inner = np.ones(len(tokens), np.bool_)
        is_inner[starts[first:last] - begin - 1] = False
        text[ends[is_inner] - 1] = ord(" ")
        yield text.tobytes().decode()


class _Found(NamedTuple):
    """Phrases in a stretch of the corpus that do not overlap: (n,) each.

    left, right: the places of their first and last word. which: their numbers.
    """

    left: Numbers
    right: Numbers
    which: Numbers


class _Finder:
    """Finds phrases in a corpus; their numbers are their places in `phrases`."""

    def __init__(self, corpus: EncodedCorpus, phrases: Sequence[Words]) -> None:
        self._corpus, n_types = corpus, len(corpus.type_counts)
        self._sequences = Sequences(n_types)
        words = sorted({word for phrase in phrases for word in phrase})
        places = find_types(corpus, words)
        types = np.full(len(words), -1, np.int64)
        known = np.flatnonzero(places >= 0)
        types[places[known]] = known
        type_of = dict(zip(words, types.tolist(), strict=True))
        numbered = [np.array([type_of[word] for word in phrase]) for phrase in phrases]
        self._which = np.array(
            [n for n, found in enumerate(numbered) if found.min() >= 0], np.int64
        )
        kept = [numbered[number] for number in self._which.tolist()]
        self.is_connector, self._begins, self._ends = np.zeros((3, n_types), np.bool_)
        for found in kept:
            self.is_connector[found[1:-1]] = self._begins[found[0]] = self._ends[found[-1]] = True
        keys = [
            (self._sequences.number(found[1:-1]) * n_types + int(found[0])) * n_types
            + int(found[-1])
            for found in kept
        ]
        self._sequences.close()
        order = np.argsort(np.array(keys, np.int64))
        self._keys, self._which = np.array(keys, np.int64)[order], self._which[order]

    def find(self, pairs: Pairs) -> _Found:
        """The phrases among the pairs of a stretch, from left to right."""
        tokens = self._corpus.tokens
        likely = np.flatnonzero(self._begins[tokens[pairs.left]] & self._ends[tokens[pairs.right]])
        left, right = pairs.left[likely], pairs.right[likely]
        keys = pair_keys(self._corpus, Pairs(left, right, None), self._sequences)
        places = np.searchsorted(self._keys, keys)
        is_phrase = self._keys[np.minimum(places, len(self._keys) - 1)] == keys
        found = _Found(left[is_phrase], right[is_phrase], self._which[places[is_phrase]])
        taken = _every_other(found)
        return _Found(*(part[taken] for part in found))


def _every_other(found: _Found) -> NDArray[np.bool_]:
    """Which phrases to take: in a row of them that share end words, the first, third and so on."""
    order = np.arange(len(found.left))
    begins = np.append(True, found.left[1:] != found.right[:-1])[: len(order)]
    first = np.maximum.accumulate(np.where(begins, order, 0))
    is_taken: NDArray[np.bool_] = (order - first) % 2 == 0
    return is_taken


def _join(corpus: EncodedCorpus, phrases: Sequence[Words], folder: Path, scan_limit: int) -> Path:
    """Write the joined corpus in a new folder, which is directly in a folder of the cache."""
    with cache_errors(folder.parent.parent):
        writer = CorpusWriter(folder, scan_limit)
        for block in _joined_blocks(corpus, phrases):
            writer.add(block)
        writer.finish()
        write_meta(
            folder,
            corpus.pruned_types + writer.pruned_types,
            corpus.pruned_tokens + writer.pruned_tokens,
            corpus.undercount + writer.undercount,
        )
    return folder


def _joined_blocks(corpus: EncodedCorpus, phrases: Sequence[Words]) -> Iterator[NumberedBlock]:
    """The corpus with joined phrases, cut where no phrase is."""
    words, joined = _joined_words(corpus, phrases)
    finder = _Finder(corpus, phrases)
    firsts = np.empty(len(words.starts) - 1, np.int64)
    begin, size = 0, pairs_module.PIECE
    while begin < corpus.n_tokens:
        end = min(begin + size, corpus.n_tokens)
        pairs = find_pairs(corpus, finder.is_connector, begin, end)
        found = finder.find(pairs)
        cut = _cut(pairs, found, end, is_last=end == corpus.n_tokens)
        if cut == begin:
            size *= 2
            continue
        found = found._replace(which=joined[found.which])
        yield _block(corpus, begin, cut, found, words, firsts)
        begin, size = cut, pairs_module.PIECE


def _cut(pairs: Pairs, found: _Found, end: int, *, is_last: bool) -> int:
    """Up to where a stretch can be joined without knowing what follows.

    That is up to its last word that may begin a phrase, unless this ends one already.
    """
    if is_last or pairs.last is None:
        return end
    return pairs.last + int(len(found.right) > 0 and found.right[-1] == pairs.last)


def _block(
    corpus: EncodedCorpus,
    begin: int,
    cut: int,
    found: _Found,
    words: WordLines,
    firsts: Numbers,
) -> NumberedBlock:
    """A stretch of the corpus with its phrases joined, in numbers of its own.

    found: its `which` are numbers of `words`.
    firsts: room for a number for each of the words, overwritten.
    """
    tokens = corpus.tokens[begin:cut].astype(np.int64)
    tokens[found.left - begin] = found.which
    change = np.zeros(len(tokens) + 1, np.int8)
    change[found.left - begin + 1] = 1
    change[found.right - begin + 1] = -1
    is_kept = np.cumsum(change[:-1], dtype=np.int8) == 0
    kept_before = np.cumsum(is_kept)  # of tokens up to and with each
    first, last = np.searchsorted(corpus.sentence_starts, (begin, cut), side="right")
    ends = kept_before[corpus.sentence_starts[first:last] - begin - 1]
    tokens = tokens[is_kept]
    order = np.arange(len(tokens))
    firsts[tokens[::-1]] = order[::-1]  # what is assigned last stays
    is_first = firsts[tokens] == order
    numbers = (np.cumsum(is_first) - 1)[firsts[tokens]].astype(np.int32)
    types, _ = words.take(tokens[is_first])
    return NumberedBlock(numbers, ends, types.tobytes(), np.bincount(numbers), raw_size=0)


def _joined_words(corpus: EncodedCorpus, phrases: Sequence[Words]) -> tuple[WordLines, Numbers]:
    """The words of the corpus, and after them the joined ones; the number of each phrase.

    A joined word that the corpus has already, or that two phrases give, is one word.
    """
    joined = [DELIMITER.join(phrase) for phrase in phrases]
    different = list(dict.fromkeys(joined))
    places = find_types(corpus, different)
    numbers = len(places) + np.arange(len(different))
    known = np.flatnonzero(places >= 0)
    numbers[places[known]] = known
    number_of = dict(zip(different, numbers.tolist(), strict=True))
    lines = "".join(f"{word}\n" for word in different).encode()
    text = np.concatenate((corpus.word_lines().text, np.frombuffer(lines, np.uint8)))
    return WordLines.of(text), np.array([number_of[word] for word in joined], np.int64)
