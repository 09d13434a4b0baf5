"""The facts of a run, finished or not: what was set, what was measured, how it ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from w2v_cli.config import Settings, load_settings, to_flat_dict
from w2v_cli.errors import RunError
from w2v_cli.run_files import Facts, RunFiles

__all__ = ["RunFacts", "read_run"]


@dataclass(frozen=True)
class RunFacts:
    """What the files of a run folder say.

    `settings` are by key path, and `changed` the keys of those that are not the defaults. `record`
    is run.json, None before the end; `metrics` are the lines of metrics.jsonl; `start` says what
    vectors the run started from, None for random ones.
    """

    folder: Path
    settings: Facts
    changed: list[str]
    record: Facts | None
    metrics: list[Facts]
    start: Facts | None = None

    @property
    def newest(self) -> Facts | None:
        """The last line of the metrics, or None."""
        return self.metrics[-1] if self.metrics else None

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Say of facts that the block cannot use that run.json or the metrics are damaged.

        Raises:
            RunError: in place of Python's own error in the block.
        """
        try:
            yield
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            file = "metrics.jsonl" if self.record is None else "run.json"
            wrong = f"{error} is missing" if isinstance(error, KeyError) else "a value is of no use"
            raise RunError(
                f"{self.folder}: {file} is damaged or of another version of w2v ({wrong}); "
                "`w2v info --json` shows it as it is"
            ) from error


def read_run(folder: Path) -> RunFacts:
    """The facts of the run in a folder; what is missing there is missing in them.

    Raises:
        ConfigError: config.yaml is not a configuration.
        RunError: another file cannot be read, or does not hold JSON objects; names file and
            line.
    """
    files = RunFiles(folder)
    settings = to_flat_dict(load_settings(files.config).settings)
    defaults = to_flat_dict(Settings())
    return RunFacts(
        folder=folder,
        settings=settings,
        changed=[key for key, value in settings.items() if value != defaults[key]],
        record=files.read_record() if files.record.exists() else None,
        metrics=files.read_metrics(),
        start=files.read_start() if files.start.exists() else None,
    )
