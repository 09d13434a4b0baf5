"""The colours of a map: of groups, for all kinds of colour vision, and of text on white."""

__all__ = ["COLORS", "GROUND", "INK", "LINE", "MUTED", "color", "marker", "text_color"]

# Okabe and Ito's (2008), with a dark red in place of the yellow, which fades on white.
COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#111111",
)
MARKERS = "os^DvP*X"  # another shape each time the colours begin again

GROUND, INK, MUTED, LINE = "#FFFFFF", "#222222", "#666666", "#A6A6A6"
SMALLEST_CONTRAST = 4.5  # of text to its ground, WCAG 2.1 level AA


def color(group: int) -> str:
    """The colour of a group's points."""
    return COLORS[group % len(COLORS)]


def marker(group: int) -> str:
    """The shape of a group's points."""
    return MARKERS[group // len(COLORS) % len(MARKERS)]


def text_color(group: int) -> str:
    """The group's colour, as much darker as it takes to be read as text on white.

    >>> text_color(0), text_color(4)
    ('#0072B2', '#9C6C00')
    """
    red_green_blue = [int(color(group)[i : i + 2], 16) for i in (1, 3, 5)]
    percent = 100
    while _contrast([channel * percent / 100 for channel in red_green_blue]) < SMALLEST_CONTRAST:
        percent -= 1
    return "#" + "".join(f"{round(channel * percent / 100):02X}" for channel in red_green_blue)


def _contrast(red_green_blue: list[float]) -> float:
    """The contrast to white of a colour in sRGB, 0 to 255, as WCAG 2.1 defines it."""
    weights = (0.2126, 0.7152, 0.0722)
    linear = [_linear(channel / 255) for channel in red_green_blue]
    return 1.05 / (sum(w * c for w, c in zip(weights, linear, strict=True)) + 0.05)


def _linear(channel: float) -> float:
    """The light of a channel of sRGB, both 0 to 1."""
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)
