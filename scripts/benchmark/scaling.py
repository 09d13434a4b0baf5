"""What rounds on the workers of a Dask cluster cost on this machine, and would cost on many.

`python -m benchmark.scaling CORPUS [--json FILE]` trains CORPUS with as many processes as there
are processors: as a whole, in rounds in one process, and in the same rounds on 1, 2 and 4 workers,
in turn, several times; all rounds must leave the same bytes. Then it measures how fast vectors
pass through a round, and the scheduler. `scripts/scaling` runs it.

What is trained stands for the shortest text that is split by default. There a shard has 60 words
in a round for each word of the vocabulary, on average over the run (`pipeline/sharding.py`); so it
has here, with 10 million words and 62,500 of them different. There nearly all steps have
`training.tokens_per_step`. Here the copies of CORPUS are long enough for the steps to have grown
so far by the last epoch; its speed is shown by itself (docs/decisions/0027).
"""

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import mean, median
from typing import Any

import click

from benchmark.processes import run
from benchmark.record import Record, described, new_record, write_record
from benchmark.round_model import DIM, WORDS, blocks_of
from benchmark.round_scheduling import rounds_of
from benchmark.round_speeds import Vectors, measured_speeds
from benchmark.scaling_tables import NODES, WHOLE, costs_table, nodes_table, scaling_table
from w2v_cli.systems.processes import usable_processors

ADDRESSES = ("inline", "local:1", "local:2", "local:4")
SETTINGS = {"model.dim": DIM, "subsample.threshold": 1e-4}
MIN_COUNT = 5  # in each copy of the text, so that the vocabulary is that of the text

COPIES, EPOCHS, ROUNDS = 6, 2, 4
PARTS = "runs", "speeds", "scheduler"

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
    """The figures of a run, trained by a process of its own in a new folder."""
    out = folder / "run"
    given = {"machine.cache": str(folder / "cache"), **SETTINGS, **settings}
    sets = [part for key, value in given.items() for part in ("--set", f"{key}={value}")]
    arguments = ["-m", "w2v_cli", "train", "--corpus", corpus, "-o", str(out), "--force", *sets]
    done = run([*arguments, "--quiet"], {"OPENBLAS_NUM_THREADS": "1"}, folder / "log", memory=False)
    record = json.loads((out / "run.json").read_bytes())
    lines = map(json.loads, (out / "metrics.jsonl").read_text("utf-8").splitlines())
    reports = list(lines)
    ended = [line for line in reports if line.get("cluster")]
    return {
        "words_per_second": round(record["words_per_second"], 1),
        "late_words_per_second": round(last_epoch_speed(reports), 1),
        "cpu_seconds": round(done.cpu_seconds, 1),
        "exchanging": [line["cluster"]["exchanging"] for line in ended],
        **round_times([_seconds_of(line) for line in ended]),
        "vocabulary": record["vocabulary"],
        "words": record["words"],
        "sha256": hashlib.sha256((out / "vectors.npy").read_bytes()).hexdigest(),
    }


def last_epoch_speed(reports: list[dict[str, Any]]) -> float:
    """Words a second of the last epoch."""
    ends = [(each["words"], _seconds_of(each)) for each in reports if each["epoch_ended"]]
    (words, began), (all_words, ended) = [(0, 0.0), *ends][-2:]
    return (all_words - words) / max(ended - began, 1e-9)


def _seconds_of(report: dict[str, Any]) -> float:
    """Seconds from the start of the training to a report."""
    return float(report["words"] / report["words_per_second"])


def round_times(ends: list[float]) -> dict[str, float | None]:
    """Seconds of a round, and what the first took more; None where there was none.

    `ends` are the seconds from the start of the training to the end of each round.
    """
    if not ends:
        return {"round_seconds": None, "start_seconds": None}
    later = [end - start for start, end in pairwise(ends)]
    usual = median(later or ends)
    return {"round_seconds": round(usual, 3), "start_seconds": round(ends[0] - usual, 3)}


def repeated(corpus: str, copies: int, folder: Path) -> str:
    """The path of a text that is so many copies of another, one after another."""
    if copies == 1:
        return corpus
    text = folder / Path(corpus).name
    with text.open("wb") as file:
        for _ in range(copies):
            file.write(Path(corpus).read_bytes())
    return str(text)


def measured(
    corpus: str,
    copies: int,
    runs: int,
    settings: dict[str, object],
    plan: dict[str, dict[str, object]],
) -> Iterator[tuple[str, Sample]]:
    """A sample of each way in turn, as often as there are runs; the first run fills the cache."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        corpus = repeated(corpus, copies, folder)
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
                "late_words_per_second": [each["late_words_per_second"] for each in taken],
                "cpu_seconds": [each["cpu_seconds"] for each in taken],
                "round_seconds": [each["round_seconds"] for each in taken],
                "start_seconds": [each["start_seconds"] for each in taken],
                "exchanging": [
                    round(mean(each["exchanging"]), 4) for each in taken if each["exchanging"]
                ],
                "equal": digests == expected and len(digests) == 1,
            }
        )
    return found


def measure_runs(
    corpus: str, runs: int, copies: int, epochs: int, shards: int, rounds: int
) -> Record:
    """What runs on this machine reached."""
    settings: dict[str, object] = {
        "training.epochs": epochs,
        "vocabulary.min_count": MIN_COUNT * copies,
    }
    samples: dict[str, list[Sample]] = {}
    for name, taken in measured(corpus, copies, runs, settings, ways(shards, rounds)):
        samples.setdefault(name, []).append(taken)
    first = samples[WHOLE][0]
    return {
        "words": first["words"],
        "copies": copies,
        "epochs": epochs,
        "shards": shards,
        "rounds": rounds,
        "processes": usable_processors(),
        "vocabulary": first["vocabulary"],
        "rows": rows(samples),
    }


def measure_speeds() -> Record:
    """How fast vectors pass through the parts of a round, in GB/s."""
    found = {}
    for name, speeds in measured_speeds(Vectors()):
        print(f"speeds: {name}", file=sys.stderr, flush=True)
        found[name] = [round(speed / 1e9, 3) for speed in speeds]
    return {"speeds": found}


def measure_scheduler(record: Record, times: int) -> Record:
    """Seconds of rounds that do nothing, for the nodes of the tables and for the runs measured."""
    graphs = [(nodes, blocks_of(WORDS, DIM)) for nodes in NODES]
    if "rows" in record:
        graphs.insert(0, (record["shards"], blocks_of(record["vocabulary"], DIM)))
    found = []
    for nodes, blocks in graphs:
        print(f"scheduler: {nodes} nodes, {blocks} blocks", file=sys.stderr, flush=True)
        seconds, busy = zip(*rounds_of(nodes, blocks, times), strict=True)
        kinds = {"seconds": seconds, "busy": busy}
        taken = {kind: [round(value, 3) for value in values] for kind, values in kinds.items()}
        found.append({"nodes": nodes, "blocks": blocks, **taken})
    return {"scheduler": found}


@click.command()
@click.argument("corpus")
@click.option(
    "--part",
    "parts",
    type=click.Choice(PARTS),
    multiple=True,
    default=PARTS,
    help="Measure only this; may be given again.",
)
@click.option("--runs", default=2, help="Runs of each way, and rounds of the scheduler.")
@click.option("--shards", default=4, help="Shards of a round.")
@click.option("--copies", default=COPIES, help="Copies of CORPUS, one after another.")
@click.option("--epochs", default=EPOCHS, help="Epochs; the last one's speed is shown by itself.")
@click.option(
    "--rounds", default=ROUNDS, help="Rounds of an epoch; 20 at most, so that each is reported."
)
@click.option("--machine", default="", help="What else a reader should know of the machine.")
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write every value here; the pages are made of docs/measured/scaling.json.",
)
def main(
    corpus: str,
    parts: tuple[str, ...],
    runs: int,
    shards: int,
    copies: int,
    epochs: int,
    rounds: int,
    machine: str,
    json_file: Path | None,
) -> None:
    """Measure what rounds on Dask workers cost, and estimate what many nodes would reach.

    \b
    runs       words/s of CORPUS on 1, 2 and 4 workers of this machine, and of it alone
    speeds     GB/s of taking, sending and combining what shards change, and of what else a
               round does to vectors; sending is between two workers, over TCP and over TLS
    scheduler  seconds of the scheduler for the tasks of a round, which do nothing, of 8, 32
               and 128 workers in this process

    With all three a model says what 8, 32 and 128 nodes would reach at 1, 10, 25 and 100 Gbit/s.
    """
    record = new_record(corpus, None, machine)
    if "runs" in parts:
        record |= measure_runs(corpus, runs, copies, epochs, shards, rounds)
    if "speeds" in parts:
        record |= measure_speeds()
    if "scheduler" in parts:
        record |= measure_scheduler(record, runs)
    tables = filter(None, (scaling_table(record), costs_table(record), nodes_table(record)))
    print(described(record), "\n\n".join(tables), sep="\n")
    if json_file is not None:
        write_record(record, json_file)
    if not all(row["equal"] for row in record.get("rows", ())):
        raise click.ClickException("other bytes on some workers than in one process")


if __name__ == "__main__":
    main()
