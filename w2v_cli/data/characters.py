"""Text without invisible characters, and written the same way where it looks the same.

Invisible are the characters of Unicode's property Default_Ignorable_Code_Point
(DerivedCoreProperties.txt), such as the soft hyphen, U+FEFF, marks of direction and variation
selectors. Two of them, the joiners U+200C and U+200D, shape the letters of some scripts and
stay there, as do Mongolian's own selectors.
"""

import re
import unicodedata

__all__ = ["INVISIBLE", "JOINERS", "UNSPACED", "plain"]

INVISIBLE = (
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Characters that are never part of a word, as ranges for a character class."""

JOINERS = "\u200c\u200d"

# Arabic, Indic and Mongolian scripts, and those related to them.
_JOINING = (
    "\u0600-\u0dff\u0f00-\u109f\u1780-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
# Thai, Lao, Tibetan, Myanmar, Khmer, Tai and Javanese scripts, Han, Kana, Bopomofo and Yi.
UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f\u2e80-\u303f"
    "\u3040-\u312f\u31a0-\ua4cf\ua980-\ua9ff\uaa60-\uaadf\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
"""The scripts that are written without spaces, as ranges for a character class."""

_WORD_BREAK = re.compile(f"\u200b(?<=[{UNSPACED}]\u200b)")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_STRAY_JOINER = re.compile(
    rf"\u200c(?:(?<![{_JOINING}]\u200c)|(?![{JOINERS}]*\w))|\u200d(?<![{_JOINING}]\u200d)"
)


def plain(text: str) -> str:
    r"""The text in Unicode's normal form C, without what does not show.

    A zero-width space parts words in scripts that are written without spaces, where it
    becomes a space; elsewhere it only allows a line to break there.

    >>> plain("Do\xadnau cafe\u0301"), plain("ไทย\u200bไทย foo\u200bbar")
    ('Donau café', 'ไทย ไทย foobar')
    """
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", _WORD_BREAK.sub(" ", text))
    return unicodedata.normalize("NFC", _STRAY_JOINER.sub("", text))
