"""`w2v train --plan`: what a run would need, on one screen."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.rendering import printable, worker_count
from w2v_cli.cli.watching import Watcher
from w2v_cli.durations import duration

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.pipeline.planning import Plan
    from w2v_cli.run_files import Facts

__all__ = ["epochs_lines", "show_plan", "start_lines"]


def show_plan(out: Path, settings: "Settings", force: bool, watcher: Watcher) -> None:
    """Print the plan of a run in the folder `out`, which is not touched.

    Raises:
        W2VError: such a run would be refused. If only room is missing, the plan is printed first.
    """
    from w2v_cli import pipeline

    with closing(watcher):
        plan = pipeline.plan(
            settings, out, force=force, progress=watcher.reading(), warn=watcher.warn
        )
    if watcher.as_json:
        watcher.event("plan", run=str(out), **plan.as_dict())
    else:
        click.echo("\n".join(_lines(plan, settings, out)))
    plan.check_room(out)


def _lines(plan: "Plan", settings: "Settings", out: Path) -> list[str]:
    """The plan for people."""
    kept, memory, disk = plan.vocabulary, plan.memory, plan.disk
    threshold = settings.subsample.threshold
    width = max((len(f"{choice.words:,}") for choice in plan.min_counts), default=0)
    return [
        f"corpus      {plan.tokens:,} tokens, {plan.types:,} different words, "
        f"{plan.sentences:,} sentences",
        f"vocabulary  {kept.words:,} words, {kept.share:.1%} of the tokens",
        *(
            f"            {choice.words:>{width},} words, {choice.share:6.1%} of the tokens, with "
            f"min_count {choice.min_count}{' (chosen)' * (choice.min_count == kept.min_count)}"
            for choice in plan.min_counts
        ),
        *([] if plan.start is None else start_lines(asdict(plan.start))),
        f"epoch       {plan.tokens_per_epoch:,} tokens after subsampling (threshold {threshold:g})",
        *epochs_lines(settings, kept.tokens, kept.words, plan.start),
        f"parameters  {plan.parameters:,} (2 vectors of {plan.dim} numbers for each word)",
        f"memory      {_megabytes(memory.peak)} at the peak, "
        f"{_known(plan.available_memory)} available",
        f"            parameters {_megabytes(memory.parameters)}, gradients "
        f"{_megabytes(memory.gradients)}, portion {_megabytes(memory.shard)}, workers "
        f"{_megabytes(memory.workers)}, held out {_megabytes(memory.held_out)}, program "
        f"{_megabytes(memory.process + memory.libraries)}, corpus "
        f"{_megabytes(memory.corpus)} (mapped)",
        *_nodes(plan, settings),
        f"disk        {_megabytes(disk.peak)} in {out}: vectors {_megabytes(disk.vectors)}, "
        f"checkpoints {_megabytes(disk.checkpoints)}; {_known(plan.free_disk)} free",
        f"time        {_time(plan)}",
    ]


def start_lines(start: "Facts") -> list[str]:
    """What a run starts from, as `pipeline.start_vectors.Start` has it."""
    parts = {"outside": "outside vectors", "ngrams": "n-grams", "remembered": "AdaGrad's sums"}
    given = ", ".join(["vectors", *(name for key, name in parts.items() if start[key])])
    others = "" if start["outside"] else "; outside vectors start at zero"
    lines = [
        f"start       {start['given']:,} of the words from {printable(start['source'])}: {given}"
        f"{others}; {start['new']:,} new"
    ]
    if start["grown"] and start["left_out"] is None:
        lines.append("counts      added up, but for words it left out: it has no left_out.tsv")
    elif start["grown"]:
        lines.append(f"counts      added up, with those of {start['left_out']:,} words it left out")
    if start["frozen_words"]:
        lines.append(
            f"frozen      {start['frozen_words']:,} of them: their steps × {start['frozen']:g}"
        )
    return lines


def epochs_lines(settings: "Settings", tokens: int, words: int, start: object | None) -> list[str]:
    """Advice on a short text; none if time ends the run, or if it starts from given vectors."""
    from w2v_cli.pipeline.planning import more_epochs

    epochs = settings.training.epochs
    if settings.training.max_time is not None or start is not None:
        return []
    advised = more_epochs(epochs, tokens, words)
    if advised is None:
        return []
    return [
        f"epochs      {epochs:,} may be too few for {tokens:,} words: try --epochs {advised}",
    ]


def _nodes(plan: "Plan", settings: "Settings") -> list[str]:
    """What a cluster would need and reach."""
    exchange = plan.exchange
    if exchange is None:
        return []
    cluster = settings.machine.cluster or "inline"
    rounds = f"rounds      {exchange.rounds:,} of {exchange.shards} shards"
    if cluster == "inline":
        return [f"{rounds}, one shard after another in this process"]
    lines = [
        rounds,
        f"nodes       {exchange.nodes}; each needs {_megabytes(exchange.memory)} of memory, and "
        f"receives {_megabytes(exchange.received)} in a round",
    ]
    if plan.seconds is not None and not cluster.startswith("local:"):
        seconds = plan.seconds
        reached = ", ".join(
            f"{exchange.efficiency(seconds, speed):.0%} at {speed} Gbit/s" for speed in (1, 10, 25)
        )
        lines.append(
            f"            if they are like this machine, training takes {reached} of their time "
            "(a model: docs/cluster.md)"
        )
    return lines


def _time(plan: "Plan") -> str:
    if plan.seconds is None or plan.words_per_second is None:
        return "not measured: too little memory"
    epochs = f"{plan.epochs:,} epoch{'s' * (plan.epochs > 1)}"
    return (
        f"{duration(plan.seconds)} to train {epochs}, "
        f"{plan.words_per_second:,.0f} words/s (measured now with {worker_count(plan.workers)})"
    )


def _known(n_bytes: int | None) -> str:
    return "unknown" if n_bytes is None else _megabytes(n_bytes)


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.0f} MB"
