import lzma
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark import measuring, processes, published_model
from benchmark.__main__ import joined, parser
from benchmark.corpora import write_plain, write_prefix
from benchmark.measuring import Bench
from benchmark.quality import benchmark_files
from benchmark.record import described, new_record, read_record, rows_of, write_record
from benchmark.rows import ROWS, Rival, Row
from benchmark.table import (
    MISSED,
    Comparison,
    Quality,
    markdown,
    qualities,
    quality_table,
    shortfalls,
    speed_line,
    speed_table,
    summary,
    whole_table,
)
from benchmark.task import BenchError, Sample, Task
from w2v_cli.errors import UsageError
from w2v_cli.vectors.formats import read_vectors

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def row(measure, **changes):
    return Row("row", "work", "them", measure, pace=1.0, **changes)


def record_of(ours, theirs, wanted=None, scores=None):
    """The record of a row with one figure."""
    figures = {"words/s": {"ours": ours, "theirs": theirs, "wanted": wanted}}
    scores = scores or {"ours": [], "theirs": {}}
    names = {"name": "row", "work": "work", "against": "them"}
    return {**names, "figures": figures, "scores": scores, "failure": None}


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


def test_speed_line_has_medians_ratio_and_spread():
    result = Comparison("words/s", ours=[3e6, 4e6], theirs=[1e6, 1e6])
    figures = ("w", "x", "3,500,000 words/s", "1,000,000 words/s", "3.50× [3.00–4.00]")
    assert speed_line("w", "x", result, 3.5) == (*figures, "3.5×", "reached")
    assert speed_line("w", "x", result, 3.6) == (*figures, "3.6×", MISSED)


def test_speed_table_says_who_is_ahead():
    table = speed_table([record_of([3e6, 4e6], [1e6, 1e6]), record_of([1e6], [2e6])])
    assert table.splitlines()[2:] == [
        "| work | them | 3,500,000 words/s | 1,000,000 words/s | 3.50× [3.00–4.00] | ahead |",
        "| work | them | 1,000,000 words/s | 2,000,000 words/s | 0.50× | behind |",
    ]


def test_row_that_was_not_measured_says_why():
    row = {**record_of([1.0], [1.0]), "failure": "no fasttext"}
    assert summary([row]).splitlines()[1:] == ["work: not measured, no fasttext"]
    assert "work" not in speed_table([row]).splitlines()[2:]


def test_summary_counts_what_is_behind():
    scores = {"ours": [{"WS-353": 0.5}], "theirs": {"0.025": [{"WS-353": 0.6}]}}
    rows = [record_of([2.0], [1.0], scores=scores), record_of([1.0], [2.0], scores=scores)]
    assert summary(rows) == (
        "1 of 6 figures are ahead; behind: mean of 1 (2 times), WS-353 (2 times), words/s (once)."
    )


def test_theirs_are_judged_at_their_best_rate():
    theirs = {"0.025": [0.6, 0.6], "0.045": [0.7, 0.6], "0.08": [0.8, 0.4]}
    quality = Quality("WS-353", [0.62, 0.64], theirs)
    assert quality.best_rate == "0.045"
    assert quality.cells == (
        *("WS-353", "0.630 [0.620–0.640]", "0.600 [0.600–0.600]"),
        *("0.650 [0.600–0.700] at 0.045", "-0.020", "behind"),
    )


def test_scores_are_of_benchmarks_that_every_run_has():
    both = {"a": 0.2, "b": 0.4}
    row = {"scores": {"ours": [both, both], "theirs": {"0.025": [both, {"a": 0.3}]}}}
    assert [quality.name for quality in qualities(row)] == ["mean of 1", "a"]
    row["scores"]["theirs"]["0.025"][1] = both
    assert qualities(row)[0].ours == pytest.approx([0.3, 0.3])


def test_seconds_of_processors_stand_beside_those_that_pass():
    row = record_of([1.0], [1.0])
    assert whole_table([row]) == ""
    row["figures"]["s"] = {"ours": [2.0], "theirs": [4.0], "wanted": None}
    row["figures"]["CPU s"] = {"ours": [6.0], "theirs": [3.0], "wanted": None}
    assert whole_table([row]).splitlines()[-1] == (
        "| work | them | 2.00 s | 4.00 s | 2.00× | ahead "
        "| 6.00 CPU s | 3.00 CPU s | 0.50× | behind |"
    )


def test_shortfall_is_below_what_is_wanted_or_worse_than_their_best():
    assert shortfalls([record_of([3.0], [2.0], wanted=1.6)]) == ["work, words/s: 1.50× of 1.6×"]
    assert shortfalls([record_of([3.0], [2.0], wanted=1.5)]) == []
    scores = {"ours": [{"a": 0.5}], "theirs": {"0.025": [{"a": 0.4}], "0.08": [{"a": 0.6}]}}
    row = record_of([3.0], [2.0], scores=scores)
    assert shortfalls([row]) == ["work, mean of 1: -0.100"]
    assert "0.600 at 0.08" in quality_table([row])
    first, *others = quality_table([row]).splitlines()[2:]
    assert first.startswith("| work, against them | mean of 1 |")
    assert all(line.startswith("|  | ") for line in others)


def test_record_is_read_as_it_was_written_and_names_no_folder(tmp_path):
    record = new_record(str(tmp_path / "some" / "text.xz"), 7, "a quiet machine")
    write_record(record, tmp_path / "new" / "bench.json")
    assert read_record(tmp_path / "new" / "bench.json") == record
    assert "- corpus: text.xz, 7 words\n" in described(record)
    assert "- note: a quiet machine\n" in described(record)


def test_added_rows_stand_in_the_order_of_the_tables_and_the_newest_counts():
    names = [made.name for made in ROWS[:3]]
    before = [{"name": names[2], "run": 1}, {"name": names[1], "run": 1}]
    measured = [{"name": names[2], "run": 2}, {"name": names[0], "run": 2}]
    rows = joined(before, measured)
    assert [(row["name"], row["run"]) for row in rows] == [*zip(names, [2, 1, 2], strict=True)]


@pytest.mark.parametrize("key", ["machine", "commit", "corpus", "words"])
def test_rows_are_added_only_to_those_of_the_same_machine_commit_and_text(key, tmp_path):
    record = new_record("text.xz", 7, "")
    write_record({**record, "rows": [{"name": "encoding"}]}, tmp_path / "bench.json")
    assert rows_of(tmp_path / "bench.json", record) == [{"name": "encoding"}]
    with pytest.raises(UsageError, match=f"of another {key}"):
        rows_of(tmp_path / "bench.json", {**record, key: "other"})


@pytest.mark.parametrize("content", [None, "no JSON", "[]", "{}"])
def test_rows_are_not_added_to_a_file_without_rows(content, tmp_path):
    if content is not None:
        (tmp_path / "bench.json").write_text(content)
    with pytest.raises(UsageError, match=r"bench\.json has no rows"):
        rows_of(tmp_path / "bench.json", new_record("text.xz", 7, ""))


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
    figure = result.record()["figures"]["words/s"]
    assert figure["ours"] == [6.0, 6.0]
    assert figure["theirs"] == [2.0, 2.0]
    assert not (tmp_path / "run").exists()


def test_failing_row_is_reported(tmp_path):
    def measure(sides):
        raise BenchError("gensim failed: no memory")

    result = bench(tmp_path).result(row(measure))
    assert result.record()["failure"] == "gensim failed: no memory"
    assert result.record()["figures"] == {}


def test_row_without_its_peer_is_left_out(tmp_path):
    result = bench(tmp_path).result(row(None, rival=Rival("them", None, (0.1,), "no_such_module")))
    assert result.failure == "no_such_module is not installed"


def test_their_vectors_are_judged_at_each_rate_and_timed_at_the_first(tmp_path, monkeypatch):
    asked = []

    def train(task):
        asked.append(task.learning_rate)
        return Sample(2.0, vectors=Path(str(task.learning_rate)))

    rival = Rival("them", train, (0.025, 0.045, 0.08), "gensim")
    made = row(
        lambda sides: (Sample(6.0, vectors=Path("1")), rival.train(sides.task("theirs"))),
        rival=rival,
        judged=True,
    )
    monkeypatch.setattr(measuring, "evaluate", lambda path, _: {"a": float(str(path))})
    measurer = replace(bench(tmp_path, runs=1), benchmarks={"a": Path()}, rates=(0.08,))
    record = measurer.result(made).record()
    assert asked == [0.025, 0.08]
    assert record["figures"]["words/s"]["theirs"] == [2.0]
    assert record["scores"] == {
        "ours": [{"a": 1.0}],
        "theirs": {"0.025": [{"a": 0.025}], "0.08": [{"a": 0.08}]},
    }


@pytest.mark.slow
def test_processor_seconds_are_those_of_children_too(tmp_path):
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])"
    assert processes.run(["-c", program], {}, tmp_path / "log").cpu_seconds >= 0.3


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


@pytest.mark.slow
@pytest.mark.posix
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


@pytest.mark.parametrize("kind", [[], pytest.param(["--kind", "sessions"], marks=pytest.mark.slow)])
def test_missing_corpus_is_one_line(kind, tmp_path):
    command = [sys.executable, "-m", "benchmark", str(tmp_path / "none.txt"), *kind]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("bench: error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_a_model_of_the_published_kind_is_read_by_both_and_its_questions_are_answered(tmp_path):
    from gensim.models.fasttext import load_facebook_vectors

    path = tmp_path / "model.bin"
    published_model.make_model(path, 300, 200)
    theirs, ours = load_facebook_vectors(str(path)), read_vectors(path)
    assert ours.words == theirs.index_to_key
    for word in (ours.words[7], "neverseen"):
        np.testing.assert_allclose(ours.vector(word), theirs[word], rtol=1e-4, atol=1e-6)
    found = published_model.measure(path, cold=True, theirs=False)
    assert list(found) == list(published_model.QUESTIONS)
    assert all(each["seconds"] >= each["cpu_seconds"] / 8 > 0 for each in found.values())
