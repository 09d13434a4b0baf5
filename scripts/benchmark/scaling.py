"""What rounds on the workers of a Dask cluster of this machine cost, beside one machine alone.

`python -m benchmark.scaling CORPUS [--json FILE]` trains CORPUS with as many processes as there
are processors: as a whole, in rounds in one process, and in the same rounds on 1, 2 and 4 workers,
in turn, several times; all rounds must leave the same bytes. `scripts/scaling` runs it.
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median
from typing import Any

import click

from benchmark.processes import run
from benchmark.record import Record, described, new_record, write_record
from benchmark.table import markdown
from w2v_cli.systems.processes import usable_processors

WHOLE = "one machine"
ADDRESSES = ("inline", "local:1", "local:2", "local:4")
SETTINGS = {"model.dim": 100, "vocabulary.min_count": 5, "subsample.threshold": 1e-4}

Sample = dict[str, Any]


def ways(shards: int, rounds: int) -> dict[str, dict[str, object]]:
    """The settings of each way to train, by its name."""
    found: dict[str, dict[str, object]] = {WHOLE: {"cluster.shards": 1}}
    for address in ADDRESSES:
        found[address] = {
            "cluster.shards": shards,
            "cluster.rounds_per_epoch": rounds,
            "cluster.first_rounds": rounds,
            "machine.cluster": address,
        }
    return found


def sample(corpus: str, folder: Path, settings: dict[str, object]) -> Sample:
    """What a run leaves that is trained by a process of its own in a new folder."""
    out = folder / "run"
    given = {"machine.cache": str(folder / "cache"), **SETTINGS, **settings}
    sets = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
    arguments = ["-m", "w2v_cli", "train", "--corpus", corpus, "-o", str(out), "--force", *sets]
    done = run([*arguments, "--quiet"], {"OPENBLAS_NUM_THREADS": "1"}, folder / "log", memory=False)
    record = json.loads((out / "run.json").read_bytes())
    lines = map(json.loads, (out / "metrics.jsonl").read_text("utf-8").splitlines())
    ended = [line["cluster"] for line in lines if line.get("cluster")]
    return {
        "words_per_second": round(record["words_per_second"], 1),
        "cpu_seconds": round(done.cpu_seconds, 1),
        "exchanging": [facts["exchanging"] for facts in ended],
        "round_seconds": _round_seconds(record, ended),
        "vocabulary": record["vocabulary"],
        "words": record["words"],
        "sha256": hashlib.sha256((out / "vectors.npy").read_bytes()).hexdigest(),
    }


def _round_seconds(record: Any, ended: list[dict[str, float]]) -> float | None:
    """Seconds of a round, on average; None where there was none."""
    if not ended:
        return None
    return round(record["timings"]["train_seconds"] / ended[-1]["rounds"], 3)


def measured(
    corpus: str, runs: int, settings: dict[str, object], plan: dict[str, dict[str, object]]
) -> Iterator[tuple[str, Sample]]:
    """A sample of each way in turn, as often as there are runs; the first run fills the cache."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sample(corpus, folder, {**settings, **plan[WHOLE], "training.max_time": "1s"})
        for number in range(runs):
            for name, chosen in plan.items():
                print(f"run {number + 1} of {runs}: {name}", file=sys.stderr, flush=True)
                yield name, sample(corpus, folder, {**settings, **chosen})


def rows(samples: dict[str, list[Sample]]) -> list[dict[str, Any]]:
    """A row for each way: its figures of every run, and whether its bytes are those of rounds."""
    found = []
    for name, taken in samples.items():
        digests = {each["sha256"] for each in taken}
        expected = {samples["inline"][0]["sha256"]} if name != WHOLE else digests
        found.append(
            {
                "name": name,
                "words_per_second": [each["words_per_second"] for each in taken],
                "cpu_seconds": [each["cpu_seconds"] for each in taken],
                "round_seconds": [each["round_seconds"] for each in taken],
                "exchanging": [
                    round(mean(each["exchanging"]), 4) for each in taken if each["exchanging"]
                ],
                "equal": digests == expected and len(digests) == 1,
            }
        )
    return found


def scaling_table(record: Record) -> str:
    """The speed of each way beside that of one machine, and what rounds cost."""
    alone = median(record["rows"][0]["words_per_second"])
    lines = []
    for row in record["rows"]:
        speed, in_rounds = median(row["words_per_second"]), bool(row["exchanging"])
        lines.append(
            (
                row["name"] if row["name"] == WHOLE else f"`--cluster {row['name']}`",
                f"{speed:,.0f}",
                f"{speed / alone:.2f}×",
                f"{median(row['cpu_seconds']):,.0f}",
                f"{median(row['round_seconds']):,.1f}" if in_rounds else "",
                f"{median(row['exchanging']):.0%}" if in_rounds else "",
                ("the same" if row["equal"] else "**others**") if in_rounds else "",
            )
        )
    head = ("", "words/s", "of one machine", "CPU s", "s a round", "exchanging", "bytes")
    return f"{markdown(head, lines)}\n\n{_plan(record)}"


def _plan(record: Record) -> str:
    """What was trained."""
    return (
        f"{record['shards']} shards, {record['rounds']} rounds, {record['processes']} processes in "
        f"all but `local:4`, which has one each where there are fewer; D 100, "
        f"{record['vocabulary']:,} words; medians of {len(record['rows'][0]['cpu_seconds'])}."
    )


@click.command()
@click.argument("corpus")
@click.option("--runs", default=3, help="Runs of each way.")
@click.option("--shards", default=4, help="Shards of a round.")
@click.option("--rounds", default=4, help="Rounds; 20 at most, so that each is reported.")
@click.option("--machine", default="", help="What else a reader should know of the machine.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write every value here; the pages are made of docs/measured/scaling.json.",
)
def main(
    corpus: str, runs: int, shards: int, rounds: int, machine: str, json_file: Path | None
) -> None:
    """Measure what rounds on 1, 2 and 4 workers of this machine cost on CORPUS."""
    processes = usable_processors()
    settings: dict[str, object] = {"training.epochs": 1}
    samples: dict[str, list[Sample]] = {}
    for name, taken in measured(corpus, runs, settings, ways(shards, rounds)):
        samples.setdefault(name, []).append(taken)
    first = samples[WHOLE][0]
    record = new_record(corpus, first["words"], machine)
    record |= {"shards": shards, "rounds": rounds, "processes": processes}
    record |= {"vocabulary": first["vocabulary"], "rows": rows(samples)}
    print(described(record), scaling_table(record), sep="\n")
    if json_file is not None:
        write_record(record, json_file)
    if not all(row["equal"] for row in record["rows"]):
        raise click.ClickException("other bytes on some workers than in one process")


if __name__ == "__main__":
    main()
