"""Words that were never seen, composed of their n-grams and put beside those of a vocabulary."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import UsageError
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["check_composes", "with_composed"]


def with_composed(vectors: WordVectors, words: Iterable[str]) -> WordVectors:
    """The vectors, and after them those of `words` that were never seen but can be composed.

    `unseen` says how many these are. Where there are none it is the same object; otherwise the
    matrix is copied.
    """
    words = list(dict.fromkeys(words))
    missing = [word for word, row in zip(words, vectors.rows(words), strict=True) if row is None]
    if vectors.subwords is None or not missing:
        return vectors
    composed, known = vectors.subwords.compose(missing)
    added = [word for word, has_some in zip(missing, known.tolist(), strict=True) if has_some]
    if not added:
        return vectors
    return replace(
        vectors,
        words=[*vectors.words, *added],
        matrix=np.concatenate([vectors.matrix, composed[known]]),
        counts=_extended(vectors.counts, len(added)),
        outside=None,
        unseen=len(added),
    )


def _extended(counts: NDArray[np.int64] | None, by: int) -> NDArray[np.int64] | None:
    """The counts, and as many zeros."""
    return None if counts is None else np.append(counts, np.zeros(by, np.int64))


def check_composes(vectors: WordVectors, name: str, option: str) -> None:
    """Raise UsageError for vectors that no `option` can compose words of."""
    if vectors.subwords is None:
        raise UsageError(
            f"{name}: has no vectors of n-grams to compose words of; give a run with "
            f"model.subwords.enabled, or a fastText model (.bin), or leave {option} out"
        )
