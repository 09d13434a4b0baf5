"""What it costs the vectors to train a text in shards.

`python -m benchmark.shard_quality CORPUS BENCHMARKS [--json FILE]` trains CORPUS as a whole and
in shards, in this process, with several seeds. `scripts/shards` runs it.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmark.quality import benchmark_files
from benchmark.record import (
    Record,
    add_record_options,
    described,
    new_record,
    rows_of,
    write_record,
)
from benchmark.runs import scores_of, train
from benchmark.table import MEAN, markdown, over_runs
from w2v_cli.errors import W2VError
from w2v_cli.systems.processes import usable_processors

KINDS: dict[str, dict[str, object]] = {
    "skip-gram": {},
    "CBOW": {"model.architecture": "cbow"},
    "skip-gram, subwords": {"model.subwords.enabled": True},
    "CBOW, subwords": {"model.architecture": "cbow", "model.subwords.enabled": True},
}
WHOLE = 1  # shards
SHARDS = WHOLE, 8
SAME = "machine", "corpus"  # what rows of one table share

Scores = dict[str, float | None]  # by the name of the benchmark


def measured(
    corpus: str, files: dict[str, Path], kind: str, shards: int, runs: int
) -> dict[str, Any]:
    """A row: the scores of each seed."""
    found: list[Scores] = []
    for seed in range(1, runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / f"{kind}, {shards} shards, seed {seed}"
            given = {"cluster.shards": shards, "training.seed": seed, **KINDS[kind]}
            train(corpus, out, usable_processors(), **given)
            found.append({name: known for name, (known, _) in scores_of(out, files).items()})
    return {"kind": kind, "shards": shards, "scores": found}


def shards_table(record: Record) -> str:
    """A line for each row: the mean of the benchmarks beside that of the text as a whole."""
    wholes = {row["kind"]: _means(row) for row in record["rows"] if row["shards"] == WHOLE}
    names = list(record["rows"][0]["scores"][0])
    lines = []
    for row in sorted(record["rows"], key=lambda row: (row["kind"], row["shards"])):
        means, whole = _means(row), wholes.get(row["kind"])
        away = "" if row["shards"] == WHOLE or whole is None else f"{_away(means, whole):+.3f}"
        each = (f"{fmean(run[name] or 0.0 for run in row['scores']):.3f}" for name in names)
        counts = f"{row['shards']}", f"{len(means)}"
        lines.append((row["kind"], *counts, over_runs(means), away, *each))
    head = ("", "shards", "seeds", f"{MEAN} of {len(names)}", "beside one shard", *names)
    return markdown(head, lines)


def _means(row: dict[str, Any]) -> list[float]:
    """The mean of the benchmarks for each seed."""
    return [fmean(value or 0.0 for value in run.values()) for run in row["scores"]]


def _away(means: list[float], whole: list[float]) -> float:
    """How far the mean over the seeds is from that of the whole text, for the seeds of both."""
    runs = min(len(means), len(whole))
    return fmean(means[:runs]) - fmean(whole[:runs])


def parser() -> argparse.ArgumentParser:
    """The arguments of the program."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("corpus")
    made.add_argument("benchmarks", type=Path, help="the folder of benchmark files")
    made.add_argument(
        "--kind",
        action="append",
        choices=KINDS,
        metavar="KIND",
        help=f"measure only this, of: {'; '.join(KINDS)}; may be given again",
    )
    made.add_argument(
        "--shards", action="append", type=int, help="so many shards; may be given again"
    )
    made.add_argument("--runs", type=int, default=3, help="seeds of each")
    made.add_argument(
        "--add",
        action="store_true",
        help="keep the rows of --json FILE, of any commit; they must be of this machine and text",
    )
    add_record_options(made, "docs/measured/shards.json")
    return made


def measure(options: argparse.Namespace) -> None:
    """Measure each kind with each number of shards, and print."""
    record = new_record(options.corpus, None, options.machine)
    record["rows"] = rows_of(options.json, record, SAME) if options.add else []
    files = benchmark_files(options.benchmarks)
    for kind in options.kind or KINDS:
        for shards in options.shards or SHARDS:
            row = measured(options.corpus, files, kind, shards, options.runs)
            record["rows"].append({"commit": record["commit"], **row})
            if options.json is not None:
                write_record(record, options.json)
    print(described(record), shards_table(record), sep="\n")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the arguments, then measure."""
    made = parser()
    options = made.parse_args(arguments)
    if options.add and options.json is None:
        made.error("--add adds rows to those of --json FILE; give one")
    try:
        measure(options)
    except W2VError as error:
        sys.exit(f"shard_quality: error: {error}")


if __name__ == "__main__":
    main()
