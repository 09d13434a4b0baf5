"""`w2v train`: from text and settings to a run folder with vectors."""

import itertools
import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from w2v_cli.cli.options import WholeNumber, exit_statuses
from w2v_cli.cli.plans import show_plan
from w2v_cli.cli.setting_options import SettingsCommand, given_settings, setting_options
from w2v_cli.cli.signals import StopSignals, stop_signals
from w2v_cli.cli.training import TrainingWatch
from w2v_cli.cli.watching import Watcher
from w2v_cli.errors import RunError, UsageError

if TYPE_CHECKING:
    from w2v_cli.config import LoadedSettings, Settings
    from w2v_cli.pipeline.watch import Outcome

__all__ = ["command"]


@click.command(
    "train",
    cls=SettingsCommand,
    short_help="Train word vectors from text.",
    epilog=exit_statuses(
        "the run failed: a corpus that cannot be read, memory, disk, divergence",
        "130  stopped by Ctrl-C, 143 by SIGTERM, or 129 by SIGHUP; what was done is saved",
    ),
)
@click.argument("config", required=False, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    "--output",
    "out",
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="The run folder to make. Default: a new one in runs/.",
)
@setting_options
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY.PATH=VALUE",
    help="Any setting, for example model.combine=sum; may be repeated.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Continue the run in RUN from its newest checkpoint. If it read standard input, give it "
    "the same text there again.",
)
@click.option(
    "--extend-epochs",
    type=WholeNumber(min=1),
    metavar="N",
    help="Continue the finished run in RUN for N more epochs, at the learning rates of a run "
    "that was planned for all of them.",
)
@click.option(
    "--continue",
    "continued",
    type=click.Path(path_type=Path),
    metavar="OLD_RUN",
    help="Train a new run on new text, from the finished run OLD_RUN: with its settings, vectors, "
    "words and counts; new words are added. Vectors of old words move less, by the new text's "
    "share of both texts (training.frozen). OLD_RUN stays as it is.",
)
@click.option("--force", is_flag=True, help="Replace the run that RUN holds.")
@click.option(
    "--show-config",
    is_flag=True,
    help="Print every setting and its origin as a configuration file; do not train.",
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
    out: Path | None,
    overrides: tuple[str, ...],
    resume: bool,
    extend_epochs: int | None,
    continued: Path | None,
    force: bool,
    show_config: bool,
    plan_only: bool,
    quiet: bool,
    as_json: bool,
) -> None:
    """Train word vectors from text with the settings of CONFIG, a YAML file.

    The run folder holds vectors.npy and outside.npy with their vocab.tsv, the resolved
    config.yaml, metrics.jsonl, run.json, and checkpoints. Its path is printed at the end.
    On Ctrl-C, SIGTERM, SIGHUP, or when its output can no longer be written, the run finishes
    the step and saves; --resume continues from there and ends with the same bytes as a run that
    was never stopped.

    An option of one setting, such as --dim, overrides --set, and --set overrides CONFIG. `w2v
    init-config` writes a CONFIG with every setting and its meaning, --show-config one with the
    values that this command would train with. builtin:python-docs, the corpus without --corpus,
    has some defaults of its own, such as 50 for --dim.

    \b
    Example:
      w2v train
      w2v train configs/cbow-negative-sampling.yaml --corpus corpus.txt.gz -o runs/cbow
      w2v train --corpus corpus/ --dim 300 --epochs 10 -o runs/big
      w2v train --corpus corpus/ --dim 300 --epochs 10 -o runs/big --plan
      w2v train --resume -o runs/big
      w2v train --extend-epochs 3 -o runs/big
      w2v train --continue runs/big --corpus june.txt -o runs/june
      w2v train --corpus law.txt --dim 300 --init vectors.bin -o runs/law
      w2v train --corpus corpus.txt --valid 0.02 --patience 2 --eval wordsim353.tsv
    """
    from w2v_cli import pipeline

    resumed_by = "--resume" if resume else "--extend-epochs" if extend_epochs is not None else None
    _check_flags(resumed_by, out, force=force, plan_only=plan_only, show_config=show_config)
    _check_continued(continued, resumed_by, given_settings(ctx))
    own = _own_settings(out, resumed_by) if resumed_by and out is not None else None
    given = config, overrides, given_settings(ctx)
    loaded = _continued_settings(continued, *given) if continued else _settings(own, *given)
    if show_config:
        _show_config(loaded, as_json)
        return
    out = out or _new_folder(config, loaded.settings)
    watcher = Watcher(quiet=quiet, as_json=as_json)
    if plan_only:
        show_plan(out, loaded.settings, force, watcher)
        return
    with stop_signals() as signals, closing(watcher):
        watch = TrainingWatch(watcher, signals)
        with watch.advising(out):
            if resumed_by:
                more = extend_epochs
                outcome = pipeline.resume(out, loaded.settings, extend_epochs=more, watch=watch)
            else:
                outcome = pipeline.start(loaded.settings, out, force=force, watch=watch)
        watch.ended(outcome)
    ctx.exit(_status(outcome, signals, watch))


def _status(outcome: "Outcome", signals: StopSignals, watch: TrainingWatch) -> int:
    """The exit status; raises the error of an output that could not be written."""
    if outcome.record is None and signals.received is not None:
        return signals.exit_status
    if watch.output_error is not None:
        raise watch.output_error
    return 0


def _check_flags(
    resumed_by: str | None, out: Path | None, *, force: bool, plan_only: bool, show_config: bool
) -> None:
    """Raise UsageError for flags that contradict each other, or miss one they need."""
    if resumed_by and out is None:
        raise UsageError(f"{resumed_by} needs -o RUN, the run to continue")
    if resumed_by and force:
        raise UsageError(f"{resumed_by} and --force contradict each other: give one of them")
    if plan_only and (resumed_by or show_config):
        raise UsageError(f"--plan and {resumed_by or '--show-config'} contradict each other")


def _check_continued(
    continued: Path | None, resumed_by: str | None, given: dict[str, object]
) -> None:
    """Raise UsageError if --continue contradicts another flag."""
    if continued is not None and (resumed_by or "training.init" in given):
        other = resumed_by or "--init"
        raise UsageError(f"--continue and {other} contradict each other: give one of them")


def _settings(
    own: Path | None, config: Path | None, overrides: tuple[str, ...], given: dict[str, object]
) -> "LoadedSettings":
    """The settings that are given, above those of the file `own` of a run that continues."""
    from w2v_cli.config import load_settings

    return load_settings(config, overrides, given, base=own)


def _continued_settings(
    continued: Path, config: Path | None, overrides: tuple[str, ...], given: dict[str, object]
) -> "LoadedSettings":
    """The settings that are given, above those of the run that --continue starts from.

    Raises:
        UsageError: there is no new text, or other vectors to start from are given.
    """
    from w2v_cli.config import load_settings

    start = {
        "training.init": str(continued),
        "training.init_vocabulary": "grown",  # all its words, with their counts
        "training.frozen": None,
    }
    above = {key: (value, "--continue") for key, value in start.items()}
    own = _own_settings(continued, "--continue")
    loaded = load_settings(config, overrides, given, base=own, renew=True, above_base=above)
    given_start = loaded.origins["training.init"]
    if given_start != "--continue":
        raise UsageError(
            f"--continue and training.init ({given_start}) contradict each other: give one of them"
        )
    if loaded.origins["corpus.paths"] == str(own):
        raise UsageError("--continue needs --corpus, the new text to train on")
    return loaded


def _own_settings(out: Path, resumed_by: str) -> Path:
    """The file of the settings of the run in `out`.

    Raises:
        RunError: there is no run.
    """
    from w2v_cli.run_files import RunFiles

    files = RunFiles(out)
    if not files.is_run():
        raise RunError(f"{out}: no run to continue; leave out {resumed_by} to start one")
    return files.config


def _show_config(loaded: "LoadedSettings", as_json: bool) -> None:
    """Print every setting with its origin, as YAML that CONFIG may be, or as a JSON object."""
    from w2v_cli.config import commented_yaml, to_flat_dict

    if as_json:
        values = to_flat_dict(loaded.settings).items()
        facts = {key: {"value": value, "origin": loaded.origins[key]} for key, value in values}
        click.echo(json.dumps(facts, indent=2))
    else:
        click.echo(commented_yaml(loaded).encode(), nl=False)


def _new_folder(config: Path | None, settings: "Settings") -> Path:
    """A folder in runs/ that does not exist yet, named after the configuration or corpus."""
    source = config or Path(settings.corpus.paths[0].removeprefix("builtin:"))
    name = source.name.split(".")[0].strip("*-") or "run"
    folders = (Path("runs") / (f"{name}-{n}" if n > 1 else name) for n in itertools.count(1))
    return next(folder for folder in folders if not folder.exists())
