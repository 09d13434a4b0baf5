"""Elements of a page. Their text is escaped, so that it shows as it is."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

__all__ = [
    "Fact",
    "RowGroup",
    "fact_list",
    "figures",
    "grid",
    "key",
    "paragraph",
    "section",
    "table",
]


class Fact(NamedTuple):
    """A named value, which may stand out."""

    name: str
    value: str
    strong: bool = False


class RowGroup(NamedTuple):
    """Rows of a table, with a heading and a remark on it."""

    title: str
    note: str
    rows: Sequence[Sequence[str]]


def section(title: str, *parts: str) -> str:
    """A titled part of the page; `parts` are HTML."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{''.join(parts)}</section>\n"


def grid(*parts: str, kind: str) -> str:
    """Parts beside each other; the style sheet says how, for each `kind`."""
    return f'<div class="{kind}">\n{"".join(parts)}</div>\n'


def paragraph(text: str, *, muted: bool = False) -> str:
    """A paragraph of text."""
    style = ' class="muted"' if muted else ""
    return f"<p{style}>{escape(text)}</p>\n"


def fact_list(title: str, facts: Sequence[Fact]) -> str:
    """Facts below a heading."""
    items = "".join(
        f'<div class="{"strong" if fact.strong else "plain"}"><dt>{escape(fact.name)}</dt>'
        f"<dd>{escape(fact.value)}</dd></div>\n"
        for fact in facts
    )
    return f'<div class="facts"><h3>{escape(title)}</h3>\n<dl>{items}</dl></div>\n'


def figures(facts: Sequence[tuple[str, str, str]]) -> str:
    """Numbers that stand out: what each is, its value, and a note on it."""
    items = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(value)}</dd><dd>{escape(note)}</dd></div>\n"
        for what, value, note in facts
    )
    return f'<dl class="figures">\n{items}</dl>\n'


def table(head: Sequence[str], groups: Sequence[RowGroup]) -> str:
    """Rows below each other in groups; all but the first column are numbers."""
    bodies = "".join(
        f'<tbody><tr><th colspan="{len(head)}" scope="rowgroup">{escape(group.title)} '
        f"<span>{escape(group.note)}</span></th></tr>\n"
        f"{''.join(_row('td', row) for row in group.rows)}</tbody>\n"
        for group in groups
    )
    return f"<table>\n<thead>{_row('th', head)}</thead>\n{bodies}</table>\n"


def key(entries: Sequence[tuple[str, str]]) -> str:
    """What the colours of a chart stand for: (colour of the style sheet, meaning) each."""
    items = "".join(
        f'<li style="--colour: var(--{colour})">{escape(meaning)}</li>'
        for colour, meaning in entries
    )
    return f'<ul class="key">{items}</ul>\n'


def _row(cell: str, texts: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}</{cell}>' for text in texts)}</tr>\n"
