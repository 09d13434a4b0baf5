"""Tokenizers: UTF-8 text to tokens, as bytes, with a mark where a sentence ends.

A tokenizer is a function from bytes to a list of bytes. A line is a sentence; its end
comes out as the token `SENTENCE_END`, which no text can hold because NUL is refused when
reading. Text may be given in pieces of any size that end at ASCII white space: the tokens
of the pieces are the tokens of the whole.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache

__all__ = ["SENTENCE_END", "Tokenizer", "find_tokenizer", "split_white_space", "split_words"]

Tokenizer = Callable[[bytes], list[bytes]]

SENTENCE_END = b"\0"


def find_tokenizer(name: str, *, lowercase: bool = False) -> Tokenizer:
    """The tokenizer of that name: `whitespace` or `words` (always lower-case).

    Raises:
        ValueError: there is no tokenizer of that name.
    """
    if name == "words":
        return split_words
    if name == "whitespace":
        return _split_white_space_lowercase if lowercase else split_white_space
    raise ValueError(f"unknown tokenizer {name!r}: expected 'whitespace' or 'words'")


def split_white_space(text: bytes) -> list[bytes]:
    r"""The tokens between ASCII white space (space, tab, line feed, CR, VT, FF).

    Unicode spaces such as U+00A0 belong to the token, as in word2vec.c and fastText.

    >>> split_white_space(b"to be\tor\r\n\n")
    [b'to', b'be', b'or', b'\x00', b'\x00']
    """
    # One pass in C: the mark becomes a token of its own.
    return text.replace(b"\n", b" \0 ").split()


def _split_white_space_lowercase(text: bytes) -> list[bytes]:
    return split_white_space(text.lower() if text.isascii() else text.decode().lower().encode())


def split_words(text: bytes) -> list[bytes]:
    r"""The words in lower case: letters, digits, `_`, combining marks and inner apostrophes.

    Everything else separates. A typographic apostrophe becomes a plain one. In scripts
    written without spaces a run of letters is one word.

    >>> [word.decode() for word in split_words("Don’t stop: os.path, नमस्ते!".encode())]
    ["don't", 'stop', 'os', 'path', 'नमस्ते']
    """
    string = text.decode().lower().replace("’", "'").replace("\n", "\0")
    return " ".join(_word_pattern().findall(string)).encode().split()


@cache
def _word_pattern() -> re.Pattern[str]:
    r"""The pattern of a word or a sentence end.

    Python's `\w` lacks combining marks, without which Indic scripts and decomposed accents
    fall apart; the joiners U+200C and U+200D hold Persian and Indic words together. They
    are tried only where `\w` stops at something beyond ASCII, so that plain text does not
    pay for them.
    """
    mark = f"(?![\0-\x7f])[{_combining_marks()}\u200c\u200d]"
    return re.compile(rf"\w+(?:{mark}+\w*|'\w+)*|\0")


def _combining_marks() -> str:
    """All combining marks as ranges for a character class; planes 0, 1 and 14 hold them."""
    codes = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))
    marks = {code for code in codes if unicodedata.category(chr(code)).startswith("M")}
    starts = sorted(code for code in marks if code - 1 not in marks)
    ends = sorted(code for code in marks if code + 1 not in marks)
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))
