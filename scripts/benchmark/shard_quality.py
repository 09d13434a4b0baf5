"""What it costs the vectors to train a text in shards.

`python -m benchmark.shard_quality CORPUS BENCHMARKS [--json FILE]` trains CORPUS as a whole and
in shards, in this process, with several seeds. `scripts/shards` runs it.
"""

import tempfile
from pathlib import Path
from statistics import fmean
from typing import Any

import click

from benchmark.quality import benchmark_files
from benchmark.record import Record, described, new_record, rows_of, write_record
from benchmark.runs import scores_of, train
from benchmark.table import MEAN, markdown, over_runs
from w2v_cli.systems.processes import usable_processors

KINDS: dict[str, dict[str, object]] = {
    "skip-gram": {},
    "CBOW": {"model.architecture": "cbow"},
    "skip-gram, subwords": {"model.subwords.enabled": True},
    "CBOW, subwords": {"model.architecture": "cbow", "model.subwords.enabled": True},
}
WHOLE = 1  # shards

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
    for row in record["rows"]:
        means, whole = _means(row), wholes.get(row["kind"])
        away = "" if row["shards"] == WHOLE or whole is None else f"{_away(means, whole):+.3f}"
        each = (f"{fmean(run[name] or 0.0 for run in row['scores']):.3f}" for name in names)
        lines.append((row["kind"], f"{row['shards']}", over_runs(means), away, *each))
    head = ("", "shards", f"{MEAN} of {len(names)}", "beside one shard", *names)
    return markdown(head, lines)


def _means(row: dict[str, Any]) -> list[float]:
    """The mean of the benchmarks for each seed."""
    return [fmean(value or 0.0 for value in run.values()) for run in row["scores"]]


def _away(means: list[float], whole: list[float]) -> float:
    """How far the mean over the seeds is from that of the whole text, for the seeds of both."""
    runs = min(len(means), len(whole))
    return fmean(means[:runs]) - fmean(whole[:runs])


@click.command()
@click.argument("corpus")
@click.argument("benchmarks", type=click.Path(path_type=Path))
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(list(KINDS)),
    multiple=True,
    default=list(KINDS),
    help="Measure only this; may be given again.",
)
@click.option(
    "--shards", multiple=True, default=(WHOLE, 8), help="So many shards; may be given again."
)
@click.option("--runs", default=3, help="Seeds of each.")
@click.option("--add", is_flag=True, help="Keep the rows that the JSON file has, of any commit.")
@click.option("--machine", default="", help="What else a reader should know of the machine.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write every value here; the pages are made of docs/measured/shards.json.",
)
def main(
    corpus: str,
    benchmarks: Path,
    kinds: tuple[str, ...],
    shards: tuple[int, ...],
    runs: int,
    add: bool,
    machine: str,
    json_file: Path | None,
) -> None:
    """Measure what it costs the vectors to train CORPUS in shards.

    BENCHMARKS is the folder of the benchmark files.
    """
    record = new_record(corpus, None, machine)
    same = "machine", "corpus"
    record["rows"] = rows_of(json_file, record, same) if add and json_file is not None else []
    files = benchmark_files(benchmarks)
    for kind in kinds:
        for number in shards:
            row = measured(corpus, files, kind, number, runs)
            record["rows"].append({"commit": record["commit"], **row})
            if json_file is not None:
                write_record(record, json_file)
    print(described(record), shards_table(record), sep="\n")


if __name__ == "__main__":
    main()
