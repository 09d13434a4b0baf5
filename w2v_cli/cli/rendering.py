"""Answers as text: a table for people, TSV and JSON for programs."""

import itertools
import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = [
    "RENDERERS",
    "STREAM_RENDERERS",
    "Answer",
    "columns",
    "json_array",
    "json_lines",
    "printable",
    "sparkline",
    "table",
    "tsv",
]

_BLOCKS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-'"
_TSV_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Answer(NamedTuple):
    """A query and the words that answer it, each with a number: in JSON `found` and `score`."""

    query: str
    words: Sequence[tuple[str, float]]  # best first
    found: str = "neighbours"
    score: str = "cosine"


def table(answers: Sequence[Answer]) -> str:
    """Each query on a line, and below it its words with their numbers to four places."""
    return "".join(_table_block(answer) for answer in answers)


def tsv(answers: Sequence[Answer]) -> str:
    """A line `query<TAB>word<TAB>number` for each word, with six places."""
    return "".join(
        f"{_tsv_field(answer.query)}\t{_tsv_field(word)}\t{_rounded(score):.6f}\n"
        for answer in answers
        for word, score in answer.words
    )


def json_array(answers: Sequence[Answer]) -> str:
    """One JSON array with an object for each query."""
    import json

    objects = [_json_object(answer) for answer in answers]
    return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"


def json_lines(answers: Sequence[Answer]) -> str:
    """A JSON object on a line of its own for each query."""
    import json

    return "".join(json.dumps(_json_object(a), ensure_ascii=False) + "\n" for a in answers)


Renderers = dict[str, Callable[[Sequence[Answer]], str]]
RENDERERS: Renderers = {"table": table, "tsv": tsv, "json": json_array}
STREAM_RENDERERS: Renderers = {"table": table, "tsv": tsv, "json": json_lines}


def _table_block(answer: Answer) -> str:
    """The lines of one query, with the numbers below each other."""
    shown = [(printable(word), f"{_rounded(score, 4):7.4f}") for word, score in answer.words]
    width = max((columns(word) for word, _ in shown), default=0)
    digits = max((len(number) for _, number in shown), default=0)
    lines = [
        f"  {word}{' ' * (width - columns(word))}  {number:>{digits}}\n" for word, number in shown
    ]
    return "".join([f"{printable(answer.query)}\n", *lines])


def _json_object(answer: Answer) -> dict[str, object]:
    """One answer as `{"query": …, "neighbours": [{"word": …, "cosine": …}]}`."""
    pairs = [{"word": word, answer.score: _rounded(score)} for word, score in answer.words]
    return {"query": answer.query, answer.found: pairs}


def _rounded(score: float, places: int = 6) -> float:
    """The number to six places (float32 vectors support no more) or fewer, and never −0."""
    return round(score, places) + 0.0


def _tsv_field(word: str) -> str:
    """The word, with a backslash escape for what would break the table."""
    return word.translate(_TSV_ESCAPES)


def printable(word: str) -> str:
    """The word, with escapes in place of characters that a terminal would obey or not show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in word)


def columns(text: str) -> int:
    """How many columns a terminal gives to printable text: East Asian wide characters take two."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(unicodedata.combining(c) != 0 for c in text)
    return len(text) + wide - marks


def sparkline(values: Sequence[float], width: int, *, unicode: bool = True) -> str:
    """The course of the values in at most `width` characters, from their lowest to their highest.

    Each character stands for the mean of equally many values, give or take one.

    >>> sparkline([4, 3, 3, 2, 2, 2], 3), sparkline([4, 3, 2], 3, unicode=False)
    ('█▃▁', "'-_")
    """
    levels = _BLOCKS if unicode else _ASCII_LEVELS
    n = min(width, len(values))
    bounds = [i * len(values) // n for i in range(n + 1)] if n > 0 else [0]
    means = [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(bounds)]
    if not means:
        return ""
    low, span = min(means), max(means) - min(means)
    top = len(levels) - 1
    return "".join(levels[round((mean - low) / span * top) if span else 0] for mean in means)
