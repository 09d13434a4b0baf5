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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError, quoted
from w2v_cli.vectors.search.spelling import forms

if TYPE_CHECKING:
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Term", "parse", "vector_of"]

_SIGNS = {"+": 1, "-": -1}
_WHITE_SPACE = re.compile(r"[ \t\n\r\f\v]+")  # not U+00A0 and its like: words may hold them


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


def parse(text: str, vectors: "WordVectors", *, suggest: bool = True) -> list[Term]:
    """The words that `text` adds up.

    Raises:
        QueryError: a word and all its n-grams are unknown, or an operator has nothing to work
            on; with `suggest`, which takes time, it says what may be meant by an unknown word.
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
                raise unknown if word == text else QueryError(f"{quoted(text)}: {unknown}")
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
        raise QueryError(f"{quoted(text)} ends with an operator, expected a word after it")
    return operands


def _rows(operand: Sequence[str], vectors: "WordVectors") -> list[tuple[str, int | None]]:
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


def vector_of(term: Term, vectors: "WordVectors") -> NDArray[np.float32]:
    """The vector (D,) of a word of a question."""
    if term.composed is not None:
        return term.composed
    vector: NDArray[np.float32] = vectors.matrix[term.row]
    return vector
