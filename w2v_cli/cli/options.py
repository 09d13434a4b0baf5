"""Arguments and options that several commands share, each declared once."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from w2v_cli.errors import UsageError

__all__ = [
    "FORMAT_NAMES",
    "WholeNumber",
    "check_not_given",
    "exit_statuses",
    "force_option",
    "json_option",
    "output_option",
    "source_argument",
    "strict_option",
    "vectors_option",
]

# The keys of w2v_cli.vectors.formats.FORMATS (a test holds them equal), written here so
# that --help does not import NumPy.
FORMAT_NAMES = (
    "fasttext-model",
    "word2vec-text",
    "word2vec-binary",
    "glove",
    "fasttext",
    "npz",
    "npy",
    "safetensors",
    "projector",
)

# A run folder, or vectors in any format that `export` writes.
source_argument = click.argument("source", metavar="RUN_OR_FILE", type=click.Path(path_type=Path))


class WholeNumber(click.IntRange):
    """A whole number within bounds, and called so where another value is given."""

    name = "whole number"


# What the vectors of a run are called elsewhere.
OTHER_NAMES = {
    "center": "centre",
    "input": "centre",
    "word": "centre",
    "context": "outside",
    "output": "outside",
}


class _VectorsChoice(click.Choice[str]):
    """The names of vectors; those of other programs are understood."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name as the program spells it."""
        return super().convert(OTHER_NAMES.get(value, value), param, ctx)


vectors_option = click.option(
    "--vectors",
    "which",
    type=_VectorsChoice(["centre", "outside", "mean"]),
    default="centre",
    show_default=True,
    help="Which vectors of a run or a fastText model: centre, those of the words themselves; "
    "outside, those that they have as context; or the mean of both.",
)
strict_option = click.option(
    "--strict",
    is_flag=True,
    help="Refuse a file with anything odd, such as a word that comes again, in place of a warning.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
output_option = click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write to this file instead of standard output.",
)
force_option = click.option("--force", is_flag=True, help="Replace the output if it exists.")


def check_not_given(ctx: click.Context, names: Collection[str], other: str, why: str) -> None:
    """Make sure that none of these parameters was given: with the option `other` they are idle.

    Raises:
        UsageError: one was.
    """
    for option in ctx.command.params:
        name = option.name or ""
        if name in names and ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE:
            raise UsageError(f"{other} and {option.opts[0]} contradict each other: {why}")


def exit_statuses(failed: str, stopped: str = "130  interrupted with Ctrl-C") -> str:
    """The end of a command's help: its exit statuses; `failed` is what 1 means."""
    return (
        f"\b\nExit status:\n  0    done\n  1    {failed}\n"
        f"  2    wrong usage: an option, an argument or a setting\n  {stopped}"
    )
