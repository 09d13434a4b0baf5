"""A map of words as a picture that does not move: SVG, PNG or PDF.

An SVG is shown in the fonts of its reader. Its labels are laid out in DejaVu Sans, one of the
widest, and anchored at the end near their point, so that they do not meet in a narrower font
either.
"""

from collections.abc import Sequence
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v_cli.maps.canvas import Canvas, canvas_for
from w2v_cli.maps.labels import Label, place_labels
from w2v_cli.maps.palette import INK, MUTED, color, marker, text_color
from w2v_cli.maps.word_map import WordMap

__all__ = ["Drawn", "draw_map"]

Floats = NDArray[np.float64]

# The width of the picture for up to so many words, and the longest leader line: where words
# are few none should go without a label, and where they are many long lines are a tangle.
WIDTHS = {40: (470.0, 64.0), 120: (580.0, 64.0), 400: (760.0, 25.0), 10**9: (1000.0, 18.0)}
FLATTEST, TALLEST = 0.55, 0.75  # height of the map to its width
MARGIN, GAP = 16.0, 6.0
LABEL_ROOM = np.array([46.0, 16.0])  # around all points, for the labels of the outermost
RADIUS = 2.0
TITLE, TEXT, SMALL = 11.0, 8.0, 7.0  # sizes of type
LONGEST_LABEL = 40  # characters


class Drawn(NamedTuple):
    """What was drawn: whether each word got a label, and the characters that no font has."""

    labelled: list[bool]
    missing: str


def draw_map(
    word_map: WordMap, title: str, notes: Sequence[str], file: IO[bytes], format_name: str
) -> Drawn:
    """Draw the map as svg, png or pdf; the same map gives the same bytes.

    All text must be of printable characters. Labels never meet: one that finds no room is left
    out, and a note below the map, after the `notes` given, says how many are.

    Raises:
        W2VError: Matplotlib is not installed.
    """
    labels = [_shortened(word) for word in word_map.words]
    with canvas_for([title, *labels, *word_map.names, *notes]) as canvas:
        picture = _Picture(word_map, labels, canvas)
        size = picture.draw(title, notes)
        canvas.save(size, title, file, format_name)
    return Drawn([place is not None for place in picture.places], canvas.missing)


def _shortened(text: str) -> str:
    """The text, cut where it is longer than a label may be."""
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


class _Picture:
    """The parts of a picture, one below the other: title, legend, map, axis, notes."""

    def __init__(self, word_map: WordMap, labels: Sequence[str], canvas: Canvas) -> None:
        self.map, self.labels, self.canvas = word_map, labels, canvas
        n = len(labels)
        self.width, reach = next(width for most, width in WIDTHS.items() if n <= most)
        self.inner = self.width - 2 * MARGIN
        # The words asked for are bold, if others are with them.
        asked = word_map.asked if word_map.asked < n else 0
        self.weights = ["bold"] * asked + ["normal"] * (n - asked)
        pairs = zip(labels, self.weights, strict=True)
        self.sizes = np.array([canvas.size(label, TEXT, weight) for label, weight in pairs])
        self.plane, self.points = _spread(word_map.points, self.inner)
        self.places = place_labels(self.points, self.sizes, self.plane, RADIUS, reach)

    def draw(self, title: str, notes: Sequence[str]) -> tuple[float, float]:
        """Draw everything from the bottom to the top; returns the width and height it takes."""
        if missing := self.places.count(None):
            notes = [*notes, f"{missing:,} of {len(self.labels):,} labels left out, lacking room"]
        y = self._draw_text(MARGIN, " · ".join(notes), SMALL, MUTED)
        if self.map.shares is not None:
            y = self._draw_axes(y + GAP, self.map.shares)
        self._draw_map(np.array([MARGIN, y + GAP]))
        y = self._draw_legend(y + GAP + self.plane[1] + GAP)
        y = self._draw_text(y + GAP, title, TITLE, INK, "bold")
        return self.width, y + MARGIN

    def _draw_map(self, origin: Floats) -> None:
        """Draw points, leader lines and labels, the lower left corner of the map at `origin`."""
        groups = np.array(self.map.groups)
        for group in range(len(self.map.names)):
            points = self.points[groups == group] + origin
            self.canvas.dots(points, RADIUS, color(group), marker(group))
        for i, place in enumerate(self.places):
            if place is not None:
                self._draw_label(i, place, origin)

    def _draw_label(self, i: int, place: Label, origin: Floats) -> None:
        """Draw the label of word i, anchored at the end near its point, and a line to it."""
        x, width = self.points[i, 0], self.sizes[i, 0]
        left, y = place.corner
        align, held = "center", left + width / 2
        if left >= x:
            align, held = "left", left
        elif left + width <= x:
            align, held = "right", left + width
        tint = text_color(self.map.groups[i]) if len(self.map.names) > 1 else INK
        style = {"fontweight": self.weights[i], "ha": align}
        self.canvas.text(origin + np.array([held, y]), self.labels[i], TEXT, tint, **style)
        if place.leader is not None:
            self.canvas.line(origin + self.points[i], origin + place.leader)

    def _draw_axes(self, bottom: float, shares: tuple[float, float]) -> float:
        """Draw two axes below and left of the map, and name them; returns where the map begins."""
        first, second = (
            f"{rank} component, {share:.0%} of the variance"
            for rank, share in zip(("first", "second"), shares, strict=True)
        )
        self.canvas.text((MARGIN, bottom), first, SMALL, MUTED)
        y = bottom + self.canvas.size(first, SMALL)[1] + GAP / 2
        self.canvas.line((MARGIN, y), (MARGIN + self.plane[0], y))
        self.canvas.line((MARGIN, y), (MARGIN, y + GAP + self.plane[1]))
        self.canvas.text((MARGIN - GAP / 2, y), second, SMALL, MUTED, rotation=90, ha="right")
        return y

    def _draw_legend(self, bottom: float) -> float:
        """Draw the names of the groups in rows, if there are several; returns where it ends."""
        names = [_shortened(name) for name in self.map.names] if len(self.map.names) > 1 else []
        for row in reversed(self._legend_rows(names)):
            height = max(self.canvas.size(names[group], SMALL)[1] for _, group in row)
            for x, group in row:
                dot = np.array([[x + RADIUS, bottom + height / 2]])
                self.canvas.dots(dot, RADIUS, color(group), marker(group))
                self.canvas.text((x + 2 * RADIUS + GAP / 2, bottom), names[group], SMALL, INK)
            bottom += height + GAP / 2
        return bottom

    def _legend_rows(self, names: Sequence[str]) -> list[list[tuple[float, int]]]:
        """Where each name begins, and its group, in as many rows as it takes."""
        rows: list[list[tuple[float, int]]] = []
        x = self.inner
        for group, name in enumerate(names):
            width = self.canvas.size(name, SMALL)[0] + 2 * RADIUS + GAP / 2
            if not rows or x + width > self.inner:
                rows.append([])
                x = 0.0
            rows[-1].append((MARGIN + x, group))
            x += width + 2 * GAP
        return rows

    def _draw_text(
        self, bottom: float, text: str, size: float, tint: str, weight: str = "normal"
    ) -> float:
        """Draw a text in as many lines as it takes; returns where it ends."""
        for line in reversed(self.canvas.wrapped(text, self.inner, size, weight)):
            self.canvas.text((MARGIN, bottom), line, size, tint, fontweight=weight)
            bottom += self.canvas.size(line, size, weight)[1]
        return bottom


def _spread(points: Floats, width: float) -> tuple[tuple[float, float], Floats]:
    """The size of a map of that width, and the points on it: (n, 2), the same scale both ways."""
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    room = width - 2 * LABEL_ROOM[0]
    flat = extent[1] / extent[0] if extent[0] else 0.0
    height = float(np.clip(room * flat + 2 * LABEL_ROOM[1], FLATTEST * width, TALLEST * width))
    plane = np.array([width, height])
    wide = extent > 0
    scale = min((plane - 2 * LABEL_ROOM)[wide] / extent[wide], default=1.0)
    return (width, height), plane / 2 + (points - (low + high) / 2) * scale
