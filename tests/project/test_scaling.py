"""What scripts/scaling makes of its measurements, and that it sees other bytes."""

import json

import pytest
from click.testing import CliRunner

from benchmark import scaling
from benchmark.scaling import WHOLE, main, rows, scaling_table, ways


def sample(speed, digest="a", exchanging=(0.1, 0.3)):
    figures = {"words_per_second": speed, "cpu_seconds": 20.0, "round_seconds": 5.0}
    known = {"vocabulary": 1000, "words": 50_000, "sha256": digest}
    return figures | known | {"exchanging": list(exchanging)}


def samples(**changed):
    found = {WHOLE: [sample(100.0, "whole", ()), sample(300.0, "whole", ())]}
    found |= {name: [sample(150.0), sample(150.0)] for name in scaling.ADDRESSES}
    return found | changed


def record(found):
    about = {"shards": 4, "rounds": 2, "processes": 2, "vocabulary": 1000}
    return about | {"rows": rows(found)}


def test_a_row_has_medians_beside_those_of_one_machine():
    lines = scaling_table(record(samples())).splitlines()
    assert lines[2] == "| one machine | 200 | 1.00× | 20 |  |  |  |"
    assert lines[4] == "| `--cluster local:1` | 150 | 0.75× | 20 | 5.0 | 20% | the same |"


@pytest.mark.parametrize("other", [["a", "b"], ["b", "b"]])
def test_other_bytes_are_seen(other):
    changed = {"local:2": [sample(150.0, digest) for digest in other]}
    found = {row["name"]: row["equal"] for row in record(samples(**changed))["rows"]}
    assert [name for name, equal in found.items() if not equal] == ["local:2"]
    assert "**others**" in scaling_table(record(samples(**changed)))


def test_the_program_writes_what_it_measured_and_fails_at_other_bytes(tmp_path, monkeypatch):
    asked = []

    def measured(corpus, folder, settings):
        asked.append(settings)
        address = settings.get("machine.cluster", WHOLE)
        return samples()[address][0] | ({"sha256": "b"} if address == "local:4" else {})

    monkeypatch.setattr(scaling, "sample", measured)
    file = tmp_path / "scaling.json"
    result = CliRunner().invoke(main, ["text", "--runs", "2", "--json", str(file)])
    assert (result.exit_code, "other bytes" in result.output) == (1, True)
    written = json.loads(file.read_text())
    assert [row["name"] for row in written["rows"]] == list(ways(4, 4))
    assert [len(row["cpu_seconds"]) for row in written["rows"]] == [2] * 5
    assert [settings["cluster.shards"] for settings in asked] == [1, *[1, 4, 4, 4, 4] * 2]


@pytest.mark.slow
def test_a_sample_is_of_a_real_run(tmp_path, planted_corpus):
    settings = {"training.epochs": 1, "machine.workers": 1, **ways(2, 3)["inline"]}
    taken = scaling.sample(str(planted_corpus), tmp_path, settings)
    assert (taken["words"], taken["vocabulary"]) == (4000, 40)
    assert len(taken["exchanging"]) == 3 and taken["round_seconds"] > 0
    assert taken["cpu_seconds"] > 0
