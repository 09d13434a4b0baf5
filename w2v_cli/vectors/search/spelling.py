"""Which word of a vocabulary is meant by one that is not in it: another case, form or spelling."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import cached_property
from itertools import islice

__all__ = ["Cases", "closest_spelling", "forms", "marked_form", "other_form"]

# Only frequent words are worth suggesting, and a stream of unknown words must stay quick.
SEARCHED_WORDS = 100_000
SEARCHES_OF_TEXT = 8  # for so few, looking through all text is quicker than building an index
SAMPLED_WORDS = 1000  # in which marks such as `/c/en/` and `_NOUN` are looked for
MARKS = "/_|#:"  # what stands between a word and its mark
_SELECTORS = "\ufe0e\ufe0f"  # after a character: as text, as emoji
_MARKED = re.compile(rf"[{MARKS}].*[{MARKS}](?P<after>.+)|(?P<before>.+)[{MARKS}][A-Z]+")


def forms(word: str) -> tuple[str, ...]:
    """The word, and if it has spaces the same with `_`, as text with joined phrases has it.

    >>> forms("new york"), forms("york")
    (('new york', 'new_york'), ('york',))
    """
    return (word, word.replace(" ", "_")) if " " in word else (word,)


class Cases:
    """Finds words that differ from one that is asked for in upper and lower case alone."""

    def __init__(self, words: Sequence[str]) -> None:
        """`words` are a vocabulary, most frequent first."""
        self._words = words
        self._searches = 0

    @cached_property
    def _text(self) -> str | None:
        """All words without case, between line ends; None if a word holds a line end."""
        text = _caseless("\n".join(["", *self._words, ""]))
        return text if text.count("\n") == len(self._words) + 1 else None

    @cached_property
    def _rows(self) -> tuple[dict[str, int], dict[str, list[int]]]:
        """The first row of each word without case, and its other rows.

        These are few; a list for every word would take much memory.
        """
        firsts: dict[str, int] = {}
        others: dict[str, list[int]] = {}
        for row, key in enumerate(map(_caseless, self._words)):
            if firsts.setdefault(key, row) != row:
                others.setdefault(key, []).append(row)
        return firsts, others

    def find(self, word: str) -> int | None:
        """The row of a word in another case, or None: the most frequent of the closest ones.

        Closest are words with the same lower case, then those with the same full case folding
        (ß and ss), then those with the same upper case (i, ı and İ) and most letters as asked.

        >>> Cases(["ilik", "ılık"]).find("Ilık"), Cases(["strasse", "straße"]).find("STRASSE")
        (1, 0)
        """
        rows = self._in_any_case(word)
        for form in (str.lower, str.casefold):
            for row in rows:
                if form(self._words[row]) == form(word):
                    return row
        return max(rows, key=lambda row: _same_letters(self._words[row], word), default=None)

    def alike(self, word: str) -> list[int]:
        """The rows of all words with the same lower case as `word`, which may be one of them."""
        rows = self._in_any_case(word)
        return [row for row in rows if self._words[row].lower() == word.lower()]

    def _in_any_case(self, word: str) -> list[int]:
        """The rows, rising, of all words that are `word` in some case."""
        key = _caseless(word)
        self._searches += 1
        text = self._text if self._searches <= SEARCHES_OF_TEXT else None
        if text is not None and "\n" not in key:
            return _lines_that_are(key, text)
        firsts, others = self._rows
        first = firsts.get(key)
        return [] if first is None else [first, *others.get(key, [])]


def _lines_that_are(line: str, text: str) -> list[int]:
    r"""The numbers of the lines that are `line`, in a text that begins and ends with a line end.

    >>> _lines_that_are("b", "\na\nb\nb\n")
    [1, 2]
    """
    found, number, start = [], 0, 0
    place = text.find(f"\n{line}\n")
    while place >= 0:
        number += text.count("\n", start, place)
        found.append(number)
        start, place = place, text.find(f"\n{line}\n", place + 1)
    return found


def _same_letters(one: str, other: str) -> int:
    """At how many places two words have the same letter."""
    return sum(a == b for a, b in zip(one, other, strict=False))


def _caseless(word: str) -> str:
    """The same text for a word in any case; the dot of an İ is dropped.

    >>> _caseless("İstanbul") == _caseless("istanbul"), _caseless("straße")
    (True, 'STRASSE')
    """
    return word.upper().replace("\u0130", "I").replace("I\u0307", "I")


def other_form(word: str, words: Iterable[str]) -> str | None:
    r"""The first of `words` that is `word` but for normal form and invisible characters, or None.

    >>> other_form("Donau", ["Do\xadnau"])
    'Do\xadnau'
    """
    wanted = _visible(word)
    for candidate in words:
        # Of two ASCII words neither has another form.
        if not (candidate.isascii() and word.isascii()) and _visible(candidate) == wanted:
            return candidate
    return None


def _visible(word: str) -> str:
    """What a reader sees of a word: without format characters and case, as NFKC."""
    shown = "".join(
        char for char in word if unicodedata.category(char) != "Cf" and char not in _SELECTORS
    )
    return unicodedata.normalize("NFKC", shown).casefold()


def marked_form(word: str, words: Sequence[str]) -> str | None:
    """The word of a vocabulary that is `word` with a mark, such as `/c/en/king` or `king_NOUN`.

    Or without the mark, where `word` has one. None where there is no such word; a mark counts
    only if most words of the vocabulary have one like it.

    >>> marked_form("king", ["/c/en/queen", "/c/en/king"]), marked_form("/c/en/king", ["king"])
    ('/c/en/king', 'king')
    """
    marked = _MARKED.fullmatch(word)
    plain = None if marked is None else marked["after"] or marked["before"]
    if plain in words:
        return plain
    sample = words[:SAMPLED_WORDS]
    shares = Counter(mark for each in sample for mark in MARKS if mark in each)
    usual = [mark for mark, count in shares.items() if 2 * count > len(sample)]
    ends = tuple(mark + word.lower() for mark in usual)
    begins = tuple(word.lower() + mark for mark in usual)
    if not word or not usual:
        return None
    return next(
        (w for w in words if w.lower().endswith(ends) or w.lower().startswith(begins)), None
    )


def closest_spelling(word: str, words: Sequence[str]) -> str | None:
    """The word of `words` (most frequent first) spelt most like `word`, or None if none is close.

    Close is one slip in a word of three to seven letters, two slips in a longer one; a slip
    is a letter too many, missing, wrong, or changed with the next. Upper and lower case count as
    equal, and of two equally close words the more frequent one is chosen. A candidate has the
    same first or last letter.

    >>> closest_spelling("quen", ["the", "queen", "quern"])
    'queen'
    """
    wanted = word.lower()
    allowed = (len(word) > 2) + (len(word) > 7)
    closest = None
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    for candidate in _candidates(word, words, allowed):
        lowered = candidate.lower()
        matcher.set_seq1(lowered)
        # The letters in common, whatever their order: a bound that costs little.
        most, total = max(len(lowered), len(wanted)), len(lowered) + len(wanted)
        if matcher.quick_ratio() * total / 2 < most - allowed:
            continue
        slips = _slips(lowered, wanted)
        if slips <= allowed:
            closest, allowed = candidate, slips - 1
        if allowed < 0:
            break
    return closest


def _candidates(word: str, words: Sequence[str], slips: int) -> list[str]:
    """The words of nearly the same length that begin or end with the same letter."""
    if not word:
        return []
    firsts = {word[0].lower(), word[0].upper()}
    lasts = {word[-1].lower(), word[-1].upper()}
    lengths = range(max(1, len(word) - slips), len(word) + slips + 1)
    return [
        candidate
        for candidate in islice(words, SEARCHED_WORDS)
        if len(candidate) in lengths and (candidate[0] in firsts or candidate[-1] in lasts)
    ]


def _slips(one: str, other: str) -> int:
    """The optimal string alignment distance: edits and swaps of neighbours, none edited twice.

    >>> _slips("ikng", "king"), _slips("quen", "queen")
    (1, 1)
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
