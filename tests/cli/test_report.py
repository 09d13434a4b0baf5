"""`w2v report`: what is on the page, and when there is none. What a browser makes of it:
tests/pages/test_report_page.py."""

import json
import re
import shutil
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from runs import open_run, settings_for, train
from w2v_cli.cli import w2v
from w2v_cli.config import Settings, to_flat_dict
from w2v_cli.reporting.runs import RunFacts
from w2v_cli.reporting.summary import summary

PAIRS = "a1 a2 9\na1 b2 2\nb1 b3 8\nc1 a3 1\nc1 nothing 5\n"
QUESTIONS = ": letters\na1 a2 b1 b2\na1 b1 a2 b2\na1 x b1 y\n"


@pytest.fixture
def run(finished_run, tmp_path, monkeypatch):
    """A finished run of two epochs with held-out text, and two benchmarks beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    (tmp_path / "questions.txt").write_text(QUESTIONS)
    return shutil.copytree(finished_run("training.held_out=0.1"), tmp_path / "run")


@pytest.fixture
def stopped(planted_corpus, tmp_path, monkeypatch):
    """A run that was stopped in its first epoch."""
    monkeypatch.chdir(tmp_path)
    train(open_run(settings_for(planted_corpus), tmp_path / "run"), stop_after=5)
    return tmp_path / "run"


def report(*args, output="report.html", method="pca"):
    """What comes of the command, with the map that is made fastest."""
    arguments = ["report", "run", "-o", output, "--method", method, *args]
    return CliRunner().invoke(w2v, arguments)


def written(*args):
    """The page, which could be written."""
    result = report("--force", *args)
    assert (result.exit_code, result.stdout) == (0, "")
    return page()


def page():
    with open("report.html", encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def text_of(html):
    """What a reader sees, without the data of the charts."""
    html = re.sub("<(script|style)[^>]*>.*?</\\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub("<[^>]*>", " ", html)))


@pytest.mark.slow
def test_the_head_says_what_was_trained_on_what_and_how_it_went(run):
    record = json.loads((run / "run.json").read_text())
    text = text_of(written())
    assert "run Skip-gram with negative sampling: 4 dimensions, a window of 2, 2 epochs." in text
    assert "Corpus: planted.txt, 500 sentences, 4,000 tokens, 100.0% of them in" in text
    loss, baseline = record["epoch_losses"][-1], record["baseline"]
    assert f"Loss {loss:.3f} nats a pair, untrained {baseline:.3f}" in text
    best = record["best_epoch"]
    held_out = record["held_out_losses"][best - 1]
    assert f"Held-out loss {held_out:.3f} of epoch {best}; these are its vectors" in text
    assert "Vocabulary 40 words" in text
    assert f"Speed {record['words_per_second']:,.0f} words/s, 1 worker " in text
    assert f"{record['steps']:,} steps" in text


def test_the_head_says_what_words_are_made_of_where_they_have_subwords():
    plain, composed = (
        text_of(summary(RunFacts(Path("run"), {**to_flat_dict(Settings()), **given}, [], None, [])))
        for given in ({}, {"model.subwords.enabled": True, "model.subwords.max": 5})
    )
    assert "vectors made of n-grams of 3 to 5 characters, 5 epochs." in composed
    assert "n-grams" not in plain


@pytest.mark.slow
def test_every_setting_is_there_and_what_is_no_default_stands_out(run):
    html = written()
    strong = re.findall('<div class="strong"><dt>(.*?)</dt><dd>(.*?)</dd>', html)
    assert ("dim", "4") in strong
    plain = re.findall('<div class="plain"><dt>(.*?)</dt><dd>(.*?)</dd>', html)
    assert ("negatives", "5") in plain
    record = json.loads((run / "run.json").read_text())
    assert ("numpy", np.__version__) in plain
    assert ("vectors", record["hashes"]["vectors"][:12]) in plain
    settings = (run / "config.yaml").read_text()
    assert len(re.findall("^  [a-z]", settings, re.MULTILINE)) <= len(strong) + len(plain)


@pytest.mark.slow
def test_scores_are_those_of_eval_with_intervals(run):
    text = text_of(written("--eval", "pairs.tsv", "--eval", "questions.txt"))
    arguments = ["eval", "run", "pairs.tsv", "questions.txt", "--json"]
    pairs, questions = json.loads(CliRunner().invoke(w2v, arguments).stdout)
    rho = pairs["skipping_unknown"]["spearman"]
    low, high = rho["interval_95"]
    zero = pairs["unknown_as_zero"]["spearman"]["value"]
    assert "pairs.tsv 4 of 5 pairs known" in text
    assert f"Spearman’s ρ {rho['value']:.3f} {low:.3f} to {high:.3f} {zero:.3f}" in text
    share = questions["methods"]["3CosAdd"]
    assert "questions.txt 2 of 3 questions known" in text
    assert re.search(
        f"3CosAdd, all {share['skipping_unknown']:.3f} 0.[0-9]+ to [01].[0-9]+ "
        f"{share['unknown_as_wrong']:.3f}",
        text,
    )


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_the_same_run_gives_the_same_bytes(run, method):
    pages = []
    for _ in range(2):
        assert report("--force", "--eval", "pairs.tsv", method=method).exit_code == 0
        pages.append(page())
    assert pages[0] == pages[1]
    assert {"pca": "principal components", "tsne": "t-SNE"}[method] in pages[0]


@pytest.mark.slow
def test_the_map_has_the_most_frequent_words_and_neighbours_of_all(run):
    html = written("--top", "10")
    (data,) = re.findall("<script [^>]* data-neighbours>(.*?)</script>", html)
    neighbours = json.loads(data)
    assert [len(row) for row in neighbours] == [10] * 10
    words = [line.split("\t")[0] for line in (run / "vocab.tsv").read_text().splitlines()]
    arguments = ["nearest", "run", words[0], "-n", "10", "--format", "tsv"]
    lines = CliRunner().invoke(w2v, arguments).stdout.splitlines()
    expected = [(word, float(cosine)) for _, word, cosine in (line.split("\t") for line in lines)]
    assert [word for word, _ in neighbours[0]] == [word for word, _ in expected]
    assert [one for _, one in neighbours[0]] == pytest.approx([x for _, x in expected], abs=1e-4)
    assert "Map of the 10 most frequent words" in html
    assert "Map of the 40 words" in written()


@pytest.mark.slow
def test_a_stopped_run_has_a_page_that_says_what_is_missing(stopped):
    text = text_of(written())
    assert "Unfinished, epoch 1 of 2. To continue: w2v train --resume --out run " in text
    newest = json.loads((stopped / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"Loss {newest['loss']:.3f} nats a pair, untrained {newest['baseline']:.3f}" in text
    assert "The run has no vectors.npy yet" in text
    assert 'id="loss"' in page()
    assert 'id="vocabulary"' in page()
    assert 'id="map"' not in page()


def test_a_run_that_has_only_begun_has_a_page(stopped):
    (stopped / "metrics.jsonl").unlink()
    (stopped / "vocab.tsv").unlink()
    text = text_of(written())
    assert "Unfinished, nothing reported yet" in text
    assert 'class="chart"' not in page()


@pytest.mark.slow
def test_what_is_written_is_told_on_standard_error_unless_quiet(run):
    result = report(method="tsne")
    placed, wrote = result.stderr.splitlines()
    assert re.fullmatch(r"placing [1-9][0-9]* words by t-SNE", placed)
    assert re.fullmatch(r"wrote report.html: 1,[0-9]{3},[0-9]{3} bytes", wrote)
    assert (result.exit_code, result.stdout) == (0, "")
    quiet = report("--force", "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")
    told = json.loads(report("--force", "--quiet", "--json").stdout)
    assert told == {"output": "report.html", "bytes": Path("report.html").stat().st_size}


@pytest.mark.slow
def test_an_output_that_exists_is_kept_without_force(run):
    with open("report.html", "w") as file:  # noqa: PTH123
        file.write("mine")
    result = report()
    assert result.exit_code == 2
    assert result.stderr == (
        "w2v: error: report.html: already exists; choose another --output or add --force\n"
    )
    assert page() == "mine"
    assert report("--force").exit_code == 0
    assert page().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("run", "is a folder"),
        ("report.PDF", "ends in .PDF, but a report is a web page: use .html"),
        ("none/report.html", "there is no folder none; make it first"),
    ],
)
def test_an_output_that_cannot_be_is_refused(run, output, message):
    result = report(output=output)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("fact", "reason"), [({}, "'.+' is missing"), ({"versions": []}, "a value is of no use")]
)
def test_a_damaged_run_is_one_line_and_leaves_the_page_that_was_there(run, fact, reason):
    Path("report.html").write_text("an older page")
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**record, **fact} if fact else {}))
    result = report("--force")
    assert result.exit_code == 1
    start = "w2v: error: run: run.json is damaged or of another version"
    assert re.fullmatch(rf"{start} of w2v \({reason}\); .+\n", result.stderr)
    assert page() == "an older page"


def test_no_run_is_an_error(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = report()
    assert result.exit_code == 1
    assert result.stderr == "w2v: error: run: not a run folder, expected config.yaml in it\n"


def test_scores_of_a_run_without_vectors_are_refused(stopped, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    result = report("--eval", "pairs.tsv")
    assert result.exit_code == 1
    assert "run: the run has no vectors yet" in result.stderr


def test_without_bokeh_the_extra_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh", None)
    result = report()
    assert result.exit_code == 1
    assert f"{sys.executable} -m pip install 'w2v-cli[plot]'" in result.stderr
    assert result.stderr.count("\n") == 1
