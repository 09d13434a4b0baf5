"""The vectors that a command is asked to use: read, with one warning for all that is odd."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from w2v_cli.cli.messages import show_warning
from w2v_cli.errors import UsageError, W2VError

if TYPE_CHECKING:
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["read_source", "vectors_asked"]


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


def vectors_asked(
    source: Path, which: "Which", words: Sequence[str], *, strict: bool
) -> "WordVectors":
    """The vectors at `source`, for questions about `words`.

    Raises:
        UsageError: `source` is not there, but one of the words is a file or folder.
        W2VError: they cannot be read.
    """
    try:
        return read_source(source, which, strict=strict)
    except W2VError as error:
        file = next((word for word in words if word and Path(word).exists()), None)
        if file is None or source.exists():
            raise
        raise UsageError(
            f"{source}: no such file or folder, but {file} is one: "
            "RUN_OR_FILE comes before the words"
        ) from error
