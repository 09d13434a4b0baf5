"""The fonts of a picture: which have the characters of its words."""

from functools import cache

from w2v_cli.extras import package

__all__ = ["families", "missing_characters"]

BASE = "DejaVu Sans"  # comes with Matplotlib
# Tried in this order for characters that it has not.
OTHERS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Noto Sans Devanagari",
    "Noto Sans Thai",
    "Noto Emoji",
    "Arial Unicode MS",
)


def families(text: str) -> list[str]:
    """The names of the fonts that it takes to draw a text, the first being the main one."""
    if not _uncovered(text, BASE):
        return [BASE]
    installed = set(package("matplotlib.font_manager").fontManager.get_font_names())
    return [BASE, *(name for name in OTHERS if name in installed)]


def missing_characters(text: str) -> str:
    """The characters of a text that none of its fonts has, each once, in order."""
    left = text
    for name in families(text):
        left = _uncovered(left, name)
    return left


def _uncovered(text: str, family: str) -> str:
    """The characters of a text that a font has not, each once."""
    covered = _characters(family)
    return "".join(dict.fromkeys(c for c in text if ord(c) not in covered))


@cache
def _characters(family: str) -> frozenset[int]:
    """The code points that an installed font has."""
    file = package("matplotlib.font_manager").findfont(family)
    return frozenset(package("matplotlib.font_manager").get_font(file).get_charmap())
