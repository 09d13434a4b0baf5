"""The settings of a run that continues: to its end, or beyond it."""

from dataclasses import replace

from w2v_cli.config import Settings, load_settings
from w2v_cli.config.display import shown
from w2v_cli.errors import UsageError
from w2v_cli.pipeline.provenance import decisive
from w2v_cli.pipeline.results import read_results
from w2v_cli.training.run.run_folder import RunFolder
from w2v_cli.training.run.validation import Losses

__all__ = ["continued_settings", "extended"]


def continued_settings(folder: RunFolder, settings: Settings | None) -> Settings:
    """The settings to continue with: those given or, where they are None, the run's own.

    Raises:
        UsageError: those given change the result; it names them.
    """
    own = load_settings(folder.config).settings
    if settings is None:
        return own
    settings = _as_resolved(settings, own)
    was, now = decisive(own), decisive(settings)
    differing = [key for key in was if was[key] != now[key]]
    if differing:
        changes = (f"{key} was {shown(was[key])}, now {shown(now[key])}" for key in differing)
        raise UsageError(
            f"{folder.path}: cannot be resumed with settings that change its result: "
            f"{'; '.join(changes)}; leave them out, or start a new run in another folder"
        )
    return settings


def _as_resolved(settings: Settings, own: Settings) -> Settings:
    """The settings; what nobody gave, and follows from the text, is taken from the run's own."""
    cluster, training = settings.cluster, settings.training
    if cluster.shards is None:
        cluster = replace(cluster, shards=own.cluster.shards)
    if training.learning_rate is None:
        training = replace(training, learning_rate=own.training.learning_rate)
    if training.min_learning_rate is None:
        training = replace(training, min_learning_rate=own.training.min_learning_rate)
    return replace(settings, cluster=cluster, training=training)


def extended(folder: RunFolder, settings: Settings, epochs: int) -> Settings:
    """The settings of the finished run in the folder, with so many more epochs.

    Raises:
        UsageError: the run is not finished, or ended early, or would have too many epochs.
    """
    if not folder.is_finished():
        raise UsageError(f"{folder.path}: is not finished; finish it with --resume, then extend it")
    record = read_results(folder)
    reason = record.get("ended_early")
    if Losses(record.get("held_out_losses") or [], settings.training.patience).exhausted:
        reason = "training.patience"  # it ran out just as the last epoch ended
    if reason is not None:
        raise UsageError(
            f"{folder.path}: ended before its last epoch, by {reason}: its schedule cannot be "
            "extended; start a new run"
        )
    total = settings.training.epochs + epochs
    asked = {"training.epochs": (total, "--extend-epochs")}
    load_settings(base=folder.config, above_base=asked)  # raises where that is too many
    return replace(settings, training=replace(settings.training, epochs=total))
