"""Vectors written as text, as `w2v vector` prints them: a name and its numbers, or JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search.queries import Query, no_direction

__all__ = ["read_vector"]

SHOWN_CHARACTERS = 30  # of a line that is not understood
_FRACTION = re.compile(r"[-+]?(\d*\.\d+(e[-+]?\d+)?|\d+e[-+]?\d+)")


def read_vector(line: str, dim: int) -> Query | QueryError:
    """The question for the neighbours of the vector of `dim` numbers that a line holds.

    A line is a name, which may be missing or hold spaces, and the numbers; or a JSON object with
    `word` and `vector`, or a JSON array. Where it is neither, what is wrong with it.
    """
    name, numbers = _from_json(line) or _from_text(line, dim)
    shown = name[:SHOWN_CHARACTERS] or line[:SHOWN_CHARACTERS]
    try:
        vector = np.array([float(number) for number in numbers])
    except (TypeError, ValueError, OverflowError):  # the last for a whole number beyond any float
        return QueryError(f"{shown!r}: not a vector, expected a name and {dim:,} numbers, or JSON")
    return _checked(Query(name or "(no name)", (), vector), shown, dim)


def _from_json(line: str) -> tuple[str, Sequence[Any]] | None:
    """The name and numbers of a line of JSON; None if it is none."""
    if line[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None  # the text of a word such as `[`
    name, numbers = "", found
    if isinstance(found, dict):
        name, numbers = str(found.get("word", "")), found.get("vector")
    return name, numbers if isinstance(numbers, list) else [None]


def _from_text(line: str, dim: int) -> tuple[str, Sequence[Any]]:
    """The name and numbers of a line of text: the last `dim` fields are numbers.

    Fractions before them are numbers too, unless one is the whole name: the vector is longer.
    """
    fields = line.split()
    names = max(0, len(fields) - dim)
    while names > 1 and _FRACTION.fullmatch(fields[names - 1]):
        names -= 1
    return " ".join(fields[:names]), fields[names:]


def _checked(query: Query, shown: str, dim: int) -> Query | QueryError:
    """The query, or what is wrong with its vector."""
    vector: NDArray[np.float64] = query.vector
    if len(vector) != dim:
        return QueryError(f"{shown!r}: expected {dim:,} numbers, found {len(vector):,}")
    if not np.isfinite(vector).all():
        return QueryError(f"{shown!r}: holds a value that is not finite, expected finite numbers")
    if not vector.any():
        return no_direction(shown)
    return query
