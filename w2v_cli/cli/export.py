"""`w2v export`: vectors in the formats that other programs read."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2v_cli.cli.messages import show_warning
from w2v_cli.cli.options import (
    FORMAT_NAMES,
    WholeNumber,
    exit_statuses,
    force_option,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import check_output
from w2v_cli.cli.rendering import listed
from w2v_cli.cli.sources import read_source
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.vectors.formats import Written
    from w2v_cli.vectors.formats.fitting import OnBadToken
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

COMPRESSED = (".gz", ".bz2", ".xz")
SUFFIXES = {
    ".vec": "fasttext",
    ".txt": "word2vec-text",
    ".bin": "word2vec-binary",
    ".npz": "npz",
    ".safetensors": "safetensors",
}


@click.command(
    "export",
    short_help="Write vectors to a file other programs read.",
    epilog=exit_statuses("nothing was written: vectors that cannot be read, a bad word, no room"),
)
@source_argument
@click.option(
    "--format",
    "format_name",
    type=click.Choice(FORMAT_NAMES),
    metavar="FORMAT",
    help="What to write: one of the formats above. Default: what the name of the output says.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    required=True,
    help="The file to write, or the folder for npy and projector.",
)
@vectors_option
@strict_option
@click.option(
    "--top",
    type=WholeNumber(min=1),
    metavar="N",
    help="Write only the N most frequent words. Default: all.",
)
@click.option(
    "--words",
    "list_of_words",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="Write the words of this list, one a line, in its order; - is standard input.",
)
@click.option(
    "--digits",
    type=WholeNumber(min=1, max=6),
    metavar="N",
    help="Round to N significant digits, for smaller text. Default: no rounding.",
)
@click.option(
    "--on-bad-token",
    type=click.Choice(["error", "skip", "escape"]),
    default="error",
    show_default=True,
    help="What to do with a word the format cannot hold: stop, leave it out, or write \\uXXXX.",
)
@click.option(
    "--verify/--no-verify",
    default=True,
    show_default=True,
    help="Read back what was written and compare it before it replaces anything.",
)
@force_option
@click.option("--quiet", is_flag=True, help="Print nothing but warnings and errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written, as JSON.")
def command(
    source: Path,
    format_name: str | None,
    output: Path,
    which: "Which",
    strict: bool,
    top: int | None,
    list_of_words: Path | None,
    digits: int | None,
    on_bad_token: "OnBadToken",
    verify: bool,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the vectors of RUN_OR_FILE to a file that other programs read.

    RUN_OR_FILE is a run folder, or a file or folder in any of the formats below, which is
    recognised by its content. Without --format, a name that ends in .vec, .txt, .bin, .npz or
    .safetensors says what is written: fasttext, word2vec-text, word2vec-binary, npz or
    safetensors. The rows keep their order: most frequent word first. No format loses a bit but
    fasttext-model with n-grams, where a vector is a mean: its numbers are right to 1e-5 of the
    largest. A word2vec, fasttext or glove file is compressed if the name of the output ends in
    .gz, .bz2 or .xz, and read whether compressed or not.

    \b
    word2vec-text    `V D`, then a word and its numbers a line; gensim, spaCy
    word2vec-binary  the same with raw float32: smaller and faster; gensim, C tools
    glove            like word2vec-text without the first line; spaCy
    fasttext         like word2vec-text, for -pretrainedVectors of fastText (.vec)
    fasttext-model   fastText's .bin: with the n-grams and outside vectors of a run, so that
                     fastText and gensim know words never seen, and gensim can continue it
    npz              NumPy: `words` (UTF-8 bytes) and `vectors` (float32); any word
    npy              a folder: vectors.npy to memory-map, and vocab.tsv, a word a line
    safetensors      `vectors` (F32) and `words` (U8, a word a line); needs that package
    projector        a folder for the TensorFlow Embedding Projector: vectors.tsv and
                     metadata.tsv; its page is slow beyond --top 100000. Words of nothing
                     but blanks are left out, since it skips them

    With --words, words that were never seen are composed of their character n-grams, where
    RUN_OR_FILE has the vectors of those (a run with model.subwords, or a fastText model). Words
    that cannot be composed are counted, and left out.

    \b
    Example:
      w2v export runs/first --format word2vec-binary -o vectors.bin
      w2v export vectors.bin -o vectors.vec.gz
      w2v export vectors.bin --format glove --top 10000 -o small.txt.gz
      w2v export cc.ko.300.bin --words mine.txt --format npz -o mine.npz
    """
    from w2v_cli.vectors.formats import write_vectors
    from w2v_cli.vectors.formats.word_list import read_words

    if top is not None and list_of_words is not None:
        raise UsageError("--top writes the most frequent words; give it, or --words, not both")
    format_name = format_name or _format(output)
    _check_output(output, format_name, force)
    wanted = None if list_of_words is None else read_words(list_of_words)
    vectors = read_source(source, which, strict=strict)
    if top is not None:
        vectors = vectors.top(top)
    composed, missing = 0, 0
    if wanted is not None:
        vectors, composed, missing = _chosen(vectors, wanted)
    vectors = _fitting(vectors, format_name, on_bad_token)
    written = write_vectors(vectors, output, format_name, verify=verify, digits=digits)
    if not quiet:
        sizes = f"{_words(vectors, composed)}, {vectors.dim:,} dimensions, {written.size:,} bytes"
        verdict = _verdict(written, digits)
        click.echo(f"wrote {output}: {sizes}, {format_name}, {verdict}", err=True)
    if as_json:
        facts = _facts(vectors, written, format_name, output)
        if wanted is not None:
            facts |= {"composed": composed, "missing": missing}
        click.echo(json.dumps(facts))


def _chosen(vectors: "WordVectors", wanted: list[str]) -> "tuple[WordVectors, int, int]":
    """The vectors of a list of words, how many were composed, and how many are left out."""
    from w2v_cli.vectors.composed_words import choose

    found, composed, missing = choose(vectors, wanted)
    if missing:
        plural = "s" * (len(missing) > 1)
        show_warning(
            f"left out {len(missing):,} word{plural} without a vector: {listed(missing, repr)}"
        )
    return found, len(composed), len(missing)


def _words(vectors: "WordVectors", composed: int) -> str:
    """How many words were written, and how many of them composed."""
    among = f" ({composed:,} of them composed)" if composed else ""
    return f"{len(vectors):,} words{among}"


def _facts(
    vectors: "WordVectors", written: "Written", format_name: str, output: Path
) -> dict[str, Any]:
    """What was written; the largest error is None where nothing was read back."""
    return {
        "output": str(output),
        "format": format_name,
        "words": len(vectors),
        "dim": vectors.dim,
        "bytes": written.size,
        "largest_error": written.error,
    }


def _format(output: Path) -> str:
    """The format that the name of the output asks for."""
    suffixes = [suffix.lower() for suffix in output.suffixes]
    if suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    if not suffixes or suffixes[-1] not in SUFFIXES:
        *others, last = SUFFIXES
        raise UsageError(
            f"{output}: ends in {output.suffix or 'no extension'}, expected --format, or a name "
            f"that ends in {', '.join(others)} or {last}"
        )
    return SUFFIXES[suffixes[-1]]


def _fitting(vectors: "WordVectors", format_name: str, policy: "OnBadToken") -> "WordVectors":
    """The vectors of the words that the format can hold; warns of the others."""
    from w2v_cli.vectors.formats import FORMATS
    from w2v_cli.vectors.formats.fitting import fit_words

    vectors, unfit = fit_words(vectors, FORMATS[format_name], policy)
    if not unfit:
        return vectors
    what = "wrote with escapes" if policy == "escape" else "left out"
    plural = "s" * (len(unfit) > 1)
    show_warning(
        f"{what} {len(unfit):,} word{plural} that {format_name} cannot hold: {listed(unfit, repr)}"
    )
    return vectors


def _verdict(written: "Written", digits: int | None) -> str:
    """What is known of the file that was written."""
    if written.error is None:
        return "not read back"
    if not written.error:
        return "read back and identical"
    asked = "" if digits is None else f" ({digits} digits)"
    return f"read back, largest error {written.error:.2g}{asked}"


def _check_output(output: Path, format_name: str, force: bool) -> None:
    """Raise UsageError now, rather than after the reading, for an output that cannot be written."""
    from w2v_cli.vectors.formats import FORMATS, FolderFormat
    from w2v_cli.vectors.formats.writing import check_name

    chosen = FORMATS[format_name]
    check_name(chosen, output)
    if isinstance(chosen, FolderFormat) and output.is_dir():
        _check_members(output, chosen.members)
    check_output(output, force=force, folder=isinstance(chosen, FolderFormat))


def _check_members(output: Path, members: tuple[str, ...]) -> None:
    """Raise UsageError if the folder `output` holds anything but `members`."""
    others = sorted(file.name for file in output.iterdir() if file.name not in members)
    if others:
        raise UsageError(
            f"{output}: holds {others[0]}, expected a new folder, or one with no more "
            f"than {' and '.join(members)}"
        )
