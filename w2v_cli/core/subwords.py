"""Character n-grams of words, as fastText counts and numbers them, and vectors made of them.

A word's centre vector is the mean of its own row and the rows of its n-grams (maths.md, (66)).
The word is put between `<` and `>`; n-grams have from `shortest` to `longest` characters; and
an n-gram's number is its hash (Bojanowski et al. 2017, section 3.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["NgramRange", "Ngrams", "WordRows", "find_ngrams", "number_rows", "spell_ngrams"]

Integers = npt.NDArray[np.int64]

# Of FNV-1a, 32 bits.
_OFFSET, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_CONTINUING = bytes(range(0x80, 0xC0))  # all bytes of a character but the first
_END_OF_LINE = "</s>"  # fastText's own token, which has no n-grams
_WORDS_AT_ONCE = 8192  # so that their n-grams fit the processor's cache


@dataclass(frozen=True)
class NgramRange:
    """Which n-grams count, and how many numbers there are for them."""

    shortest: int  # characters
    longest: int
    buckets: int


@dataclass(frozen=True)
class Ngrams:
    """The n-grams of several words, in the order of `spell_ngrams`, one word after another."""

    sizes: Integers  # (words,) how many each word has; one that occurs twice counts twice
    buckets: Integers  # (n,) their numbers


def spell_ngrams(word: str, counted: NgramRange) -> list[str]:
    """The n-grams of a word as text: by their start, then by their length."""
    text = f"<{word}>"
    if word == _END_OF_LINE:
        return []
    return [
        text[first : first + size]
        for first in range(len(text))
        for size in range(counted.shortest, min(counted.longest, len(text) - first) + 1)
        if size > 1 or 0 < first < len(text) - 1  # a single `<` or `>` is no n-gram
    ]


def find_ngrams(words: Sequence[str | bytes], counted: NgramRange) -> Ngrams:
    """The numbers of all n-grams of the words; a word as bytes may be broken UTF-8."""
    parts = [
        _find(words[start : start + _WORDS_AT_ONCE], counted)
        for start in range(0, len(words), _WORDS_AT_ONCE)
    ]
    if not parts:
        return Ngrams(np.empty(0, np.int64), np.empty(0, np.int64))
    sizes, buckets = zip(*((part.sizes, part.buckets) for part in parts), strict=True)
    return Ngrams(np.concatenate(sizes), np.concatenate(buckets))


def _find(words: Sequence[str | bytes], counted: NgramRange) -> Ngrams:
    """The n-grams of a few words.

    An n-gram grows from every character of the text at once, one character at a time. Those that
    reach into the next word are left out.
    """
    text = _Text(words)
    longest = min(counted.longest, int(text.left.max()))
    lengths = np.arange(counted.shortest, longest + 1)
    numbers = np.empty((text.characters, len(lengths)), np.uint32)
    hashes = np.full(text.characters, _OFFSET)
    for size in range(1, longest + 1):
        hashes = hashes[: text.characters - size + 1]
        text.extend(hashes, size - 1)
        if size >= counted.shortest:
            numbers[: len(hashes), size - counted.shortest] = hashes
    kept = text.left[:, None] >= lengths
    if counted.shortest == 1 and longest:
        kept[text.edges, 0] = False  # a single `<` or `>` is no n-gram
    sizes = np.add.reduceat(kept.sum(axis=1), text.starts)
    return Ngrams(sizes, (numbers[kept] % np.uint32(counted.buckets)).astype(np.int64))


class _Text:
    """Words between `<` and `>`, one after another, as characters of one to four bytes."""

    def __init__(self, words: Sequence[str | bytes]) -> None:
        text, lengths = _joined(words)
        content = np.frombuffer(text, np.uint8)
        first = np.flatnonzero((content & 0xC0) != 0x80)  # byte of each character
        self.characters = len(first)
        ends = np.cumsum(lengths) + 2 * np.arange(1, len(words) + 1)
        self.starts = np.append(0, ends[:-1])  # (words,) first character of each
        self.edges = np.concatenate((self.starts, ends - 1))
        # Characters from each to the end of its word.
        self.left = np.repeat(ends, ends - self.starts) - np.arange(self.characters)
        places = enumerate(words) if _END_OF_LINE in words else ()
        for place in (place for place, word in places if word == _END_OF_LINE):
            self.left[self.starts[place] : ends[place]] = 0
        widths = np.diff(first, append=len(content))
        # The k-th byte of each character, and which characters have one.
        self._bytes = [
            (_as_signed(content.take(first + k, mode="clip")), widths > k)
            for k in range(widths.max())
        ]

    def extend(self, hashes: npt.NDArray[np.uint32], by: int) -> None:
        """Hash one more character in place (65): that `by` characters after the first."""
        first, _ = self._bytes[0]
        hashes ^= first[by:]
        hashes *= _PRIME
        for k_th, there in self._bytes[1:]:
            np.copyto(hashes, (hashes ^ k_th[by:]) * _PRIME, where=there[by:])


def _joined(words: Sequence[str | bytes]) -> tuple[bytes, list[int]]:
    """The words between `<` and `>` as UTF-8, and how many characters each of them has."""
    try:
        text = "><".join(words)  # type: ignore[arg-type]
    except TypeError:  # there are bytes among them
        encoded = [_encoded(word) for word in words]
        return b"<%b>" % b"><".join(encoded), list(map(_characters, encoded))
    return f"<{text}>".encode("utf-8", "surrogatepass"), list(map(len, words))


def _characters(encoded: bytes) -> int:
    """How many characters there are, also in broken UTF-8: bytes that continue none."""
    return len(encoded.translate(None, _CONTINUING))


def _encoded(word: str | bytes) -> bytes:
    """UTF-8, whatever is in the word."""
    return word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass")


def _as_signed(content: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Bytes as fastText extends them to 32 bits, those from 128 on as negative numbers."""
    return content.view(np.int8).astype(np.int32).view(np.uint32)


@dataclass(frozen=True)
class WordRows:
    """The rows whose sum, divided by the number of its parts, is a word's vector.

    The parts of a word are its own vector and those of its n-grams. Part w < V is word w's own;
    part V + b is that of the n-grams with the number `buckets[b]`. Only numbers that some word
    has are parts. A row is the sum of one or several parts; row w < V is that with part w. Rows
    are in the order in which the words have them: so rows that are used together lie together in
    memory, the most used first.
    """

    starts: Integers  # (V + 1,) where each word's rows start in `rows`
    rows: Integers  # (n,) a row may be there twice
    parts: Integers  # (V,) how many each word has; an n-gram that it has twice counts twice
    buckets: Integers  # (B,) all different
    row_of_part: Integers  # (V + B,)

    @property
    def words(self) -> int:
        """Words of the vocabulary, V."""
        return len(self.starts) - 1

    @property
    def count(self) -> int:
        """Rows in all, R."""
        return len(self.parts_of_row)

    @cached_property
    def parts_of_row(self) -> Integers:
        """(R,) how many parts each row is the sum of."""
        return np.bincount(self.row_of_part)

    @cached_property
    def sizes(self) -> Integers:
        """(V,) how many rows each word has; one that it has twice counts twice."""
        return np.diff(self.starts)

    def of(self, words: Integers) -> tuple[Integers, Integers]:
        """The rows of some words (m,) one after another (n,), and where each begins (m + 1,)."""
        sizes = self.sizes[words]
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        places = np.arange(bounds[-1]) + np.repeat(self.starts[words] - bounds[:-1], sizes)
        return self.rows.take(places), bounds

    def apart(self, parted: "WordRows") -> "WordRows":
        """The same words with an entry for each part, as `parted` has them: the row it is in."""
        return replace(parted, rows=self.row_of_part[parted.rows], row_of_part=self.row_of_part)

    def vectors_of(self, parts: Integers, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The vectors (m, D) of parts (m,), from rows (R, D); the parts of a row are equal."""
        of_parts = self.row_of_part[parts]
        vectors: npt.NDArray[np.float32] = rows[of_parts]
        vectors /= self.parts_of_row[of_parts, None].astype(np.float32)
        return vectors

    def share(self, share: int, shares: int) -> "WordRows":
        """The same words with only the rows r for which r mod `shares` is `share`."""
        return self._with(self.rows % shares == share)

    def joined(self) -> "WordRows":
        """The same parts, with those that the same words have, equally often, in one row.

        Such parts receive the same gradients. So if they begin alike they stay alike.
        """
        # Two parts are alike if numbers drawn for their words have the same sum. Others come to
        # the same sum with a probability of 2⁻⁶⁴.
        drawn = np.random.default_rng(0).integers(2**64 - 1, size=self.words, dtype=np.uint64)
        sums = np.zeros(self.count, np.uint64)
        np.add.at(sums, self.rows, np.repeat(drawn, self.sizes))
        _, first, kind = np.unique(sums, return_index=True, return_inverse=True)
        order = np.argsort(first)  # kinds of parts, by the first part of each
        row_of_kind = np.empty_like(order)
        row_of_kind[order] = np.arange(len(order))
        row_of_part = row_of_kind[kind]
        is_first = np.zeros(self.count, np.bool_)
        is_first[first] = True
        kept = self._with(is_first[self.rows])
        return replace(kept, rows=row_of_part[kept.rows], row_of_part=row_of_part)

    def _with(self, kept: npt.NDArray[np.bool_]) -> "WordRows":
        """The same words with only some of their rows; `kept` (n,) says which."""
        starts = np.concatenate(([0], np.cumsum(kept)))[self.starts]
        return replace(self, starts=starts, rows=self.rows[kept])


def number_rows(words: Sequence[str], counted: NgramRange) -> WordRows:
    """The rows of a vocabulary, one for each part."""
    ngrams = find_ngrams(words, counted)
    places = np.arange(len(ngrams.buckets))
    of_bucket = np.empty(counted.buckets, np.int64)  # the first place of each, then its row
    of_bucket[ngrams.buckets[::-1]] = places[::-1]  # of equal ones the last is kept
    buckets = ngrams.buckets[of_bucket.take(ngrams.buckets) == places]
    of_bucket[buckets] = len(words) + np.arange(len(buckets))
    parts = 1 + ngrams.sizes
    starts = np.concatenate(([0], np.cumsum(parts)))
    rows = np.empty(starts[-1], np.int64)
    inner = np.ones(len(rows), np.bool_)
    inner[starts[:-1]] = False
    rows[starts[:-1]] = np.arange(len(words))
    rows[inner] = of_bucket.take(ngrams.buckets)
    return WordRows(starts, rows, parts, buckets, np.arange(len(words) + len(buckets)))
