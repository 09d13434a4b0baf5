"""Different words, numbered in the order in which they were first given."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.tokens import Tokens, find_tokens

__all__ = ["WordTable", "with_room"]

_SLOT_BITS = 22
"""Up to a million words, one word in nine or fewer shares the slot of another."""

Scalar = TypeVar("Scalar", bound=np.generic)


class WordTable:
    """A hash table that gives the numbers of thousands of words at a time.

    A slot holds the number of a word that has its hash, plus one; 0 is a free slot. Words that
    find their slot taken by another, and words too long to be compared as a pair of integers,
    are in a dictionary.
    """

    def __init__(self) -> None:
        # Numbers from 1, so that the memory of slots that no word has is never touched.
        self._slots = np.zeros(1 << _SLOT_BITS, np.int32)
        self._low = np.zeros(0, np.uint64)
        self._high = np.zeros(0, np.uint64)
        self._sizes = np.zeros(0, np.int64)
        self._others: dict[bytes, int] = {}
        self._pieces: list[bytes] = []
        self._n_words = 0

    def __len__(self) -> int:
        return self._n_words

    def pieces(self) -> Iterator[bytes]:
        """The words in the order of their numbers, one a line, in pieces of many lines."""
        yield from self._pieces

    def number(self, lines: bytes) -> NDArray[np.int64]:
        """The numbers of different words given one a line, (n,); new ones get the next."""
        words = find_tokens(lines)
        slots = words.hashes(_SLOT_BITS)
        numbers = self._slots.take(slots).astype(np.int64) - 1
        is_free = words.is_short & (numbers < 0)
        elsewhere = np.flatnonzero(~(is_free | self._equal(words, numbers)))
        numbers[elsewhere] = [self._others.get(word, -1) for word in words.words(elsewhere)]
        new = np.flatnonzero(numbers < 0)
        numbers[new] = np.arange(len(self), len(self) + len(new))
        self._append(words, new)
        free = np.flatnonzero(is_free)  # of two words with the same slot the last gets it
        self._slots[slots[free]] = numbers[free] + 1
        others = new[self._slots.take(slots[new]) != numbers[new] + 1]
        self._others.update(zip(words.words(others), numbers[others].tolist(), strict=True))
        return numbers

    def only(self, kept: NDArray[np.bool_]) -> "WordTable":
        """A table of the words that are `kept`, (n_words,), in the same order."""
        table = WordTable()
        before = 0
        for piece in self._pieces:
            words = find_tokens(piece)
            table.number(words.lines(np.flatnonzero(kept[before : before + len(words)])))
            before += len(words)
        return table

    def _equal(self, words: Tokens, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the words are those of these numbers, (n,); -1 is no word."""
        if not len(self):
            return numbers >= 0
        low, high = words.keys
        equal = (numbers >= 0) & words.is_short
        equal &= self._sizes.take(numbers) == words.sizes
        equal &= self._low.take(numbers) == low
        equal &= self._high.take(numbers) == high
        return equal

    def _append(self, words: Tokens, new: NDArray[np.int64]) -> None:
        """Remember the spelling of the new words."""
        place = slice(len(self), len(self) + len(new))
        low, high = words.keys
        self._low = with_room(self._low, place.stop)
        self._high = with_room(self._high, place.stop)
        self._sizes = with_room(self._sizes, place.stop)
        self._low[place], self._high[place] = low[new], high[new]
        self._sizes[place] = words.sizes[new]
        self._pieces.append(words.lines(new))
        self._n_words = place.stop


def with_room(array: NDArray[Scalar], size: int) -> NDArray[Scalar]:
    """The array, with zeros after it if it is shorter than `size`: many, so that copies are few."""
    if len(array) >= size:
        return array
    return np.pad(array, (0, max(size, len(array) * 3 // 2) - len(array)))
