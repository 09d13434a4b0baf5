"""The tables of what scripts/scaling measured, and of what many nodes would then reach."""

from dataclasses import fields
from statistics import median

from benchmark.record import Record
from benchmark.round_model import (
    DIM,
    WORDS,
    Round,
    RoundSeconds,
    Speeds,
    blocks_of,
    exchange_of,
    vector_bytes,
)
from benchmark.table import markdown
from w2v_cli.config import Settings

__all__ = ["NODES", "WHOLE", "costs_table", "nodes_table", "predicted", "reached", "scaling_table"]

WHOLE = "one machine"
NODES = 8, 32, 128
GIGABITS = 1, 10, 25, 100
TEXTS = {"10⁹": 10**9, "10¹⁰": 10**10, "10¹¹": 10**11}  # words
FASTER = {  # nodes, by how many times as fast they train as the machine that was measured
    1: "Nodes like this machine",
    8: "Nodes that train 8 times as fast, and do all else like this machine",
}

_SPEEDS = {  # of each speed in the record, what is done
    "handing": "handing a shard its start, and its changes back",
    "taking": "taking what a shard changed, by all processors",
    "tcp": "sending to another Dask worker over TCP, while as much comes back",
    "tls": "the same over TLS",
    "combining": "combining changes, counted for each shard",
    "storing": "storing the end of a round",
    "loading": "loading it",
}


def scaling_table(record: Record) -> str:
    """The speed of each way beside that of one machine, and what rounds cost; "" without runs."""
    if "rows" not in record:
        return ""
    alone = record["rows"][0]
    foreseen = predicted(record)
    lines = [_way(row, alone, foreseen.get(row["name"])) for row in record["rows"]]
    head = (
        "",
        "words/s",
        "of one machine",
        "in the last epoch",
        "CPU s",
        "s to start",
        "s a round",
        "predicted",
        "exchanging",
        "bytes",
    )
    return f"{markdown(head, lines)}\n\n{_plan(record)}"


def _way(row: Record, alone: Record, foreseen: float | None) -> tuple[str, ...]:
    """The cells of a row, beside that of one machine alone."""
    speed, late = (
        median(row[key]) / median(alone[key])
        for key in ("words_per_second", "late_words_per_second")
    )
    cells = (
        row["name"] if row["name"] == WHOLE else f"`--cluster {row['name']}`",
        f"{median(row['words_per_second']):,.0f}",
        f"{speed:.2f}×",
        f"{late:.2f}×",
        f"{median(row['cpu_seconds']):,.0f}",
    )
    if not row["exchanging"]:
        return (*cells, *[""] * 5)
    return (
        *cells,
        f"{median(row['start_seconds']):,.1f}",
        f"{median(row['round_seconds']):,.2f}",
        "" if foreseen is None else f"{foreseen:,.2f}",
        f"{median(row['exchanging']):.0%}",
        "the same" if row["equal"] else "**others**",
    )


def _plan(record: Record) -> str:
    """What was trained."""
    return (
        f"{record['words']:,} words, which are {record['copies']} copies of the text, in "
        f"{record['epochs']} epochs; {record['shards']} shards, {record['rounds']} rounds an "
        f"epoch; {record['processes']} processes train, and with `local:4` each worker has one; "
        f"D {DIM}, "
        f"{record['vocabulary']:,} words; medians of {len(record['rows'][0]['cpu_seconds'])}. "
        "The start is what the first round takes longer than the others. The model below predicts "
        "a round from one of `inline`."
    )


def _complete(record: Record) -> bool:
    """Whether everything that the model needs was measured."""
    return {"rows", "speeds", "scheduler"} <= set(record)


def predicted(record: Record) -> dict[str, float]:
    """Seconds of a round on the workers of each cluster of this machine, by the model.

    Nodes take as long to train all shards as one process, `inline`, which also takes and
    combines what they change. Empty where a part was not measured.
    """
    if not _complete(record):
        return {}
    shards, vectors = record["shards"], vector_bytes(record["vocabulary"], DIM)
    seconds = {row["name"]: median(row["round_seconds"]) for row in record["rows"][1:]}
    speeds = _speeds(record, "tcp")
    combining = 1 / speeds.combining / record["processes"]  # all take part, as in taking
    own = shards * vectors * (1 / speeds.taking + combining)
    training = seconds.pop("inline") - own
    scheduling = _scheduling(record, shards, record["vocabulary"])
    found = {}
    for name in seconds:
        nodes = min(int(name.removeprefix("local:")), shards)
        exchange = exchange_of(shards, nodes, vectors)
        round = Round(exchange, speeds, scheduling, int(record["machine"]["cores"]))
        found[name] = round.seconds(training, None).total
    return found


def costs_table(record: Record) -> str:
    """How fast vectors pass through a round, and how fast the scheduler is; "" if not measured."""
    parts = []
    if "speeds" in record:
        lines = [(name, f"{median(record['speeds'][key]):.2f}") for key, name in _SPEEDS.items()]
        parts.append(markdown(("of the vectors", "GB/s"), lines))
    if "scheduler" in record:
        lines = [
            (
                f"{each['nodes']}",
                f"{each['blocks']}",
                f"{median(each['seconds']):.2f}",
                f"{median(each['busy']):.2f}",
            )
            for each in record["scheduler"]
        ]
        head = (
            "workers and shards",
            "blocks",
            "s of a round that does nothing",
            "of the scheduler",
        )
        parts.append(markdown(head, lines))
    return "\n\n".join(parts)


def nodes_table(record: Record) -> str:
    """What many nodes would reach; "" where a part was not measured."""
    if not _complete(record):
        return ""
    tables = (f"{title}:\n\n{_nodes_table(record, times)}" for times, title in FASTER.items())
    return "\n\n".join([_assumed(record), *tables])


def _assumed(record: Record) -> str:
    """What the tables below it rest on."""
    settings, vectors = Settings(), vector_bytes(WORDS, DIM)
    rounds = exchange_of(1, 1, vectors).rounds
    ratios = [
        foreseen / median(row["round_seconds"])
        for row in record["rows"]
        if (foreseen := predicted(record).get(row["name"])) is not None
    ]
    return (
        "A cell has millions of words a second, the part of the speed that as many machines would "
        "have if they exchanged nothing, and the part of the time in which vectors are sent. "
        f"The model assumes {WORDS:,} words with D {DIM} ({vectors / 1e6:,.0f} MB), "
        f"{settings.training.epochs} epochs in {rounds} rounds, one shard for each node even "
        "where that is more than by default, and a node that trains its shard at the speed at "
        "which this machine trained the whole text in the last epoch. A round sends what `w2v "
        "train --plan` says, at 0.8 of the network's speed or at that of a Dask worker, whichever "
        "is lower; everything else takes as long as it was measured, and a node does one thing "
        "after the other.\n\n"
        "No real network has been measured. For the workers of this machine, the model gives "
        f"{min(ratios):.2f} to {max(ratios):.2f} of the seconds that a round took."
    )


def _nodes_table(record: Record, times: int) -> str:
    """What nodes would reach if each trained so many times as fast as this machine."""
    head = ("words", "nodes", *(f"{speed} Gbit/s" for speed in GIGABITS), f"{GIGABITS[-1]}, TLS")
    links = [*((speed, "tcp") for speed in GIGABITS), (GIGABITS[-1], "tls")]
    lines = []
    for name, words in TEXTS.items():
        for nodes in NODES:
            found = (reached(record, words, nodes, times, *link) for link in links)
            cells = (
                f"{speed / 1e6:,.1f} {seconds.efficiency:.0%} {seconds.exchanging_share:.0%}"
                for speed, seconds in found
            )
            lines.append((name, f"{nodes}", *cells))
    return markdown(head, lines)


def reached(
    record: Record, words: int, nodes: int, times: int, gigabits: int, protocol: str
) -> tuple[float, RoundSeconds]:
    """Words a second if nodes train so many times as fast, and the parts of a round's time."""
    exchange = exchange_of(nodes, nodes, vector_bytes(WORDS, DIM))
    of_round = words * Settings().training.epochs / exchange.rounds
    of_node = times * median(record["rows"][0]["late_words_per_second"])
    round = Round(exchange, _speeds(record, protocol), _scheduling(record, nodes, WORDS))
    seconds = round.seconds(of_round / nodes / of_node, gigabits)
    return of_round / seconds.total, seconds


def _speeds(record: Record, protocol: str) -> Speeds:
    """Bytes a second, with what is sent over that protocol."""
    found = {name: 1e9 * median(speeds) for name, speeds in record["speeds"].items()}
    kinds = [each.name for each in fields(Speeds) if each.name != "sending"]
    return Speeds(sending=found[protocol], **{kind: found[kind] for kind in kinds})


def _scheduling(record: Record, shards: int, words: int) -> float:
    """Seconds of the scheduler in a round of so many shards, with vectors of so many words."""
    graph = shards, blocks_of(words, DIM)
    graphs = {(each["nodes"], each["blocks"]): each for each in record["scheduler"]}
    return median(graphs[graph]["busy"])
