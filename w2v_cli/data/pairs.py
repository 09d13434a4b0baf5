"""Pairs of words that follow each other in a sentence, with nothing but connector words between.

In "the bank of america", with the connector words "the" and "of", the one pair is "bank" and
"america". Connector words are no part of a pair; the sequence between its words has a number.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoded import EncodedCorpus
from w2v_cli.errors import CorpusError

__all__ = ["Pairs", "Sequences", "find_pairs", "pair_keys", "pairs_by_piece", "parts_of_keys"]

PIECE = 1 << 20
"""Tokens looked at together."""


class Pairs(NamedTuple):
    """Where the n pairs of a stretch of the corpus have their words, (n,) int64, rising.

    left, right: places of the first and the second word.
    last: the place of the last word of the stretch that is no connector word, or None.
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    last: int | None


class Sequences:
    """Numbers for sequences of connector words: 0 for the empty one, the next for each new one."""

    def __init__(self, n_types: int) -> None:
        """`n_types` are the types of the corpus."""
        self._n_types = n_types
        self._numbers: dict[int, int] = {}  # by the number of all but the last word, and that word
        self._closed = False

    def close(self) -> None:
        """From now on, give every new sequence the number -1."""
        self._closed = True

    def number(self, words: NDArray[np.integer[Any]]) -> int:
        """The number of one sequence of types, (n,)."""
        number = 0
        for word in words.tolist():
            number = self._following(number * self._n_types + word)
        return number

    def number_between(self, tokens: NDArray[np.int32], pairs: Pairs) -> NDArray[np.int64]:
        """The numbers of the sequences between the words of n pairs, (n,)."""
        numbers = np.zeros(len(pairs.left), np.int64)
        sizes = pairs.right - pairs.left - 1
        longer, place = np.flatnonzero(sizes), 1
        while len(longer):
            keys = numbers[longer] * self._n_types + tokens[pairs.left[longer] + place]
            different, which = np.unique(keys, return_inverse=True)
            numbers[longer] = np.array([*map(self._following, different.tolist())])[which]
            longer = longer[sizes[longer] > place]
            place += 1
        return numbers

    def __len__(self) -> int:
        """How many there are, with the empty one."""
        return len(self._numbers) + 1

    def types(self, numbers: Iterable[int]) -> dict[int, tuple[int, ...]]:
        """The types of the sequences with these numbers."""
        keys, found = list(self._numbers), {}
        for number in numbers:
            types, rest = [], number
            while rest:
                rest, word = divmod(keys[rest - 1], self._n_types)
                types.append(word)
            found[number] = tuple(reversed(types))
        return found

    def _following(self, key: int) -> int:
        """The number of a known sequence with a word more."""
        if self._closed:
            return self._numbers.get(key, -1)
        return self._numbers.setdefault(key, len(self._numbers) + 1)


def find_pairs(
    corpus: EncodedCorpus, is_connector: NDArray[np.bool_], begin: int, end: int
) -> Pairs:
    """The pairs with both words between two places of the corpus.

    is_connector: (n_types,), which types are connector words.
    """
    words = np.flatnonzero(~is_connector[corpus.tokens[begin:end]])
    first, last = np.searchsorted(corpus.sentence_starts, (begin, end))
    begins = np.zeros(end - begin, np.int32)
    begins[corpus.sentence_starts[first:last] - begin] = 1
    sentences = np.cumsum(begins, dtype=np.int32)[words]
    together = sentences[1:] == sentences[:-1]
    words += begin
    return Pairs(words[:-1][together], words[1:][together], int(words[-1]) if len(words) else None)


def pairs_by_piece(corpus: EncodedCorpus, is_connector: NDArray[np.bool_]) -> Iterator[Pairs]:
    """All pairs of the corpus, each once, a piece at a time."""
    begin, size = 0, PIECE
    while begin < corpus.n_tokens:
        end = min(begin + size, corpus.n_tokens)
        pairs = find_pairs(corpus, is_connector, begin, end)
        if pairs.last == begin and end < corpus.n_tokens:  # its pair ends beyond the piece
            size *= 2
            continue
        yield pairs
        begin = end if end == corpus.n_tokens or pairs.last is None else pairs.last
        size = PIECE


def pair_keys(corpus: EncodedCorpus, pairs: Pairs, sequences: Sequences) -> NDArray[np.int64]:
    """A number for each of n pairs, (n,): the same for the same words and sequence between.

    It is negative where the sequence between them is not known.

    Raises:
        CorpusError: there are too many types and sequences for such numbers.
    """
    n_types = len(corpus.type_counts)
    between = sequences.number_between(corpus.tokens, pairs)
    if (int(between.max(initial=0)) + 1) * n_types**2 >= 2**63:
        raise CorpusError(
            f"{n_types:,} different words and {len(sequences):,} sequences of connector "
            "words are too many to count pairs: name fewer connector words, or lower "
            "vocabulary.scan_limit"
        )
    left, right = corpus.tokens[pairs.left], corpus.tokens[pairs.right]
    return (between * n_types + left) * n_types + right


def parts_of_keys(
    keys: NDArray[np.int64], n_types: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The first type, the number of the sequence between, and the second type of n keys."""
    before, right = np.divmod(keys, n_types)
    between, left = np.divmod(before, n_types)
    return left, between, right
