"""A map of words written to a file: a picture, or a page to explore."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from w2v_cli.cli.messages import show_warning
from w2v_cli.cli.rendering import printable

if TYPE_CHECKING:
    from w2v_cli.maps.word_map import WordMap
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["write_page", "write_picture"]

SHOWN_CHARACTERS = 10
PAGE_NEIGHBOURS = 10


def write_picture(
    output: Path, format_name: str, found: "WordMap", title: str, notes: Sequence[str]
) -> str:
    """Write the map as a picture; returns how many words have a label."""
    from w2v_cli.files import replacing
    from w2v_cli.maps.still import draw_map

    with replacing(output) as file:
        drawn = draw_map(_printable(found), title, notes, file, format_name)
    if drawn.missing and format_name != "svg":  # whose reader has fonts of his own
        show_warning(
            f"{output}: no font found here has the characters {drawn.missing[:SHOWN_CHARACTERS]}; "
            "an .svg is shown in the fonts of its reader"
        )
    return f", {sum(drawn.labelled):,} with a label"


def write_page(
    output: Path, found: "WordMap", vectors: "WordVectors", title: str, notes: Sequence[str]
) -> None:
    """Write the map as a page to explore, with the neighbours of each of its words."""
    import numpy as np

    from w2v_cli.files import replacing
    from w2v_cli.maps.interactive import interactive_map
    from w2v_cli.pages.charts import COLOURS
    from w2v_cli.pages.elements import key, paragraph
    from w2v_cli.pages.page import page

    neighbours = vectors.nearest_to_each(
        np.asarray(vectors.matrix[found.rows]), PAGE_NEIGHBOURS, [{row} for row in found.rows]
    )
    drawn = interactive_map(found.words, found.points, np.array(found.groups), neighbours)
    names = enumerate(_printable(found).names)
    legend = [(COLOURS[i % len(COLOURS)], name) for i, name in names]
    head = f"<h1>{escape(title)}</h1>\n{paragraph(' · '.join(notes), muted=True)}"
    content = head + (key(legend) if legend[1:] else "") + drawn
    with replacing(output, "w") as file:
        file.write(page(title, content))


def _printable(found: "WordMap") -> "WordMap":
    """The map with escapes in place of characters that no font shows, and no SVG may hold."""
    words, names = (list(map(printable, texts)) for texts in (found.words, found.names))
    return replace(found, words=words, names=names)
