"""A canvas to draw on with Matplotlib, measured in points (1/72 inch) from its lower left corner.

Text in an SVG or a PDF stays text, which can be searched and copied. The same drawing gives
the same bytes.
"""

import logging
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from w2v_cli.extras import package
from w2v_cli.maps.fonts import families, missing_characters
from w2v_cli.maps.palette import GROUND, LINE

__all__ = ["FORMATS", "Canvas", "canvas_for"]

Place = Sequence[float] | NDArray[np.float64]

FORMATS = ("svg", "png", "pdf")

PNG_DPI = 200
STYLE: dict[str, Any] = {
    "text.parse_math": False,  # a word may hold dollar signs
    "svg.fonttype": "none",
    "svg.hashsalt": "w2v",  # else the names of its parts would differ each time
    "pdf.fonttype": 42,  # fonts that stay text
}
SUBSTITUTES = ("Arial", "Helvetica")  # where the reader of an SVG has no DejaVu Sans
# Without dates the same map is the same file.
METADATA: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
}


@contextmanager
def canvas_for(texts: Sequence[str]) -> Iterator["Canvas"]:
    """A canvas with fonts for these texts, to be drawn on and saved within the block.

    Raises:
        W2VError: Matplotlib is not installed.
    """
    text = "".join(texts)
    main, *others = families(text)
    fonts = {"font.sans-serif": [main, *SUBSTITUTES], "font.family": ["sans-serif", *others]}
    with package("matplotlib.style").context(["default", STYLE, fonts]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")  # told by `missing`
        with _quiet(logging.getLogger("matplotlib.font_manager")):
            yield Canvas(missing_characters(text))


@contextmanager
def _quiet(logger: logging.Logger) -> Iterator[None]:
    """Without warnings of a logger, such as that a font has no bold form."""
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class Canvas:
    """What has been drawn; `missing` are the characters that no font has."""

    def __init__(self, missing: str) -> None:
        self.missing = missing
        # In the fonts of an SVG's reader such a character may be as wide as high.
        self._measured = str.maketrans(dict.fromkeys(missing, "W"))
        self._figure = package("matplotlib.figure").Figure(dpi=PNG_DPI)
        backend = package("matplotlib.backends.backend_agg").FigureCanvasAgg(self._figure)
        self._renderer = backend.get_renderer()
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()

    def size(self, text: str, size: float, weight: str = "normal") -> tuple[float, float]:
        """Width and height of a line of text."""
        text = text.translate(self._measured)
        drawn = self._axes.text(0, 0, text, fontsize=size, fontweight=weight)
        box = drawn.get_window_extent(self._renderer)
        drawn.remove()
        return box.width * 72 / PNG_DPI, box.height * 72 / PNG_DPI

    def wrapped(self, text: str, width: float, size: float, weight: str = "normal") -> list[str]:
        """The text in lines that are not wider than `width`, if need be cut within words."""
        characters = len(text)
        while True:
            lines = textwrap.wrap(text, max(characters, 1))
            widest = max((self.size(line, size, weight)[0] for line in lines), default=0.0)
            if widest <= width or characters <= 1:
                return lines
            characters = min(characters - 1, int(characters * width / widest))

    def text(self, place: Place, text: str, size: float, color: str, **style: Any) -> None:
        """Draw a line of text with its lower left corner at `place`, unless `style` differs."""
        self._axes.text(*place, text, fontsize=size, color=color, **{"va": "bottom", **style})

    def line(self, start: Place, end: Place) -> None:
        """Draw a thin line."""
        self._axes.plot(*zip(start, end, strict=True), color=LINE, linewidth=0.5, zorder=1)

    def dots(self, points: NDArray[np.float64], radius: float, color: str, marker: str) -> None:
        """Draw the points (n, 2), each with a thin edge to tell it from those below it."""
        area = (2 * radius) ** 2
        style = {"linewidths": 0.4, "edgecolors": GROUND, "zorder": 2}
        self._axes.scatter(*points.T, s=area, c=color, marker=marker, **style)

    def save(
        self, size: tuple[float, float], title: str, file: IO[bytes], format_name: str
    ) -> None:
        """Write the canvas, `size` being its width and height, in one of FORMATS."""
        self._figure.set_size_inches(size[0] / 72, size[1] / 72)
        self._axes.set(xlim=(0, size[0]), ylim=(0, size[1]))
        metadata = {"Title": title, **METADATA[format_name]}
        self._figure.savefig(file, format=format_name, dpi=PNG_DPI, metadata=metadata)
