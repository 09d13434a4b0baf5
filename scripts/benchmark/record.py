"""What a measuring program leaves for the pages: one form of JSON for all of them."""

import argparse
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmark.machine import describe
from w2v_cli.errors import UsageError
from w2v_cli.files import replacing

ROOT = Path(__file__).resolve().parents[2]
Record = dict[str, Any]


def add_record_options(parser: argparse.ArgumentParser, pages: str) -> None:
    """Add `--machine` and `--json`, which every measuring program has."""
    parser.add_argument(
        "--machine",
        default="",
        metavar="NOTE",
        help="what else a reader should know of the machine",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help=f"also write every value to FILE; pages are made of {pages} (then run scripts/docs)",
    )


def new_record(corpus: str, words: int | None, note: str) -> Record:
    """When, from which commit, on which machine and text something is measured.

    The corpus is named by its file alone: a reader needs no folders of the machine.
    """
    return {
        "date": time.strftime("%Y-%m-%d"),
        "commit": _commit(),
        "machine": describe(),
        "note": note,
        "corpus": Path(corpus).name,
        "words": words,
    }


def _commit() -> str:
    """The commit of the code, and whether something was changed since."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def write_record(record: Record, path: Path) -> None:
    """Write a record as JSON; the old file stays until all is written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path, "w") as file:
        file.write(json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n")


def read_record(path: Path) -> Record:
    """The record in a file."""
    record: Record = json.loads(path.read_text("utf-8"))
    return record


SAME = "machine", "commit", "corpus", "words"


def rows_of(path: Path, record: Record, same: Sequence[str] = SAME) -> list[Record]:
    """The rows of the record in a file, to stand beside those of this one.

    Raises:
        UsageError: the file is not there, or its rows are of another machine, commit or text.
    """
    try:
        old = read_record(path)
        rows: list[Record] = old["rows"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--add: {path} has no rows ({error})") from error
    for key in same:
        if old.get(key) != record[key]:
            raise UsageError(
                f"--add: the rows of {path} are of another {key}, {old.get(key)}; now it is "
                f"{record[key]}. Measure all rows anew, without --add"
            )
    return rows


def described(record: Record) -> str:
    """Date, commit, machine and text, as lines of Markdown."""
    facts = dict(record["machine"])
    if record["note"]:
        facts["note"] = record["note"]
    words = f", {record['words']:,} words" if record["words"] else ""
    facts["measured"] = f"{record['date']}, commit {record['commit']}"
    facts["corpus"] = f"{record['corpus']}{words}"
    return "".join(f"- {name}: {value}\n" for name, value in facts.items())
