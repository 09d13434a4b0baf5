"""A map of words written to a file: a picture, or a page to explore."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.outputs import encoded
from w2v_cli.cli.rendering import printable

if TYPE_CHECKING:
    from w2v_cli.maps.word_map import WordMap
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["announce_tsne", "shown", "write_page", "write_picture"]

SHOWN_CHARACTERS = 10
JOINERS = "\u200c\u200d"
PAGE_NEIGHBOURS = 10


def announce_tsne(words: int) -> None:
    """Say what is going on: t-SNE takes some seconds, of thousands of words a minute."""
    click.echo(f"placing {words:,} words by t-SNE", err=True)


def write_picture(
    output: Path, format_name: str, found: "WordMap", title: str, notes: Sequence[str]
) -> tuple[str, str]:
    """Write the map as a picture; returns how many words have a label, and what is wrong with them.

    Nothing is wrong with the labels of an SVG: it is shown in the fonts of its reader.
    """
    from w2v_cli.files import replacing
    from w2v_cli.maps.fonts import LOOKS, packages, writings
    from w2v_cli.maps.still import draw_map

    with replacing(output) as file:
        drop = LOOKS if format_name != "svg" else ()
        readable = _printable(found, drop)
        drawn = draw_map(readable, shown(title, drop), notes, file, format_name)
    labelled = f", {sum(drawn.labelled):,} with a label"
    if not drawn.missing or format_name == "svg":
        return labelled, ""
    boxed = sum(not set(drawn.missing).isdisjoint(word) for word in readable.words)
    return labelled, (
        f"{output}: written, with boxes in place of characters in {boxed:,} "
        f"word{'s' * (boxed != 1)}: no font found here has {', '.join(writings(drawn.missing))} "
        f"({drawn.missing[:SHOWN_CHARACTERS]}); install fonts that have, such as Noto Sans "
        f"(Debian, Ubuntu: apt-get install {' '.join(packages(drawn.missing))}), or write an .svg "
        "or .html, which is shown in the fonts of its reader"
    )


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
    from w2v_cli.vectors.search.neighbours import nearest_to_each

    neighbours = nearest_to_each(
        vectors,
        np.asarray(vectors.matrix[found.rows]),
        PAGE_NEIGHBOURS,
        [{row} for row in found.rows],
    )
    drawn = interactive_map(found.words, found.points, np.array(found.groups), neighbours)
    names = enumerate(_printable(found).names)
    legend = [(COLOURS[i % len(COLOURS)], name) for i, name in names]
    title = shown(title)
    head = f"<h1>{escape(title)}</h1>\n{paragraph(' · '.join(notes), muted=True)}"
    content = head + (key(legend) if legend[1:] else "") + drawn
    with replacing(output) as file:
        file.write(encoded(page(title, content)))


def _printable(found: "WordMap", drop: Sequence[int] = ()) -> "WordMap":
    """The map with its words and names as `shown` has them."""
    words = [shown(word, drop) for word in found.words]
    return replace(found, words=words, names=[shown(name, drop) for name in found.names])


def shown(text: str, drop: Sequence[int] = ()) -> str:
    """The text with escapes in place of characters that no font shows, and no SVG may hold.

    Joiners stay: letters of Arabic and of India change their form by them. Characters to `drop`
    are left out.
    """
    parts = re.split(f"([{JOINERS}])", text.translate(dict.fromkeys(drop)))
    return "".join(part if part in JOINERS else printable(part) for part in parts)
