"""Benchmarks scored while training, against `w2v eval` of the finished vectors."""

import json
import re

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

SMALL = (
    "vocabulary.min_count=1",
    "subsample.threshold=0",
    "model.dim=8",
    "model.window=3",
    "training.epochs=3",
    "training.tokens_per_step=256",
    "training.learning_rate=0.1",
)


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    path.write_text("a1\ta2\t9\na1\tb2\t1\nc3\tc4\t8\nc3\td4\t2\nb5\tb6\t7\nb5\ta6\t3\n")
    return path


@pytest.fixture
def analogies(tmp_path):
    path = tmp_path / "analogies.txt"
    path.write_text(": topics\na1 a2 b1 b2\nc1 c2 d1 d2\na3 a4 c3 c4\nb5 b6 d5 d6\n")
    return path


def invoke(*arguments):
    result = CliRunner().invoke(w2v, [*map(str, arguments)])
    assert isinstance(result.exception, SystemExit | None)
    return result


def train(corpus, out, *files, options=()):
    sets = [text for override in SMALL for text in ("--set", override)]
    evals = [text for file in files for text in ("--eval", file)]
    arguments = ("--corpus", corpus, "--out", out, "--workers", "1", *sets, *evals, *options)
    return invoke("train", *arguments)


def reports(out):
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_scores_at_each_epoch_are_shown_and_the_last_is_what_eval_finds(
    tmp_path, planted_corpus, pairs, analogies
):
    out = tmp_path / "run"
    result = train(planted_corpus, out, pairs, analogies)
    assert result.exit_code == 0, result.stderr
    scores = [(r["epoch"], r["scores"]) for r in reports(out) if "scores" in r]
    assert [epoch for epoch, _ in scores] == [1, 2, 3]
    for epoch, found in scores:
        assert list(found) == [str(pairs), str(analogies)]
        spearman, accuracy = found.values()
        shown = f"pairs.tsv {spearman:.3f}  analogies.txt {accuracy:.3f}"
        assert re.search(rf"^epoch {epoch}/3  .*{re.escape(shown)}  in ", result.stderr, re.M)
    first, second = json.loads(invoke("eval", out, pairs, analogies, "--json").stdout)
    assert scores[-1][1][str(pairs)] == pytest.approx(headline(first), abs=1e-6)
    assert scores[-1][1][str(analogies)] == pytest.approx(headline(second), abs=1e-6)


def headline(result):
    """The number of `w2v eval --json` by which a result is known."""
    if result["kind"] == "pairs":
        return result["skipping_unknown"]["spearman"]["value"]
    return result["methods"]["3CosAdd"]["skipping_unknown"]


@pytest.mark.slow
def test_scoring_does_not_change_the_vectors(tmp_path, planted_corpus, pairs):
    for name, files in {"with": [pairs], "without": []}.items():
        assert train(planted_corpus, tmp_path / name, *files).exit_code == 0
    with_, without = (tmp_path / name / "vectors.npy" for name in ("with", "without"))
    assert with_.read_bytes() == without.read_bytes()
    assert not any("scores" in report for report in reports(tmp_path / "without"))


def test_scores_are_in_the_json_lines(tmp_path, planted_corpus, pairs):
    result = train(planted_corpus, tmp_path / "run", pairs, options=["--json"])
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert sum("scores" in event for event in events) == 3


def test_a_benchmark_without_known_words_has_no_score(tmp_path, planted_corpus):
    (unknown := tmp_path / "unknown.tsv").write_text("x\ty\t1\nx\tz\t2\n")
    result = train(planted_corpus, tmp_path / "run", unknown)
    assert result.exit_code == 0
    assert "unknown.tsv no score" in result.stderr
    assert reports(tmp_path / "run")[-1]["scores"] == {str(unknown): None}


@pytest.mark.parametrize(("content", "message"), [(None, "cannot be read"), ("", "empty")])
def test_a_bad_benchmark_is_refused_before_anything_is_done(
    tmp_path, planted_corpus, content, message
):
    file = tmp_path / "bad.tsv"
    if content is not None:
        file.write_text(content)
    result = train(planted_corpus, tmp_path / "run", file)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"w2v: error: {file}: {message}")
    assert not (tmp_path / "run").exists()
