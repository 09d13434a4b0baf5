"""`w2v eval`: vectors scored on word similarity and analogies."""

from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.messages import show_error, show_warning
from w2v_cli.cli.options import (
    WholeNumber,
    exit_statuses,
    force_option,
    output_option,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import results
from w2v_cli.cli.sources import read_source
from w2v_cli.errors import UsageError, W2VError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from w2v_cli.evaluation.benchmarks import Benchmark
    from w2v_cli.evaluation.scoring import Result
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

ORDER = "the vectors come first: w2v eval RUN_OR_FILE FILE..."
BENCHMARK_BYTES = 1 << 24  # no benchmark is larger, and vectors mostly are


@click.command(
    "eval",
    short_help="Score vectors on word similarity and analogies.",
    epilog=exit_statuses("no FILE could be scored, or the vectors cannot be read"),
)
@source_argument
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--restrict",
    type=WholeNumber(min=1),
    metavar="N",
    help="Use only the N most frequent words. Default: all.",
)
@click.option("--case-sensitive", is_flag=True, help="Look for no other case of a missing word.")
@click.option(
    "--oov",
    is_flag=True,
    help="Compose words that are not in the vocabulary from their n-grams, if these have vectors.",
)
@vectors_option
@strict_option
@click.option(
    "--unknown",
    "list_unknown",
    is_flag=True,
    help="List words that are unknown or in another case.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array instead of tables.")
@output_option
@force_option
@click.pass_context
def command(
    ctx: click.Context,
    source: Path,
    files: tuple[Path, ...],
    restrict: int | None,
    case_sensitive: bool,
    oov: bool,
    which: "Which",
    strict: bool,
    list_unknown: bool,
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Score the vectors of RUN_OR_FILE on each FILE of word pairs or analogies.

    Word pairs are two words and a score a line, as in WordSim-353, SimLex-999, MEN, RW and
    SCWS: Spearman's and Pearson's correlation of the scores with cosines, and in brackets the
    95 % interval of a bootstrap over pairs. Columns are separated by tabs, semicolons, commas or
    spaces; titles, quotes, decimal commas and a first column of line numbers, as R and pandas
    write them, are understood, and so are parts of speech.

    Analogies are four words a line in sections, as in Google's questions-words.txt: the
    share answered right by 3CosAdd and by 3CosMul. A file of two words a line, as in
    BATS, is a relation: each pair is asked for with every other pair as the example, and
    any of the answers in right/correct/true counts. A folder of such files is one FILE.

    A word that is not in the vocabulary as it is spelt is looked for in another case, and
    counted. Scores come twice: of the words that are known alone, and with the unknown
    ones as cosine 0 or a wrong answer; --unknown lists both kinds of words. Scores of
    different coverage, or of different --restrict, cannot be compared. gensim's own
    limit is --restrict 300000.

    With --oov, words that were never seen are composed of their character n-grams (of a run
    with model.subwords, or a fastText model); they count as known, and the coverage says how
    many they are. In a file of analogies they may be answers, too. Words beyond --restrict were
    seen: they stay unknown.

    \b
    Example:
      w2v eval runs/first wordsim353.tsv simlex999.tsv
      w2v eval runs/first questions-words.txt --restrict 30000 --json
      w2v eval runs/first BATS_3.0/1_Inflectional_morphology
    """
    from w2v_cli.cli.score_tables import json_array, tables
    from w2v_cli.evaluation.scoring import headline, score
    from w2v_cli.vectors.composed_words import check_composes

    benchmarks = _benchmarks(source, files)  # their errors before the long work
    with results(output, force=force) as write:
        vectors = read_source(source, which, strict=strict)
        if oov:
            check_composes(vectors, str(source), which, "--oov")
        found = score(
            vectors, benchmarks, restrict=restrict, case_sensitive=case_sensitive, compose=oov
        )
        render = json_array if as_json else tables
        scored = list(zip(map(str, files), found, strict=True))
        write(render(scored, list_unknown=list_unknown))
    find = vectors.find if case_sensitive else vectors.meant
    if not oov:  # then no n-gram was looked for, and nothing can be said of them
        vectors = replace(vectors, subwords=None)
    why = partial(_why_unknown, vectors=vectors, find=find, restrict=restrict)
    for file, result in scored:
        if headline(result) is not None and (few := _coverage_problem(why, result)):
            show_warning(f"{file}: {few}")
    missing = [(file, result) for file, result in scored if headline(result) is None]
    for file, result in missing:
        show_error(f"{file}: no score, {_lack(why, result)}")
    if len(missing) == len(files):
        ctx.exit(1)


def _benchmarks(source: Path, files: "Sequence[Path]") -> "list[Benchmark]":
    """The benchmarks in the files.

    Raises:
        UsageError: they are vectors, or `source` is a benchmark.
        W2VError: one of them cannot be read.
    """
    from w2v_cli.evaluation.benchmarks import read_benchmark
    from w2v_cli.run_files import RunFiles

    run = next((file for file in files if RunFiles(file).is_run()), None)
    if run is not None:
        raise UsageError(f"{run}: is a run folder; {ORDER}")
    try:
        return [read_benchmark(file) for file in files]
    except W2VError as error:
        if _is_benchmark(source):
            raise UsageError(f"{source}: holds word pairs or analogies; {ORDER}") from error
        raise


def _is_benchmark(source: Path) -> bool:
    """Whether there are word pairs or analogies where vectors are expected."""
    from w2v_cli.evaluation.benchmarks import read_benchmark

    with suppress(W2VError, OSError):
        if source.stat().st_size < BENCHMARK_BYTES:
            read_benchmark(source)
            return True
    return False


def _why_unknown(
    word: str,
    vectors: "WordVectors",
    find: "Callable[[str], int | None]",
    restrict: int | None,
) -> str:
    """Why a word of a file is unknown: the vocabulary lacks it, or has it beyond --restrict."""
    from w2v_cli.vectors.search.spelling import forms

    row = next((row for row in map(find, forms(word)) if row is not None), None)
    if row is None:
        return str(vectors.unknown(word))
    return f"{word!r} is beyond --restrict {restrict}: it is word {row + 1:,} of {len(vectors):,}"


def _coverage_problem(why: "Callable[[str], str]", result: "Result") -> str:
    """What to warn of if most of a benchmark is unknown; "" if not."""
    from w2v_cli.evaluation.word_pairs import PairsResult

    known, of = (
        (result.known, result.pairs)
        if isinstance(result, PairsResult)
        else (result.total.known, result.total.questions)
    )
    if 2 * known >= of:
        return ""
    return f"scored on {known:,} of {of:,} alone; {why(result.unknown[0])}"


def _lack(why: "Callable[[str], str]", result: "Result") -> str:
    """Why a result has no score, with the first unknown word."""
    if not result.unknown:
        return "too few pairs, or all scores or all cosines are equal"
    first = why(result.unknown[0])
    return f"too few of its words are known; {first}; --unknown lists the unknown words"
