"""Arguments and options that several commands share, each declared once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["FORMAT_NAMES", "source_argument", "vectors_option"]

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


def vectors_option(command: F) -> F:
    """The option `which`: the vectors taken of a run, a `vectors.source.Which`."""
    option = click.option(
        "--vectors",
        "which",
        type=click.Choice(["center", "outside", "mean"]),
        default="center",
        show_default=True,
        help="Which vectors of a run: a word's own as a centre, as context, or "
        "(center + outside) / 2.",
    )
    return option(command)
