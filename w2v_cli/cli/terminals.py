"""What a stream can show: whether it is a terminal, how wide, which characters, how many fields."""

import os
from collections.abc import Sequence
from typing import NamedTuple, TextIO

from w2v_cli.systems.shell import can_move_cursor

__all__ = ["Field", "can_redraw", "encodes", "fitting", "folded", "terminal_width"]

_GAP = "  "  # between fields


class Field(NamedTuple):
    """A piece of text that may be left out."""

    text: str
    rank: int  # the highest is left out first


def can_redraw(stream: TextIO) -> bool:
    """Whether a line can be drawn over: on a terminal that is not dumb, and not in a CI's log."""
    return can_move_cursor() and not os.environ.get("CI") and stream.isatty()


def encodes(stream: TextIO, text: str) -> bool:
    """Whether the stream has a code for each character of the text."""
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def terminal_width(stream: TextIO) -> int:
    """Columns of the terminal behind the stream at this moment; 80 where nobody knows."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):  # not a terminal, or not a file
        return 80


def fitting(fields: Sequence[Field], columns: int) -> str:
    """The fields, each after a gap, without those for which there is no room.

    >>> fitting([Field("loss 2.31", 1), Field("lr 0.01", 3), Field("5s left", 2)], 22)
    '  loss 2.31  5s left'
    """
    kept = list(fields)
    while sum(len(_GAP) + len(field.text) for field in kept) > max(columns, 0):
        kept.remove(max(kept, key=lambda field: field.rank))
    return "".join(_GAP + field.text for field in kept)


def folded(texts: Sequence[str], columns: int | None) -> str:
    """The texts with gaps between them, on a new line where one of so many columns is full.

    >>> print(folded(["epoch 1/5", "loss 2.31", "held-out loss 2.5"], 30))
    epoch 1/5  loss 2.31
      held-out loss 2.5
    """
    lines = [texts[0]]
    for text in texts[1:]:
        if columns is None or len(lines[-1]) + len(_GAP) + len(text) <= columns:
            lines[-1] += _GAP + text
        else:
            lines.append(_GAP + text)
    return "\n".join(lines)
