"""`w2v report`: all that a run has to say, on one page."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.map_files import announce_tsne
from w2v_cli.cli.options import WholeNumber, exit_statuses, vectors_option
from w2v_cli.cli.outputs import check_output, encoded
from w2v_cli.errors import RunError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from w2v_cli.evaluation.benchmarks import Benchmark
    from w2v_cli.evaluation.scoring import Result
    from w2v_cli.maps.projection import Method
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

LARGEST_MAP = 5000  # words, each with its neighbours in the page


@click.command(
    "report",
    short_help="Write a run's curves, scores and map to one web page.",
    epilog=exit_statuses("nothing was written: no run, a damaged file, or a package is missing"),
)
@click.argument("folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    required=True,
    metavar="PAGE",
    help="The page to write, such as report.html.",
)
@click.option(
    "--eval",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Score the vectors on this benchmark, as `w2v eval` does; may be repeated.",
)
@click.option(
    "--top",
    type=WholeNumber(min=2, max=LARGEST_MAP),
    metavar="N",
    default=1000,
    show_default=True,
    help="How many of the most frequent words the map has.",
)
@click.option(
    "--method",
    type=click.Choice(["tsne", "pca"]),
    default="tsne",
    show_default=True,
    help="How the map is made: t-SNE keeps near words near, principal components are quicker.",
)
@vectors_option
@click.option("--force", is_flag=True, help="Replace the page if it exists.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written, as JSON.")
def command(
    folder: Path,
    output: Path,
    files: tuple[Path, ...],
    top: int,
    method: "Method",
    which: "Which",
    force: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write all that the folder of a RUN says to one web page.

    The page has the loss beside that of untrained vectors and of held-out text, the learning
    rate and the speed, the scores of benchmarks, the vocabulary, every setting, and a map of
    the most frequent words: search a word or click on it to see its neighbours. It is one file
    that needs no other and no network, light or dark as the system is. The same run always
    gives the same page.

    A run that is still training, or was stopped, has a page without the map. For a map of
    vectors in a file there is `w2v plot`. Both need the packages of the extra `plot`, and say
    how to install them where they are missing.

    \b
    Example:
      w2v report runs/first -o report.html
      w2v report runs/first -o report.html --eval wordsim353.tsv --eval questions-words.txt
      w2v report runs/first -o report.html --top 5000 --force
    """
    from w2v_cli.evaluation.benchmarks import read_benchmark
    from w2v_cli.extras import package
    from w2v_cli.files import replacing
    from w2v_cli.reporting.report import MapOptions, report
    from w2v_cli.reporting.runs import read_run
    from w2v_cli.run_files import RunFiles
    from w2v_cli.vectors.source import load_vectors

    _check_page(output, force=force)
    package("bokeh")  # before the long work
    files_of_run = RunFiles(folder)
    if not files_of_run.is_run():
        raise RunError(f"{folder}: not a run folder, expected config.yaml in it")
    run = read_run(folder)
    benchmarks = [read_benchmark(file) for file in files]
    vectors = load_vectors(folder, which) if files_of_run.vectors.exists() else None
    if vectors is None and files:
        raise RunError(f"{folder}: the run has no vectors yet, so that --eval can score nothing")
    results = _scored(vectors, benchmarks)
    if vectors is not None and method == "tsne" and not quiet:
        announce_tsne(len(vectors.top(top)))
    page = encoded(report(run, vectors, results, MapOptions(top, method, which)))
    with replacing(output) as file:
        file.write(page)
    if not quiet:
        click.echo(f"wrote {output}: {len(page):,} bytes", err=True)
    if as_json:
        click.echo(json.dumps({"output": str(output), "bytes": len(page)}))


def _check_page(output: Path, *, force: bool) -> None:
    """Refuse a place where no web page can or should be written."""
    from w2v_cli.maps.canvas import FORMATS

    check_output(output, force=force)
    if output.suffix.lower().removeprefix(".") in FORMATS:
        raise UsageError(
            f"{output}: ends in {output.suffix}, but a report is a web page: use .html"
        )


def _scored(
    vectors: "WordVectors | None", benchmarks: "Sequence[Benchmark]"
) -> "list[tuple[str, Result]]":
    """The result of each benchmark, by the name of its file."""
    from w2v_cli.evaluation.scoring import score

    if vectors is None or not benchmarks:
        return []
    names = [benchmark.path.name for benchmark in benchmarks]
    return list(zip(names, score(vectors, benchmarks), strict=True))
