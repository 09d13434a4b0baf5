"""Words and their vectors: look a word up, and find its nearest neighbours."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2v_cli.arguments import check_choice, check_count
from w2v_cli.errors import UnknownWord, quoted
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.search.analogies import THREE_COS_ADD, THREE_COS_MUL
from w2v_cli.vectors.search.neighbours import (
    Neighbour,
    best_analogies,
    likeness,
    nearest_to_queries,
)
from w2v_cli.vectors.search.queries import Word, sum_of
from w2v_cli.vectors.search.spelling import Cases, closest_spelling, marked_form, other_form
from w2v_cli.vectors.subword_vectors import SubwordVectors

__all__ = ["Word", "WordVectors"]

FEW_WORDS = 8  # for so few, looking through the list is quicker than building a dictionary

Words = Word | Sequence[Word]

_SCORES = {"3cosadd": THREE_COS_ADD, "3cosmul": THREE_COS_MUL}


@dataclass(frozen=True, eq=False, repr=False)
class WordVectors(Mapping[str, NDArray[np.float32]]):
    """V words, most frequent first, with their vectors; nothing in it is ever changed.

    It is a mapping with these words as keys, in this order. Where there are `subwords`,
    `vectors[word]` also composes a word that was never seen, and `word in vectors` says so.

    `matrix` is (V, D) float32, one row a word, and may be memory-mapped. `counts` is (V,)
    int64, how often each word was seen; `subwords` holds the vectors of the words' n-grams, and
    `outside` (V, D) the outside vectors: each None where the source has none. The last `unseen`
    words were never seen, and are composed of their n-grams. `oddities` counts what was odd
    in the file that they were read from.
    """

    words: list[str]
    matrix: NDArray[np.float32]
    counts: NDArray[np.int64] | None = None
    subwords: SubwordVectors | None = None
    outside: NDArray[np.float32] | None = None
    unseen: int = 0
    oddities: Oddities = field(default_factory=Oddities)

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or len(self.words) != len(self.matrix):
            raise ValueError(f"{len(self.words)} words do not fit a matrix {self.matrix.shape}")

    __eq__ = object.__eq__  # not that of a mapping: arrays cannot be compared like that
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<WordVectors: {len(self):,} words, {self.dim:,} dimensions>"

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __contains__(self, word: object) -> bool:
        if not isinstance(word, str):
            return False
        return word in self.row_of or self.composed(word) is not None

    def __getitem__(self, word: str) -> NDArray[np.float32]:
        """The vector (D,) of a word, not to be written to; see `vector` for the error."""
        row = self.row_of.get(word)
        return _read_only(self.vector(word) if row is None else self.matrix[row])

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """The vectors (V, D), row i that of `words[i]`, not to be written to.

        Those of a fastText model are composed when they are first asked for.
        """
        return _read_only(np.asarray(self.matrix))

    def block(self, start: int, count: int) -> NDArray[np.float32]:
        """Up to `count` rows from `start` on, (n, D), as a plain array.

        It may share this object's memory. Those of a fastText model are composed now.
        """
        return np.asarray(self.matrix[start : start + count])

    @property
    def dim(self) -> int:
        """D, the numbers in each vector."""
        return int(self.matrix.shape[1])

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each word; built when first asked for."""
        return dict(zip(self.words, range(len(self.words)), strict=True))

    @cached_property
    def _searched(self) -> list[str]:
        """The words that the list was looked through for: at most FEW_WORDS."""
        return []

    def find(self, word: str) -> int | None:
        """The row of `word`, or None if it is not in the vocabulary."""
        if "row_of" in self.__dict__ or len(self._searched) >= FEW_WORDS:
            return self.row_of.get(word)
        self._searched.append(word)
        try:
            return self.words.index(word)
        except ValueError:
            return None

    def expect(self, lookups: int) -> None:
        """Prepare for so many lookups: many are quicker in a dictionary, from the first on."""
        if lookups > FEW_WORDS:
            _ = self.row_of

    def rows(self, words: Sequence[str]) -> list[int | None]:
        """The row of each of `words`, or None where it is not in the vocabulary."""
        self.expect(len(words))
        return [self.find(word) for word in words]

    @cached_property
    def squares(self) -> NDArray[np.float32]:
        """(V,) squared lengths of the rows; NaN until a search needs one and fills it in."""
        return np.full(len(self), np.nan, np.float32)

    @cached_property
    def cases(self) -> Cases:
        """Finds words in another case; built when first asked for."""
        return Cases(self.words)

    def meant(self, word: str) -> int | None:
        """The row of `word` as it is spelt, else of the same word in another case, else None."""
        row = self.find(word)
        return self.cases.find(word) if row is None else row

    def row(self, word: str) -> int:
        """The row of `word`.

        Raises:
            UnknownWord: it is not in the vocabulary; names what is close to it.
        """
        row = self.find(word)
        if row is None:
            raise self.unknown(word)
        return row

    def unknown(self, word: str, *, suggest: bool = True) -> UnknownWord:
        """The error for an unknown word; with `suggest`, it says what may be meant."""
        if not isinstance(word, str):
            return UnknownWord(f"{word!r} is not in the vocabulary, expected a word, which is text")
        words = len(self) - self.unseen
        rarest = 0 if self.counts is None else int(self.counts[:words].min())
        seen = f", each seen {rarest:,} times or more" if rarest > 1 else ""
        why = "; vocabulary.min_count leaves rarer words out" if rarest > 1 else ""
        parts = "" if self.subwords is None else ", and none of its n-grams has a vector"
        hint = self._close_to(word) if suggest else ""
        return UnknownWord(
            f"{quoted(word)} is not in the vocabulary ({words:,} words{seen}{why}){parts}{hint}"
        )

    def _close_to(self, word: str) -> str:
        """What the vocabulary has in place of an unknown word, as the end of a message."""
        form = other_form(word, self.words)
        if form is not None:
            return (
                f"; it has {form!a}, which differs from {word!a} in its Unicode normal "
                "form or an invisible character"
            )
        marked = marked_form(word, self.words)
        if marked is not None:
            has = "have no" if len(marked) < len(word) else "have a"
            return (
                f"; it has {marked!r}: its words {has} prefix or ending, ask for them as they are"
            )
        closest = closest_spelling(word, self.words)
        return "" if closest is None else f"; closest spelling: {closest!r}"

    def vector(self, word: str, *, suggest: bool = True) -> NDArray[np.float32]:
        """The vector (D,) of `word`, composed of its n-grams if it was never seen.

        Raises:
            UnknownWord: it is not in the vocabulary, and cannot be composed; with `suggest`,
                which takes time, it says what may be meant.
        """
        row = self.find(word)
        vector = self.composed(word) if row is None else self.matrix[row]
        if vector is None:
            raise self.unknown(word, suggest=suggest)
        return vector

    def composed(self, word: str) -> NDArray[np.float32] | None:
        """The vector (D,) of a word by its n-grams alone; None where none of them has a vector."""
        if self.subwords is None or not isinstance(word, str):
            return None
        vectors, known = self.subwords.compose([word])
        return vectors[0] if known[0] else None

    def top(self, n: int) -> "WordVectors":
        """The first `n` words (all, if there are fewer), sharing this object's memory.

        Raises:
            UsageError: `n` is not an integer from 0 on.
        """
        check_count("n", n, 0)
        counts = None if self.counts is None else self.counts[:n]
        outside = None if self.outside is None else self.outside[:n]
        return WordVectors(self.words[:n], self.matrix[:n], counts, self.subwords, outside)

    def most_similar(
        self,
        positive: Words,
        negative: Words = (),
        topn: int = 10,
        restrict_vocab: int | None = None,
    ) -> list[Neighbour]:
        """The `topn` words with the largest cosine to a sum of words, best first.

        `positive` and `negative` are a word, a vector (D,), or several, added and subtracted:
        words at length one, vectors as they are. None of these words is an answer, nor one
        after the first `restrict_vocab`. Equal cosines are ordered by row.

        Raises:
            UnknownWord: a word is not in the vocabulary, and cannot be composed.
            QueryError: the sum is zero, or a value is not finite.
            UsageError: `topn` is not an integer from 0 on, or `restrict_vocab` not one from 1 on.
        """
        _check_counts(topn, restrict_vocab)
        query = sum_of(_listed(positive), _listed(negative), self)
        return nearest_to_queries([query], self, topn, restrict=restrict_vocab)[0]

    def similarity(self, one: Word, other: Word) -> float:
        """The cosine between two words, or vectors (D,); raises what `most_similar` does."""
        return likeness(sum_of([one], [], self), sum_of([other], [], self))

    def analogy(
        self,
        a: Word,
        b: Word,
        c: Word,
        topn: int = 10,
        restrict_vocab: int | None = None,
        method: Literal["3cosadd", "3cosmul"] = "3cosadd",
    ) -> list[Neighbour]:
        """The `topn` words d for which "a is to b as c is to d" is most nearly true, best first.

        The rest is as for `most_similar`; UsageError is also raised for another `method`.
        """
        _check_counts(topn, restrict_vocab)
        check_choice("method", method, _SCORES)
        abc = [sum_of([word], [], self) for word in (a, b, c)]
        return best_analogies([abc], self, topn, _SCORES[method], restrict_vocab)[0]


def _check_counts(topn: int, restrict_vocab: int | None) -> None:
    check_count("topn", topn, 0)
    if restrict_vocab is not None:
        check_count("restrict_vocab", restrict_vocab)


def _listed(words: Words) -> list[Word]:
    """Words or vectors, also where only one is given; the rows of a matrix are vectors."""
    several = isinstance(words, Iterable) and not isinstance(words, str | bytes)
    one = words.ndim < 2 if isinstance(words, np.ndarray) else not several
    return [words] if one else list(words)  # type: ignore[list-item]


def _read_only(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same numbers, in the same memory, not to be written to."""
    view: NDArray[np.float32] = array.view()
    view.flags.writeable = False
    return view
