"""`w2v train --plan`: what it prints, and that it leaves nothing behind."""

import json
import re

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

SMALL = ["--set", "vocabulary.min_count=1", "--set", "model.dim=10", "--workers", "1"]


def plan(*arguments):
    return CliRunner().invoke(w2v, ["train", *map(str, arguments), *SMALL, "--plan"])


@pytest.fixture(autouse=True)
def measured_briefly(monkeypatch):
    monkeypatch.setattr("w2v_cli.pipeline.planning.MEASURED_SECONDS", 0.0)


def test_a_plan_is_printed_and_nothing_is_written(tmp_path, planted_corpus):
    before = sorted(tmp_path.rglob("*"))
    result = plan("--corpus", planted_corpus, "--out", tmp_path / "run")
    assert result.exit_code == 0, result.stderr
    assert sorted(tmp_path.rglob("*")) == before
    lines = result.stdout.splitlines()
    assert lines[0] == "corpus      4,000 tokens, 40 different words, 500 sentences"
    assert lines[1] == "vocabulary  40 words, 100.0% of the tokens"
    assert "            40 words, 100.0% of the tokens, with min_count 1 (chosen)" in lines
    assert "parameters  800 (2 vectors of 10 numbers for each word)" in lines
    assert [line.split()[0] for line in lines[-4:]] == ["memory", "parameters", "disk", "time"]


def test_a_short_text_is_told_that_its_epochs_may_be_too_few(tmp_path, planted_corpus):
    said = "epochs      2 may be too few for 4,000 words: try --epochs 50"
    paths = ["--corpus", str(planted_corpus), "--out", str(tmp_path / "run"), *SMALL]
    planned = plan(*paths, "--epochs", "2")
    assert said in planned.stdout.splitlines()
    trained = CliRunner().invoke(w2v, ["train", *paths, "--epochs", "2"])
    assert said in trained.stderr.splitlines()
    assert "too few" not in plan(*paths, "--epochs", "50").stdout
    # Given vectors know words already.
    more = ["--init", str(tmp_path / "run"), "--out", str(tmp_path / "more")]
    paths = ["--corpus", str(planted_corpus), *more, *SMALL, "--epochs", "2"]
    assert "too few" not in plan(*paths).stdout
    continued = CliRunner().invoke(w2v, ["train", *paths])
    assert continued.exit_code == 0
    assert "too few" not in continued.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ("inline", [r"rounds      80 of 4 shards, one shard after another in this process"]),
        (
            "local:2",
            [
                r"rounds      80 of 4 shards",
                r"nodes       2; each needs 1\d\d MB of memory, and receives 0 MB in a round",
            ],
        ),
        (
            "tcp://10.0.0.1:8786",
            [
                r"rounds      80 of 4 shards",
                r"nodes       4; each needs 1\d\d MB of memory, and receives 0 MB in a round",
                r" {12}if they are like this machine, training takes \d+% at 1 Gbit/s, .* time .*",
            ],
        ),
    ],
)
def test_a_plan_for_a_cluster_tells_what_nodes_need(tmp_path, planted_corpus, address, lines):
    paths = ["--corpus", planted_corpus, "--out", tmp_path / "run", "--epochs", "2"]
    result = plan(*paths, "--set", "cluster.shards=4", "--cluster", address)
    found = result.stdout.splitlines()
    first = next(n for n, line in enumerate(found) if line.startswith("rounds"))
    for line, pattern in zip(found[first:], [*lines, "disk .*"], strict=False):
        assert re.fullmatch(pattern, line)
    said = plan(*paths, "--set", "cluster.shards=4", "--cluster", address, "--json")
    exchange = json.loads(said.stdout)["exchange"]
    # 40 words, two vectors of 10 numbers, each with one of AdaGrad's
    assert (exchange["bytes"], exchange["shards"]) == (4 * 80 * 11, 4)


def test_a_plan_as_json_is_one_object(tmp_path, planted_corpus):
    result = plan("--corpus", planted_corpus, "--out", tmp_path / "run", "--json")
    said = json.loads(result.stdout)
    assert said["event"] == "plan"
    assert said["vocabulary"] == {"min_count": 1, "words": 40, "tokens": 4000, "share": 1.0}
    assert said["memory"]["peak"] > said["memory"]["needed"] > said["memory"]["parameters"]
    assert said["seconds"] > 0


def test_a_plan_that_does_not_fit_is_printed_and_refused(tmp_path, planted_corpus, monkeypatch):
    monkeypatch.setattr("w2v_cli.pipeline.planning.available_memory", lambda: 1000)
    result = plan("--corpus", planted_corpus, "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert "not measured: too little memory" in result.stdout
    assert result.stderr.startswith("w2v: error: training needs about ")
    assert result.stderr.count("\n") == 1


def test_an_output_that_will_not_do_is_refused_before_the_corpus_is_read(tmp_path):
    (tmp_path / "run").write_text("a file")
    missing = tmp_path / "missing.txt"
    result = plan("--corpus", missing, "--out", tmp_path / "run")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is a file, expected a folder for the run" in result.stderr
    result = plan("--corpus", missing, "--out", tmp_path / "run" / "below")
    assert result.exit_code == 2
    assert f"{tmp_path / 'run'}: is a file, expected a folder for the run" in result.stderr


def test_one_worker_is_not_many(tmp_path, planted_corpus):
    result = plan("--corpus", planted_corpus, "--out", tmp_path / "run")
    assert "(measured now with 1 worker)" in result.stdout


def test_a_folder_that_may_not_be_written_is_refused(tmp_path, planted_corpus, monkeypatch):
    monkeypatch.setattr("w2v_cli.training.run.run_folder.os.access", lambda *_: False)
    result = plan("--corpus", planted_corpus, "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert result.stderr == (
        f"w2v: error: {tmp_path / 'run'}: cannot be written: permission denied\n"
    )


@pytest.mark.parametrize("other", [["--resume"], ["--extend-epochs", "2"], ["--show-config"]])
def test_flags_that_contradict_a_plan_are_refused(tmp_path, other):
    result = plan("--out", tmp_path / "run", *other)
    assert result.exit_code == 2
    assert f"--plan and {other[0]} contradict each other" in result.stderr
