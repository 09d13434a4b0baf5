"""Did-you-mean: the word of a vocabulary spelt most like one that is not in it."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import islice

__all__ = ["closest_spelling"]

# Only frequent words are worth suggesting, and a stream of unknown words must stay quick.
SEARCHED_WORDS = 100_000
SMALLEST_RATIO = 0.6  # of difflib: below it, spellings look unrelated


def closest_spelling(word: str, words: Sequence[str]) -> str | None:
    """The word of `words` (most frequent first) spelt most like `word`, or None if none is close.

    Upper and lower case count as equal, and of two equally close words the more frequent
    one is chosen. A candidate has nearly the same length and the same first or last letter.

    >>> closest_spelling("quen", ["the", "queen", "quern"])
    'queen'
    """
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(word.lower())
    closest, largest = None, SMALLEST_RATIO
    for candidate in _candidates(word, words):
        matcher.set_seq1(candidate.lower())
        # The two upper bounds cost a fraction of the ratio itself.
        if matcher.real_quick_ratio() > largest and matcher.quick_ratio() > largest:
            ratio = matcher.ratio()
            if ratio > largest:
                closest, largest = candidate, ratio
    return closest


def _candidates(word: str, words: Sequence[str]) -> list[str]:
    """The words of nearly the same length that begin or end with the same letter."""
    if not word:
        return []
    firsts = {word[0].lower(), word[0].upper()}
    lasts = {word[-1].lower(), word[-1].upper()}
    lengths = range(max(1, len(word) - 2), len(word) + 3)
    return [
        candidate
        for candidate in islice(words, SEARCHED_WORDS)
        if len(candidate) in lengths and (candidate[0] in firsts or candidate[-1] in lasts)
    ]
