"""What a vector format is: a name, and how to recognise, read and write it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = [
    "RULE",
    "RULE_TABLE",
    "UNFIT",
    "UNFIT_TABLE",
    "FileFormat",
    "FolderFormat",
    "Format",
]

# What a word must not be where white space ends it. Surrogates are what Python makes of
# bytes that are not text: they have no UTF-8.
UNFIT = re.compile(r"\A\Z|[ \t-\r\ud800-\udfff]")
RULE = "valid Unicode without white space, and not empty"

# The same for a word with a line of its own in a table. An editor may have put a byte order mark
# before the first line, or a carriage return after each: readers take them off.
UNFIT_TABLE = re.compile(r"\A\Z|[\t\n\r\ud800-\udfff]|\A\ufeff")
RULE_TABLE = "valid Unicode without tab and newline, not empty, and without U+FEFF at its start"


@dataclass(frozen=True)
class Format:
    """What all formats have: a name, and the words they cannot hold.

    `unfit` matches each character of a word that the format cannot hold, or an empty word;
    `rule` says what its words must be instead. `unseen` matches the start of a word that programs
    skip when they read the format. Files of `compressible` formats are read and written
    compressed, too.
    """

    name: str
    unfit: re.Pattern[str]
    rule: str
    compressible: bool
    unseen: re.Pattern[str] | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class FileFormat(Format):
    """How one kind of file is recognised, read and written.

    `sniff` gets the first bytes of a file; `read` the open file, the name to use in messages,
    and what counts the oddities. `tolerance` is how far values may differ when read back, as a
    part of the largest.
    """

    sniff: Callable[[bytes], bool]
    read: Callable[[IO[bytes], str, Oddities], WordVectors]
    write: Callable[[IO[bytes], WordVectors], None]
    tolerance: float = 0.0


@dataclass(frozen=True)
class FolderFormat(Format):
    """How a folder of several files is read and written; their names tell what it is.

    `read` and `write` get the open files by name, in the order of `members`; `read` also what
    counts the oddities.
    """

    members: tuple[str, ...]
    read: Callable[[Mapping[str, IO[bytes]], str, Oddities], WordVectors]
    write: Callable[[Mapping[str, IO[bytes]], WordVectors], None]
