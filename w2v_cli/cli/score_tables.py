"""What `w2v eval` prints: tables of scores for people, JSON for programs."""

import json
from collections.abc import Sequence
from typing import Any

from w2v_cli.cli.rendering import printable
from w2v_cli.evaluation.analogies import METHODS, AnalogiesResult, SectionResult
from w2v_cli.evaluation.scoring import Result
from w2v_cli.evaluation.statistics import Interval, proportion_interval
from w2v_cli.evaluation.word_pairs import Correlation, PairScores, PairsResult

__all__ = ["json_array", "tables"]

Scored = tuple[str, Result]  # a file, and what it says about the vectors

NOTHING = "-"  # where there is no score


def tables(results: Sequence[Scored], *, list_unknown: bool) -> str:
    """A block of lines for each file, with a blank line between two."""
    blocks = []
    for file, result in results:
        if isinstance(result, PairsResult):
            lines = _pairs_table(printable(file), result)
        else:
            lines = _analogies_table(printable(file), result)
        if list_unknown:
            lines += _listed("unknown word", "", result.unknown)
            lines += _listed("word", " in another case", result.other_case)
            if result.composed:
                lines += _listed("word", " never seen, composed of n-grams", result.composed)
        blocks.append("".join(f"{line}\n" for line in lines))
    return "\n".join(blocks)


def json_array(results: Sequence[Scored], *, list_unknown: bool) -> str:
    """An array with an object for each file."""
    objects = []
    for file, result in results:
        if isinstance(result, PairsResult):
            facts = {"kind": "pairs", **_pairs_object(result)}
        else:
            facts = {"kind": "analogies", **_analogies_object(result)}
        facts["in_other_case"] = len(result.other_case)
        facts["composed"] = len(result.composed)
        unknown = {"unknown": result.unknown} if list_unknown else {}
        objects.append({"file": file, **facts, **unknown})
    return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"


def _pairs_table(file: str, result: PairsResult) -> list[str]:
    """The lines of a file of word pairs."""
    title = f"{file}: {result.pairs:,} pairs, {_coverage(result.known, result.pairs, result)}"
    lines = [f"  {'':8}  {'skipping unknown':24}  unknown as 0"]
    for name in ("spearman", "pearson"):
        cells = [_correlation(getattr(part, name)) for part in (result.skipping, result.counting)]
        lines.append(f"  {name.capitalize():8}  {cells[0]:24}  {cells[1]}".rstrip())
    return [title, *lines]


def _analogies_table(file: str, result: AnalogiesResult) -> list[str]:
    """The lines of a file of analogies: a section each, then the sums."""
    total = result.total
    title = f"{file}: {total.questions:,} questions, " + _coverage(
        total.known, total.questions, result
    )
    parts = [*result.sections, *result.groups, ("total", total)]
    names = [printable(name) or "(no section)" for name, _ in parts]
    width = max(map(len, names))
    heads = "".join(f"{method:>9}" for method in METHODS)
    lines = [
        f"  {'':{width}}  {'':>13}   {'skipping unknown':<18}   unknown as wrong",
        f"  {'':{width}}  {'known':>13}  {heads}  {heads}",
    ]
    for name, (_, part) in zip(names, parts, strict=True):
        known = f"{part.known:,}/{part.questions:,}"
        skipping = "".join(f"{_figure(part.skipping(method)):>9}" for method in METHODS)
        counting = "".join(f"{_figure(part.counting(method)):>9}" for method in METHODS)
        lines.append(f"  {name:{width}}  {known:>13}  {skipping}  {counting}")
    return [title, *lines]


def _listed(noun: str, which: str, words: Sequence[str]) -> list[str]:
    """A line of words, with their number and what they are before them."""
    plural = "s" * (len(words) != 1)
    shown = " ".join(map(printable, words))
    return [f"  {len(words):,} {noun}{plural}{which}: {shown}".rstrip(": ")]


def _coverage(known: int, of: int, result: Result) -> str:
    """How much of a file is known, and how many words in another case alone, or composed."""
    said = f"{known:,} known ({known / of:.1%})" if of else "none known"
    cases = len(result.other_case)
    said += f", {cases:,} word{'s' * (cases > 1)} in another case" * bool(cases)
    composed = len(result.composed)
    return said + f", {composed:,} word{'s' * (composed > 1)} composed" * bool(composed)


def _figure(value: float | None) -> str:
    """A score to four places."""
    return NOTHING if value is None else f"{round(value, 4) + 0.0:.4f}"


def _correlation(correlation: Correlation) -> str:
    """A correlation to four places, and its interval to two: it is not known better."""
    value, interval = _figure(correlation.value), correlation.interval
    return value if interval is None else f"{value} ({interval.low:.2f} to {interval.high:.2f})"


def _pairs_object(result: PairsResult) -> dict[str, Any]:
    """The facts of a file of word pairs."""
    return {
        "pairs": result.pairs,
        "known": result.known,
        "coverage": result.known / result.pairs,
        "skipping_unknown": _correlations_object(result.skipping),
        "unknown_as_zero": _correlations_object(result.counting),
    }


def _correlations_object(scores: PairScores) -> dict[str, Any]:
    return {
        "spearman": _correlation_object(scores.spearman),
        "pearson": _correlation_object(scores.pearson),
    }


def _correlation_object(correlation: Correlation) -> dict[str, Any]:
    return {"value": correlation.value, "interval_95": _pair(correlation.interval)}


def _analogies_object(result: AnalogiesResult) -> dict[str, Any]:
    """The facts of a file of analogies."""
    return {
        **_section_object(result.total),
        "groups": [{"name": name, **_section_object(group)} for name, group in result.groups],
        "sections": [{"name": name, **_section_object(part)} for name, part in result.sections],
    }


def _section_object(section: SectionResult) -> dict[str, Any]:
    return {
        "questions": section.questions,
        "known": section.known,
        "coverage": section.known / section.questions if section.questions else None,
        "methods": {
            method: {
                "correct": section.correct[method],
                "skipping_unknown": section.skipping(method),
                "interval_95": _pair(proportion_interval(section.correct[method], section.known)),
                "unknown_as_wrong": section.counting(method),
            }
            for method in METHODS
        },
    }


def _pair(interval: Interval | None) -> list[float] | None:
    """Both ends of an interval."""
    return None if interval is None else list(interval)
