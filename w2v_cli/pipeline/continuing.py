"""The settings of a run that goes on: to its end, or beyond it."""

from dataclasses import replace

from w2v_cli.config import Settings, load_settings
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.provenance import decisive
from w2v_cli.pipeline.results import read_results
from w2v_cli.training.run.run_folder import RunFolder

__all__ = ["continued_settings", "extended"]


def continued_settings(folder: RunFolder, settings: Settings | None) -> Settings:
    """The settings to go on with: those given, which must not change the result, or its own.

    Raises:
        UsageError: they do change it; it names them.
    """
    own = load_settings(folder.config).settings
    if settings is None:
        return own
    settings = _as_resolved(settings, own)
    was, now = decisive(own), decisive(settings)
    differing = [key for key in was if was[key] != now[key]]
    if differing:
        changes = "; ".join(f"{key} was {was[key]}, now {now[key]}" for key in differing)
        raise UsageError(
            f"{folder.path}: cannot be resumed with settings that change its result: {changes}"
        )
    return settings


def _as_resolved(settings: Settings, own: Settings) -> Settings:
    """The settings with what nobody gave as the run has it, from its text."""
    cluster, training = settings.cluster, settings.training
    if cluster.shards is None:
        cluster = replace(cluster, shards=own.cluster.shards)
    if training.learning_rate is None:
        training = replace(training, learning_rate=own.training.learning_rate)
    if training.min_learning_rate is None:
        training = replace(training, min_learning_rate=own.training.min_learning_rate)
    return replace(settings, cluster=cluster, training=training)


def extended(folder: RunFolder, settings: Settings, epochs: int) -> Settings:
    """The settings of the finished run in the folder with so many more epochs.

    Raises:
        UsageError: the run is not finished, or there would be too many epochs.
    """
    if not folder.is_finished():
        raise UsageError(f"{folder.path}: is not finished; go on with --resume before extending it")
    reason = read_results(folder).get("ended_early")
    if reason is not None:
        raise UsageError(
            f"{folder.path}: ended before its last epoch, by {reason}, so that its schedule cannot "
            "be extended; start a new run"
        )
    total = settings.training.epochs + epochs
    load_settings(folder.config, (), {"training.epochs": total})  # raises where that is too many
    return replace(settings, training=replace(settings.training, epochs=total))
