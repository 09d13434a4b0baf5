"""`w2v train`: from text and settings to a run folder with vectors."""

import itertools
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.minutes import read_minutes
from w2v_cli.cli.options import exit_statuses
from w2v_cli.cli.plans import show_plan
from w2v_cli.cli.signals import stop_signals
from w2v_cli.cli.training import Training
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import RunError

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.evaluation.benchmarks import Benchmark

__all__ = ["command"]


@click.command(
    "train",
    short_help="Train word vectors from text.",
    epilog=exit_statuses(
        "the run failed: a corpus that cannot be read, memory, disk, divergence",
        "130  stopped by Ctrl-C, or 143 by SIGTERM; what was done is saved",
    ),
)
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "--corpus",
    "corpus",
    multiple=True,
    metavar="PATH",
    help="A file, folder, glob, '-' for standard input, or builtin:python-docs; may be repeated. "
    "Default: what CONFIG says, else builtin:python-docs, the documentation of this Python.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="The run folder to make. Default: a new one in runs/.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Override one setting, for example model.dim=200; may be repeated.",
)
@click.option(
    "--workers", type=int, metavar="N", help="Processes that train. Default: all processors."
)
@click.option(
    "--seed",
    type=int,
    metavar="N",
    help="Start of every random draw: the same seed gives the same bytes. Default: 1.",
)
@click.option(
    "--resume", is_flag=True, help="Go on with the run in RUN from its newest checkpoint."
)
@click.option(
    "--extend-epochs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Go on with the finished run in RUN for N more epochs, at the learning rates that a run "
    "of all these epochs has there.",
)
@click.option(
    "--valid",
    type=float,
    metavar="FRACTION",
    help="Hold out this part of the text, 0.5 at most: its loss is shown after each epoch, "
    "and the vectors written are those of the best. Default: 0, none.",
)
@click.option(
    "--patience",
    type=int,
    metavar="N",
    help="With --valid, stop after N epochs without a better one. Default: 0, never.",
)
@click.option(
    "--max-time",
    callback=read_minutes,
    metavar="TIME",
    help="End in this time, such as 90m, 1h30m or 45s: the learning rate falls over the words "
    "reachable at the speed of the first seconds, training.epochs at most. As speed varies, such "
    "a run cannot be repeated to the byte.",
)
@click.option(
    "--eval",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Show the score on this benchmark, as of `w2v eval`, after each epoch; may be repeated.",
)
@click.option("--force", is_flag=True, help="Replace the run that RUN holds.")
@click.option(
    "--show-config", is_flag=True, help="Print every setting and its origin; do not train."
)
@click.option(
    "--plan",
    "plan_only",
    is_flag=True,
    help="Print what the run would need: words, memory, disk, time; write nothing but the cache.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but the run folder, and errors.")
@click.option("--json", "as_json", is_flag=True, help="Print progress and result as JSON lines.")
@click.pass_context
def command(
    ctx: click.Context,
    config: Path | None,
    corpus: tuple[str, ...],
    out: Path | None,
    overrides: tuple[str, ...],
    workers: int | None,
    seed: int | None,
    resume: bool,
    extend_epochs: int | None,
    valid: float | None,
    patience: int | None,
    max_time: float | None,
    files: tuple[Path, ...],
    force: bool,
    show_config: bool,
    plan_only: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train word vectors from text with the settings of CONFIG, a YAML file.

    The run folder holds vectors.npy and outside.npy with their vocab.tsv, the resolved
    config.yaml, metrics.jsonl, run.json, and checkpoints. Its path is printed at the end.
    Ctrl-C or SIGTERM finishes the step and saves; --resume goes on from there and ends
    with the same bytes as a run that was never stopped.

    --show-config prints every setting that --set and CONFIG can change, with its value;
    docs/configuration.md explains them.

    \b
    Example:
      w2v train
      w2v train configs/cbow-negative-sampling.yaml --corpus corpus.txt.gz --out runs/cbow
      w2v train --corpus corpus/ --set model.dim=300 --set training.epochs=10 --out runs/big
      w2v train --corpus corpus/ --set model.dim=300 --out runs/big --plan
      w2v train --resume --out runs/big
      w2v train --extend-epochs 3 --out runs/big
      w2v train --corpus corpus.txt --valid 0.02 --patience 2 --eval wordsim353.tsv
    """
    from w2v_cli.config import load_settings, render_settings

    going_on = "--resume" if resume else "--extend-epochs" if extend_epochs is not None else None
    _check_flags(going_on, out, force=force, plan_only=plan_only, show_config=show_config)
    flags = {
        "corpus.paths": corpus,
        "machine.workers": workers,
        "training.seed": seed,
        "training.held_out": valid,
        "training.patience": patience,
        "training.max_minutes": max_time,
    }
    own = _own_settings(out, going_on) if going_on and out is not None else None
    loaded = load_settings(config or own, overrides, flags)
    if show_config:
        click.echo("\n".join(render_settings(loaded)))
        return
    benchmarks = _read_benchmarks(files)
    out = out or _new_folder(config, loaded.settings)
    watcher = Watcher(quiet=quiet, as_json=as_json)
    if plan_only:
        show_plan(out, loaded.settings, force, watcher)
        return
    with stop_signals() as signals, closing(watcher):
        training = Training(watcher, signals, benchmarks)
        if going_on:
            stopped = training.resume(out, loaded.settings, extend_epochs)
        else:
            stopped = training.start(out, loaded.settings, force=force)
    if stopped:
        ctx.exit(signals.exit_status)


def _check_flags(
    going_on: str | None, out: Path | None, *, force: bool, plan_only: bool, show_config: bool
) -> None:
    """Raise UsageError for flags that contradict each other, or miss one they need."""
    if going_on and out is None:
        raise click.UsageError(f"{going_on} needs --out RUN, the run to go on with")
    if going_on and force:
        raise click.UsageError(f"{going_on} and --force contradict each other: go on, or replace")
    if plan_only and (going_on or show_config):
        raise click.UsageError(f"--plan and {going_on or '--show-config'} contradict each other")


def _own_settings(out: Path, going_on: str) -> Path:
    """The file of the settings of the run in `out`.

    Raises:
        RunError: there is no run.
    """
    own = out / "config.yaml"
    if not own.is_file():
        raise RunError(f"{out}: no run to go on with; leave out {going_on} to start one")
    return own


def _read_benchmarks(files: tuple[Path, ...]) -> "list[Benchmark]":
    """The benchmarks, whose errors come before the long work."""
    if not files:
        return []
    from w2v_cli.evaluation.benchmarks import read_benchmark

    return [read_benchmark(file) for file in files]


def _new_folder(config: Path | None, settings: "Settings") -> Path:
    """A folder in runs/ that does not exist yet, named after the configuration or corpus."""
    source = config or Path(settings.corpus.paths[0].removeprefix("builtin:"))
    name = source.name.split(".")[0].strip("*-") or "run"
    folders = (Path("runs") / (f"{name}-{n}" if n > 1 else name) for n in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())
