"""Collocations: words that follow each other more often than chance would have it.

The scores, for words that occur a and b times, n of these as a pair, with `min_count` m:

    mikolov   (n - m) · V / (a · b)           V counts the different words and pairs
    npmi      ln(N · n / (a · b)) / ln(N / n)     N counts the tokens; only where n >= m

The first is that of Mikolov et al. (2013), the second normalised pointwise mutual information
(Bouma 2009), from -1 to 1, where 1 means that neither word occurs without the other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoded import EncodedCorpus
from w2v_cli.data.pairs import Sequences, pair_keys, pairs_by_piece, parts_of_keys
from w2v_cli.data.vocabulary import find_types

__all__ = ["DELIMITER", "ENGLISH", "SCORINGS", "Phrase", "Rule", "connector_words", "find_phrases"]

PAIRS_AT_ONCE = 1 << 24
"""Pairs of the running text that are counted together; each takes some 30 bytes of memory."""

DELIMITER = "_"

# fmt: off
ENGLISH = (
    "a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with",
    "without",
)
# fmt: on
"""Connector words of English: articles, prepositions and conjunctions."""

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Phrase:
    """Words that follow each other, connector words among them, as one word."""

    words: tuple[str, ...]
    count: int
    score: float

    @property
    def joined(self) -> str:
        """The phrase as one word."""
        return DELIMITER.join(self.words)


@dataclass(frozen=True)
class Rule:
    """Which pairs are phrases: those with a score above the threshold.

    Pairs rarer than `min_count` are not. Any number of `connectors` may stand between the two
    words of a pair; they neither begin nor end a phrase.
    """

    scoring: str = "mikolov"
    threshold: float = 10.0
    min_count: int = 5
    connectors: tuple[str, ...] = ()


class _Counted(NamedTuple):
    """The pairs that are frequent enough, (n,) each, and how many different ones there are."""

    keys: Numbers
    counts: Numbers
    n_different: int


class _Totals(NamedTuple):
    """What a score needs to know of the whole text."""

    n_different: int  # words and pairs
    n_tokens: int
    min_count: int


Scoring = Callable[[Numbers, Numbers, Numbers, _Totals], NDArray[np.float64]]


def _mikolov(a: Numbers, b: Numbers, n: Numbers, totals: _Totals) -> NDArray[np.float64]:
    expected = a.astype(np.float64) * b  # of integers, the product could overflow
    score: NDArray[np.float64] = (n - totals.min_count) / expected * totals.n_different
    return score


def _npmi(a: Numbers, b: Numbers, n: Numbers, totals: _Totals) -> NDArray[np.float64]:
    p_a, p_b, p_ab = a / totals.n_tokens, b / totals.n_tokens, n / totals.n_tokens
    score: NDArray[np.float64] = np.log(p_ab / (p_a * p_b)) / -np.log(p_ab)
    return score


SCORINGS: dict[str, Scoring] = {"mikolov": _mikolov, "npmi": _npmi}


def connector_words(text: str) -> tuple[str, ...]:
    """The words of a text, with spaces or commas between; `english` stands for `ENGLISH`.

    >>> connector_words("der, die, das")
    ('der', 'die', 'das')
    """
    return ENGLISH if text == "english" else tuple(text.replace(",", " ").split())


def find_phrases(corpus: EncodedCorpus, rule: Rule) -> list[Phrase]:
    """The phrases of a corpus, those with the highest score first, then the most frequent.

    Memory holds a few numbers for each type, and at most about `PAIRS_AT_ONCE` pairs: a longer
    text is read once for each part of its pairs.
    """
    types = np.asarray(corpus.type_counts)
    is_connector = find_types(corpus, list(dict.fromkeys(rule.connectors))) >= 0
    sequences = Sequences(len(types))
    keys, counts, n_different = _count(corpus, is_connector, sequences, rule.min_count)
    left, between, right = parts_of_keys(keys, len(types))
    n_words = len(types) - int(is_connector.sum())
    totals = _Totals(n_words + n_different, corpus.n_tokens, rule.min_count)
    scores = SCORINGS[rule.scoring](types[left], types[right], counts, totals)
    order = np.lexsort((keys, -counts, -scores))
    best = order[: int(np.sum(scores > rule.threshold))]
    words = _phrase_words(corpus, left[best], between[best], right[best], sequences)
    return list(map(Phrase, words, counts[best].tolist(), scores[best].tolist()))


def _count(
    corpus: EncodedCorpus, is_connector: NDArray[np.bool_], sequences: Sequences, min_count: int
) -> _Counted:
    """The different pairs that occur at least `min_count` times, in parts that fit the memory."""
    n_parts = -(-corpus.n_tokens // PAIRS_AT_ONCE)
    parts = [
        _count_part(corpus, is_connector, sequences, min_count, part, n_parts)
        for part in range(n_parts)
    ]
    return _Counted(
        np.concatenate([part.keys for part in parts]),
        np.concatenate([part.counts for part in parts]),
        sum(part.n_different for part in parts),
    )


def _count_part(
    corpus: EncodedCorpus,
    is_connector: NDArray[np.bool_],
    sequences: Sequences,
    min_count: int,
    part: int,
    n_parts: int,
) -> _Counted:
    """`_count` for one part of the keys."""
    found = []
    for pairs in pairs_by_piece(corpus, is_connector):
        keys = pair_keys(corpus, pairs, sequences)
        found.append(keys if n_parts == 1 else keys[_parts(keys, n_parts) == part])
    keys = np.concatenate(found)
    found.clear()
    keys.sort()
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    counts = np.diff(begins, append=len(keys))
    frequent = counts >= min_count
    return _Counted(keys[begins[frequent]], counts[frequent], len(begins))


def _parts(keys: Numbers, n_parts: int) -> NDArray[np.uint64]:
    """A part for each key, (n,); about as many keys are in each part."""
    mixed = keys.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    parts: NDArray[np.uint64] = (mixed >> np.uint64(32)) % np.uint64(n_parts)
    return parts


def _phrase_words(
    corpus: EncodedCorpus, left: Numbers, between: Numbers, right: Numbers, sequences: Sequences
) -> list[tuple[str, ...]]:
    """The words of pairs that are phrases, with the connector words between them."""
    inside = sequences.types(set(between.tolist()))
    parts = zip(left.tolist(), between.tolist(), right.tolist(), strict=True)
    types = [(first, *inside[number], second) for first, number, second in parts]
    needed = np.unique(np.array([type_ for phrase in types for type_ in phrase], np.int64))
    word_of = dict(zip(needed.tolist(), corpus.words(needed), strict=True))
    return [tuple(word_of[type_] for type_ in phrase) for phrase in types]
