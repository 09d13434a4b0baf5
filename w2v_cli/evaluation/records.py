"""What a run wrote about itself, as far as it has come."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from w2v_cli.errors import RunError

__all__ = ["RunRecord", "read_record"]

Facts = dict[str, Any]


@dataclass(frozen=True)
class RunRecord:
    """The facts of run.json, None before the end, and of each line of metrics.jsonl."""

    finished: Facts | None
    metrics: list[Facts]

    @property
    def newest(self) -> Facts | None:
        """The last line of the metrics, or None."""
        return self.metrics[-1] if self.metrics else None


def read_record(folder: Path) -> RunRecord:
    """The record of the run in a folder; what is missing there is missing in the record.

    Raises:
        RunError: a file cannot be read, or does not hold JSON objects; names file and line.
    """
    record = _read(folder / "run.json")
    lines = _read(folder / "metrics.jsonl") or ""
    finished = None if record is None else _object(record, f"{folder / 'run.json'}")
    metrics = [
        _object(line, f"{folder / 'metrics.jsonl'}:{number}")
        for number, line in enumerate(lines.splitlines(), start=1)
    ]
    return RunRecord(finished, metrics)


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
