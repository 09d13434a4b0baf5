"""What a vector format is: a name, and how to recognise, read and write it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["Format"]


@dataclass(frozen=True)
class Format:
    """How one kind of file is recognised, read and written, and which words it cannot hold.

    `sniff` gets the first bytes of a file; `read` the open file and the name to use in
    messages. `unfit` matches a word that the format has no way to hold, and `rule` says
    what its words must be instead.
    """

    name: str
    sniff: Callable[[bytes], bool]
    read: Callable[[IO[bytes], str], WordVectors]
    write: Callable[[IO[bytes], WordVectors], None]
    unfit: re.Pattern[str]
    rule: str
