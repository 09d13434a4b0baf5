"""Which fonts draw a text: those that are there now, and none that only seems to."""

import unicodedata

import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from w2v_cli.maps import fonts
from w2v_cli.maps.fonts import families, missing_characters, packages, writings

HIEROGLYPH = "\U00013000"
CACHED = (fonts._others, fonts._files, fonts._characters)


@pytest.fixture(autouse=True)
def only_what_comes_with_matplotlib(monkeypatch):
    """The fonts of Matplotlib itself, and afterwards those that were there before."""
    own = [e for e in font_manager.fontManager.ttflist if "mpl-data" in e.fname]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(font_manager, "findSystemFonts", list)
    for cached in CACHED:
        cached.cache_clear()
    yield
    for cached in CACHED:
        cached.cache_clear()


def font_with(path, family, *characters):
    """A font file of that name that has these characters, each drawn as an A."""
    font = TTFont(font_manager.findfont("DejaVu Sans"))
    for table in font["cmap"].tables:
        table.cmap = {ord(char): "A" for char in characters if table.format == 12}
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = family
    font.save(path)
    return str(path)


def test_letters_of_the_main_font_need_no_other(monkeypatch):
    monkeypatch.setattr(fonts, "_others", lambda: pytest.fail("looked at other fonts"))
    assert families("king жить ελλάδα") == ["DejaVu Sans"]
    assert missing_characters("king жить ελλάδα") == ""


@pytest.mark.slow
def test_a_font_that_was_installed_since_is_found(tmp_path, monkeypatch):
    assert missing_characters(f"king {HIEROGLYPH}") == HIEROGLYPH
    (tmp_path / "none.ttf").write_text("no font")
    found = [
        font_with(tmp_path / "b.ttf", "B Serif", HIEROGLYPH),
        font_with(tmp_path / "a.ttf", "Noto Sans Egyptian", HIEROGLYPH),
        font_with(tmp_path / "l.ttf", "Last Resort", HIEROGLYPH, "\U00012000"),
        str(tmp_path / "none.ttf"),
    ]
    for cached in CACHED:
        cached.cache_clear()
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: found)
    assert families(f"king {HIEROGLYPH}") == ["DejaVu Sans", "Noto Sans Egyptian"]
    assert missing_characters(f"king {HIEROGLYPH}\U00012000") == "\U00012000"


def test_a_font_that_is_there_no_longer_is_not_counted_on(tmp_path, monkeypatch):
    file = tmp_path / "a.ttf"
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [str(file)])
    font_with(file, "Noto Sans Egyptian", HIEROGLYPH)
    font_manager.fontManager.addfont(str(file))
    file.unlink()
    assert missing_characters(HIEROGLYPH) == HIEROGLYPH


def test_characters_that_do_not_show_are_never_missing():
    assert missing_characters("a\u200d\u200c\ufe0f\U0001f3fd") == ""


@pytest.mark.parametrize(
    ("character", "writing", "package"),
    [
        ("北", "Chinese characters", "fonts-noto-cjk"),
        ("か", "Hiragana", "fonts-noto-cjk"),
        ("서", "Korean", "fonts-noto-cjk"),
        ("न", "Devanagari", "fonts-noto-core"),
        ("ไ", "Thai", "fonts-noto-core"),
        ("አ", "Ethiopic", "fonts-noto-core"),
        ("👍", "signs", "fonts-symbola"),
        (HIEROGLYPH, "Egyptian", "fonts-noto-core"),
    ],
)
def test_a_writing_has_a_name_and_a_package(character, writing, package):
    assert unicodedata.name(character)
    assert (writings(character), packages(character)) == ([writing], [package])
