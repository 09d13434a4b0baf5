"""`w2v phrases`: words that belong together, such as "new york", found in a corpus."""

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import (
    WholeNumber,
    check_not_given,
    exit_statuses,
    force_option,
    json_option,
)
from w2v_cli.cli.outputs import check_output, results
from w2v_cli.cli.rendering import columns, json_text, printable
from w2v_cli.cli.setting_options import given_settings, setting_option
from w2v_cli.cli.watching import Watcher
from w2v_cli.config.text_settings import PHRASE_THRESHOLDS
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.data.collocations import Phrase, Rule
    from w2v_cli.data.encoded import EncodedCorpus

__all__ = ["command"]

_READING = "corpus", "machine", "vocabulary.scan_limit"
_FINDING = ("scoring", "threshold", "min_count", "connectors", "n_passes", "n", "as_json")


@click.command(
    "phrases",
    short_help="Find phrases such as 'new york' in text.",
    epilog=exit_statuses("the corpus cannot be read, or an output not written"),
)
@click.argument("corpus", metavar="CORPUS...", nargs=-1, required=True)
@click.option(
    "--scoring",
    type=click.Choice(list(PHRASE_THRESHOLDS)),
    default="mikolov",
    show_default=True,
    help="How pairs of words are scored.",
)
@click.option(
    "--threshold",
    type=float,
    metavar="NUMBER",
    help="A pair is a phrase if its score is above this. Default: "
    + ", ".join(f"{value:g} for {name}" for name, value in PHRASE_THRESHOLDS.items())
    + ".",
)
@click.option(
    "--min-count",
    type=WholeNumber(min=1, max=10**12),
    metavar="N",
    default=5,
    show_default=True,
    help="Pairs that occur less often are no phrases.",
)
@click.option(
    "--connectors",
    metavar="WORDS",
    default="",
    help="Words that a phrase may have inside, but not at its ends, as in 'bank of america'; "
    "'english' stands for those of English. Default: none.",
)
@click.option(
    "--passes",
    "n_passes",
    type=WholeNumber(min=1, max=100),
    metavar="N",
    default=1,
    show_default=True,
    help="Passes over the text; each joins what the one before found, so that 2 find phrases "
    "of three and four words.",
)
@click.option(
    "-n",
    "n",
    type=WholeNumber(min=0),
    metavar="N",
    default=30,
    show_default=True,
    help="Phrases shown, the best ones.",
)
@setting_option("corpus.tokenizer")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Any setting of w2v train that says how the text is read; may be repeated.",
)
@json_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write all phrases to this file, for --apply and for w2v train --phrases; with --apply, "
    "the text.",
)
@click.option(
    "--apply",
    "applied",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Find none, but print CORPUS with the phrases of FILE joined, as in new_york.",
)
@force_option
@click.pass_context
def command(
    ctx: click.Context,
    corpus: tuple[str, ...],
    scoring: str,
    threshold: float | None,
    min_count: int,
    connectors: str,
    n_passes: int,
    n: int,
    overrides: tuple[str, ...],
    as_json: bool,
    output: Path | None,
    applied: Path | None,
    force: bool,
) -> None:
    """Print the phrases of CORPUS: words that follow each other more often than by chance.

    CORPUS is files, folders, globs, - or builtin:python-docs, and is read as w2v train reads it.
    w2v train then finds its encoded form in the cache. If a pair occurs n times, and its words
    a and b times, its score is that of Mikolov et al. (2013), (n - min_count) * V / (a * b),
    where V counts the different words and pairs; or npmi, normalised pointwise mutual
    information, from -1 to 1. Phrases never reach beyond a sentence, which is a line.

    A file of phrases, as -o writes it, has a phrase a line: its words with spaces between, then
    tabs with its score, its count and its pass. Only the words are needed. Text that is printed
    has a sentence a line and a space between words, whatever white space and tokenizer there
    were.

    The memory needed does not grow with the text: numbers for each different word, and 16
    million pairs at a time, about 500 MB.

    \b
    Example:
      w2v phrases corpus.txt
      w2v phrases corpus.txt --scoring npmi --threshold 0.6 --json
      w2v phrases corpus/ --tokenizer words --connectors english --passes 2 -o phrases.tsv
      w2v phrases corpus/ --tokenizer words --apply phrases.tsv > joined.txt
      w2v train --corpus corpus/ --tokenizer words --phrases phrases.tsv
    """
    from w2v_cli.data.collocations import Rule, connector_words

    if output is not None:
        check_output(output, force=force)
        if applied is None:
            _check_not_read(output, corpus)
    if applied is not None:
        check_not_given(ctx, _FINDING, "--apply", "it takes the phrases that FILE holds")
    threshold = _threshold(scoring, threshold)
    rule = Rule(scoring, threshold, min_count, connector_words(connectors))
    settings = _settings(corpus, overrides, given_settings(ctx), applied)
    with closing(Watcher(quiet=False, as_json=as_json)) as watcher:
        encoded = _read(settings, watcher)
        watcher.close()
        if applied is not None:
            _print_text(encoded, output, force=force)
            return
        passes = _found(settings, encoded, rule, n_passes, output)
        n_found = sum(map(len, passes))
        shown = sum(n < len(found) for found in passes)
        watcher.note(
            f"phrases     {n_found:,} in {encoded.n_tokens:,} tokens"
            + f"; the best {n:,}{' of each pass' * (len(passes) > 1)}:" * (shown > 0)
        )
    text = json_text(_facts(encoded, rule, passes, n), indent=2) if as_json else _table(passes, n)
    click.echo(text.encode(), nl=False)


def _settings(
    corpus: Sequence[str],
    overrides: Sequence[str],
    given: dict[str, object],
    applied: Path | None,
) -> "Settings":
    """The settings that say how the corpus is read, and which phrases are joined in it."""
    from w2v_cli.config import load_settings

    given = {**given, "corpus.paths": list(corpus)}
    if applied is not None:
        given["corpus.phrases.file"] = str(applied)
    loaded = load_settings(None, overrides, given)
    for key, origin in loaded.origins.items():
        if origin == "--set" and not key.startswith(_READING):
            raise UsageError(
                f"--set: '{key}' does not say how text is read, expected a setting of "
                f"{', '.join(_READING)}"
            )
    return loaded.settings


def _check_not_read(output: Path, corpus: Sequence[str]) -> None:
    """Raise UsageError if phrases would take the place of the text that they are found in."""
    for path in filter(os.path.exists, corpus):
        if output.exists() and output.samefile(path):
            raise UsageError(f"{output}: is the corpus itself; choose another --output")


def _found(
    settings: "Settings",
    corpus: "EncodedCorpus",
    rule: "Rule",
    n_passes: int,
    output: Path | None,
) -> list[list["Phrase"]]:
    """Find the phrases of each pass, and write them to `output`, if there is one."""
    from w2v_cli.data.phrase_file import phrase_lines
    from w2v_cli.pipeline.phrases import find_in_passes

    passes = find_in_passes(settings, corpus, rule, n_passes)
    if output is not None:
        from w2v_cli.files import replacing

        with replacing(output, "w") as file:
            file.writelines(phrase_lines(passes))
    return passes


def _print_text(corpus: "EncodedCorpus", output: Path | None, *, force: bool) -> None:
    """Write the text of a corpus."""
    from w2v_cli.data.joining import text_of

    with results(output, force=force) as write:
        for piece in text_of(corpus):
            write(piece)


def _threshold(scoring: str, given: float | None) -> float:
    """The threshold to use.

    Raises:
        UsageError: the one given is not in the range of the scores.
    """
    threshold = PHRASE_THRESHOLDS[scoring] if given is None else given
    if scoring == "npmi" and not -1 <= threshold <= 1:
        raise UsageError(f"--threshold is {threshold:g}, expected -1 to 1 with --scoring npmi")
    if scoring == "mikolov" and not 0 < threshold < float("inf"):
        raise UsageError(f"--threshold is {threshold:g}, expected a number above 0 with mikolov")
    return threshold


def _read(settings: "Settings", watcher: Watcher) -> "EncodedCorpus":
    """The encoded corpus; shows how it is read, and warns of what is odd in it."""
    from w2v_cli.pipeline.reading import read_advised

    return read_advised(settings, watcher.reading(), watcher.warn)


def _facts(
    corpus: "EncodedCorpus", rule: "Rule", passes: Sequence[Sequence["Phrase"]], n: int
) -> dict[str, object]:
    """What was found, for programs."""
    return {
        "tokens": corpus.n_tokens,
        "sentences": corpus.n_sentences,
        **asdict(rule),
        "found": sum(map(len, passes)),
        "phrases": [
            {
                "phrase": " ".join(phrase.words),
                "score": round(phrase.score, 6),
                "count": phrase.count,
                "pass": number,
            }
            for number, found in enumerate(passes, 1)
            for phrase in found[:n]
        ],
    }


def _table(passes: Sequence[Sequence["Phrase"]], n: int) -> str:
    """A line for each phrase: its words, its score, and how often it occurs; passes apart."""
    rows = [("phrase", "score", "count")]
    for number, found in enumerate(passes, 1):
        rows += [(f"pass {number}", "", "")] * (len(passes) > 1)
        for phrase in found[:n]:
            words = printable(" ".join(phrase.words))
            rows.append((words, _number(phrase.score), f"{phrase.count:,}"))
    widths = [max(columns(row[at]) for row in rows) for at in range(3)]
    lines = (
        f"{first}{' ' * (widths[0] - columns(first))}  {score:>{widths[1]}}  {count:>{widths[2]}}"
        for first, score, count in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _number(score: float) -> str:
    """A score to four places, or to one where it is large."""
    return f"{score:,.1f}" if abs(score) >= 10 else f"{score:.4f}"
