"""Sentences from a program, each a list of tokens, as text with a sentence a line."""

from collections.abc import Iterable, Iterator, Sequence

from w2v_cli.data.reading import unreadable
from w2v_cli.errors import CorpusError, shortened

__all__ = ["GIVEN", "text_of"]

GIVEN = "the corpus that the program gives"

_PIECE = 1 << 20  # bytes
_MARK = "\ufeff".encode()


def text_of(sentences: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Yield UTF-8 text in pieces of about a megabyte; reading it gives these very tokens.

    Raises:
        CorpusError: a sentence is not a list of tokens, or a token cannot be one in a file.
    """
    if isinstance(sentences, bytes) or not hasattr(sentences, "__iter__"):
        raise CorpusError(
            f"the corpus is {_shown(sentences)}, expected a path, or sentences, each a list of "
            "tokens"
        )
    lines: list[bytes] = []
    size = 0
    try:
        for number, tokens in enumerate(sentences, start=1):
            line = _line(_as_list(tokens, number), number)
            lines.append(line)
            size += len(line)
            if size >= _PIECE:
                yield b"".join(lines)
                lines, size = [], 0
    except OSError as error:  # of whatever the sentences come from
        raise unreadable(GIVEN, error) from error
    yield b"".join(lines)


def _line(tokens: list[str], number: int) -> bytes:
    """A sentence as a line of text.

    A token that is empty or has white space in it would be read as another: then the words of
    the line, joined again, are not the same line.
    """
    try:
        line = " ".join(tokens).encode()
    except (TypeError, UnicodeEncodeError):
        raise _wrong(tokens, number) from None
    words = line.split()
    if len(words) != len(tokens) or b" ".join(words) != line or b"\0" in line:
        raise _wrong(tokens, number)
    if line.startswith(_MARK):
        line = b"\n" + line  # a mark at the start of a text is none of its tokens
    return line + b"\n"


def _as_list(tokens: object, number: int) -> list[str]:
    """The tokens of a sentence.

    Raises:
        CorpusError: it is text, or nothing that has tokens.
    """
    if isinstance(tokens, list):
        return tokens
    if isinstance(tokens, str | bytes) or not isinstance(tokens, Iterable):
        raise CorpusError(
            f"sentence {number:,} of the corpus is {_shown(tokens)}, expected a list of tokens: "
            "give the text of a file as its path, or lines as line.split()"
        )
    return list(tokens)


def _wrong(tokens: Sequence[object], number: int) -> CorpusError:
    """The error that names the first token that cannot be one in a file."""
    token = next(token for token in tokens if not _is_token(token))
    return CorpusError(
        f"sentence {number:,} of the corpus has the token {_shown(token)}, expected text that is "
        "not empty and has neither white space nor NUL in it, such as 'new_york'"
    )


def _is_token(token: object) -> bool:
    if not isinstance(token, str):
        return False
    try:
        return token.encode().split() == [token.encode()] and "\0" not in token
    except UnicodeEncodeError:
        return False


def _shown(value: object) -> str:
    """The beginning of a value, as Python writes it."""
    return shortened(ascii(value))
