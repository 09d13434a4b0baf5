"""What scripts/scaling makes of its measurements, and that it sees other bytes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmark import scaling
from benchmark.round_model import DIM, WORDS, blocks_of
from benchmark.scaling import last_epoch_speed, main, round_times, rows, ways
from benchmark.scaling_tables import (
    WHOLE,
    costs_table,
    nodes_table,
    predicted,
    reached,
    scaling_table,
)


def sample(speed, digest="a", exchanging=(0.1, 0.3)):
    figures = {"words_per_second": speed, "cpu_seconds": 20.0, "round_seconds": 5.0}
    figures |= {"start_seconds": 1.5, "late_words_per_second": speed + 100}
    known = {"vocabulary": 1000, "words": 50_000, "sha256": digest}
    return figures | known | {"exchanging": list(exchanging)}


def samples(**changed):
    found = {WHOLE: [sample(100.0, "whole", ()), sample(300.0, "whole", ())]}
    found |= {name: [sample(150.0), sample(150.0)] for name in scaling.ADDRESSES}
    return found | changed


def record(found):
    about = {"shards": 4, "rounds": 2, "processes": 2, "vocabulary": 1000}
    about |= {"words": 50_000, "copies": 3, "epochs": 2}
    return about | {"rows": rows(found)}


SPEEDS = {  # of all vectors of the runs, an eighth of a gigabyte, a second each
    "handing": 0.125,
    "taking": 0.25,
    "tcp": 0.125,
    "tls": 0.0625,
    "combining": 0.5,
    "storing": 0.25,
    "loading": 0.125,
}
VOCABULARY = 10**9 // 64 // (DIM + 1)


def complete_record():
    """A record of all parts, in which a round of `inline` trains for 5 - 2 - 1 seconds."""
    graphs = [(4, blocks_of(VOCABULARY, DIM)), *((n, blocks_of(WORDS, DIM)) for n in (8, 32, 128))]
    times = {"seconds": [9.0], "busy": [0.1]}
    return record(samples()) | {
        "shards": 4,
        "vocabulary": VOCABULARY,
        "machine": {"cores": "2"},
        "speeds": {name: [speed] for name, speed in SPEEDS.items()},
        "scheduler": [{"nodes": nodes, "blocks": blocks, **times} for nodes, blocks in graphs],
    }


def test_a_row_has_medians_beside_those_of_one_machine():
    lines = scaling_table(record(samples())).splitlines()
    assert lines[2] == "| one machine | 200 | 1.00× | 1.00× | 20 |  |  |  |  |  |"
    shown = "| `--cluster local:1` | 150 | 0.75× | 0.83× | 20 | 1.5 | 5.00 |  | 20% | the same |"
    assert lines[4] == shown


@pytest.mark.parametrize("other", [["a", "b"], ["b", "b"]])
def test_other_bytes_are_seen(other):
    changed = {"local:2": [sample(150.0, digest) for digest in other]}
    found = {row["name"]: row["equal"] for row in record(samples(**changed))["rows"]}
    assert [name for name, equal in found.items() if not equal] == ["local:2"]
    assert "**others**" in scaling_table(record(samples(**changed)))


def test_the_program_writes_what_it_measured_and_fails_at_other_bytes(tmp_path, monkeypatch):
    asked = []

    def measured(corpus, folder, settings):
        assert Path(corpus).read_bytes() == scaling.COPIES * b"a b\n"
        asked.append(settings)
        address = settings.get("machine.cluster", WHOLE)
        return samples()[address][0] | ({"sha256": "b"} if address == "local:4" else {})

    monkeypatch.setattr(scaling, "sample", measured)
    file, text = tmp_path / "scaling.json", tmp_path / "text"
    text.write_bytes(b"a b\n")
    result = CliRunner().invoke(
        main, [str(text), "--runs", "2", "--part", "runs", "--json", str(file)]
    )
    assert (result.exit_code, "other bytes" in result.output) == (1, True)
    written = json.loads(file.read_text())
    assert [row["name"] for row in written["rows"]] == list(ways(4, scaling.ROUNDS))
    assert [len(row["cpu_seconds"]) for row in written["rows"]] == [2] * 5
    assert {settings["vocabulary.min_count"] for settings in asked} == {5 * scaling.COPIES}
    assert [settings["cluster.shards"] for settings in asked] == [1, *[1, 4, 4, 4, 4] * 2]


def test_a_round_is_told_from_the_start():
    assert round_times([5.0, 7.0, 9.5, 11.0]) == {"round_seconds": 2.0, "start_seconds": 3.0}
    assert round_times([5.0]) == {"round_seconds": 5.0, "start_seconds": 0.0}
    assert set(round_times([]).values()) == {None}


def test_the_speed_of_the_last_epoch_leaves_out_those_before():
    reports = [
        {"epoch_ended": True, "words": 100, "words_per_second": 10.0},  # after 10 s
        {"epoch_ended": False, "words": 150, "words_per_second": 10.0},
        {"epoch_ended": True, "words": 200, "words_per_second": 16.0},  # after 12.5 s
    ]
    assert last_epoch_speed(reports) == 40.0
    assert last_epoch_speed(reports[:2]) == 10.0


def test_a_round_of_one_process_foretells_those_of_workers():
    found = predicted(complete_record())
    # Two processes take and combine for 2 + .5 s, so that all train for 2.5 s. The machine that
    # leads loads all on one of two processors in 1 s; the scheduler takes .1 s.
    both = 2.5 + 0.5 + 0.1
    # One node has 4 copies to hand and take, 4 to combine, 1 to store and load.
    assert found["local:1"] == pytest.approx(both + 4 + 2 + 1 + 0.5 + 1, rel=1e-3)
    # Each of two has half of that, but takes with half the processors, and receives half the
    # start and half the changes of 2 shards.
    assert found["local:2"] == pytest.approx(both + 2 + 2 + 0.5 + 0.25 + 0.5 + 1.5, rel=1e-3)
    # Four have a quarter each, but half a processor; 3/4 of the start, a quarter of 3 shards.
    assert found["local:4"] == pytest.approx(both + 6.5 / 2 + 2 + 2 * (0.75 + 0.75), rel=1e-3)
    assert "| 1.5 | 5.00 | 11.60 | 20% |" in scaling_table(complete_record())


def test_what_many_nodes_reach_is_that_many_machines_but_for_the_exchange():
    record = complete_record()
    record["rows"][0]["late_words_per_second"] = [1e6]
    vectors = 8 * WORDS * (DIM + 1)
    for words, nodes, times in ((10**9, 8, 1), (10**11, 128, 8)):
        speed, seconds = reached(record, words, nodes, times, 10, "tcp")
        assert seconds.training == pytest.approx(words * 5 / 128 / nodes / times / 1e6)
        assert speed == pytest.approx(nodes * times * 1e6 * seconds.efficiency)
        # An eighth of a gigabyte a second is less than the network carries.
        part = 2 * (1 - 1 / nodes)
        assert seconds.exchanging == pytest.approx(part * vectors / 0.125e9)
        over_tls = reached(record, words, nodes, times, 10, "tls")[1]
        assert over_tls.exchanging == pytest.approx(2 * seconds.exchanging)
    slow = reached(record, 10**9, 8, 1, 0.1, "tcp")[1]
    assert slow.exchanging == pytest.approx((2 * 7 / 8 + 1) * vectors / 0.01e9)


def test_tables_show_what_was_measured_and_nothing_of_what_was_not():
    record = complete_record()
    assert "| combining changes, counted for each shard | 0.50 |" in costs_table(record)
    assert f"| 128 | {blocks_of(WORDS, DIM)} | 9.00 | 0.10 |" in costs_table(record)
    table = nodes_table(record)
    assert table.count("\n| 10⁹ | 8 | ") == table.count("\n| 10¹¹ | 128 | ") == 2
    assert "the model gives 1.97 to 2.32 of the seconds" in table
    for part in ("rows", "speeds", "scheduler"):
        less = {key: value for key, value in record.items() if key != part}
        assert (nodes_table(less), predicted(less)) == ("", {})
        assert (scaling_table(less) == "") == (part == "rows")
        assert (part in ("speeds", "scheduler")) == (costs_table(less) != costs_table(record))


@pytest.mark.parametrize(
    ("chosen", "measured"),
    [
        ([], ["runs", "speeds", "scheduler"]),
        (["--part", "scheduler", "--part", "speeds"], ["speeds", "scheduler"]),
    ],
)
def test_only_the_parts_that_are_asked_for_are_measured(monkeypatch, chosen, measured):
    done = []
    for part in scaling.PARTS:

        def measure(*_given, part=part):
            done.append(part)
            return {}

        monkeypatch.setattr(scaling, f"measure_{part}", measure)
    result = CliRunner().invoke(main, ["text", *chosen])
    assert (result.exit_code, done) == (0, measured), result.output


@pytest.mark.slow
def test_a_sample_is_of_a_real_run(tmp_path, planted_corpus):
    settings = {"training.epochs": 1, "machine.workers": 1, **ways(2, 3)["inline"]}
    taken = scaling.sample(str(planted_corpus), tmp_path, settings)
    assert (taken["words"], taken["vocabulary"]) == (4000, 40)
    assert len(taken["exchanging"]) == 3 and taken["round_seconds"] > 0
    assert abs(taken["start_seconds"]) < 60
    assert taken["cpu_seconds"] > 0
