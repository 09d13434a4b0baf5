"""The facts of a run, finished or not: what was set, what was measured, how it ended."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2v_cli.config import Settings, load_settings, to_flat_dict
from w2v_cli.errors import RunError

__all__ = ["RunFacts", "is_run", "read_run"]

Facts = dict[str, Any]


@dataclass(frozen=True)
class RunFacts:
    """What the files of a run folder say.

    `settings` are by key path, and `changed` are those that are not the defaults. `record`
    is run.json, None before the end; `metrics` are the lines of metrics.jsonl.
    """

    folder: Path
    settings: Facts
    changed: list[str]
    record: Facts | None
    metrics: list[Facts]

    @property
    def newest(self) -> Facts | None:
        """The last line of the metrics, or None."""
        return self.metrics[-1] if self.metrics else None

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Facts that the block does not find in run.json or the metrics become an error.

        Raises:
            RunError: in place of an error of Python's.
        """
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            file = "metrics.jsonl" if self.record is None else "run.json"
            raise RunError(
                f"{self.folder}: {file} is damaged or of another version of w2v ({error}); "
                "`w2v info --json` shows it as it is"
            ) from error


def is_run(folder: Path) -> bool:
    """Whether a run was begun in the folder."""
    return (folder / "config.yaml").is_file()


def read_run(folder: Path) -> RunFacts:
    """The facts of the run in a folder; what is missing there is missing in them.

    Raises:
        ConfigError: config.yaml is not a configuration.
        RunError: another file cannot be read, or does not hold JSON objects; names file and
            line.
    """
    settings = to_flat_dict(load_settings(folder / "config.yaml").settings)
    defaults = to_flat_dict(Settings())
    record = _read(folder / "run.json")
    lines = _read(folder / "metrics.jsonl") or ""
    return RunFacts(
        folder=folder,
        settings=settings,
        changed=[key for key, value in settings.items() if value != defaults[key]],
        record=None if record is None else _object(record, f"{folder / 'run.json'}"),
        metrics=[
            _object(line, f"{folder / 'metrics.jsonl'}:{number}")
            for number, line in enumerate(lines.splitlines(), start=1)
        ],
    )


def _read(path: Path) -> str | None:
    """The text of a file, or None if there is no such file."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise RunError(f"{path}: cannot be read: {reason.lower()}") from error


def _object(text: str, where: str) -> Facts:
    """The JSON object that a text holds."""
    try:
        facts = json.loads(text)
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        raise RunError(f"{where}: damaged: expected a JSON object, found {text[:60]!r}")
    return facts
