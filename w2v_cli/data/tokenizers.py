"""Tokenizers: UTF-8 text to UTF-8 text in which ASCII white space separates the tokens.

A line is a sentence, before and after. Text may be given in pieces of any size that end at
ASCII white space: the tokens of the pieces are the tokens of the whole.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

__all__ = ["Tokenizer", "find_tokenizer", "spaced_words"]

Tokenizer = Callable[[bytes], bytes]


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

    Everything else separates. A typographic apostrophe becomes a plain one. In scripts
    written without spaces a run of letters is one word.

    >>> spaced_words("Don’t stop:\nos.path, नमस्ते!".encode()).decode()
    "don't stop \n os path नमस्ते"
    """
    string = text.decode().lower().replace("’", "'")
    return " ".join(_word_pattern().findall(string)).encode()


def _unchanged(text: bytes) -> bytes:
    """The text, whose tokens stand between ASCII white space already.

    Unicode spaces such as U+00A0 belong to the token, as in word2vec.c and fastText.
    """
    return text


def _lowercase(text: bytes) -> bytes:
    return text.lower() if text.isascii() else text.decode().lower().encode()


@cache
def _word_pattern() -> re.Pattern[str]:
    r"""The pattern of a word or a sentence end.

    Python's `\w` lacks combining marks, without which Indic scripts and decomposed accents
    fall apart; the joiners U+200C and U+200D hold Persian and Indic words together. They
    are tried only where `\w` stops at something beyond ASCII, so that plain text does not
    pay for them.
    """
    mark = f"(?![\0-\x7f])[{_combining_marks()}\u200c\u200d]"
    return re.compile(rf"\w+(?:{mark}+\w*|'\w+)*|\n")


def _combining_marks() -> str:
    """All combining marks as ranges for a character class; planes 0, 1 and 14 hold them."""
    codes = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    marks = {code for code in codes if unicodedata.category(chr(code)).startswith("M")}
    starts = sorted(code for code in marks if code - 1 not in marks)
    ends = sorted(code for code in marks if code + 1 not in marks)
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
