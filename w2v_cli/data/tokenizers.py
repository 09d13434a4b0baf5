"""Tokenizers: UTF-8 text to UTF-8 text in which ASCII white space separates the tokens.

A line is a sentence, before and after. Text may be given in pieces of any size that end at
ASCII white space: the tokens of the pieces are the tokens of the whole.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.characters import INVISIBLE, JOINERS, plain

__all__ = ["Tokenizer", "find_tokenizer", "spaced_words"]

Tokenizer = Callable[[bytes], bytes]

_SEPARATOR, _LETTER, _MARK, _HIDDEN, _APOSTROPHE, _LINE_END = range(6)
"""What a character is to `words`."""

_ASCII, _UNICODE = 0x80, 0x110000


def find_tokenizer(name: str, *, lowercase: bool = False) -> Tokenizer:
    """The tokenizer of that name: `whitespace` or `words` (always lower-case).

    Raises:
        ValueError: there is no tokenizer of that name.
    """
    if name == "words":
        return spaced_words
    if name == "whitespace":
        return _lowercase if lowercase else _unchanged
    raise ValueError(f"unknown tokenizer {name!r}: expected 'whitespace' or 'words'")


def spaced_words(text: bytes) -> bytes:
    r"""The words in lower case: letters, digits, `_`, combining marks and inner apostrophes.

    Everything else separates. A typographic apostrophe becomes a plain one. Characters that do
    not show are left out, and letters with marks are written in one way (`characters.plain`).
    In scripts written without spaces a run of letters is one word.

    >>> spaced_words("Don’t stop:\nos.path, नमस्ते!".encode()).decode().split(" ")
    ["don't", 'stop', '\nos', 'path', '', 'नमस्ते', '']
    """
    if text.isascii():
        letters = np.frombuffer(text.lower(), np.uint8)
        return _separated(letters, _classes(_ASCII)[letters])
    classes_of = _classes(_UNICODE)
    string = text.decode()
    if (classes_of[_codes(string)] == _HIDDEN).any():
        string = plain(string)
    codes = _codes(_lower(string))
    return _separated(codes, classes_of[codes]).decode("utf-32-le").encode()


def _unchanged(text: bytes) -> bytes:
    """The text itself: ASCII white space separates its tokens already.

    Unicode spaces such as U+00A0 belong to the token, as in word2vec.c and fastText.
    """
    return text


def _lowercase(text: bytes) -> bytes:
    return text.lower() if text.isascii() else text.decode().replace("İ", "i").lower().encode()


def _lower(text: str) -> str:
    """The text in lower case and normal form C; `İ` becomes a plain i, without a second dot."""
    lower = unicodedata.normalize("NFC", text).lower().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", lower)  # of J̌ only the lower case is one character


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.dtype("<u4"))


def _separated(codes: NDArray[np.unsignedinteger[Any]], classes: NDArray[np.uint8]) -> bytes:
    """The text, given as numbers of characters, with spaces for all but words and line ends."""
    letters = classes == _LETTER
    in_word = letters | _marks_in_words(letters, classes)
    places = np.flatnonzero(classes == _APOSTROPHE)
    places = places[(places > 0) & (places < len(codes) - 1)]
    inner = places[in_word[places - 1] & letters[places + 1]]
    kept = np.where(in_word | (classes == _LINE_END), codes, codes.dtype.type(ord(" ")))
    kept[inner] = ord("'")
    return kept.tobytes()


def _marks_in_words(letters: NDArray[np.bool_], classes: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which characters are marks or joiners that follow a letter, or follow others that do."""
    marks: NDArray[np.bool_] = (classes == _MARK) | (classes == _HIDDEN)
    if not marks.any():
        return marks
    places = np.arange(len(marks))
    last_other: NDArray[np.intp] = np.maximum.accumulate(np.where(marks, 0, places))
    marks &= letters[last_other]
    return marks


@cache
def _classes(stop: int) -> NDArray[np.uint8]:
    r"""What each character below `stop` is, (stop,).

    Python's `\w` lacks combining marks, without which Indic scripts and decomposed accents
    fall apart.
    """
    classes = np.zeros(stop, np.uint8)
    for plane in (range(min(stop, 0x34000)), range(min(stop, 0xE0000), min(stop, 0xE1000))):
        chars = "".join(map(chr, plane))
        of_plane = classes[plane.start : plane.stop]  # a view; other planes have no letters
        of_plane[[char.isalnum() for char in chars]] = _LETTER
        of_plane[[unicodedata.category(char)[0] == "M" for char in chars]] = _MARK
        for found in re.finditer(f"[{INVISIBLE}{JOINERS}]", chars):
            of_plane[found.start()] = _HIDDEN
    classes[ord("_")] = _LETTER
    classes[ord("'")] = classes[ord("’") : ord("’") + 1] = _APOSTROPHE
    classes[ord("\n")] = _LINE_END
    return classes
