"""Charts of Bokeh as parts of a page, in the colours of its style sheet.

A colour is named here and has its value, one for light and one for dark, in `page.css`: the
models keep pairs (property, colour name) as tags, by which `page.js` paints them.
"""

import json
from typing import Any

from w2v_cli.extras import package

__all__ = ["COLOURS", "FONT", "SMALL", "chart", "chart_html", "json_html", "painted"]

FONT = "system-ui, sans-serif"
SMALL = "12px"
# For things that colour alone tells apart.
COLOURS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"]


def chart(**options: Any) -> Any:
    """An empty figure that fills its place on the page; the style sheet decides how large it is.

    It has no toolbar, no background and no vertical grid; `options` are those of Bokeh's `figure`.
    """
    figure = package("bokeh.plotting").figure(
        sizing_mode="stretch_both",
        toolbar_location=None,
        **{"tools": "", **options},
    )
    figure.background_fill_color = figure.border_fill_color = None
    figure.outline_line_color = None
    figure.xgrid.grid_line_color = None
    for grid in figure.ygrid:
        painted(grid, grid_line_color="line")
    for axis in figure.axis:
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_size = axis.major_label_text_font_size = SMALL
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_standoff = 8
        axis.minor_tick_line_color = None
        painted(
            axis,
            axis_label_text_color="muted",
            major_label_text_color="muted",
            axis_line_color="line",
            major_tick_line_color="line",
        )
    return figure


def painted(model: Any, **colours: str | list[str]) -> Any:
    """Tag the model with the colour, or colours, of each of these properties; returns it."""
    model.tags = [*model.tags, *([name, colour] for name, colour in colours.items())]
    return model


def chart_html(name: str, figure: Any, label: str) -> str:
    """The element in which the figure is drawn, and its data; `label` says what there is to see.

    `name` is the element's id, once a page. The same figure always has the same text.
    """
    figure.name = name
    item = package("bokeh.embed").json_item(figure, name)
    item["doc"] = _renumbered(item["doc"], {})
    item["root_id"] = item["doc"]["roots"][0]["id"]
    return (
        f'<div class="chart" id="{name}" role="img" aria-label="{label}"></div>\n'
        f"{json_html(item, 'data-chart')}"
    )


def json_html(value: Any, attribute: str) -> str:
    """Data for a script of the page; no text in it can end the element or begin another."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c")  # which JSON reads as the same character
    return f'<script type="application/json" {attribute}>{text}</script>\n'


def _renumbered(value: Any, numbers: dict[str, str]) -> Any:
    """A document of Bokeh with its models numbered from 1, whatever the process drew before."""
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: numbers.setdefault(item, f"m{len(numbers) + 1}")
        if key == "id"
        else _renumbered(item, numbers)
        for key, item in value.items()
    }
