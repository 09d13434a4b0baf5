"""The vocabulary: the words that get a vector, by falling frequency."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import CorpusError

__all__ = [
    "GivenWords",
    "Vocabulary",
    "build_vocabulary",
    "extend_vocabulary",
    "find_types",
    "known_vocabulary",
    "left_out",
]

_TYPES_AT_ONCE = 1 << 20


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words and how often each occurs, (V,) int64, never rising.

    `occurrences` (V,) are those in the corpus: fewer than `counts` where other text was counted
    before, none for a word that the corpus lacks.
    """

    words: list[str]
    counts: NDArray[np.int64]
    occurrences: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class GivenWords:
    """Words that get a vector whatever the corpus holds, with counts (n,) to add to its own.

    `left_out` are other words that were counted with them, and their counts, where known.
    """

    words: Sequence[str]
    counts: NDArray[np.int64]
    left_out: tuple[Sequence[str], NDArray[np.int64]] | None = None


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
    kept = _most_frequent(counts, min_count, max_size)
    if len(kept) < 2:
        raise CorpusError(_too_few(counts, min_count))
    rows = np.full(len(counts), -1, np.int32)
    rows[kept] = np.arange(len(kept), dtype=np.int32)
    return Vocabulary(corpus.words(kept), counts[kept], counts[kept]), rows


def extend_vocabulary(
    corpus: EncodedCorpus, min_count: int, max_size: int | None, given: GivenWords
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The words given, and those of the corpus that occur often enough, counted with them.

    As `build_vocabulary`, but there may be more words than `max_size`: that many words of the
    corpus are chosen, given ones among them, and the other given words are added. Among equally
    frequent ones those that the corpus lacks come last, in the order given.

    Raises:
        CorpusError: fewer than two words of the corpus are left.
    """
    here = np.asarray(corpus.type_counts)
    places = find_types(corpus, given.words)
    totals = here + _of_types(places, given.counts)
    if given.left_out is not None:
        totals += _of_types(find_types(corpus, given.left_out[0]), given.left_out[1])
    chosen = places >= 0
    chosen[_most_frequent(totals, min_count, max_size)] = True
    kept = np.flatnonzero(chosen)
    if len(kept) < 2:
        raise CorpusError(_too_few(totals, min_count))
    missing = np.setdiff1d(np.arange(len(given.words)), places)
    counts = np.concatenate((totals[kept], given.counts[missing]))
    order = np.argsort(-counts, kind="stable")
    words = [*corpus.words(kept), *(given.words[place] for place in missing.tolist())]
    occurrences = np.concatenate((here[kept], np.zeros(len(missing), np.int64)))
    rows = np.full(len(here), -1, np.int32)
    rows[kept] = np.argsort(order).astype(np.int32)[: len(kept)]
    sorted_words = [words[place] for place in order.tolist()]
    return Vocabulary(sorted_words, counts[order], occurrences[order]), rows


def left_out(
    corpus: EncodedCorpus, rows: NDArray[np.int32], given: GivenWords | None = None
) -> tuple[list[str], NDArray[np.int64]]:
    """The words seen, here or with those given, that have no place in `rows`; their counts."""
    types = np.flatnonzero(rows < 0)
    counts = np.asarray(corpus.type_counts)[types]
    words = corpus.words(types)
    if given is None or given.left_out is None:
        return words, counts
    other_words, other_counts = given.left_out
    places = find_types(corpus, other_words)
    missing = np.setdiff1d(np.arange(len(other_words)), places)
    words += [other_words[place] for place in missing.tolist()]
    counts = counts + _of_types(places, other_counts)[types]
    return words, np.concatenate((counts, other_counts[missing]))


def find_types(corpus: EncodedCorpus, words: Sequence[str]) -> NDArray[np.int32]:
    """For each type of the corpus (n_types,) its place among different words, or -1."""
    places = np.full(len(corpus.type_counts), -1, np.int32)
    if words:
        place_of = dict(zip(words, range(len(words)), strict=True))
        for start in range(0, len(places), _TYPES_AT_ONCE):
            types = np.arange(start, min(start + _TYPES_AT_ONCE, len(places)))
            places[types] = [place_of.get(word, -1) for word in corpus.words(types)]
    return places


def known_vocabulary(
    corpus: EncodedCorpus, words: list[str], counts: NDArray[np.int64]
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The vocabulary of words with known counts (V,); and each type's place in it, or -1.

    The places are (n_types,) int32.
    """
    places = find_types(corpus, words)
    known = places >= 0
    occurrences = np.zeros(len(words), np.int64)
    occurrences[places[known]] = np.asarray(corpus.type_counts)[known]
    return Vocabulary(words, counts, occurrences), places


def _of_types(places: NDArray[np.int32], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The counts of the words at these places, 0 where there is none."""
    return np.append(counts, 0)[places]


def _most_frequent(
    counts: NDArray[np.int64], min_count: int, max_size: int | None
) -> NDArray[np.int64]:
    """The types that are counted often enough, by falling count, at most `max_size`."""
    frequent = np.flatnonzero(counts >= min_count)
    return frequent[np.argsort(-counts[frequent], kind="stable")][:max_size]


def _too_few(counts: NDArray[np.int64], min_count: int) -> str:
    """Why there is no vocabulary, and which smaller `min_count` would keep how many words."""
    if len(counts) < 2:
        return "the corpus has only one different word: at least two are needed"
    n_frequent = int(np.sum(counts >= min_count))
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
