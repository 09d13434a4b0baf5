"""Character n-grams of words, as fastText counts and numbers them, and vectors made of them.

A word's input vector is the mean of its own row and the rows of its n-grams (maths.md, (66)).
The word is put between `<` and `>`; n-grams have from `shortest` to `longest` characters; and
an n-gram's number is its hash (Bojanowski et al. 2017, section 3.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["NgramRange", "Ngrams", "WordRows", "find_ngrams", "number_rows"]

Integers = npt.NDArray[np.int64]

# Of FNV-1a, 32 bits.
_OFFSET, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_END_OF_LINE = "</s>"  # fastText's own token, which has no n-grams


@dataclass(frozen=True)
class NgramRange:
    """Which n-grams count, and how many numbers there are for them."""

    shortest: int  # characters
    longest: int
    buckets: int


@dataclass(frozen=True)
class Ngrams:
    """The n-grams of several words, in the order of the text."""

    words: Integers  # (n,) the place of the word, rising
    starts: Integers  # (n,) where the n-gram begins in `text`, in bytes
    ends: Integers  # (n,) and ends
    buckets: Integers  # (n,) its number
    text: bytes

    def spelled(self, number: int) -> str:
        """An n-gram as text."""
        return self.text[self.starts[number] : self.ends[number]].decode("utf-8", "replace")


def find_ngrams(words: Sequence[str], counted: NgramRange) -> Ngrams:
    """All n-grams of the words; one that occurs twice in a word is there twice."""
    marked = [
        b"" if word == _END_OF_LINE else b"<%b>" % word.encode("utf-8", "surrogatepass")
        for word in words
    ]
    text = b"".join(marked)
    content = np.frombuffer(text, np.uint8)
    ends = np.cumsum([len(word) for word in marked], dtype=np.int64)
    of_byte = np.repeat(np.arange(len(words)), [len(word) for word in marked])
    first = np.flatnonzero((content & 0xC0) != 0x80)  # of each character
    boundary = np.zeros(len(content) + 1, np.bool_)
    boundary[first], boundary[-1:] = True, True
    return _grown(content, first, ends[of_byte[first]], boundary, of_byte, counted, text)


def _grown(
    content: npt.NDArray[np.uint8],
    first: Integers,
    last: Integers,
    boundary: npt.NDArray[np.bool_],
    of_byte: Integers,
    counted: NgramRange,
    text: bytes,
) -> Ngrams:
    """From every character on, the n-grams as they grow byte by byte, all at once."""
    hashes = np.full(len(first), _OFFSET)
    characters = np.zeros(len(first), np.int64)
    here, starts = first.copy(), first
    found: list[tuple[Integers, Integers, Integers]] = []
    signed = _as_signed(content)
    while len(here):
        hashes = (hashes ^ signed[here]) * _PRIME
        here = here + 1
        whole = boundary[here]
        characters = characters + whole
        # A single `<` or `>` is no n-gram.
        edge = (characters == 1) & _is_edge(starts, of_byte, last)
        kept = whole & (characters >= counted.shortest) & ~edge
        found.append((starts[kept], here[kept], hashes[kept].astype(np.int64) % counted.buckets))
        grows = (here < last) & ~(whole & (characters >= counted.longest))
        hashes, characters, here = hashes[grows], characters[grows], here[grows]
        starts, last = starts[grows], last[grows]
    begin, end, bucket = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((end, begin))
    begin, end, bucket = begin[order], end[order], bucket[order]
    return Ngrams(of_byte[begin], begin, end, bucket, text)


def _as_signed(content: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Bytes as fastText extends them to 32 bits, those from 128 on as negative numbers."""
    return content.view(np.int8).astype(np.int32).view(np.uint32)


def _is_edge(starts: Integers, of_byte: Integers, last: Integers) -> npt.NDArray[np.bool_]:
    """Whether the character there is the `<` before its word or the `>` after it."""
    begins = starts == 0
    inner = np.flatnonzero(~begins)
    begins[inner] = of_byte[starts[inner] - 1] != of_byte[starts[inner]]
    edges: npt.NDArray[np.bool_] = begins | (starts == last - 1)
    return edges


@dataclass(frozen=True)
class WordRows:
    """The rows that each word of a vocabulary is the mean of: its own, then its n-grams'.

    Row w < V is word w's own; row V + b is that of the n-grams with the number `buckets[b]`.
    Only numbers that some word has get a row.
    """

    starts: Integers  # (V + 1,) where each word's rows start in `rows`
    rows: Integers  # (n,)
    buckets: Integers  # (B,) rising

    @property
    def words(self) -> int:
        """Words of the vocabulary, V."""
        return len(self.starts) - 1

    @property
    def count(self) -> int:
        """Rows in all, V + B."""
        return self.words + len(self.buckets)

    @property
    def sizes(self) -> Integers:
        """(V,) how many rows each word has; an n-gram that it has twice counts twice."""
        return np.diff(self.starts)

    def of(self, words: Integers) -> tuple[Integers, Integers]:
        """The rows of some words (m,) one after another (n,), and where each begins (m + 1,)."""
        sizes = self.sizes[words]
        bounds = np.concatenate(([0], np.cumsum(sizes)))
        places = np.arange(bounds[-1]) + np.repeat(self.starts[words] - bounds[:-1], sizes)
        return self.rows[places], bounds


def number_rows(words: Sequence[str], counted: NgramRange) -> WordRows:
    """The rows of a vocabulary."""
    ngrams = find_ngrams(words, counted)
    buckets, bucket = np.unique(ngrams.buckets, return_inverse=True)
    sizes = 1 + np.bincount(ngrams.words, minlength=len(words))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    rows = np.empty(starts[-1], np.int64)
    rows[starts[:-1]] = own = np.arange(len(words))
    inner = np.ones(len(rows), np.bool_)
    inner[starts[:-1]] = False
    rows[inner] = len(own) + bucket
    return WordRows(starts, rows, buckets)
