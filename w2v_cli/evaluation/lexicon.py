"""The words an evaluation may use: the most frequent ones, with or without regard to case."""

from collections.abc import Iterable, Sequence

__all__ = ["Lexicon"]


class Lexicon:
    """Looks the words of a benchmark up among the first words of a vocabulary.

    Unless case counts, words are compared in upper case, as word2vec.c and gensim do, and a
    word stands for the most frequent of its spellings.
    """

    def __init__(self, words: Sequence[str], *, case_sensitive: bool = False) -> None:
        self._case_sensitive = case_sensitive
        self._rows: dict[str, int] = {}
        self._other_rows: dict[str, list[int]] = {}  # of spellings after the first
        for row, key in enumerate(map(self._key, words)):
            if self._rows.setdefault(key, row) != row:
                self._other_rows.setdefault(key, []).append(row)

    def _key(self, word: str) -> str:
        """What equal words have in common."""
        return word if self._case_sensitive else word.upper()

    def row(self, word: str) -> int | None:
        """The row of a word's most frequent spelling, or None if it is unknown."""
        return self._rows.get(self._key(word))

    def knows(self, words: Iterable[str]) -> bool:
        """Whether every one of the words is known."""
        return all(self._key(word) in self._rows for word in words)

    def spellings(self, word: str) -> list[int]:
        """The rows of all spellings of a word, most frequent first."""
        key = self._key(word)
        row = self._rows.get(key)
        return [] if row is None else [row, *self._other_rows.get(key, [])]

    def unknown(self, words: Iterable[str]) -> list[str]:
        """The words that are unknown, each once, in the order of their first appearance."""
        return [word for word in dict.fromkeys(words) if self._key(word) not in self._rows]
