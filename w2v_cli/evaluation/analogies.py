"""Analogies: how many questions of a file the vectors answer, by section and in all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from w2v_cli.evaluation.benchmarks import Analogies
from w2v_cli.evaluation.vocabulary_index import VocabularyIndex
from w2v_cli.vectors.search.analogies import (
    THREE_COS_ADD,
    THREE_COS_MUL,
    AnalogyScore,
    best_answers,
)

__all__ = ["METHODS", "AnalogiesResult", "SectionResult", "score_analogies"]

METHODS: Mapping[str, AnalogyScore] = {"3CosAdd": THREE_COS_ADD, "3CosMul": THREE_COS_MUL}

SYNTACTIC = "gram"  # how the names of the syntactic sections begin in Google's file
_ASKED = 3  # a, b and c; what is right comes after them

NumberedRows = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True)
class SectionResult:
    """How many questions there are, how many have known words, how many each method got right."""

    questions: int
    known: int
    correct: Mapping[str, int]

    def skipping(self, method: str) -> float | None:
        """The share right of the questions with known words, or None if there are none."""
        return self.correct[method] / self.known if self.known else None

    def counting(self, method: str) -> float | None:
        """The share right of all questions, or None if there are none."""
        return self.correct[method] / self.questions if self.questions else None


@dataclass(frozen=True)
class AnalogiesResult:
    """What a file of analogies says about vectors.

    `sections` are names and results in the order of the file. `groups` are the semantic and
    the syntactic sections together, or those of a folder, where a file tells them apart.
    `other_case` are the words that are known in another case alone, and `composed` those that
    were never seen.
    """

    sections: list[tuple[str, SectionResult]]
    groups: list[tuple[str, SectionResult]]
    total: SectionResult
    unknown: list[str]
    other_case: list[str]
    composed: list[str]


def score_analogies(
    matrix: NDArray[np.float32],
    index: VocabularyIndex,
    benchmark: Analogies,
    methods: Sequence[str] = tuple(METHODS),
) -> AnalogiesResult:
    """Answer every question with known words by the best row of `matrix` (V, D).

    The rows are those of `index`. Spellings of the question's own words are no answers;
    any spelling of the expected word is right.

    Raises:
        QueryError: a value of a vector is NaN or infinite.
    """
    numbers = [n for n, words in enumerate(benchmark.questions) if _is_known(words, index)]
    asked = [benchmark.questions[n] for n in numbers]
    questions = np.array([[index.row(word) for word in words[:_ASKED]] for words in asked])
    questions = questions.astype(np.int64).reshape(-1, _ASKED)
    excluded = _numbered([_rows(index, words[:_ASKED]) for words in asked])
    accepted = [set(_rows(index, words[_ASKED:])) for words in asked]
    right = {}
    for method in methods:
        answers = best_answers(matrix, questions, excluded, METHODS[method]).tolist()
        pairs = zip(answers, accepted, strict=True)
        right[method] = np.array([row in rows for row, rows in pairs], dtype=bool)
    return _tallied(benchmark, np.array(numbers, dtype=np.int64), right, index)


def _is_known(words: Sequence[str], index: VocabularyIndex) -> bool:
    """Whether a, b, c and at least one right answer are known."""
    return index.knows(words[:_ASKED]) and any(index.knows([word]) for word in words[_ASKED:])


def _rows(index: VocabularyIndex, words: Sequence[str]) -> list[int]:
    """The rows of all spellings of some words."""
    return sorted(set(chain.from_iterable(map(index.spellings, words))))


def _numbered(rows: Sequence[Sequence[int]]) -> NumberedRows:
    """The number of the list that each row is from, and all rows, in two arrays (N,)."""
    sizes = [len(some) for some in rows]
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=sum(sizes))
    return np.repeat(np.arange(len(rows)), sizes), flat


def _tallied(
    benchmark: Analogies,
    numbers: NDArray[np.int64],
    right: Mapping[str, NDArray[np.bool_]],
    index: VocabularyIndex,
) -> AnalogiesResult:
    """The counts of each section, from the numbers of the questions that were asked."""
    sections = []
    for section in benchmark.sections:
        first, last = np.searchsorted(numbers, [section.start, section.stop])
        correct = {method: int(hits[first:last].sum()) for method, hits in right.items()}
        size = section.stop - section.start
        sections.append((section.name, SectionResult(size, int(last - first), correct)))
    return AnalogiesResult(
        sections=sections,
        groups=_grouped(sections, right),
        total=_sum([result for _, result in sections], right),
        unknown=index.unknown(chain.from_iterable(benchmark.questions)),
        other_case=index.in_other_case(chain.from_iterable(benchmark.questions)),
        composed=index.composed(chain.from_iterable(benchmark.questions)),
    )


def _grouped(
    sections: Sequence[tuple[str, SectionResult]], methods: Iterable[str]
) -> list[tuple[str, SectionResult]]:
    """The sections of each group together; nothing where there is one group alone."""
    groups: dict[str, list[SectionResult]] = {}
    for name, result in sections:
        groups.setdefault(_group(name), []).append(result)
    return [
        (name, _sum(results, methods)) for name, results in groups.items() if groups.keys() > {name}
    ]


def _group(section: str) -> str:
    """The group of a section: the folder of a BATS file, else semantic or syntactic.

    >>> _group("1_Inflectional_morphology/I01"), _group("gram3-comparative"), _group("family")
    ('1_Inflectional_morphology', 'syntactic', 'semantic')
    """
    folder, slash, _ = section.partition("/")
    if slash:
        return folder
    return "syntactic" if section.startswith(SYNTACTIC) else "semantic"


def _sum(results: Sequence[SectionResult], methods: Iterable[str]) -> SectionResult:
    """Several sections as one."""
    return SectionResult(
        questions=sum(result.questions for result in results),
        known=sum(result.known for result in results),
        correct={method: sum(result.correct[method] for result in results) for method in methods},
    )
