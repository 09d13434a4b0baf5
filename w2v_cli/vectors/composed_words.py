"""Words that were never seen, composed of their n-grams and put beside those of a vocabulary."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError, UsageError
from w2v_cli.vectors.composed_matrix import ComposedMatrix
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Chosen", "check_composes", "choose", "with_composed"]


def with_composed(vectors: WordVectors, words: Iterable[str]) -> WordVectors:
    """The vectors, and after them those of `words` that were never seen but can be composed.

    `unseen` says how many these are. If there are none, the result is the same object; otherwise
    the matrix is copied, unless it composes its rows when they are asked for, and there are no
    outside vectors.
    """
    words = list(dict.fromkeys(words))
    missing = [word for word, row in zip(words, vectors.rows(words), strict=True) if row is None]
    if vectors.subwords is None or not missing:
        return vectors
    composed, known = vectors.subwords.compose(missing)
    added = [word for word, has_some in zip(missing, known.tolist(), strict=True) if has_some]
    if not added:
        return vectors
    if isinstance(vectors.matrix, ComposedMatrix):
        matrix = vectors.matrix.extended(added)
    else:
        matrix = np.concatenate([vectors.matrix, composed[known]])
    return replace(
        vectors,
        words=[*vectors.words, *added],
        matrix=matrix,
        counts=_extended(vectors.counts, len(added)),
        outside=None,
        unseen=len(added),
    )


class Chosen(NamedTuple):
    """The vectors of some words; those of them that were composed, and those that have none."""

    vectors: WordVectors
    composed: list[str]
    missing: list[str]


def choose(vectors: WordVectors, words: Iterable[str]) -> Chosen:
    """The vectors of `words`, in this order and each once; a word never seen has the count 0.

    Raises:
        QueryError: no word has a vector.
    """
    words = list(dict.fromkeys(words))
    extended = with_composed(vectors, words)
    found = zip(words, extended.rows(words), strict=True)
    row_of = {word: row for word, row in found if row is not None}
    missing = [word for word in words if word not in row_of]
    if not row_of:
        raise vectors.unknown(words[0]) if words else QueryError("there are no words to choose")
    rows = np.array(list(row_of.values()))
    seen = rows < len(vectors)
    counts = None if extended.counts is None else extended.counts[rows]
    outside = None
    if vectors.outside is not None:
        outside = np.zeros((len(rows), vectors.dim), np.float32)
        outside[seen] = vectors.outside[rows[seen]]
    found_vectors = WordVectors(
        list(row_of), extended.matrix[rows], counts, vectors.subwords, outside
    )
    composed = [word for word, row in row_of.items() if row >= len(vectors)]
    return Chosen(found_vectors, composed, missing)


def _extended(counts: NDArray[np.int64] | None, by: int) -> NDArray[np.int64] | None:
    """The counts, and as many zeros."""
    return None if counts is None else np.append(counts, np.zeros(by, np.int64))


def check_composes(vectors: WordVectors, name: str, which: str, option: str) -> None:
    """Raise UsageError if `option` asks to compose words and the vectors have no n-grams."""
    if which != "centre":
        raise UsageError(
            f"--vectors {which} and {option} contradict each other: only centre vectors are made "
            "of n-grams"
        )
    if vectors.subwords is None:
        raise UsageError(
            f"{name}: has no vectors of n-grams to compose words of; give a run with "
            f"model.subwords.enabled, or a fastText model (.bin), or leave {option} out"
        )
