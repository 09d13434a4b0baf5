"""Arguments and options that several commands share, each declared once."""

from pathlib import Path

import click

__all__ = ["FORMAT_NAMES", "exit_statuses", "force_option", "source_argument", "vectors_option"]

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
vectors_option = click.option(
    "--vectors",
    "which",
    type=click.Choice(["center", "outside", "mean"]),
    default="center",
    show_default=True,
    help="Which vectors of a run: a word's own as a centre, as context, or (center + outside) / 2.",
)
force_option = click.option("--force", is_flag=True, help="Replace the output if it exists.")


def exit_statuses(failed: str, stopped: str = "130  interrupted with Ctrl-C") -> str:
    """The end of a command's help: what its exit status says, 1 that `failed`."""
    return (
        f"\b\nExit status:\n  0    done\n  1    {failed}\n"
        f"  2    wrong usage: an option, an argument or a setting\n  {stopped}"
    )
