"""Questions in words: `king`, `new york`, `king - man + woman`.

The rules, so that every word of a vocabulary can be asked for:

- A question that is itself a word of the vocabulary is that word, whatever it is made of.
- `+` and `-` are operators where they stand alone, with white space on both sides; in a
  place where a word must come (after an operator, or as all there is) they are words.
- What stands between operators is one word if the vocabulary has it, else the phrase that joins
  its words with `_` (`new york` is `new_york`), else the sum of its words.
- A word that the vocabulary has in another case only is that word; the query says so.
- Any other word is composed of its n-grams, where they have vectors; the query says so.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search.analogies import AnalogyScore
from w2v_cli.vectors.search.similarity import Metric, exact_unit_rows
from w2v_cli.vectors.search.spelling import forms
from w2v_cli.vectors.word_vectors import Neighbour, Word, WordVectors

__all__ = [
    "Query",
    "Term",
    "best_analogies",
    "likeness",
    "nearest_to_queries",
    "oddest_first",
    "parse",
    "resolve",
    "resolve_each",
    "sum_of",
    "vector_of",
    "words_composed",
]

_SIGNS = {"+": 1, "-": -1}
_WHITE_SPACE = re.compile(r"[ \t\n\r\f\v]+")  # not U+00A0 and its like: words may hold them

# A sum this much shorter than its terms together is what rounding left of zero.
_NOTHING = 1e-6

_SUGGESTIONS = 20  # for a batch of questions: a file of unknown words must not take minutes


class Term(NamedTuple):
    """A word of a question: 1 where it is added, -1 where it is subtracted, and its row.

    `asked` is how the question spells it, and `found` how the vocabulary does. A word that was
    never seen has no row, and its vector is `composed` (D,) of its n-grams.
    """

    sign: int
    row: int | None
    asked: str
    found: str
    composed: NDArray[np.float32] | None = None


@dataclass(frozen=True, eq=False)
class Query:
    """A question, the words that it adds up, and its vector (D,) float64, which is not zero."""

    text: str
    terms: tuple[Term, ...]
    vector: NDArray[np.float64]

    @property
    def rows(self) -> frozenset[int]:
        """The rows of its words, of those that have one."""
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
    texts: Sequence[str], vectors: WordVectors, metric: Metric = "cosine"
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
            terms = parse(text, vectors, suggest=errors < _SUGGESTIONS)
        except QueryError as error:
            resolved.append(error)
            errors += 1
            continue
        found = Query(text, tuple(terms), _sum(terms, vectors, metric))
        resolved.append(found if found.vector.any() else _no_direction(text))
    return resolved


def resolve_each(
    questions: Sequence[Sequence[str]],
    vectors: WordVectors,
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
            errors = [QueryError(f"{' '.join(texts)!r} is {got}, expected {expected}")]
        each.append(errors[0] if errors else [part for part in parts if isinstance(part, Query)])
    return each


def sum_of(positive: Sequence[Word], negative: Sequence[Word], vectors: WordVectors) -> Query:
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
        raise _no_direction(text.removeprefix("+ "))
    return Query(text.removeprefix("+ "), tuple(terms), total)


def _exact(sign: int, word: Word, place: int, vectors: WordVectors) -> Term:
    """A word as it is spelt, or a vector at this place among those added and subtracted."""
    if isinstance(word, str):
        row = vectors.find(word)
        composed = vectors.vector(word) if row is None else None
        return Term(sign, row, word, word, composed)
    vector, name = np.asarray(word), f"vector {place + 1}"
    if vector.shape != (vectors.dim,):
        raise QueryError(f"a vector of the shape {vector.shape}, expected ({vectors.dim},)")
    return Term(sign, None, name, name, vector)


def _no_direction(text: str) -> QueryError:
    return QueryError(f"the vector of {text!r} is zero: it has no direction to compare")


def words_composed(queries: Sequence[Query]) -> list[str]:
    """The words of some queries that were never seen, each once."""
    return list(dict.fromkeys(word for query in queries for word in query.composed))


def nearest_to_queries(
    queries: Sequence[Query],
    vectors: WordVectors,
    n: int,
    metric: Metric = "cosine",
    restrict: int | None = None,
) -> list[list[Neighbour]]:
    """The `n` words nearest to each query, without the query's own words.

    Only the `restrict` most frequent words can be an answer, where that is given.
    """
    matrix = np.array([query.vector for query in queries]).reshape(-1, vectors.dim)
    excluded = [query.rows for query in queries]
    return vectors.nearest_to_each(matrix, n, excluded, metric, restrict)


def best_analogies(
    questions: Sequence[Sequence[Query]],
    vectors: WordVectors,
    n: int,
    score: AnalogyScore,
    restrict: int | None = None,
) -> list[list[Neighbour]]:
    """The `n` words d with the best score for each "a is to b as c is to d".

    Each question is a, b and c, whose own words are never an answer. Only the `restrict`
    most frequent words can be one, where that is given.
    """
    terms = np.array([[query.vector for query in abc] for abc in questions])
    excluded = [frozenset().union(*(query.rows for query in abc)) for abc in questions]
    return vectors.best_answers(terms.reshape(-1, 3, vectors.dim), n, excluded, score, restrict)


def likeness(one: Query, other: Query, metric: Metric = "cosine") -> float:
    """The cosine between two queries, or the dot product of them."""
    pair = np.stack([one.vector, other.vector])
    if metric == "cosine":
        return float(np.clip(np.prod(exact_unit_rows(pair), axis=0).sum(), -1.0, 1.0))
    return float(np.prod(pair, axis=0).sum())


def oddest_first(queries: Sequence[Query]) -> list[Neighbour]:
    """Each query with its mean cosine to the others, the lowest first; at least two queries."""
    units = exact_unit_rows(np.stack([query.vector for query in queries]))
    cosines = units @ units.T
    means = (cosines.sum(axis=1) - cosines.diagonal()) / (len(queries) - 1)
    order = np.argsort(means, kind="stable")
    return [Neighbour(queries[place].text, float(means[place])) for place in order]


def parse(text: str, vectors: WordVectors, *, suggest: bool = True) -> list[Term]:
    """The words that `text` adds up.

    Raises:
        QueryError: a word and all its n-grams are unknown, or an operator has nothing to work
            on; `suggest` what may be meant by an unknown word, which takes some 100 ms.
    """
    whole = vectors.find(text)
    if whole is not None:
        return [Term(1, whole, text, text)]
    terms = []
    for sign, operand in _operands(text):
        for word, row in _rows(operand, vectors):
            if row is not None:
                terms.append(Term(sign, row, word, vectors.words[row]))
                continue
            composed = vectors.composed(word)
            if composed is None:
                unknown = vectors.unknown(word, suggest=suggest)
                raise unknown if word == text else QueryError(f"{text!r}: {unknown}")
            terms.append(Term(sign, None, word, word, composed))
    return terms


def _operands(text: str) -> list[tuple[int, list[str]]]:
    """What is added and subtracted: signs, and the words between them.

    >>> _operands("king - old man + -")
    [(1, ['king']), (-1, ['old', 'man']), (1, ['-'])]
    """
    tokens = [token for token in _WHITE_SPACE.split(text) if token] or [text]
    has_sign = tokens[0] in _SIGNS and len(tokens) > 1
    operands: list[tuple[int, list[str]]] = [(_SIGNS[tokens[0]] if has_sign else 1, [])]
    for token in tokens[has_sign:]:
        words = operands[-1][1]
        if words and token in _SIGNS:
            operands.append((_SIGNS[token], []))
        else:
            words.append(token)
    if not operands[-1][1]:
        raise QueryError(f"{text!r} ends with an operator, expected a word after it")
    return operands


def _rows(operand: Sequence[str], vectors: WordVectors) -> list[tuple[str, int | None]]:
    """The row of an operand that is one word of the vocabulary, or else of each of its words."""
    whole = " ".join(operand)
    rows = map(vectors.find, forms(whole))
    row = next((row for row in rows if row is not None), None)
    if row is None and len(operand) > 1 and any(vectors.find(word) is None for word in operand):
        rows = map(vectors.meant, forms(whole))
        row = next((row for row in rows if row is not None), None)
    if row is not None:
        return [(whole, row)]
    return [(word, vectors.meant(word)) for word in operand]


def vector_of(term: Term, vectors: WordVectors) -> NDArray[np.float32]:
    """The vector (D,) of a word of a question."""
    if term.composed is not None:
        return term.composed
    vector: NDArray[np.float32] = vectors.matrix[term.row]
    return vector


def _sum(terms: Sequence[Term], vectors: WordVectors, metric: Metric) -> NDArray[np.float64]:
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
