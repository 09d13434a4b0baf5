"""The parts of the pages that show measurements, made of the JSON that the programs wrote.

`scripts/bench` writes docs/measured/bench.json and, of vectors made of n-grams,
docs/measured/subwords.json; without AVX-512 docs/measured/avx2.json; with `--kind KIND`
docs/measured/KIND.json, `scripts/cost` docs/measured/cost.json, `scripts/continue`
docs/measured/continue.json, `scripts/scaling` docs/measured/scaling.json, and `scripts/shards`
docs/measured/shards.json.
"""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean, median

from benchmark.continuing import continued_table, starts_table
from benchmark.cost import curves_table, limit_table
from benchmark.published_model import table as published_table
from benchmark.record import Record, described, read_record
from benchmark.scaling_tables import costs_table, nodes_table, scaling_table
from benchmark.shard_quality import shards_table
from benchmark.table import (
    Quality,
    main_comparison,
    markdown,
    measured,
    qualities,
    quality_table,
    speed_table,
    summary,
    whole_table,
)

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "measured"
KINDS = "graph", "sessions", "events", "characters", "novel"
_CONTINUE = "scripts/continue CORPUS BENCHMARKS"
SHOWN_FIRST = "skipgram-100-5", "cbow-100-5"  # in the README
_BENCH = "scripts/bench CORPUS --json docs/measured/bench.json"
_SUBWORDS = (
    "scripts/bench CORPUS --rows subwords subwords-5 subwords-cbow subwords-cbow-5 "
    "--json docs/measured/subwords.json"
)


def _record(name: str) -> Record | None:
    path = FOLDER / f"{name}.json"
    return read_record(path) if path.exists() else None


def bench() -> str:
    """What scripts/bench measured: the machine, the tables, and one line about all of it."""
    return _measured("bench", _BENCH, _tables)


def bench_subwords() -> str:
    """The same of vectors made of n-grams."""
    return _measured("subwords", _SUBWORDS, _tables)


def bench_avx2() -> str:
    """The speeds on a processor without AVX-512."""
    command = "scripts/bench CORPUS --json docs/measured/avx2.json"
    return _measured("avx2", command, _with_machine(lambda record: speed_table(record["rows"])))


def _tables(record: Record) -> str:
    """The machine, the tables of scripts/bench, and one line about all of it."""
    rows = record["rows"]
    titled = (
        ("Training alone:", speed_table(rows)),
        ("From the text to saved vectors, seconds and seconds of processors:", whole_table(rows)),
        ("Scores of the vectors, means over the runs:", quality_table(rows)),
    )
    tables = [f"{title}\n\n{table}" for title, table in titled if table]
    return "\n\n".join([described(record), *tables, summary(rows)])


def _shown_first(record: Record) -> list[Record]:
    """The rows of a record of scripts/bench that the README shows."""
    return [row for row in measured(record["rows"]) if row["name"] in SHOWN_FIRST]


def bench_first() -> str:
    """The rows that the README shows, ours above theirs."""
    return _measured("bench", _BENCH, _first_table)


def _first_table(record: Record) -> str:
    rows = _shown_first(record)
    if not rows:
        return ""
    names = [quality.name for quality in qualities(rows[0])[1:]]
    lines = []
    for row in rows:
        ours, theirs = _speeds(row)
        scores = [quality for quality in qualities(row) if quality.name in names]
        work, version = row["work"].rpartition(",")[0], record["machine"][row["against"]]
        lines.append((f"**w2v**, {work}", ours, *(f"{median(s.ours):.3f}" for s in scores)))
        who = f"{row['against']} {version}, {work}"
        lines += _their_lines(who, theirs, scores)
    note = f" Note: {record['note']}." if record["note"] else ""
    seen = f"{record['words']:,} words, {record['date']}, {record['machine']['processor']}.{note}"
    return f"{markdown(('', 'words/s', *names), lines)}\n\n{seen}"


def bench_headline() -> str:
    """How much faster the README's first rows are, and how good, in one sentence each."""
    return _measured("bench", _BENCH, _headlines)


def _headlines(record: Record) -> str:
    rows = _shown_first(record)
    if not rows:
        return ""
    words = f"{record['words'] / 1e6:.0f} million words"
    head = f"Beside the same model in another program, on {words}:\n"
    lines = [head, *(_headline(row, record["machine"]) for row in rows)]
    avx2 = _record("avx2")
    slower = _shown_first(avx2) if avx2 else []
    if slower:
        ratios = [
            f"{row['work'].partition(',')[0]} {main_comparison(row).ratio:.1f}" for row in slower
        ]
        lines.append(f"- On a processor without AVX-512: {', '.join(ratios)} times as fast.")
    return "\n".join(lines)


def _headline(row: Record, machine: dict[str, str]) -> str:
    """Speed and the mean score of one row, against theirs at the best of its rates."""
    speed = main_comparison(row)
    peer = row["against"]
    line = f"- {row['work']}: **{speed.ratio:.1f} times as fast** as {peer} {machine[peer]}"
    scores = qualities(row)
    if not scores:
        return f"{line}."
    mean = scores[0]
    ours, theirs = fmean(mean.ours), fmean(mean.theirs[mean.best_rate])
    which = f"{peer}, at the best of {len(mean.theirs)} learning rates"
    return f"{line}; {mean.name} benchmarks: {ours:.3f} ({which}: {theirs:.3f})."


def _speeds(row: Record) -> tuple[str, str]:
    speed = main_comparison(row)
    return f"{median(speed.ours):,.0f}", f"{median(speed.theirs):,.0f}"


def _their_lines(who: str, speed: str, scores: list[Quality]) -> list[tuple[str, ...]]:
    """Their line at each learning rate; only the first, their default, was timed."""
    rates = [*scores[0].theirs] if scores else [""]
    return [
        (
            f"{who}, rate {rate}" if rate else who,
            "" if number else speed,
            *(f"{median(score.theirs[rate]):.3f}" for score in scores),
        )
        for number, rate in enumerate(rates)
    ]


def kinds() -> str:
    """What scripts/bench --kind measured on data that is not prose."""
    parts = []
    for kind in KINDS:
        record = _record(kind)
        if record is not None:
            tables = [markdown(lines[0], lines[1:]) for lines in record["tables"]]
            parts.append("\n\n".join([f"### {kind}", described(record), *tables]) + "\n")
    return "\n".join(parts) or "Not measured yet: `scripts/bench --kind KIND`.\n"


def _measured(name: str, command: str, render: Callable[[Record], str]) -> str:
    """The text made of the record `name`, or the command that measures it.

    A record of some parts gives no text for the others.
    """
    record = _record(name)
    text = "" if record is None else render(record)
    return f"{text or f'Not measured yet: `{command}`.'}\n"


def _with_machine(render: Callable[[Record], str]) -> Callable[[Record], str]:
    """The same, below a line on when and on which machine it was measured."""
    return lambda record: f"{described(record)}\n{render(record)}"


def cost() -> str:
    """What scripts/cost measured of the growth of the cost."""
    return _measured("cost", "scripts/cost", _with_machine(curves_table))


def limit() -> str:
    """What scripts/cost measured of the matrix products, and on which machine."""
    return _measured("cost", "scripts/cost", _with_machine(limit_table))


def continued() -> str:
    """What scripts/continue measured of one text in two parts."""
    return _measured("continue", _CONTINUE, _with_machine(continued_table))


def starts() -> str:
    """What scripts/continue measured on another field."""
    return _measured("continue", _CONTINUE, starts_table)


def scaling() -> str:
    """What scripts/scaling measured of rounds on the workers of one machine."""
    return _of_scaling(_with_machine(scaling_table))


def scaling_costs() -> str:
    """What scripts/scaling measured of the parts of a round, and of the scheduler."""
    return _of_scaling(costs_table)


def scaling_nodes() -> str:
    """What many nodes would reach by what scripts/scaling measured."""
    return _of_scaling(nodes_table)


def _of_scaling(render: Callable[[Record], str]) -> str:
    return _measured("scaling", "scripts/scaling CORPUS", render)


def shards() -> str:
    """What scripts/shards measured of the vectors of a text trained in shards."""
    return _measured("shards", "scripts/shards CORPUS BENCHMARKS", _with_machine(shards_table))


def published() -> str:
    """What benchmark.published_model measured of a fastText model of the published size."""
    command = "python -m benchmark.published_model"
    return _measured("published_model", command, published_table)


PARTS = {
    "bench": bench,
    "bench-first": bench_first,
    "bench-avx2": bench_avx2,
    "bench-headline": bench_headline,
    "bench-kinds": kinds,
    "bench-subwords": bench_subwords,
    "cost": cost,
    "limit": limit,
    "continue": continued,
    "starts": starts,
    "published": published,
    "scaling": scaling,
    "scaling-costs": scaling_costs,
    "scaling-nodes": scaling_nodes,
    "shards": shards,
}
