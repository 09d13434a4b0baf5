import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark import processes
from benchmark.__main__ import parser
from benchmark.corpora import write_plain, write_prefix
from benchmark.measuring import Bench, Result
from benchmark.quality import benchmark_files
from benchmark.rows import ROWS, Row
from benchmark.table import MISSED, Comparison, markdown, quality_line, speed_line, verdict
from benchmark.task import BenchError, Sample, Task

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def row(measure, **changes):
    settings = {"at_least": 2.0, "aim": 3.0, "unit": "words/s", "pace": 1.0}
    return Row("row", "work", "them", measure=measure, **{**settings, **changes})


def bench(folder, runs=2):
    corpus = folder / "corpus.txt"
    corpus.write_text("a b\n")
    return Bench(folder, corpus, 2, runs, False, {})


def test_ratio_is_of_medians_and_spread_of_pairs():
    result = Comparison("words/s", ours=[10.0, 30.0, 20.0], theirs=[5.0, 4.0, 10.0])
    assert result.ratio == 20 / 5
    assert result.spread == (2.0, 7.5)


@pytest.mark.parametrize("unit", ["s", "MB"])
def test_fewer_seconds_or_bytes_make_a_ratio_above_one(unit):
    assert Comparison(unit, ours=[2.0], theirs=[8.0]).ratio == 4.0


@pytest.mark.parametrize(
    ("value", "aim", "expected"),
    [(1.99, 3.0, MISSED), (2.0, 3.0, "reached"), (3.0, 3.0, "aim reached"), (9.0, None, "reached")],
)
def test_verdict_counts_the_limit_itself_as_reached(value, aim, expected):
    assert verdict(value, 2.0, aim) == expected


def test_speed_line_has_medians_ratio_and_spread():
    result = Comparison("words/s", ours=[3e6, 4e6], theirs=[1e6, 1e6])
    assert speed_line("w", "x", result, 3.2, 5.0) == (
        *("w", "x", "3,500,000 words/s", "1,000,000 words/s", "3.50× [3.00–4.00]"),
        *("3.2×", "5.0×", "reached"),
    )


def test_row_that_was_not_measured_says_why():
    assert speed_line("w", "x", "no fasttext", 5.0, None)[2:] == (
        "",
        "",
        "",
        "5.0×",
        "",
        "no fasttext",
    )


def test_quality_is_the_difference_of_means():
    line = quality_line("v", "WS-353", [0.60, 0.62], [0.62, 0.62], -0.01)
    assert line[2:] == ("0.610 [0.600–0.620]", "0.620 [0.620–0.620]", "-0.010", "-0.010", "reached")
    assert quality_line("v", "WS-353", [0.60], [0.62], -0.01)[-1] == MISSED


def test_every_line_of_a_table_has_as_many_cells():
    assert markdown(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_runs_alternate_each_with_its_own_seed(tmp_path):
    asked = []

    def measure(sides):
        pair = sides.task("ours"), sides.task("theirs", workers=1)
        asked.extend((t.out.name, t.seed, t.workers, t.dim) for t in pair)
        return Sample(6.0), Sample(2.0)

    result = bench(tmp_path).result(row(measure, settings={"dim": 7}))
    assert asked == [("ours", 1, 2, 7), ("theirs", 1, 1, 7), ("ours", 2, 2, 7), ("theirs", 2, 1, 7)]
    assert result.comparison.ratio == 3.0
    assert result.reached
    assert not (tmp_path / "run").exists()


def test_failing_row_is_reported_and_not_reached(tmp_path):
    def measure(sides):
        raise BenchError("gensim failed: no memory")

    result = bench(tmp_path).result(row(measure))
    assert result.speed_line()[-1] == "gensim failed: no memory"
    assert not result.reached
    assert result.record()["ratio"] is None


def test_row_without_its_peer_is_left_out(tmp_path):
    result = bench(tmp_path).result(row(None, needs="no_such_module"))
    assert result.failure == "no_such_module is not installed"


def test_quality_below_theirs_misses_the_row_however_fast():
    result = Result(row(None, least_quality=-0.01), [(Sample(9.0), Sample(1.0))])
    result.scores = [({"WS-353": 0.5}, {"WS-353": 0.6})]
    assert not result.reached
    result.scores = [({"WS-353": 0.6}, {"WS-353": 0.6})]
    assert result.reached


def test_rows_settings_are_those_of_a_task(tmp_path):
    for each in ROWS:
        Task(tmp_path, tmp_path, **each.settings)


def test_prefix_ends_at_either_limit(tmp_path):
    text, prefix = tmp_path / "text", tmp_path / "prefix"
    text.write_text("a b\na c\nd e\nf g\n")
    assert write_prefix(text, prefix, most_types=3, most_words=100) == 4
    assert prefix.read_text() == "a b\na c\n"
    assert write_prefix(text, prefix, most_types=100, most_words=7) == 6


def test_compressed_corpus_becomes_plain_text(tmp_path):
    packed, plain = tmp_path / "c.xz", tmp_path / "c.txt"
    packed.write_bytes(lzma.compress(b"to be\nor not\n"))
    assert write_plain(str(packed), plain, copies=3) == 4
    assert plain.read_text().splitlines()[:2] == ["to be", "or not"]


def test_benchmark_files_are_those_that_are_there(tmp_path):
    (tmp_path / "simlex999.tsv").write_text("old\tnew\t1.58\n")
    assert benchmark_files(tmp_path) == {"SimLex-999": tmp_path / "simlex999.tsv"}


def test_process_that_fails_gives_its_last_line(tmp_path):
    with pytest.raises(BenchError, match="ValueError: seven"):
        processes.run(["-c", "raise ValueError('seven')"], {}, tmp_path / "log")


@pytest.mark.skipif(not processes.CAN_MEASURE_MEMORY, reason="needs smaps_rollup")
def test_memory_shared_with_a_child_is_counted_once(tmp_path):
    program = (
        "import os, time\nheld = b'x' * 60_000_000\n"
        "pid = os.fork()\ntime.sleep(0.5)\nif pid: os.waitpid(pid, 0)\nprint(len(held))"
    )
    finished = processes.run(["-c", program], {}, tmp_path / "log", memory=True)
    assert finished.json() == 60_000_000
    assert 60e6 < finished.peak_bytes < 100e6


@pytest.mark.parametrize("wrong", [["--runs", "0"], ["--runs", "x"], ["--rows", "nope"]])
def test_wrong_argument_is_refused(wrong, capsys):
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(wrong)
    assert wrong[1] in capsys.readouterr().err


@pytest.mark.parametrize("kind", [[], ["--kind", "sessions"]])
def test_missing_corpus_is_one_line(kind, tmp_path):
    command = [sys.executable, "-m", "benchmark", str(tmp_path / "none.txt"), *kind]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("bench: error: ")
    assert done.stderr.count("\n") == 1
