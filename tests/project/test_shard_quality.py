"""What scripts/shards makes of its measurements."""

import json

import pytest

from benchmark import shard_quality
from benchmark.shard_quality import main, shards_table

ROWS = [
    {"kind": "CBOW", "shards": 1, "scores": [{"a": 0.5, "b": 0.3}, {"a": 0.7, "b": 0.3}]},
    {"kind": "CBOW", "shards": 8, "scores": [{"a": 0.4, "b": 0.3}, {"a": 0.6, "b": None}]},
    {"kind": "CBOW", "shards": 32, "scores": [{"a": 0.4, "b": 0.2}]},
]


def test_a_row_stands_beside_that_of_one_shard_with_the_same_seeds():
    lines = shards_table({"rows": ROWS[::-1]}).splitlines()[2:]
    assert lines == [
        "| CBOW | 1 | 2 | 0.450 [0.400–0.500] |  | 0.600 | 0.300 |",
        "| CBOW | 8 | 2 | 0.325 [0.300–0.350] | -0.125 | 0.500 | 0.150 |",
        "| CBOW | 32 | 1 | 0.300 | -0.100 | 0.400 | 0.200 |",
    ]


def test_the_program_trains_each_kind_with_each_number_of_shards_and_seed(
    tmp_path, monkeypatch, capsys
):
    trained = []
    monkeypatch.setattr(
        shard_quality, "train", lambda corpus, out, workers, **given: trained.append(given)
    )
    monkeypatch.setattr(shard_quality, "scores_of", lambda out, files: {"a": (0.5, 0.4)})
    file = tmp_path / "shards.json"
    given = ["text", str(tmp_path), "--json", str(file), "--kind"]
    for more in (["CBOW", "--runs", "2"], ["skip-gram", "--shards", "3", "--runs", "1", "--add"]):
        main([*given, *more])
    chosen = [(run["cluster.shards"], run["training.seed"], len(run)) for run in trained]
    assert chosen == [(1, 1, 3), (1, 2, 3), (8, 1, 3), (8, 2, 3), (3, 1, 2)]
    rows = json.loads(file.read_text())["rows"]
    assert [(row["kind"], row["shards"], row["scores"]) for row in rows] == [
        ("CBOW", 1, [{"a": 0.5}] * 2),
        ("CBOW", 8, [{"a": 0.5}] * 2),
        ("skip-gram", 3, [{"a": 0.5}]),
    ]
    assert "| skip-gram | 3 | 1 | 0.500 |  | 0.500 |" in capsys.readouterr().out


def test_a_file_whose_rows_cannot_be_added_to_is_told(tmp_path, capsys):
    file = tmp_path / "shards.json"
    with pytest.raises(SystemExit) as left:
        main(["text", str(tmp_path), "--json", str(file), "--add"])
    assert str(left.value).startswith(f"shard_quality: error: --add: {file} has no rows")
    with pytest.raises(SystemExit) as left:
        main(["text", str(tmp_path), "--add"])
    assert left.value.code == 2
    assert "--add adds rows to those of --json FILE" in capsys.readouterr().err
