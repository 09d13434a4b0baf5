"""Vectors scored on benchmarks of either kind, for `w2v eval` and while a run trains."""

from collections.abc import Sequence
from functools import partial

from w2v_cli.evaluation.analogies import AnalogiesResult, score_analogies
from w2v_cli.evaluation.benchmarks import Benchmark, WordPairs
from w2v_cli.evaluation.vocabulary_index import VocabularyIndex
from w2v_cli.evaluation.word_pairs import PairsResult, score_pairs
from w2v_cli.vectors.composed_words import with_composed
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Result", "headline", "headlines", "score"]

Result = PairsResult | AnalogiesResult


def score(
    vectors: WordVectors,
    benchmarks: Sequence[Benchmark],
    *,
    restrict: int | None = None,
    case_sensitive: bool = False,
    compose: bool = False,
    intervals: bool = True,
) -> list[Result]:
    """The result of each benchmark, with the first `restrict` words alone if that is given.

    `compose` makes vectors of n-grams for the words of a benchmark that are not in the
    vocabulary; such words may be answers, too. A word after the first `restrict` was seen, so it
    is unknown rather than composed.

    Raises:
        QueryError: a value of a vector is NaN or infinite.
    """
    index_of = partial(VocabularyIndex, case_sensitive=case_sensitive)
    seen = index_of(vectors.words) if compose else None
    if restrict is not None:
        vectors = vectors.top(restrict)
    index = index_of(vectors.words)
    results: list[Result] = []
    for benchmark in benchmarks:
        asked, of = vectors, index
        if seen is not None:
            asked = with_composed(vectors, seen.unknown(benchmark.words))
            of = index_of(asked.words, unseen=asked.unseen)
        if isinstance(benchmark, WordPairs):
            results.append(score_pairs(asked.matrix, of, benchmark, intervals=intervals))
        else:
            results.append(score_analogies(asked.matrix, of, benchmark))
    return results


def headline(result: Result) -> float | None:
    """The chief number of a result, over known words: Spearman's ρ, or 3CosAdd's accuracy."""
    if isinstance(result, PairsResult):
        return result.skipping.spearman.value
    return result.total.skipping("3CosAdd")


def headlines(vectors: WordVectors, benchmarks: Sequence[Benchmark]) -> dict[str, float | None]:
    """The headline of each benchmark, by its path.

    Raises:
        QueryError: a value of a vector is NaN or infinite.
    """
    results = score(vectors, benchmarks, intervals=False)
    names = [str(benchmark.path) for benchmark in benchmarks]
    return dict(zip(names, map(headline, results), strict=True))
