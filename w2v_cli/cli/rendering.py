"""Answers as text: a table for people, TSV and JSON for programs."""

import json
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from w2v_cli.vectors.word_vectors import Neighbour

__all__ = ["Answer", "json_array", "json_lines", "table", "tsv"]

Answer = tuple[str, "Sequence[Neighbour]"]  # a query and its neighbours, nearest first

_TSV_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def table(answers: Sequence[Answer]) -> str:
    """Each query on a line, and below it its neighbours with cosines to four places."""
    return "".join(_table_block(query, neighbours) for query, neighbours in answers)


def tsv(answers: Sequence[Answer]) -> str:
    """A line `query<TAB>neighbour<TAB>cosine` for each neighbour, with six places."""
    return "".join(
        f"{_tsv_field(query)}\t{_tsv_field(word)}\t{_rounded(cosine):.6f}\n"
        for query, neighbours in answers
        for word, cosine in neighbours
    )


def json_array(answers: Sequence[Answer]) -> str:
    """One JSON array with an object for each query."""
    objects = [_json_object(answer) for answer in answers]
    return json.dumps(objects, ensure_ascii=False, indent=2) + "\n"


def json_lines(answers: Sequence[Answer]) -> str:
    """A JSON object on a line of its own for each query."""
    return "".join(json.dumps(_json_object(a), ensure_ascii=False) + "\n" for a in answers)


def _table_block(query: str, neighbours: "Sequence[Neighbour]") -> str:
    """The lines of one query, with the cosines below each other."""
    shown = [(_printable(word), cosine) for word, cosine in neighbours]
    width = max((_columns(word) for word, _ in shown), default=0)
    lines = [
        f"  {word}{' ' * (width - _columns(word))}  {_rounded(cosine, 4):7.4f}\n"
        for word, cosine in shown
    ]
    return "".join([f"{_printable(query)}\n", *lines])


def _json_object(answer: Answer) -> dict[str, object]:
    """One answer as `{"query": …, "neighbours": [{"word": …, "cosine": …}]}`."""
    query, neighbours = answer
    pairs = [{"word": word, "cosine": _rounded(cosine)} for word, cosine in neighbours]
    return {"query": query, "neighbours": pairs}


def _rounded(cosine: float, places: int = 6) -> float:
    """The cosine to six places (float32 vectors support no more) or fewer, and never −0."""
    return round(cosine, places) + 0.0


def _tsv_field(word: str) -> str:
    """The word, with a backslash escape for what would break the table."""
    return word.translate(_TSV_ESCAPES)


def _printable(word: str) -> str:
    """The word, with escapes in place of characters that a terminal would obey or not show."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in word)


def _columns(text: str) -> int:
    """How many columns a terminal gives to printable text: East Asian wide characters take two."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    marks = sum(unicodedata.combining(c) != 0 for c in text)
    return len(text) + wide - marks
