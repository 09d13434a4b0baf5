"""`w2v train`: from text and settings to a run folder with vectors."""

import itertools
import shlex
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.durations import read_minutes
from w2v_cli.cli.plans import show_plan
from w2v_cli.cli.signals import StopSignals, stop_signals
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import W2VError

if TYPE_CHECKING:
    from w2v_cli.config import Settings
    from w2v_cli.evaluation.benchmarks import Benchmark
    from w2v_cli.pipeline import Run
    from w2v_cli.training.run_folder import RunFolder

__all__ = ["command"]


@click.command("train", short_help="Train word vectors from text.")
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
@click.option("--seed", type=int, metavar="N", help="Start of every random draw. Default: 1.")
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
    help="Hold out this part of the text: its loss is shown after each epoch, and the vectors "
    "written are those of the best. Default: 0, none.",
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
    from w2v_cli.errors import RunError

    going_on = "--resume" if resume else "--extend-epochs" if extend_epochs is not None else None
    if going_on and out is None:
        raise click.UsageError(f"{going_on} needs --out RUN, the run to go on with")
    if going_on and force:
        raise click.UsageError(f"{going_on} and --force contradict each other: go on, or replace")
    flags = {
        "corpus.paths": corpus,
        "training.workers": workers,
        "training.seed": seed,
        "training.valid": valid,
        "training.patience": patience,
        "training.max_minutes": max_time,
    }
    if plan_only and (going_on or show_config):
        raise click.UsageError(f"--plan and {going_on or '--show-config'} contradict each other")
    own = out / "config.yaml" if going_on and out is not None else None
    if own is not None and not own.is_file():
        raise RunError(f"{out}: no run to go on with; leave out {going_on} to start one")
    loaded = load_settings(config or own, overrides, flags)
    if show_config:
        click.echo("\n".join(render_settings(loaded)))
        return
    benchmarks = _read_benchmarks(files)
    watcher = Watcher(quiet=quiet, as_json=as_json)
    if plan_only:
        show_plan(out or _new_folder(config, loaded.settings), loaded.settings, force, watcher)
        return
    with stop_signals() as signals, closing(watcher):
        if going_on and out is not None:
            stopped = _resume(out, loaded.settings, extend_epochs, benchmarks, watcher, signals)
        else:
            out = out or _new_folder(config, loaded.settings)
            stopped = _start(out, loaded.settings, force, benchmarks, watcher, signals)
    if stopped:
        ctx.exit(signals.exit_status)


def _read_benchmarks(files: tuple[Path, ...]) -> "list[Benchmark]":
    """The benchmarks, whose errors come before the long work."""
    if not files:
        return []
    from w2v_cli.evaluation.benchmarks import read_benchmark

    return [read_benchmark(file) for file in files]


def _start(
    out: Path,
    settings: "Settings",
    force: bool,
    benchmarks: "list[Benchmark]",
    watcher: Watcher,
    signals: StopSignals,
) -> bool:
    """Train a new run; True if a signal stopped it."""
    from w2v_cli.config import to_yaml
    from w2v_cli.training.run_folder import RunFolder

    folder = RunFolder(out)
    folder.create(force=force)
    with folder.locked():
        folder.create(force=force)  # again, now that nobody else can change it
        # Whatever happens from here on, --resume knows what was wanted. A run that there
        # is already stays until the corpus has been read.
        begun = not folder.is_run()
        if begun:
            folder.begin(to_yaml(settings))
        try:
            return _train(settings, folder, begun, benchmarks, watcher, signals)
        finally:
            folder.abandon()


def _resume(
    out: Path,
    settings: "Settings",
    extend_epochs: int | None,
    benchmarks: "list[Benchmark]",
    watcher: Watcher,
    signals: StopSignals,
) -> bool:
    """Go on with a run; True if a signal stopped it."""
    from w2v_cli.pipeline import check_resumable, extended
    from w2v_cli.training.run_folder import RunFolder

    folder = RunFolder(out)
    with folder.locked():
        check_resumable(folder, settings)
        if extend_epochs is not None:
            settings = extended(folder, settings, extend_epochs)
        elif folder.is_finished():
            watcher.note(f"{out} is finished; there is nothing left to do")
            _show_result(folder, watcher)
            return False
        return _train(settings, folder, True, benchmarks, watcher, signals)


def _train(
    settings: "Settings",
    folder: "RunFolder",
    resume: bool,
    benchmarks: "list[Benchmark]",
    watcher: Watcher,
    signals: StopSignals,
) -> bool:
    """Read the corpus, train, and write the vectors; True if a signal stopped it."""
    from w2v_cli.pipeline import new_run, read_corpus
    from w2v_cli.training.guard import Diverged

    began = time.perf_counter()
    watcher.note(f"corpus      {_describe_corpus(settings)}")
    corpus = read_corpus(settings, watcher.reading())
    watcher.close()
    read_seconds = time.perf_counter() - began
    run = new_run(settings, corpus, folder, resume=resume, benchmarks=benchmarks)
    _describe(run, watcher)
    signals.on_stop = run.session.request_stop
    try:
        for progress in run.train(time.perf_counter() - began):
            watcher.training(progress)
    except Diverged:
        raise
    except W2VError:
        watcher.close()
        watcher.note("stopped by an error; when it is mended, go on from what was saved with:")
        _note_resume(folder, watcher)
        raise
    watcher.close()
    if not run.session.finished:
        watcher.note(f"stopped after step {run.session.position.steps_done:,}; go on with:")
        _note_resume(folder, watcher)
        watcher.event("stopped", run=str(folder.path))
        return True
    signals.on_stop = None
    total_seconds = time.perf_counter() - began
    run.finish({"read_seconds": read_seconds, "total_seconds": total_seconds})
    _show_result(folder, watcher)
    return False


def _note_resume(folder: "RunFolder", watcher: Watcher) -> None:
    watcher.note(f"  w2v train --resume --out {shlex.quote(str(folder.path))}")


def _describe_corpus(settings: "Settings") -> str:
    from w2v_cli.data.python_docs import DESCRIPTION

    paths = settings.corpus.paths
    return ", ".join(f"{p} ({DESCRIPTION})" if p == "builtin:python-docs" else p for p in paths)


def _describe(run: "Run", watcher: Watcher) -> None:
    """Say what is about to be trained."""
    settings, counts = run.settings, run.vocabulary.counts
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
        f"{run.engine.tokens_per_step:,} tokens a step, {run.engine.workers} workers"
    )
    if run.session.position.steps_done:
        watcher.note(f"resuming    after step {run.session.position.steps_done:,}")


def _show_result(folder: "RunFolder", watcher: Watcher) -> None:
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


def _new_folder(config: Path | None, settings: "Settings") -> Path:
    """A folder in runs/ that does not exist yet, named after the configuration or corpus."""
    source = config or Path(settings.corpus.paths[0].removeprefix("builtin:"))
    name = source.name.split(".")[0].strip("*-") or "run"
    folders = (Path("runs") / (f"{name}-{n}" if n > 1 else name) for n in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())
