"""What a word's vector is made of: its n-grams, and how much each of them counts."""

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError, quoted
from w2v_cli.vectors.search.expressions import Term, vector_of
from w2v_cli.vectors.search.neighbours import Neighbour
from w2v_cli.vectors.search.queries import Query
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["ITSELF", "check_one_word", "word_parts"]

ITSELF = "(the word itself)"


def word_parts(query: Query, vectors: WordVectors, n: int) -> list[Neighbour]:
    """The `n` parts that count most in the vector of a word, and the share of each, largest first.

    A word's vector v is the mean of N parts: n-grams, and a row of its own if it was seen, which
    is `ITSELF`. The share of part p is p·v / (N v·v): all shares sum to 1, and one is negative
    where the part points away from v. An n-gram that a word has twice counts twice, in one share.
    """
    assert vectors.subwords is not None
    (term,) = query.terms
    parts, count = _parts(term, vectors, vectors.subwords)
    v = vector_of(term, vectors).astype(np.float64)
    shares: dict[str, float] = {}
    for name, part in parts:
        shares[name] = shares.get(name, 0.0) + float(part @ v) / (count * float(v @ v))
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    return [Neighbour(name, share) for name, share in ordered[:n]]


def check_one_word(query: Query) -> Query | QueryError:
    """The query, or an error if it is not one word."""
    if len(query.terms) == 1 and query.terms[0].sign == 1:
        return query
    return QueryError(
        f"{quoted(query.text)} is an expression, expected one word whose n-grams to list"
    )


def _parts(
    term: Term, vectors: WordVectors, subwords: SubwordVectors
) -> tuple[list[tuple[str, NDArray[np.float32]]], int]:
    """The parts of a word that have a vector, by name, and of how many parts it is the mean."""
    parts = subwords.parts(term.found)
    totals, sizes = subwords.totals([term.found])
    count = int(sizes[0])
    if term.row is None:
        return parts, count
    own = vectors.matrix[term.row] * np.float32(count + 1) - totals[0]
    return [(ITSELF, own), *parts], count + 1
