"""`w2v plot`: a map of word vectors as a picture, or as a page to explore."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2v_cli.cli.map_files import announce_tsne, shown, write_page, write_picture
from w2v_cli.cli.messages import show_error
from w2v_cli.cli.options import (
    WholeNumber,
    exit_statuses,
    force_option,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import check_output, encoded
from w2v_cli.cli.questions import QuestionCommand
from w2v_cli.cli.rendering import listed
from w2v_cli.cli.sources import vectors_asked
from w2v_cli.errors import UsageError, W2VError

if TYPE_CHECKING:
    from w2v_cli.maps.groups import Selection
    from w2v_cli.maps.projection import Method
    from w2v_cli.maps.word_map import WordMap
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

FORMATS = ("svg", "png", "pdf", "html")
TOP_WORDS = 300
CLUSTERS = 8
TITLE_NAMES = 5


@click.command(
    "plot",
    cls=QuestionCommand,
    short_help="Draw a map of words in two dimensions.",
    epilog=exit_statuses("no word is known, a package is missing, or no font has a character"),
)
@source_argument
@click.argument("words", metavar="[WORD]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    help="The file to write; its name ends in .svg, .png, .pdf or .html.",
)
@click.option(
    "--method",
    type=click.Choice(["pca", "tsne"]),
    default="pca",
    show_default=True,
    help="Principal components, or t-SNE, which shows who is near whom.",
)
@click.option(
    "--top",
    type=WholeNumber(min=2),
    metavar="N",
    help=f"Without a WORD, map the N most frequent words. Default: {TOP_WORDS}.",
)
@click.option(
    "--neighbours",
    type=WholeNumber(min=0),
    default=0,
    metavar="K",
    help="Add the K nearest neighbours of each WORD, as a group with it.",
)
@click.option(
    "--restrict",
    type=WholeNumber(min=1),
    metavar="N",
    help="Take neighbours from the N most frequent words only. Default: from all.",
)
@click.option(
    "--groups",
    type=WholeNumber(min=1),
    metavar="N",
    help=f"Colour N clusters found by k-means. Default: {CLUSTERS} without a WORD, else none.",
)
@click.option(
    "--seed",
    type=WholeNumber(min=0),
    metavar="N",
    default=1,
    show_default=True,
    help="The seed of t-SNE and k-means.",
)
@vectors_option
@strict_option
@click.option("--title", metavar="TEXT", help="The line above the map. Default: what it shows.")
@force_option
@click.option("--quiet", is_flag=True, help="Print nothing but warnings and errors.")
@click.option("--json", "as_json", is_flag=True, help="Print where each word lies, as JSON.")
def command(
    source: Path,
    words: tuple[str, ...],
    output: Path,
    method: "Method",
    top: int | None,
    neighbours: int,
    restrict: int | None,
    groups: int | None,
    seed: int,
    which: "Which",
    strict: bool,
    title: str | None,
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw where words lie on a map of two dimensions, near words near each other.

    RUN_OR_FILE is a run folder, or a file in any format that `w2v export` writes. Each WORD
    is mapped; without one, the most frequent words are. Put -- before words that begin with a
    dash. Labels never overlap: those that find no room are left out, and the picture says how
    many. The same command always writes the same file. It needs the packages of the extra
    `plot`, and says how to install them where they are missing.

    \b
    france                        a word
    france,spain                  words that are a group, in a colour of their own
    countries=france,spain        a group with a name for the legend
    --neighbours 5                each WORD brings its nearest words, as a group with it
    --groups 8                    groups by k-means, in place of those

    The vectors are scaled to length one, as the cosine does. `pca` turns them to the two
    directions in which they differ most, and says how much of the variance those show;
    distances on the map can be compared. `tsne` keeps neighbours together; how far clusters
    are apart means little, and another --seed gives another map.

    svg, png and pdf are pictures, for a page or a paper; html is a page to explore: move,
    zoom, search, click on a word for its neighbours. A WORD that was never seen is composed
    of its character n-grams (of a run with model.subwords, or a fastText model), and named
    below the map; one that is unknown is reported, and the others are mapped. Where no font
    here has a character, a png or pdf has a box in its place, and an error says which fonts
    to install; svg and html are shown in the fonts of their readers.

    JSON is one object: {"method": ..., "variance": [...], "words": [{"word": ..., "x": ...,
    "y": ..., "group": ...}]}, with "composed": [...] for words that were never seen.

    \b
    Example:
      w2v plot runs/first -o map.svg
      w2v plot runs/first --top 1000 --method tsne -o map.html
      w2v plot runs/first countries=france,spain capitals=paris,madrid -o capitals.pdf
      w2v plot runs/first king doctor river --neighbours 8 --restrict 20000 -o near.png
    """
    from w2v_cli.extras import package
    from w2v_cli.maps.word_map import map_words

    format_name = _format(output)
    check_output(output, force=force)
    _check_options(words, top, neighbours, restrict)
    package("bokeh" if format_name == "html" else "matplotlib")  # missing: said at once
    vectors = _vectors(source, which, words, strict=strict)
    selection = _select(vectors, words, top or TOP_WORDS, neighbours, restrict)
    clusters = CLUSTERS if groups is None and not words else groups
    if method == "tsne" and not quiet:
        announce_tsne(len(selection.rows))
    found = map_words(vectors, selection, method, clusters, seed)
    if title is None:
        title = _title(found, neighbours, clusters is not None)
    notes = [shown(note) for note in (str(source), *found.notes)]
    labelled, wrong = _write(output, found, vectors, title, notes)
    if not quiet:
        composed = f", {vectors.unseen:,} of them composed" if vectors.unseen else ""
        click.echo(f"wrote {output}: {len(found.words):,} words{composed}{labelled}", err=True)
    if as_json:
        click.echo(encoded(_json(found, vectors, method)), nl=False)
    if wrong:
        raise W2VError(wrong)


def _vectors(source: Path, which: "Which", words: Sequence[str], *, strict: bool) -> "WordVectors":
    """The vectors to map, with those of words that must be composed first."""
    from w2v_cli.maps.groups import words_asked
    from w2v_cli.vectors.composed_words import with_composed

    vectors = vectors_asked(source, which, words, strict=strict)
    return with_composed(vectors, words_asked(words, vectors)) if words else vectors


def _write(
    output: Path, found: "WordMap", vectors: "WordVectors", title: str, notes: list[str]
) -> tuple[str, str]:
    """Write the page or picture; returns how many labels it has, and what is wrong with it."""
    format_name = _format(output)
    if format_name != "html":
        return write_picture(output, format_name, found, title, notes)
    write_page(output, found, vectors, title, notes)
    return "", ""


def _format(output: Path) -> str:
    """The format that the name of the output asks for."""
    name = output.suffix.removeprefix(".").lower()
    if name not in FORMATS:
        *others, last = (f".{each}" for each in FORMATS)
        raise UsageError(
            f"{output}: ends in {output.suffix or 'no extension'}, "
            f"expected {', '.join(others)} or {last}"
        )
    return name


def _check_options(
    words: Sequence[str], top: int | None, neighbours: int, restrict: int | None
) -> None:
    """Raise UsageError for options that do not go together."""
    if words and top is not None:
        raise UsageError("--top maps the most frequent words; give it, or words, not both")
    if neighbours and not words:
        raise UsageError("--neighbours adds to the words given, and there are none; name some")
    if restrict is not None and not neighbours:
        raise UsageError("--restrict chooses among neighbours; add --neighbours, or leave it out")


def _select(
    vectors: "WordVectors",
    words: Sequence[str],
    top: int,
    neighbours: int,
    restrict: int | None,
) -> "Selection":
    """The words to map; those not in the vocabulary are reported.

    Raises:
        QueryError: none of the words is in the vocabulary.
    """
    from w2v_cli.maps.groups import most_frequent, selected

    if not words:
        return most_frequent(vectors, top)
    selection, unknown = selected(words, vectors, neighbours, restrict)
    for error in unknown if selection.rows else unknown[:-1]:
        show_error(error)
    if not selection.rows:
        raise unknown[-1]
    return selection


def _title(found: "WordMap", neighbours: int, clustered: bool) -> str:
    """What the map shows, where the user gave no title."""
    if not found.asked:
        return f"The {len(found.words):,} most frequent words"
    names = found.words[: found.asked] if clustered or not found.names[1:] else found.names
    return listed(names, most=TITLE_NAMES) + (" and their nearest neighbours" if neighbours else "")


def _json(found: "WordMap", vectors: "WordVectors", method: str) -> str:
    """One object with the place and the group of every word, and those that were never seen."""
    places: list[dict[str, Any]] = [
        {"word": word, "x": round(x, 6), "y": round(y, 6), "group": group}
        for word, (x, y), group in zip(
            found.words, found.points.tolist(), found.groups, strict=True
        )
    ]
    head = {"method": method, "variance": found.shares, "groups": found.names}
    never_seen = vectors.words[len(vectors) - vectors.unseen :]
    composed = {"composed": never_seen} if never_seen else {}
    return json.dumps({**head, **composed, "words": places}, ensure_ascii=False) + "\n"
