"""A map of words to explore in a browser: move, zoom, search, and see a word's neighbours."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v_cli.extras import package
from w2v_cli.pages.charts import COLOURS, FONT, SMALL, chart, chart_html, json_html, painted

__all__ = ["interactive_map"]

CONTROLS = """\
<div class="controls">
<form role="search"><input type="search" list="known-words" placeholder="Find a word" \
aria-label="Find a word" autocomplete="off" spellcheck="false" autocapitalize="off">\
<datalist id="known-words"></datalist><button type="submit">Find</button></form>
{samples}<div class="zoom"><button type="button" data-zoom="out" aria-label="Zoom out">−</button>\
<button type="button" data-zoom="in" aria-label="Zoom in">+</button>\
<button type="button" data-zoom="all">Show all</button></div>
</div>
<p class="muted" role="status">Drag to move. Zoom with + and −, by pinching, or with Ctrl and \
the wheel: then more words have room for their names.</p>
"""
TABLE = """\
<div>
<p class="hint muted">Click a word for its neighbours.</p>
<table hidden><caption>Nearest to <b></b></caption>\
<thead><tr><th scope="col">word</th><th scope="col">cosine</th></tr></thead>\
<tbody></tbody></table>
</div>
"""


def interactive_map(
    words: Sequence[str],
    points: NDArray[np.floating],
    groups: NDArray[np.integer] | None = None,
    neighbours: Sequence[Sequence[tuple[str, float]]] | None = None,
    samples: Sequence[str] = (),
) -> str:
    """A map of words at `points` (n, 2) as a part of a page, in HTML; one a page.

    The words are in the order in which they are to get labels, most important first.
    `groups` (n,) are numbers from 0 that decide the colours. `neighbours` are those of each
    word, best first, with their cosines. The first of the `samples`, words of the map that
    are offered to be clicked on, is shown with its neighbours at the beginning.

    Raises:
        W2VError: Bokeh is not installed.
    """
    label = f"A map of {len(words):,} words; the neighbours of each can be searched for above."
    drawn = chart_html("map", _figure(words, points, groups), label)
    table = "" if neighbours is None else TABLE + json_html(neighbours, "data-neighbours")
    return (
        f'<div class="map">\n{CONTROLS.format(samples=_buttons(samples))}'
        f'<div class="plane">\n<div>{drawn}</div>\n{table}</div>\n</div>\n'
    )


def _buttons(words: Sequence[str]) -> str:
    """A button for each word, by which `map.js` chooses it."""
    buttons = "".join(
        f'<button type="button" data-word="{escape(word)}">{escape(word)}</button>'
        for word in words
    )
    return f'<div class="samples">{buttons}</div>\n' if words else ""


def _figure(
    words: Sequence[str], points: NDArray[np.floating], groups: NDArray[np.integer] | None
) -> Any:
    """The points of all words, and above them the labels and marks that `map.js` fills in."""
    models = package("bokeh.models")
    figure = chart(
        x_range=models.Range1d(0, 1),
        y_range=models.Range1d(0, 1),
        min_border=0,
        x_axis_location=None,
        y_axis_location=None,
    )
    figure.grid.visible = False
    _leaders(figure)
    dots = _dots(figure, words, points, groups)
    figure.add_tools(
        models.PanTool(),
        models.WheelZoomTool(modifiers={"ctrl": True}),  # else a page cannot be scrolled past it
        models.TapTool(renderers=[dots]),
        models.HoverTool(renderers=[dots], tooltips="@word"),
    )
    _marks(figure, "labels", "ink", 0, "normal")
    _marks(figure, "near", "second", 7, "normal")
    _marks(figure, "chosen", "first", 10, "bold")
    return figure


def _dots(
    figure: Any,
    words: Sequence[str],
    points: NDArray[np.floating],
    groups: NDArray[np.integer] | None,
) -> Any:
    """A dot for each word, in the colour of its group."""
    models = package("bokeh.models")
    data = {"x": points[:, 0], "y": points[:, 1], "word": list(words)}
    colour: Any = "gray"
    if groups is not None:
        data["group"] = [str(group % len(COLOURS)) for group in groups.tolist()]
        factors = [str(group) for group in range(len(COLOURS))]
        mapper = models.CategoricalColorMapper(factors=factors, palette=["gray"] * len(factors))
        colour = {"field": "group", "transform": painted(mapper, palette=COLOURS)}
    source = models.ColumnDataSource(data, name="words")
    style = {"size": 5, "line_color": None, "fill_color": colour}
    dots = figure.scatter("x", "y", source=source, nonselection_fill_alpha=0.45, **style)
    if groups is None:
        painted(dots.glyph, fill_color="faint")
        painted(dots.nonselection_glyph, fill_color="faint")
    return dots


def _leaders(figure: Any) -> None:
    """Lines from points to labels that are farther off, which `map.js` draws; none at first."""
    columns: dict[str, list[Any]] = {"x0": [], "y0": [], "x1": [], "y1": []}
    source = package("bokeh.models").ColumnDataSource(columns, name="leaders")
    lines = figure.segment("x0", "y0", "x1", "y1", source=source, line_width=1)
    painted(lines.glyph, line_color="faint")


def _marks(figure: Any, name: str, colour: str, size: int, style: str) -> None:
    """Labelled dots for which `map.js` chooses the words; none at first."""
    columns: dict[str, list[Any]] = {"x": [], "y": [], "word": [], "across": [], "down": []}
    source = package("bokeh.models").ColumnDataSource(columns, name=name)
    if size:
        dots = figure.scatter("x", "y", source=source, size=size, line_color=None)
        painted(dots.glyph, fill_color=colour)
    labels = figure.text(
        "x", "y", "word", source=source, x_offset={"field": "across"}, y_offset={"field": "down"},
        text_align="left", text_baseline="middle", text_font={"value": FONT},
        text_font_size=SMALL, text_font_style=style,
    )  # fmt: skip
    painted(labels.glyph, text_color=colour)
