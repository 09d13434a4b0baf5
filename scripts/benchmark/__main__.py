"""Compare w2v with gensim and fastText, in alternating runs, and print Markdown tables.

Every run i of a row trains both sides with seed i on the same plain text with the same
settings (window 5, 5 negatives, threshold 1e-4, min count 5, 2 workers), each at its default
learning rate. Where vectors are judged, the peer also trains at two other rates, and ours is
compared with the best of the three. Words are raw tokens of words in the vocabulary. A ratio is
one of medians; its spread is that of the pairs of runs. With 10 million words all rows take
about an hour; skipgram-100-1, skipgram-100-5, cbow-100-1, cbow-100-5, fasttext and encoding
alone take 15 minutes.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from benchmark.corpora import BUILTIN, warn_if_lines_are_long, write_plain
from benchmark.kinds.measuring import KINDS, Measurement, Outcome, report, tables
from benchmark.measuring import Bench, Result
from benchmark.quality import benchmark_files
from benchmark.record import (
    Record,
    add_record_options,
    described,
    new_record,
    rows_of,
    write_record,
)
from benchmark.rows import FASTTEXT, GENSIM, OTHER_RATES, ROWS
from benchmark.table import quality_table, shortfalls, speed_table, summary, whole_table
from w2v_cli.errors import W2VError

COPIES = 10  # of the built-in corpus, half a million words


def parser() -> argparse.ArgumentParser:
    """The arguments."""
    made = argparse.ArgumentParser("scripts/bench", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    made.add_argument(
        "corpus",
        nargs="?",
        metavar="CORPUS",
        help="text, a sentence a line, may be compressed; default: the built-in corpus "
        f"{COPIES} times",
    )
    _add_rows(made)
    _add_kinds(made)
    made.add_argument("--runs", type=_positive, metavar="N", help="runs of each side; default: 3")
    made.add_argument("--quick", action="store_true", help="1 run of 1 epoch: only to see it work")
    add_record_options(made, "docs/measured/bench.json and docs/measured/KIND.json")
    return made


def _add_rows(made: argparse.ArgumentParser) -> None:
    """Add the arguments that choose rows, and how their vectors are judged."""
    names = [row.name for row in ROWS]
    made.add_argument(
        "--rows",
        nargs="+",
        choices=names,
        default=names,
        metavar="NAME",
        help=f"only these: {', '.join(names)}",
    )
    made.add_argument(
        "--add",
        action="store_true",
        help="keep the rows of --json FILE that are not measured now; they must be of this "
        "machine, commit and text",
    )
    made.add_argument(
        "--rates",
        nargs="*",
        type=float,
        choices=OTHER_RATES,
        default=OTHER_RATES,
        metavar="RATE",
        help=f"learning rates of theirs beside their default, {GENSIM.rates[0]} for gensim and "
        f"{FASTTEXT.rates[0]} for fastText, where vectors are judged; default: "
        f"{' '.join(map(str, GENSIM.rates[1:]))} for gensim, "
        f"{' '.join(map(str, FASTTEXT.rates[1:]))} for fastText",
    )
    made.add_argument(
        "--benchmarks",
        type=Path,
        metavar="DIR",
        help="the folder of wordsim353.tsv, simlex999.tsv and questions-words.txt; "
        "default: that of CORPUS",
    )


def _add_kinds(made: argparse.ArgumentParser) -> None:
    """Add the arguments that measure data that is not prose."""
    made.add_argument(
        "--kind",
        choices=KINDS,
        metavar="KIND",
        help="data that is not prose, made here or CORPUS, instead of the rows: "
        + "; ".join(f"{name}, CORPUS being {kind.corpus}" for name, kind in KINDS.items()),
    )
    made.add_argument(
        "--cases",
        nargs="+",
        default=[""],
        metavar="TEXT",
        help="with --kind: only the cases with one of these in their name",
    )
    made.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="with --kind: a setting of ours, to try it; may be given again",
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def main() -> int:
    """Measure and print; returns 1 if a row falls short of its least, or was not measured."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it cleans up, too
    return _measure_kind(arguments) if arguments.kind else _measure_rows(arguments)


def _arguments() -> argparse.Namespace:
    made = parser()
    arguments = made.parse_args()
    if arguments.add and (arguments.json is None or arguments.kind):
        made.error("--add adds rows to those of --json FILE; give one, and no --kind")
    return arguments


def _measure_rows(arguments: argparse.Namespace) -> int:
    arguments.corpus = arguments.corpus or BUILTIN
    results: list[Result] = []
    before: list[Record] = []
    quick = "--quick: 1 run of 1 epoch" if arguments.quick else ""
    note = "; ".join(text for text in (arguments.machine, quick) if text)
    record = new_record(arguments.corpus, None, note)
    try:
        with tempfile.TemporaryDirectory(prefix="w2v-bench-") as folder:
            bench = _prepared(arguments, Path(folder))
            record["words"] = bench.words
            if arguments.add:
                before = rows_of(arguments.json, record)
            for row in ROWS:
                if row.name in arguments.rows:
                    results.append(bench.result(row))
    except W2VError as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted; the rows so far:", file=sys.stderr)
    record["rows"] = joined(before, [result.record() for result in results])
    missed = _report(arguments, record)
    return int(missed or len(results) < len(set(arguments.rows)))


def joined(before: list[Record], measured: list[Record]) -> list[Record]:
    """All rows in the order of the tables; one that is measured again replaces the old one."""
    by_name = {row["name"]: row for row in [*before, *measured]}
    return [by_name[row.name] for row in ROWS if row.name in by_name]


def _measure_kind(arguments: argparse.Namespace) -> int:
    kind = KINDS[arguments.kind]
    runs = arguments.runs or (1 if arguments.quick else kind.runs)
    outcomes: list[Outcome] = []
    record = new_record(arguments.corpus or arguments.kind, None, arguments.machine)
    try:
        with tempfile.TemporaryDirectory(prefix="w2v-bench-") as folder:
            measurement = Measurement(Path(folder), runs, arguments.quick, tuple(arguments.set))
            for case in kind.cases(arguments.corpus, Path(folder)):
                if any(text in case.name for text in arguments.cases):
                    outcomes.append(measurement.outcome(case))
    except (W2VError, OSError) as error:
        print(f"bench: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted; the cases so far:", file=sys.stderr)
        _report_kind(arguments, record, outcomes)
        return 1
    _report_kind(arguments, record, outcomes)
    return int(not outcomes or not all(outcome.reached for outcome in outcomes))


def _report_kind(arguments: argparse.Namespace, record: Record, outcomes: list[Outcome]) -> None:
    print(described(record))
    print(report(outcomes))
    if arguments.json is not None:
        record |= {"kind": arguments.kind, "cases": [o.record() for o in outcomes]}
        write_record({**record, "tables": tables(outcomes)}, arguments.json)


def _prepared(arguments: argparse.Namespace, folder: Path) -> Bench:
    """The bench with its plain text written."""
    plain = folder / "corpus.txt"
    words = write_plain(arguments.corpus, plain, copies=1 if arguments.quick else COPIES)
    print(f"bench: {words:,} words in {plain}", file=sys.stderr)
    warn_if_lines_are_long(plain)
    benchmarks = arguments.benchmarks
    if benchmarks is None and arguments.corpus != BUILTIN:
        benchmarks = Path(arguments.corpus).parent
    files = benchmark_files(benchmarks) if benchmarks is not None else {}
    runs = arguments.runs or (1 if arguments.quick else 3)
    return Bench(folder, plain, words, runs, arguments.quick, files, tuple(arguments.rates))


def _report(arguments: argparse.Namespace, record: Record) -> bool:
    """Print the tables and write the record; returns whether something fell short."""
    rows = record["rows"]
    print(described(record))
    for text in (speed_table(rows), whole_table(rows), quality_table(rows), summary(rows)):
        if text:
            print(text, end="\n\n")
    missed = shortfalls(rows)
    for line in missed:
        print(f"bench: missed: {line}", file=sys.stderr)
    if arguments.json is not None:
        write_record(record, arguments.json)
    return bool(missed) or any(row["failure"] for row in rows)


if __name__ == "__main__":
    sys.exit(main())
