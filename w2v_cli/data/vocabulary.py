"""The vocabulary: the words that get a vector, by falling frequency."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import CorpusError

__all__ = ["Vocabulary", "build_vocabulary"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words and how often each occurs, (V,) int64, never rising."""

    words: list[str]
    counts: NDArray[np.int64]


def build_vocabulary(
    corpus: EncodedCorpus, min_count: int, max_size: int | None
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The words that occur at least `min_count` times, at most `max_size`, and every type's row.

    Words are in the order of falling frequency, equally frequent ones in the order in which
    they first appear. The second result, (n_types,) int32, holds for each type of the corpus
    its place in the vocabulary, or -1.

    Raises:
        CorpusError: fewer than two words are left.
    """
    counts = np.asarray(corpus.type_counts)
    frequent = np.flatnonzero(counts >= min_count)
    kept = frequent[np.argsort(-counts[frequent], kind="stable")][:max_size]
    if len(kept) < 2:
        raise CorpusError(_too_few(counts, min_count, len(frequent)))
    rows = np.full(len(counts), -1, np.int32)
    rows[kept] = np.arange(len(kept), dtype=np.int32)
    return Vocabulary(corpus.words(kept), counts[kept]), rows


def _too_few(counts: NDArray[np.int64], min_count: int, n_frequent: int) -> str:
    """Why there is no vocabulary, and which smaller `min_count` would keep how many words."""
    if len(counts) < 2:
        return "the corpus has only one different word: at least two are needed"
    if n_frequent >= 2:
        return "vocabulary.max_size keeps only one word: at least two are needed"
    found = "no word occurs" if n_frequent == 0 else "only one word occurs"
    largest = int(np.partition(counts, -2)[-2])  # the largest min_count that leaves two
    choices = sorted({largest, largest // 2 + 1, 1}, reverse=True)
    kept = ", ".join(f"{choice} would keep {np.sum(counts >= choice):,}" for choice in choices)
    return (
        f"{found} {min_count:,} times or more, and at least two words are needed: "
        f"lower vocabulary.min_count ({kept})"
    )
