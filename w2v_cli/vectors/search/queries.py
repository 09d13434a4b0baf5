"""What questions come to: the words that each adds up, and its vector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError, quoted, shortened
from w2v_cli.vectors.search.expressions import Term, parse, vector_of
from w2v_cli.vectors.search.similarity import Metric, exact_unit_rows
from w2v_cli.vectors.search.spelling import forms

if TYPE_CHECKING:
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "SUGGESTIONS",
    "Query",
    "Word",
    "no_direction",
    "resolve",
    "resolve_each",
    "sum_of",
    "words_composed",
]

# A sum this much shorter than its terms together is what rounding left of zero.
_NOTHING = 1e-6

SUGGESTIONS = 20  # for a batch of questions: a file of unknown words must not take minutes

Word = str | NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Query:
    """A question, the words that it adds up, and its vector (D,) float64, which is not zero."""

    text: str
    terms: tuple[Term, ...]
    vector: NDArray[np.float64]

    @property
    def rows(self) -> frozenset[int]:
        """The rows of its words that have one."""
        return frozenset(term.row for term in self.terms if term.row is not None)

    @property
    def other_case(self) -> dict[str, str]:
        """The words that were found in another case only, as they were asked for and found."""
        return {
            term.asked: term.found for term in self.terms if term.found not in forms(term.asked)
        }

    @property
    def composed(self) -> list[str]:
        """The words that were never seen, and are composed of their n-grams."""
        return [term.asked for term in self.terms if term.composed is not None]


def resolve(
    texts: Sequence[str], vectors: "WordVectors", metric: Metric = "cosine"
) -> list[Query | QueryError]:
    """What each text asks for, or what is wrong with it, in the order of `texts`.

    Cosines forget the length of vectors, so for them the words of a text are scaled to
    length one before they are added; for dot products they are added as they are.

    Raises:
        QueryError: a vector holds a value that is NaN or infinite.
    """
    vectors.expect(len(texts))
    resolved: list[Query | QueryError] = []
    errors = 0
    for text in texts:
        try:
            terms = parse(text, vectors, suggest=errors < SUGGESTIONS)
        except QueryError as error:
            resolved.append(error)
            errors += 1
            continue
        found = Query(text, tuple(terms), _sum(terms, vectors, metric))
        resolved.append(found if found.vector.any() else no_direction(text))
    return resolved


def resolve_each(
    questions: Sequence[Sequence[str]],
    vectors: "WordVectors",
    sizes: range,
    metric: Metric = "cosine",
) -> list[list[Query] | QueryError]:
    """`resolve` for questions of several texts: all that is asked for, or the first error.

    How many texts a question must have is one of `sizes`.
    """
    resolved = iter(resolve([text for texts in questions for text in texts], vectors, metric))
    each: list[list[Query] | QueryError] = []
    for texts in questions:
        parts = [next(resolved) for _ in texts]
        errors = [part for part in parts if isinstance(part, QueryError)]
        if len(texts) not in sizes:
            expected = str(sizes[0]) if len(sizes) == 1 else f"{sizes[0]} or more"
            got = f"{len(texts)} word{'s' * (len(texts) != 1)}"
            errors = [QueryError(f"{quoted(' '.join(texts))} is {got}, expected {expected}")]
        each.append(errors[0] if errors else [part for part in parts if isinstance(part, Query)])
    return each


def sum_of(positive: Sequence[Word], negative: Sequence[Word], vectors: "WordVectors") -> Query:
    """The query of words as they are spelt, added and subtracted at length one.

    Vectors (D,) among them are added and subtracted as they are.

    Raises:
        UnknownWord: a word is not in the vocabulary, and cannot be composed.
        QueryError: a vector is of another length, or not finite, or the sum is zero.
    """
    signed = [(1, word) for word in positive] + [(-1, word) for word in negative]
    if not signed:
        raise QueryError("there is no word to compare with, expected at least one")
    terms = [_exact(sign, word, place, vectors) for place, (sign, word) in enumerate(signed)]
    rows = np.stack([vector_of(term, vectors) for term in terms])
    are_words = np.array([[isinstance(word, str)] for _, word in signed])
    signs = np.array([[term.sign] for term in terms])
    text = " ".join(f"{'-' if term.sign < 0 else '+'} {term.asked}" for term in terms)
    total = _total(signs * np.where(are_words, exact_unit_rows(rows), rows))
    if not total.any():
        raise no_direction(text.removeprefix("+ "))
    return Query(text.removeprefix("+ "), tuple(terms), total)


def _exact(sign: int, word: Word, place: int, vectors: "WordVectors") -> Term:
    """A word as it is spelt, or a vector at this place among those added and subtracted."""
    if isinstance(word, str):
        row = vectors.find(word)
        composed = vectors.vector(word) if row is None else None
        return Term(sign, row, word, word, composed)
    vector, name = np.asarray(word), f"vector {place + 1}"
    if vector.dtype.kind not in "fiu" or vector.shape != (vectors.dim,):
        is_array = isinstance(word, np.ndarray)
        got = f"an array of the shape {vector.shape}" if is_array else shortened(repr(word))
        raise QueryError(f"got {got}, expected a word or numbers of the shape ({vectors.dim},)")
    return Term(sign, None, name, name, vector)


def no_direction(text: str) -> QueryError:
    """The error for a question with a vector of zeros."""
    return QueryError(f"the vector of {quoted(text)} is zero: it has no direction to compare")


def words_composed(queries: Sequence[Query]) -> list[str]:
    """The words of some queries that were never seen, each once."""
    return list(dict.fromkeys(word for query in queries for word in query.composed))


def _sum(terms: Sequence[Term], vectors: "WordVectors", metric: Metric) -> NDArray[np.float64]:
    """The sum (D,) of some words, or zeros (see `_total`)."""
    weights: dict[str, int] = {}
    for term in terms:
        weights[term.found] = weights.get(term.found, 0) + term.sign
    found = {term.found: term for term in terms}
    rows = np.stack([vector_of(term, vectors) for term in found.values()])
    units = exact_unit_rows(rows)
    factors = np.array(list(weights.values()), dtype=np.float64)[:, np.newaxis]
    parts = factors * (units if metric == "cosine" else rows)  # (N, D) float64
    return _total(parts)


def _total(parts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum (D,) of parts (n, D); zeros if no more than rounding is left of it."""
    total: NDArray[np.float64] = parts.sum(axis=0)
    length = np.sqrt((total * total).sum())
    if length <= _NOTHING * np.sqrt((parts * parts).sum(axis=1)).sum():
        return np.zeros_like(total)
    return total
