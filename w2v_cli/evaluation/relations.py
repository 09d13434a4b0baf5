"""Relations as BATS has them: pairs of words, from which analogies are made.

Each pair of a relation is asked for with every other pair as the example: known and unknown
with able and unable are "able is to unable as known is to ?". After a slash come other words
that are right too: `known  unknown/unheard`.
"""

from collections.abc import Sequence

__all__ = ["MOST_PAIRS", "Pair", "questions", "related_words"]

MOST_PAIRS = 1000  # a million questions; BATS has 50 pairs a relation

Pair = tuple[str, tuple[str, ...]]  # a word, and those it is related to, the usual one first


def related_words(text: str) -> Pair | None:
    """The word of a line and those it is related to, or None if a line has another form.

    >>> related_words("known unknown/unheard"), related_words("king /c/en/queen")
    (('known', ('unknown', 'unheard')), ('king', ('/c/en/queen',)))
    """
    fields = [field.strip() for field in (text.split("\t") if "\t" in text else text.split())]
    if len(fields) != 2 or not all(fields):
        return None
    word, related = fields
    if related.startswith("/"):  # a word of ConceptNet's: its slashes are its own
        return word, (related,)
    return word, tuple(each for each in related.split("/") if each)


def questions(pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    """A question for each two pairs: a, b and c of "a is to b as c is to ?", then what is right.

    >>> questions([("able", ("unable",)), ("known", ("unknown", "unheard"))])[0]
    ('able', 'unable', 'known', 'unknown', 'unheard')
    """
    return [
        (a, b[0], c, *right)
        for at, (a, b) in enumerate(pairs)
        for other, (c, right) in enumerate(pairs)
        if at != other
    ]
