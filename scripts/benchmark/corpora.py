"""The text of a benchmark as one plain file, which every trainer can read."""

import sys
from pathlib import Path

from w2v_cli.data.corpus import find_sources
from w2v_cli.data.tokenizers import spaced_words

BUILTIN = "builtin:python-docs"


def write_plain(corpus: str, plain: Path, copies: int) -> int:
    """Write `corpus` decompressed, as UTF-8, to `plain`; return the number of its words.

    The built-in corpus is made into words and repeated `copies` times.
    """
    words = 0
    with plain.open("wb") as file:
        for source in find_sources([corpus], encoding="utf-8", spool=plain.parent):
            for block in source.blocks(1 << 22, "utf-8", "strict"):
                text = spaced_words(block.data) if corpus == BUILTIN else block.data
                words += len(text.split())
                file.write(text)
    if corpus == BUILTIN:
        plain.write_bytes(plain.read_bytes() * copies)
        words *= copies
    return words


def write_prefix(plain: Path, prefix: Path, most_types: int, most_words: int) -> int:
    """Write the first lines of `plain`; return the number of their words.

    They end before `most_words` words are passed, or where there are `most_types` different ones.
    """
    types: set[bytes] = set()
    words = 0
    with plain.open("rb") as source, prefix.open("wb") as file:
        for line in source:
            tokens = line.split()
            if words and (words + len(tokens) > most_words or len(types) >= most_types):
                break
            types.update(tokens)
            words += len(tokens)
            file.write(line)
    return words


def warn_if_lines_are_long(plain: Path, longest: int = 10_000) -> None:
    """Warn on standard error if gensim will cut lines, and so train on less text."""
    with plain.open("rb") as file:
        if any(len(line) > longest and len(line.split()) > longest for line in file):
            print(f"bench: warning: gensim cuts lines after {longest:,} words", file=sys.stderr)
