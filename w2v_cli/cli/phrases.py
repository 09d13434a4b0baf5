"""`w2v phrases`: words that belong together, such as "new york", found in a corpus."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import exit_statuses, json_option
from w2v_cli.cli.rendering import columns, json_text, printable
from w2v_cli.cli.setting_options import given_settings, setting_option
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import UsageError

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.data.collocations import Phrase, Rule
    from w2v_cli.data.encoded import EncodedCorpus

__all__ = ["command"]

# The keys of w2v_cli.data.collocations.SCORINGS, and thresholds that suit them.
THRESHOLDS = {"mikolov": 10.0, "npmi": 0.5}


@click.command(
    "phrases",
    short_help="Find phrases such as 'new york' in text.",
    epilog=exit_statuses("the corpus cannot be read, or an output not written"),
)
@click.argument("corpus", metavar="CORPUS...", nargs=-1, required=True)
@click.option(
    "--scoring",
    type=click.Choice(list(THRESHOLDS)),
    default="mikolov",
    show_default=True,
    help="How pairs of words are scored.",
)
@click.option(
    "--threshold",
    type=float,
    metavar="NUMBER",
    help="A pair is a phrase if its score is above this. Default: "
    + ", ".join(f"{value:g} for {name}" for name, value in THRESHOLDS.items())
    + ".",
)
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
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
    "-n",
    "n",
    type=click.IntRange(min=0),
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
@click.pass_context
def command(
    ctx: click.Context,
    corpus: tuple[str, ...],
    scoring: str,
    threshold: float | None,
    min_count: int,
    connectors: str,
    n: int,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Print the phrases of CORPUS: words that follow each other more often than by chance.

    CORPUS is files, folders, globs, - or builtin:python-docs, and is read as w2v train reads it,
    which finds its encoded form in the cache afterwards. A pair that occurs n times, its words a
    and b times, is scored by Mikolov et al. (2013), (n - min_count) * V / (a * b), where V
    counts the different words and pairs; or by npmi, normalised pointwise mutual information,
    from -1 to 1. A sentence, which is a line, is never crossed.

    The memory needed does not grow with the text: numbers for each different word, and 16
    million pairs at a time, about 500 MB.

    \b
    Example:
      w2v phrases corpus.txt
      w2v phrases corpus.txt --scoring npmi --threshold 0.6 --json
      w2v phrases corpus/ --tokenizer words --connectors english
    """
    from w2v_cli.config import load_settings
    from w2v_cli.data.collocations import Rule, find_phrases

    threshold = _threshold(scoring, threshold)
    rule = Rule(scoring, threshold, min_count, _connectors(connectors))
    given = {**given_settings(ctx), "corpus.paths": list(corpus)}
    settings = load_settings(None, overrides, given).settings
    with closing(Watcher(quiet=False, as_json=as_json)) as watcher:
        encoded = _read(settings, watcher)
        watcher.close()
        found = find_phrases(encoded, rule)
        watcher.note(
            f"phrases     {len(found):,} in {encoded.n_tokens:,} tokens"
            + f"; the best {n:,}:" * (n < len(found))
        )
    shown = found[:n]
    text = json_text(_facts(encoded, rule, found, shown), indent=2) if as_json else _table(shown)
    click.echo(text.encode(), nl=False)


def _threshold(scoring: str, given: float | None) -> float:
    """The threshold to use.

    Raises:
        UsageError: no score can be on both sides of the one given.
    """
    threshold = THRESHOLDS[scoring] if given is None else given
    if scoring == "npmi" and not -1 <= threshold <= 1:
        raise UsageError(f"--threshold is {threshold:g}, expected -1 to 1 with --scoring npmi")
    if scoring == "mikolov" and not 0 < threshold < float("inf"):
        raise UsageError(f"--threshold is {threshold:g}, expected more than 0 with mikolov")
    return threshold


def _connectors(text: str) -> tuple[str, ...]:
    """The connector words that a text names, between spaces or commas."""
    from w2v_cli.data.collocations import ENGLISH

    return ENGLISH if text == "english" else tuple(text.replace(",", " ").split())


def _read(settings: "Settings", watcher: Watcher) -> "EncodedCorpus":
    """The encoded corpus, with what there is to say of it."""
    from w2v_cli.pipeline.starting import read_advised

    return read_advised(settings, watcher.reading(), watcher.warn)


def _facts(
    corpus: "EncodedCorpus", rule: "Rule", found: Sequence["Phrase"], shown: Sequence["Phrase"]
) -> dict[str, object]:
    """All of it, for programs."""
    return {
        "tokens": corpus.n_tokens,
        "sentences": corpus.n_sentences,
        **asdict(rule),
        "found": len(found),
        "phrases": [
            {
                "phrase": " ".join(phrase.words),
                "count": phrase.count,
                "score": round(phrase.score, 6),
            }
            for phrase in shown
        ],
    }


def _table(phrases: Sequence["Phrase"]) -> str:
    """A line for each phrase: its words, its score, and how often it occurs."""
    rows = [
        (printable(" ".join(phrase.words)), _number(phrase.score), f"{phrase.count:,}")
        for phrase in phrases
    ]
    rows = [("phrase", "score", "count"), *rows]
    widths = [max(columns(row[at]) for row in rows) for at in range(3)]
    return "".join(
        f"{first}{' ' * (widths[0] - columns(first))}  {score:>{widths[1]}}  {count:>{widths[2]}}\n"
        for first, score, count in rows
    )


def _number(score: float) -> str:
    """A score to four places, or to one where it is large."""
    return f"{score:,.1f}" if abs(score) >= 10 else f"{score:.4f}"
