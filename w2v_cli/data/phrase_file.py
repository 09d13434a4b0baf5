"""Files of phrases, one a line: its words with spaces between, then what is known of it.

    phrase <TAB> score <TAB> count <TAB> pass

Only the words must be there. Pass 1 joins words of the text, pass 2 joins what pass 1 has left, as
in "new_york city".
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from w2v_cli.data.collocations import Phrase
from w2v_cli.errors import CorpusError, quoted, reason_of

__all__ = ["Passes", "phrase_lines", "read_phrases"]

Words = tuple[str, ...]
Passes = list[list[Words]]
"""The phrases of each pass over the text."""

_TITLES = "phrase\tscore\tcount\tpass"
_MOST_PASSES = 100


def phrase_lines(passes: Iterable[Sequence[Phrase]]) -> Iterable[str]:
    """The lines of a file of phrases, with titles."""
    yield f"{_TITLES}\n"
    for number, phrases in enumerate(passes, 1):
        for phrase in phrases:
            yield f"{' '.join(phrase.words)}\t{phrase.score:.6g}\t{phrase.count}\t{number}\n"


def read_phrases(path: Path) -> Passes:
    """The phrases of a file.

    Raises:
        CorpusError: it cannot be read, or is no such file; it names the line.
    """
    found: dict[int, list[Words]] = {}
    for number, line in enumerate(_lines(path), 1):
        if line.strip(" \t\r") and not (number == 1 and line.split("\t")[0].strip() == "phrase"):
            words, pass_number = _parsed(f"{path}, line {number:,}", line)
            found.setdefault(pass_number, []).append(words)
    if not found:
        raise CorpusError(f"{path}: holds no phrase; `w2v phrases CORPUS -o FILE` writes some")
    for phrases in found.values():
        _check_apart(path, phrases)
    return [found[number] for number in sorted(found)]


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}: byte {error.start + 1:,} is not UTF-8, expected a file of phrases, as "
            "`w2v phrases CORPUS -o FILE` writes it"
        ) from error


def _parsed(place: str, line: str) -> tuple[Words, int]:
    """The words of a line, and the pass."""
    cells = line.rstrip("\r").split("\t")
    words = tuple(word for word in cells[0].split(" ") if word)
    if len(words) < 2:
        raise CorpusError(
            f"{place}: {quoted(cells[0])} is no phrase, expected two words or more with spaces "
            "between"
        )
    if len(cells) < 4:
        return words, 1
    number = cells[3].strip()
    if not (number.isascii() and number.isdigit() and 1 <= int(number[:9]) <= _MOST_PASSES):
        raise CorpusError(f"{place}: the pass is {quoted(number)}, expected 1 to {_MOST_PASSES}")
    return words, int(number)


def _check_apart(path: Path, phrases: Sequence[Words]) -> None:
    """Raise CorpusError where a word stands inside one phrase and at the end of another.

    A word inside a phrase is a connector word, and these neither begin nor end a phrase.
    """
    inside = {word: words for words in phrases for word in words[1:-1]}
    for words in phrases:
        for end in (words[0], words[-1]):
            if end in inside:
                raise CorpusError(
                    f"{path}: {quoted(end)} is inside {quoted(' '.join(inside[end]))} and at an "
                    f"end of {quoted(' '.join(words))}: give one of them another pass, the fourth "
                    "column"
                )
