"""Arguments and options that several commands share, each declared once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["FORMAT_NAMES", "source_argument"]

F = TypeVar("F", bound=Callable[..., Any])

# The keys of w2v_cli.vectors.formats.FORMATS (a test holds them equal), written here so
# that --help does not import NumPy.
FORMAT_NAMES = (
    "word2vec-text",
    "word2vec-binary",
    "glove",
    "fasttext",
    "npz",
    "npy",
    "safetensors",
    "projector",
)


def source_argument(command: F) -> F:
    """The argument `source`: a run folder, or vectors in any format that `export` writes."""
    argument = click.argument("source", metavar="RUN_OR_FILE", type=click.Path(path_type=Path))
    return argument(command)
