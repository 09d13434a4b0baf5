"""A list of words, one a line."""

from pathlib import Path

from w2v_cli.errors import VectorsError, reason_of
from w2v_cli.standard_input import standard_input

__all__ = ["read_words"]


def read_words(path: Path) -> list[str]:
    """The words of a file, or of standard input where `path` is `-`: its lines that are not blank.

    White space around a word is removed; white space within it stays.

    Raises:
        W2VError: standard input is closed.
        VectorsError: the file cannot be read, holds no word, or a line is not UTF-8.
    """
    try:
        data = standard_input().read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise VectorsError(f"{path}: cannot be read: {reason_of(error)}") from error
    words = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            words.append(line.strip().decode())
        except UnicodeDecodeError as error:
            raise VectorsError(f"{path}:{number}: not valid UTF-8, expected a word") from error
    words = [word for word in words if word]
    if not words:
        raise VectorsError(f"{path}: holds no word, expected one a line")
    return words
