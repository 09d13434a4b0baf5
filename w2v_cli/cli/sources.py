"""The vectors that a command is asked to use: read, with one warning for all that is odd."""

from pathlib import Path
from typing import TYPE_CHECKING

from w2v_cli.cli.messages import show_warning

if TYPE_CHECKING:
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["read_source"]


def read_source(source: Path, which: "Which" = "centre", *, strict: bool = False) -> "WordVectors":
    """The vectors at `source`; what is odd in their file is warned of, or refused if `strict`.

    Raises:
        W2VError: they cannot be read.
    """
    from w2v_cli.vectors.source import load_vectors

    vectors = load_vectors(source, which, strict=strict)
    if vectors.oddities:
        show_warning(f"{source}: {vectors.oddities}; w2v info says where, --strict refuses")
    return vectors
