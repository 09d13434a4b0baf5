"""What `w2v train` says of a run before it trains and when it has ended."""

import shlex
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.watching import Watcher

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.pipeline.runs import Run
    from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["describe_corpus", "describe_run", "show_result", "show_resumption"]


def describe_corpus(settings: "Settings") -> str:
    """What is about to be read."""
    from w2v_cli.data.python_docs import DESCRIPTION

    paths = settings.corpus.paths
    return ", ".join(f"{p} ({DESCRIPTION})" if p == "builtin:python-docs" else p for p in paths)


def describe_run(run: "Run", watcher: Watcher) -> None:
    """Say what is about to be trained."""
    from w2v_cli.config.settings import MAX_PAIR_RATE

    settings, plan, counts = run.settings, run.engine.plan, run.vocabulary.counts
    watcher.note(
        f"vocabulary  {len(counts):,} words (min_count {settings.vocabulary.min_count}), "
        f"{counts.sum():,} of {run.corpus.n_tokens:,} tokens"
    )
    if run.corpus.pruned_types:
        watcher.note(
            f"w2v: warning: {run.corpus.pruned_types:,} rare words were forgotten while reading "
            f"(vocabulary.scan_limit {settings.vocabulary.scan_limit:,}); counts may be "
            f"{run.corpus.undercount:,} too low"
        )
    watcher.note(
        f"model       {settings.model.architecture} × {settings.objective.name}, "
        f"dim {settings.model.dim}, window {settings.model.window}, "
        f"{plan.tokens_per_step:,} tokens a step, {plan.workers} workers"
        + (f", κ {plan.max_pair_rate:g}" if plan.max_pair_rate != MAX_PAIR_RATE else "")
    )
    if run.session.position.steps_done:
        watcher.note(f"resuming    after step {run.session.position.steps_done:,}")


def show_result(folder: "RunFolder", watcher: Watcher) -> None:
    """The finished run: its path, or what run.json says."""
    record = folder.read_record()
    loss = record["epoch_losses"][-1]
    if loss is None:
        watcher.note(
            "w2v: warning: nothing was learned: subsampling and rare words left no two words "
            "side by side; try --set subsample.threshold=0 or a smaller vocabulary.min_count"
        )
    else:
        watcher.note(
            f"trained     {record['words_per_second']:,.0f} words/s, loss {loss:.3f} nats a pair "
            f"(untrained {record['baseline']:.3f})"
        )
        if loss >= record["baseline"]:
            watcher.note(
                "w2v: warning: the loss of the last epoch is not below that of untrained vectors: "
                "little was learned; try a smaller training.learning_rate, or more text or epochs"
            )
    if record.get("best_epoch") is not None:
        best = record["best_epoch"]
        watcher.note(
            f"best        epoch {best}, held-out loss {record['held_out_losses'][best - 1]:.4f}: "
            "its vectors were written"
        )
    if record.get("ended_early") is not None:
        watcher.note(f"ended       early, by {record['ended_early']}")
    if watcher.as_json:
        watcher.event("finished", run=str(folder.path), **record)
    else:
        click.echo(folder.path)


def show_resumption(why: str, folder: "RunFolder", watcher: Watcher) -> None:
    """The run that has not come to its end, and the command that goes on with it."""
    watcher.note(f"{why}:")
    watcher.note(f"  w2v train --resume --out {shlex.quote(str(folder.path))}")
