"""Charts of quantities that belong to a place on the x axis: lines, dots, levels."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.extras import package
from w2v_cli.pages.charts import chart, chart_html, painted
from w2v_cli.pages.elements import key

__all__ = ["Axes", "Curve", "curves_html"]

FEW_POINTS = 12  # each gets a dot: one point alone makes no line

Floats = NDArray[np.float64]


class Curve(NamedTuple):
    """Points (n,) of one colour; NaN where there is none. `dots` has no line between them."""

    meaning: str
    colour: str
    x: Floats
    y: Floats
    dots: bool = False
    dashed: bool = False


class Axes(NamedTuple):
    """What the axes say, and how they count.

    `from_zero` begins the y axis at zero. `whole` puts marks at whole numbers of x only; without
    it the x axis begins at zero, unless the axes are logarithmic.
    """

    x: str
    y: str
    logarithmic: bool = False
    from_zero: bool = False
    whole: bool = False


def curves_html(name: str, label: str, axes: Axes, curves: Sequence[Curve]) -> str:
    """A chart of curves with its key, as a part of a page; `label` is for those who cannot see it.

    Raises:
        W2VError: Bokeh is not installed.
    """
    kind = "log" if axes.logarithmic else "linear"
    figure = chart(x_axis_label=axes.x, y_axis_label=axes.y, x_axis_type=kind, y_axis_type=kind)
    if axes.from_zero:
        figure.y_range.start = 0
    if axes.whole:
        figure.xaxis.ticker = package("bokeh.models").BasicTicker(min_interval=1)
    elif not axes.logarithmic:
        figure.x_range.start = 0
    for axis in figure.axis:
        numbers = "0a" if axes.logarithmic else "0,0.[0000]"
        axis.formatter = package("bokeh.models").NumeralTickFormatter(format=numbers)
    for curve in curves:
        _draw(figure, axes, curve)
    entries = [(curve.colour, curve.meaning) for curve in curves]
    return (key(entries) if len(entries) > 1 else "") + chart_html(name, figure, label)


def _draw(figure: Any, axes: Axes, curve: Curve) -> None:
    """Draw one curve; a point says its values when pointed at."""
    models = package("bokeh.models")
    source = models.ColumnDataSource({"x": curve.x, "y": curve.y})
    drawn = []
    if not curve.dots:
        dash = "dashed" if curve.dashed else "solid"
        line = figure.line("x", "y", source=source, line_width=1.75, line_dash=dash)
        painted(line.glyph, line_color=curve.colour)
        drawn.append(line)
    if curve.dots or (len(curve.x) <= FEW_POINTS and not curve.dashed):
        dots = figure.scatter("x", "y", source=source, size=7 if curve.dots else 5, line_color=None)
        painted(dots.glyph, fill_color=curve.colour)
        drawn.append(dots)
    if not curve.dashed:
        # No name of a file here: Bokeh takes this for HTML.
        tooltips = f"@y{{0,0.[0000]}} {axes.y}<br>@x{{0,0.[00]}} {axes.x}"
        hover = models.HoverTool(renderers=drawn[-1:], tooltips=tooltips, attachment="above")
        figure.add_tools(hover)
