"""The fonts of a picture: which have the characters of its words, and how to get those missing.

Matplotlib remembers the fonts that were there when it was first used. Where a character is
missing we look again, so that a font is found as soon as it is installed.
"""

import re
import unicodedata
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from w2v_cli.extras import package

__all__ = ["LOOKS", "families", "missing_characters", "packages", "writings"]

BASE = "DejaVu Sans"  # comes with Matplotlib
# Tried in this order for characters that it lacks, then all others by name.
PREFERRED = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans",
    "Apple SD Gothic Neo",
    "Noto Emoji",
    "Symbola",
    "Arial Unicode MS",
)
# Not used: fonts with a box for every character, or pictures that Matplotlib cannot draw; TeX's.
_UNFIT = re.compile(r"last ?resort.*|adobe blank.*|.*color emoji.*|cm[a-z]+10|stix.*", re.I)
_ODD = re.compile(r"serif|mono|condensed|light|thin|bold|black|looped|display|kufi", re.I)
# Characters that choose the look of the one before: as text or picture, with which skin.
LOOKS = (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400))
# Packages of Debian and Ubuntu by how Unicode's names of characters begin; letters of other
# scripts are in the first, other signs in the last.
LETTERS, SIGNS = "fonts-noto-core", "fonts-symbola"
PACKAGES = dict.fromkeys(
    ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "KANGXI"),
    "fonts-noto-cjk",
)


def families(text: str) -> list[str]:
    """The names of the fonts that it takes to draw a text, the first being the main one."""
    names, left = [BASE], _uncovered(text, BASE)
    if not left:
        return names
    for name in _others():
        still = _uncovered(left, name)
        if still != left:
            names.append(name)
            left = still
        if not left:
            break
    return names


def missing_characters(text: str) -> str:
    """The characters of a text that none of its fonts has, each once, in order."""
    left = text
    for name in families(text):
        left = _uncovered(left, name)
    return left


def packages(characters: str) -> list[str]:
    """The packages of Debian and Ubuntu that have fonts for some characters.

    >>> packages("ไ北ท")
    ['fonts-noto-core', 'fonts-noto-cjk']
    """
    return list(dict.fromkeys(map(_package, characters)))


def writings(characters: str) -> list[str]:
    """Which writings some characters belong to, as a person would call them.

    >>> writings("ไ北ท☃")
    ['Thai', 'Chinese characters', 'signs']
    """
    return list(dict.fromkeys(map(_writing, characters)))


def _writing(char: str) -> str:
    """The writing that a character belongs to."""
    if not unicodedata.category(char).startswith(("L", "M", "N")):
        return "signs"
    first = unicodedata.name(char, "rare").split()[0].split("-")[0]
    return {"CJK": "Chinese characters", "HANGUL": "Korean"}.get(first, first.title())


def _package(char: str) -> str:
    """The package of a font that has a character."""
    if _writing(char) == "signs":
        return SIGNS
    first = unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
    return PACKAGES.get(first, LETTERS)


def _uncovered(text: str, family: str) -> str:
    """The characters of a text that a font lacks, each once, without those that do not show."""
    covered = _characters(family)
    return "".join(dict.fromkeys(c for c in text if ord(c) not in covered and _shows(c)))


def _shows(char: str) -> bool:
    """Whether a character is drawn: not a joiner, a mark of direction, a choice of its look."""
    return unicodedata.category(char) != "Cf" and ord(char) not in LOOKS


@cache
def _others() -> tuple[str, ...]:
    """The names of all fonts but the main one that can be drawn with, the best first."""
    names = set(_files()) - {BASE}
    preferred = [name for name in PREFERRED if name in names]
    return (*preferred, *sorted(names.difference(preferred), key=_fitness))


def _fitness(name: str) -> tuple[bool, bool, str]:
    """What fonts are sorted by: those that look like the main one come first."""
    return bool(_ODD.search(name)), not name.startswith("Noto Sans"), name


@cache
def _files() -> dict[str, str]:
    """The file of each font that can be drawn with, in its most ordinary form, by its name."""
    manager = package("matplotlib.font_manager").fontManager
    known = {entry.fname for entry in manager.ttflist}
    for file in sorted(set(package("matplotlib.font_manager").findSystemFonts()) - known):
        with suppress(OSError, RuntimeError, UnicodeError, ValueError):  # what is no font after all
            manager.addfont(file)
    entries = [entry for entry in manager.ttflist if not _UNFIT.fullmatch(entry.name)]
    entries.sort(key=_plainness, reverse=True)
    return {entry.name: entry.fname for entry in entries if Path(entry.fname).exists()}


def _plainness(entry: Any) -> tuple[bool, int, str]:
    """How far the form of a font is from upright and of ordinary weight."""
    weight = entry.weight if isinstance(entry.weight, int) else 400
    return entry.style != "normal", abs(weight - 400), str(entry.fname)


@cache
def _characters(family: str) -> frozenset[int]:
    """The code points that an installed font has; none if it cannot be read."""
    fonts = package("matplotlib.font_manager")
    try:
        return frozenset(fonts.get_font(_file(family)).get_charmap())
    except (OSError, RuntimeError, ValueError):
        return frozenset()


def _file(family: str) -> str:
    """The file of a font; for the main one the others need not be looked at."""
    if family == BASE:
        return str(package("matplotlib.font_manager").findfont(BASE))
    return _files()[family]
