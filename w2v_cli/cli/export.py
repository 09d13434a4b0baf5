"""`w2v export`: vectors in the formats that other programs read."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import FORMAT_NAMES, source_argument
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.vectors.source import Which

__all__ = ["command"]


@click.command("export", short_help="Write vectors to a file other programs read.")
@source_argument
@click.option(
    "--format", "format_name", type=click.Choice(FORMAT_NAMES), required=True, help="What to write."
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The file to write.")
@click.option(
    "--vectors",
    "which",
    type=click.Choice(["center", "outside", "mean"]),
    default="center",
    show_default=True,
    help="Which vectors of a run: a word's own as a centre, as context, or (center + outside) / 2.",
)
@click.option("--top", type=click.IntRange(min=1), help="Write only the N most frequent words.")
@click.option("--force", is_flag=True, help="Replace the output file if it exists.")
def command(
    source: Path,
    format_name: str,
    output: Path,
    which: "Which",
    top: int | None,
    force: bool,
) -> None:
    """Write the vectors of RUN_OR_FILE to a file that other programs read.

    RUN_OR_FILE is a run folder, or a file in any of the formats below, which is
    recognised by its content. The rows keep their order: most frequent word first. No
    format loses a bit: the file is read back and compared before it replaces anything.

    \b
    word2vec-text    `V D`, then a word and its numbers a line; gensim, spaCy, fastText
    word2vec-binary  the same with raw float32: smaller and faster; gensim, C tools
    glove            like word2vec-text without the first line
    npz              NumPy: `words` (UTF-8 bytes) and `vectors` (float32); any word

    \b
    Example:
      w2v export runs/first --format word2vec-binary --output vectors.bin
      w2v export vectors.bin --format glove --top 10000 --output small.txt
    """
    from w2v_cli.vectors.formats import write_vectors
    from w2v_cli.vectors.source import load_vectors

    _check_output(output, force)
    vectors = load_vectors(source, which)
    if top is not None:
        vectors = vectors.top(top)
    size = write_vectors(vectors, output, format_name)
    click.echo(
        f"wrote {output}: {len(vectors):,} words, {vectors.dim:,} dimensions, {size:,} bytes, "
        f"{format_name}, read back and identical",
        err=True,
    )


def _check_output(output: Path, force: bool) -> None:
    """Raise UsageError now, rather than after the reading, for an output that cannot be written."""
    if output.is_dir():
        raise UsageError(f"{output}: is a folder, expected the name of a file")
    if output.exists() and not force:
        raise UsageError(f"{output}: already exists; choose another --output or add --force")
    if not output.parent.is_dir():
        raise UsageError(f"{output}: there is no folder {output.parent}; make it first")
