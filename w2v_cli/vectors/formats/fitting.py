"""Words that a format cannot hold: an error, or left out, or written with escapes."""

import re
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.base import Format
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Fitted", "OnBadToken", "fit_words"]

OnBadToken = Literal["error", "skip", "escape"]


class Fitted(NamedTuple):
    """Vectors with words that a format can hold, and the words that were changed or left out."""

    vectors: WordVectors
    unfit: list[str]


def fit_words(vectors: WordVectors, chosen: Format, policy: OnBadToken) -> Fitted:
    r"""The vectors with every word that `chosen` cannot hold treated as `policy` says.

    "skip" leaves the word out; "escape" writes each bad character as `\uXXXX`. Words that
    readers of the format pass over are left out, too, or escaped.

    Raises:
        VectorsError: there is such a word and the policy is "error", or it is empty and
            the policy "escape", or nothing is left.
    """
    unseen = _matching(chosen.unseen, vectors.words)
    unfit = sorted({*_matching(chosen.unfit, vectors.words), *unseen})
    if not unfit:
        return Fitted(vectors, [])
    words = [vectors.words[row] for row in unfit]
    hopeless = {
        "error": [row for row in unfit if row not in unseen],
        "skip": [],
        "escape": [row for row in unfit if not vectors.words[row]],
    }[policy]
    if hopeless:
        row = hopeless[0]
        raise VectorsError(
            f"row {row + 1}: {chosen.name} cannot hold the word {vectors.words[row]!r}, "
            f"expected {chosen.rule}; choose another format, or --on-bad-token skip or escape"
        )
    if policy == "escape":
        return Fitted(_escaped(vectors, unfit, chosen), words)
    if len(unfit) == len(vectors):
        raise VectorsError(f"{chosen.name} can hold none of the words, such as {words[0]!r}")
    return Fitted(_without(vectors, unfit), words)


def _matching(pattern: re.Pattern[str] | None, words: list[str]) -> set[int]:
    """The rows of the words in which a pattern is found."""
    if pattern is None or not any(map(pattern.search, words)):
        return set()
    return {row for row, word in enumerate(words) if pattern.search(word)}


def _escaped(vectors: WordVectors, rows: list[int], chosen: Format) -> WordVectors:
    """The vectors with the words of `rows` written with escapes."""
    words = list(vectors.words)
    for row in rows:
        for pattern in filter(None, (chosen.unfit, chosen.unseen)):
            words[row] = pattern.sub(lambda match: f"\\u{ord(match[0]):04x}", words[row])
    return replace(vectors, words=words)


def _without(vectors: WordVectors, rows: list[int]) -> WordVectors:
    """The vectors without those of `rows`."""
    kept = np.delete(np.arange(len(vectors)), rows)
    counts = None if vectors.counts is None else vectors.counts[kept]
    outside = None if vectors.outside is None else vectors.outside[kept]
    words = [vectors.words[row] for row in kept]
    return WordVectors(words, vectors.matrix[kept], counts, vectors.subwords, outside)
