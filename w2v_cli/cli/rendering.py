"""Answers as text: a table for people, TSV and JSON for programs.

Words come from files that anyone may have written. None of them can break a line, or command
the terminal that shows it.
"""

import itertools
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = [
    "RENDERERS",
    "STREAM_RENDERERS",
    "Answer",
    "columns",
    "json_array",
    "json_lines",
    "json_text",
    "listed",
    "printable",
    "sparkline",
    "table",
    "tsv",
    "worker_count",
]

_BLOCKS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-'"
# Control characters, what some programs take for the end of a line, and what UTF-8 cannot hold.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Answer(NamedTuple):
    """A query and the words that answer it, each with a number: in JSON `found` and `score`.

    `item` is what JSON calls one of them. `composed` are the words of the query
    that were never seen.
    """

    query: str
    words: Sequence[tuple[str, float]]  # best first
    found: str = "neighbours"
    score: str = "cosine"
    composed: Sequence[str] = ()
    item: str = "word"


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
    return json_text([_json_object(answer) for answer in answers], indent=2)


def json_lines(answers: Sequence[Answer]) -> str:
    """A JSON object on a line of its own for each query."""
    return "".join(json_text(_json_object(answer)) for answer in answers)


def json_text(value: Any, indent: int | None = None) -> str:
    """A value as JSON and a newline; with an indent on several lines, else on one."""
    import json

    text = json.dumps(value, ensure_ascii=False, indent=indent)
    escaped = (
        _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line) for line in text.split("\n")
    )  # outside of texts JSON has no such character
    return "\n".join(escaped) + "\n"


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
    return "".join([f"{printable(answer.query)}{_composed(answer)}\n", *lines])


def _composed(answer: Answer) -> str:
    """Which words of the query were never seen, in brackets; nothing if all were."""
    if list(answer.composed) == [answer.query]:
        return "  (never seen: composed of its n-grams)"
    words = ", ".join(map(printable, answer.composed))
    return f"  (never seen: {words}; composed of n-grams)" if words else ""


def _json_object(answer: Answer) -> dict[str, object]:
    """One answer as `{"query": …, "neighbours": [{"word": …, "cosine": …}]}`.

    A query with words that were never seen has them under `composed`.
    """
    pairs = [{answer.item: word, answer.score: _rounded(score)} for word, score in answer.words]
    composed = {"composed": list(answer.composed)} if answer.composed else {}
    return {"query": answer.query, **composed, answer.found: pairs}


def _rounded(score: float, places: int = 6) -> float:
    """The number to six places (float32 vectors support no more) or fewer, and never −0."""
    return round(score, places) + 0.0


def _tsv_field(word: str) -> str:
    """The word, with a backslash escape for what would break the table or command a terminal."""
    return _UNSAFE.sub(lambda found: _escape(found[0]), word.replace("\\", "\\\\"))


def printable(word: str) -> str:
    """The word, with escapes in place of characters that a terminal would obey or not show."""
    return "".join(char if char.isprintable() else _escape(char) for char in word)


def _escape(char: str) -> str:
    """A character as Python writes it: `\\t`, `\\x1b`, `\\u2028`."""
    return char.encode("unicode_escape").decode()


def listed(items: Sequence[str], shown: Callable[[str], str] = str, most: int = 5) -> str:
    """The first of some items with commas between them, and … for the others.

    >>> listed(["a", "b", "c"], repr, most=2)
    "'a', 'b', …"
    """
    return ", ".join(map(shown, items[:most])) + ", …" * (len(items) > most)


def worker_count(workers: int) -> str:
    """So many workers, in words: "1 worker", "2 workers"."""
    return f"{workers} worker{'s' * (workers > 1)}"


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
