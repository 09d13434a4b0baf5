"""The vocabulary: the words that get a vector, by falling frequency."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import CorpusError, RunError
from w2v_cli.files import replacing

__all__ = ["Vocabulary", "build_vocabulary", "read_vocabulary"]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words and how often each occurs, (V,) int64, never rising."""

    words: list[str]
    counts: NDArray[np.int64]

    def write(self, path: Path) -> None:
        """Write one `word<TAB>count` a line, in UTF-8."""
        with replacing(path, "w") as file:
            file.writelines(
                f"{word}\t{count}\n"
                for word, count in zip(self.words, self.counts.tolist(), strict=True)
            )


def build_vocabulary(
    corpus: EncodedCorpus, min_count: int, max_size: int | None
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The words that occur at least `min_count` times, at most `max_size`, and every type's row.

    Words are in the order of falling frequency, equally frequent ones in the order in which
    they first appear. The second result, (n_types,) int32, holds for each type of the corpus
    its place in the vocabulary, or -1.

    Raises:
        CorpusError: fewer than two words are left.
    """
    counts = np.asarray(corpus.type_counts)
    frequent = np.flatnonzero(counts >= min_count)
    kept = frequent[np.argsort(-counts[frequent], kind="stable")][:max_size]
    if len(kept) < 2:
        raise CorpusError(_too_few(counts, min_count, len(frequent)))
    rows = np.full(len(counts), -1, np.int32)
    rows[kept] = np.arange(len(kept), dtype=np.int32)
    return Vocabulary(corpus.words(kept), counts[kept]), rows


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary in a file that `Vocabulary.write` wrote.

    Raises:
        RunError: the file is missing, or is not such a file; the line is named.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RunError(f"{path}: cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: byte {error.start:,} is not valid UTF-8") from None
    if lines.pop() or len(lines) < 2:
        raise RunError(
            f"{path}: is cut short after line {len(lines):,}: expected two words or more, "
            "and a line end after the last"
        )
    words: dict[str, int] = {}  # the word and its count, in the order of the file
    least = None
    for number, line in enumerate(lines, start=1):
        word, count = _parsed(line, f"{path}:{number}")
        if word in words:
            raise RunError(f"{path}:{number}: {word!r} is there twice")
        if least is not None and count > least:
            raise RunError(
                f"{path}:{number}: the count {count:,} is above {least:,} in the line before; "
                "expected falling counts"
            )
        words[word] = least = count
    return Vocabulary(list(words), np.array(list(words.values()), np.int64))


def _parsed(line: str, where: str) -> tuple[str, int]:
    """The word and the count of a line."""
    word, tab, count = line.partition("\t")
    if not word or word.encode().split() != [word.encode()] or not tab:
        raise RunError(f"{where}: {_shown(line)} is not a word, a tab and a count")
    if not re.fullmatch(r"[1-9][0-9]{0,17}", count):
        raise RunError(f"{where}: the count is {_shown(count)}, expected a whole number from 1")
    return word, int(count)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _too_few(counts: NDArray[np.int64], min_count: int, n_frequent: int) -> str:
    """Why there is no vocabulary, and which smaller `min_count` would keep how many words."""
    if len(counts) < 2:
        return "the corpus has only one different word: at least two are needed"
    if n_frequent >= 2:
        return "vocabulary.max_size keeps only one word: at least two are needed"
    found = "no word occurs" if n_frequent == 0 else "only one word occurs"
    largest = int(np.partition(counts, -2)[-2])  # the largest min_count that leaves two
    choices = sorted({largest, largest // 2 + 1, 1}, reverse=True)
    kept = ", ".join(f"{choice} would keep {np.sum(counts >= choice):,}" for choice in choices)
    return (
        f"{found} {min_count:,} times or more, and at least two words are needed: "
        f"lower vocabulary.min_count ({kept})"
    )
