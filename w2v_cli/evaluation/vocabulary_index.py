"""The words an evaluation may use: the most frequent ones, as spelt or in another case."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain

from w2v_cli.vectors.search.spelling import Cases, forms

__all__ = ["VocabularyIndex"]


class VocabularyIndex:
    """Looks the words of a benchmark up among the first words of a vocabulary.

    A word stands for itself as it is spelt, "new york" also for "new_york". One that is missing
    stands for the same word in another case, as `Cases` finds it, unless the index is
    case-sensitive.
    """

    def __init__(
        self, words: Sequence[str], *, case_sensitive: bool = False, unseen: int = 0
    ) -> None:
        """`words` are the vocabulary, most frequent first, then `unseen` words never seen."""
        self._words = words
        self._seen = len(words) - unseen
        self._case_sensitive = case_sensitive
        self._rows: dict[str, int] = {}
        for row, word in enumerate(words):
            self._rows.setdefault(word, row)

    @cached_property
    def _cases(self) -> Cases:
        """The words in any case; built when first asked for."""
        return Cases(self._words)

    def row(self, word: str) -> int | None:
        """The row of a word, or None if it is unknown."""
        found = map(self._rows.get, forms(word))
        row = next((row for row in found if row is not None), None)
        if row is None and not self._case_sensitive:
            found = map(self._cases.find, forms(word))
            return next((row for row in found if row is not None), None)
        return row

    def knows(self, words: Iterable[str]) -> bool:
        """Whether every one of the words is known."""
        return all(self.row(word) is not None for word in words)

    def spellings(self, word: str) -> list[int]:
        """The rows of a word and, unless case counts, of all others with its lower case, rising."""
        row = self.row(word)
        if row is None or self._case_sensitive:
            return [] if row is None else [row]
        return sorted({row, *chain.from_iterable(map(self._cases.alike, forms(word)))})

    def unknown(self, words: Iterable[str]) -> list[str]:
        """The words that are unknown, each once, in the order of their first appearance."""
        return [word for word in dict.fromkeys(words) if self.row(word) is None]

    def in_other_case(self, words: Iterable[str]) -> list[str]:
        """The words that are known only in another case, each once, in the order they were met."""
        missing = [
            word for word in dict.fromkeys(words) if self._rows.keys().isdisjoint(forms(word))
        ]
        return [word for word in missing if self.row(word) is not None]

    def composed(self, words: Iterable[str]) -> list[str]:
        """The words that were never seen and are composed, each once, in order."""
        rows = ((word, self.row(word)) for word in dict.fromkeys(words))
        return [word for word, row in rows if row is not None and row >= self._seen]
