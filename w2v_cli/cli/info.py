"""`w2v info`: what a run or a vector file holds, how it was made, and whether it is sound."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from w2v_cli.cli.options import (
    exit_statuses,
    force_option,
    output_option,
    source_argument,
    strict_option,
    vectors_option,
)
from w2v_cli.cli.outputs import results
from w2v_cli.cli.rendering import printable, worker_count
from w2v_cli.cli.sources import read_source

if TYPE_CHECKING:
    from w2v_cli.evaluation.health import Health
    from w2v_cli.reporting.runs import RunFacts
    from w2v_cli.vectors.source import Which
    from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["command"]

Facts = dict[str, Any]

SHOWN_WORDS = 5
SHOWN_LOSSES = 5  # of the last epochs


@click.command(
    "info",
    short_help="Describe a run or a vector file, and check its health.",
    epilog=exit_statuses("the run or the vectors cannot be read"),
)
@source_argument
@vectors_option
@strict_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of lines.")
@output_option
@force_option
def command(
    source: Path,
    which: "Which",
    strict: bool,
    as_json: bool,
    output: Path | None,
    force: bool,
) -> None:
    """Describe RUN_OR_FILE, and look for what may be wrong with its vectors.

    Of a run: its settings where they differ from the defaults (all of them with --json),
    corpus, loss beside that of an untrained model, and speed; also while it is training or
    after it was stopped. Of any vectors: lengths, vectors of zeros or equal to another,
    how alike two words are on average (near 1, all point the same way), in how many
    directions they differ, and hubs: words that are among the ten nearest of many others, of a
    sample of 500. A warning says when nearness means little. What is odd in a file, such as
    repeated words, is listed: each kind, how many, and the first of them.

    \b
    Example:
      w2v info runs/first
      w2v info vectors.bin --json
    """
    from w2v_cli.evaluation.health import examine
    from w2v_cli.reporting.runs import read_run
    from w2v_cli.run_files import RunFiles

    files = RunFiles(source)
    run = read_run(source) if files.is_run() else None
    facts: Facts = {"source": str(source), "run": None if run is None else _run(run)}
    if run is None or files.vectors.exists():
        vectors = read_source(source, which, strict=strict)
        facts |= {"vectors": _vectors(vectors), "oddities": _oddities(vectors)}
        facts |= {"health": _health(examine(vectors))}
    lines = [json.dumps(facts, ensure_ascii=False, indent=2)] if as_json else _lines(run, facts)
    with results(output, force=force) as write:
        write("".join(f"{line}\n" for line in lines))


def _run(run: "RunFacts") -> Facts:
    """How a run was made and how far it has come."""
    return {
        "finished": run.record is not None,
        "record": run.record,
        "newest_metrics": run.newest,
        "start": run.start,
        "settings": run.settings,
        "changed": run.changed,
    }


def _vectors(vectors: "WordVectors") -> Facts:
    """The shape of the vectors, and what they are of."""
    return {
        "words": len(vectors),
        "dim": vectors.dim,
        "tokens": None if vectors.counts is None else int(vectors.counts.sum()),
        "first_words": vectors.words[:SHOWN_WORDS],
    }


def _oddities(vectors: "WordVectors") -> list[Facts]:
    """What was odd in the file of the vectors: each kind, how many, and the first of them."""
    return [
        {"kind": odd.kind.many, "count": odd.number, "first": odd.first, "said": str(odd)}
        for odd in vectors.oddities
    ]


def _health(health: "Health") -> Facts:
    """The findings, with named fields for named tuples and null for what is not finite."""
    facts = asdict(health)
    norms = health.norms._asdict()
    facts["norms"] = {key: norm if math.isfinite(norm) else None for key, norm in norms.items()}
    facts["hubs"] = [hub._asdict() for hub in health.hubs]
    return {**facts, "problems": health.problems(), "doubts": health.doubts()}


def _lines(run: "RunFacts | None", facts: Facts) -> list[str]:
    """The facts for people, a label and a line each."""
    lines = [] if run is None else _run_lines(run)
    if "vectors" in facts:
        lines += _vectors_lines(facts["vectors"])
        for odd in facts["oddities"]:
            lines += [f"odd         {odd['said']}", f"            first: {printable(odd['first'])}"]
        lines += _health_lines(facts["health"])
    return lines


def _run_lines(run: "RunFacts") -> list[str]:
    """The settings that were changed, and how the training went."""
    from w2v_cli.cli.plans import start_lines
    from w2v_cli.config.display import shown

    state = "unfinished" if run.record is None else "finished"
    lines = [f"run         {printable(str(run.folder))}: {state}"]
    lines += [f"setting     {key} {printable(shown(run.settings[key]))}" for key in run.changed]
    with run.understood():
        lines += [] if run.start is None else start_lines(run.start)
        return lines + (_progress_lines(run) if run.record is None else _record_lines(run.record))


def _record_lines(record: Facts) -> list[str]:
    """What run.json says of the corpus, the loss and the speed."""
    corpus = record["corpus"]
    return [
        f"epochs      {_epochs(record)}",
        f"corpus      {corpus['sentences']:,} sentences, {corpus['tokens']:,} tokens, "
        f"{record['words']:,} of them in the vocabulary",
        f"loss        {_losses(record['epoch_losses'])} (untrained {record['baseline']:.3f})",
        f"trained     {record['words_per_second']:,.0f} words/s, {record['steps']:,} steps, "
        f"{record['timings']['train_seconds']:,.0f} s, {worker_count(record['workers'])}",
    ]


def _epochs(record: Facts) -> str:
    """How many epochs were trained, how many were planned, and why they differ."""
    trained, planned = len(record["epoch_losses"]), record.get("epochs")
    extended = record.get("extended_from")
    why, best = record.get("ended_early"), record.get("best_epoch")
    said = f"{trained}" if planned is None else f"{trained} of {planned}"
    said += f", extended from {' and '.join(map(str, extended))}" if extended else ""
    if why == "training.max_time":  # it may end a run within an epoch
        said += f", the last perhaps in part: {why} ended it"
    elif why is not None:
        said += f": {why} ended it early"
    return said + (f"; the vectors are those of epoch {best}, the best" if best is not None else "")


def _losses(losses: Sequence[float | None]) -> str:
    """The losses of the last epochs."""
    shown = ", ".join(_number(loss, 3) for loss in losses[-SHOWN_LOSSES:])
    which = "epoch by epoch"
    if len(losses) > SHOWN_LOSSES:
        which = f"the last {SHOWN_LOSSES} of {len(losses)} epochs"
    return f"{shown} nats a pair, {which}"


def _progress_lines(run: "RunFacts") -> list[str]:
    """How far an unfinished run has come."""
    newest = run.newest
    if newest is None:
        return ["progress    nothing reported yet"]
    done = newest["epoch"] - (not newest.get("epoch_ended", False))
    return [
        f"progress    {done} of {run.settings['training.epochs']} epochs done, "
        f"in epoch {newest['epoch']} at step {newest['step']:,}, {newest['words']:,} words, "
        f"loss {_number(newest['loss'], 3)} (untrained {newest['baseline']:.3f})",
    ]


def _vectors_lines(vectors: Facts) -> list[str]:
    """The size of the vocabulary, its first words, and the shape of the matrix."""
    first = ", ".join(map(printable, vectors["first_words"]))
    tokens = "" if vectors["tokens"] is None else f" for {vectors['tokens']:,} tokens"
    return [
        f"vocabulary  {vectors['words']:,} words{tokens}, the first of them {first}",
        f"vectors     {vectors['words']:,} × {vectors['dim']}",
    ]


def _health_lines(health: Facts) -> list[str]:
    """Norms, what is wrong, and what is not wrong but good to know."""
    norms = {key: _number(norm, 4) for key, norm in health["norms"].items()}
    shares = ", ".join(f"{printable(hub['word'])} {hub['share']:.1%}" for hub in health["hubs"])
    hubs = f"{shares} of {health['sample']:,} words have it among their nearest ten"
    return [
        f"norms       {norms['smallest']} to {norms['largest']}, median {norms['median']}, "
        f"mean {norms['mean']}",
        f"health      {'; '.join(health['problems']) or 'all finite, none zero, none equal'}",
        *[f"            {label}: {', '.join(words)}" for label, words in _examples(health)],
        f"cosine      {_number(health['mean_cosine'], 4)} between two words on average",
        f"directions  {_number(health['directions'], 1)} of {health['dim']:,} in which they differ",
        f"hubs        {hubs if shares else 'unknown'}",
        *[f"warning     {printable(doubt)}" for doubt in health["doubts"]],
    ]


def _examples(health: Facts) -> list[tuple[str, list[str]]]:
    """The first words of each kind that is not well."""
    equal = [" = ".join(map(printable, group[:SHOWN_WORDS])) for group in health["duplicates"]]
    kinds = [
        ("not finite", list(map(printable, health["not_finite"]))),
        ("zero", list(map(printable, health["zero"]))),
        ("too long", list(map(printable, health["huge"]))),
        ("equal", equal),
    ]
    return [(label, found[:SHOWN_WORDS]) for label, found in kinds if found]


def _number(value: float | None, places: int) -> str:
    """A number, or a word in its place."""
    return "unknown" if value is None else f"{round(value, places) + 0.0:.{places}f}"
