"""The report in a browser: its charts hold what was measured, and it is fit to be looked at."""

import json

import numpy as np
import pytest

from runs import open_run, settings_for, train
from w2v_cli.evaluation.benchmarks import WordPairs
from w2v_cli.evaluation.scoring import score
from w2v_cli.pipeline.results import finish
from w2v_cli.reporting.report import MapOptions, report
from w2v_cli.reporting.runs import read_run
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

pytestmark = pytest.mark.slow  # a browser starts

HOSTILE = "</script><img src=x onerror=alert(1)>"
WORDS = [HOSTILE, *(f"word{number}" for number in range(30))]

# What a chart shows: the points of each of its curves, by colour, and its key.
CURVES = """
    const doc = Bokeh.documents.find((one) => one.roots()[0].name === arguments[0]);
    return doc.roots()[0].renderers.map((one) => [one.glyph.tags[0][1], one.glyph.type,
        Array.from(one.data_source.data.x), Array.from(one.data_source.data.y)]);
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run, of words one of which is hostile, in a folder whose name is."""
    place = tmp_path_factory.mktemp("reports")
    rng = np.random.default_rng(0)
    lines = [" ".join(WORDS[word] for word in rng.integers(len(WORDS), size=8)) for _ in range(400)]
    (place / "<b>corpus.txt").write_text("\n".join(line.replace(" src", "_src") for line in lines))
    settings = settings_for(
        place / "<b>corpus.txt", "training.held_out=0.1", f"machine.cache={place / 'cache'}"
    )
    run = open_run(settings, place / "<i>run")
    train(run)
    finish(run)
    return run.folder.path


def text_of(folder, top=1000):
    """The report of a run, with scores."""
    vectors = load_vectors(folder)
    pairs = WordPairs(
        folder, [(vectors.words[row], vectors.words[row + 1]) for row in range(9)], np.arange(9.0)
    )
    results = [("<u>pairs", score(vectors, [pairs])[0])]
    return report(read_run(folder), vectors, results, MapOptions(top, "pca"))


@pytest.fixture(scope="module")
def path(folder):
    path = folder.parent / "report.html"
    path.write_text(text_of(folder), encoding="utf-8")
    return path


@pytest.mark.parametrize("dark", [False, True])
def test_the_report_is_drawn_can_be_read_and_asks_for_nothing(browser, path, dark):
    browser.open(path, dark=dark)
    assert browser.messages() == []
    assert browser.requests() == [path.as_uri()]
    assert (browser.is_dark(), browser.unreadable()) == (dark, [])
    assert browser.run("return Bokeh.documents.length") == 5


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_nothing_is_wider_than_its_place(browser, path, width):
    browser.open(path, width=width)
    wider = browser.run("""
        return [...document.body.querySelectorAll("*")].filter((one) => !one.closest(".chart")
            && one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.outerHTML)
    """)
    assert wider == []
    cut = browser.run("""
        return [...document.querySelectorAll("section *")].filter((one) => !one.closest(".chart")
            && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline")
            .map((one) => one.outerHTML)
    """)
    assert cut == []


def test_no_name_or_word_becomes_an_element(browser, path):
    browser.open(path)
    assert browser.run("return document.querySelectorAll('img, i, u').length") == 0
    assert browser.run("return document.querySelectorAll('b').length") == 1  # the chosen word's
    assert browser.find("h1").text.endswith("<i>run")
    assert "<b>corpus.txt" in browser.find("main").text
    assert "<u>pairs" in browser.find("main").text


def test_the_charts_hold_what_was_measured(browser, folder, path):
    browser.open(path)
    metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    ended = [line for line in metrics if line["epoch_ended"]]
    between = [line for line in metrics if not line["epoch_ended"]]
    words = [line["words"] / 1000 for line in metrics]

    def points(name):
        curves = browser.run(CURVES, name)
        return {(colour, kind): (x, y) for colour, kind, x, y in curves}

    loss = points("loss")
    assert loss["first", "Line"] == (
        pytest.approx([line["words"] / 1000 for line in between]),
        pytest.approx([line["loss"] for line in between]),
    )
    assert loss["third", "Scatter"][1] == pytest.approx([line["loss"] for line in ended])
    assert loss["second", "Scatter"][1] == pytest.approx([line["held_out_loss"] for line in ended])
    assert loss["muted", "Line"][1] == pytest.approx([metrics[0]["baseline"]] * 2)
    for name, quantity in (("learning-rate", "learning_rate"), ("speed", "words_per_second")):
        assert points(name)["first", "Line"] == (
            pytest.approx(words),
            pytest.approx([line[quantity] for line in metrics]),
        )
    counts = load_vectors(folder).counts
    ranks, occurrences = points("vocabulary")["first", "Line"]
    assert ranks[0] == 1
    assert ranks[-1] == len(counts)
    assert occurrences == [counts[int(rank) - 1] for rank in ranks]


def test_a_map_of_5000_words_is_less_than_5_megabytes(folder):
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((6000, 8), dtype=np.float32)
    vectors = WordVectors([f"a-word-{row}" for row in range(6000)], matrix)
    text = report(read_run(folder), vectors, [], MapOptions(5000, "pca"))
    assert 2e6 < len(text.encode()) < 5e6


def test_a_run_of_several_nodes_tells_of_them(browser, folder, tmp_path):
    found = read_run(folder)
    assert "Exchange of vectors" not in text_of(folder)
    for number, line in enumerate(found.metrics):
        rounds = {"rounds": number + 1, "of_rounds": 50, "nodes": 4 - number % 2}
        changes = {"joined": 1, "lost": 2, "exchanging": 0.25, "slowest": 10, "fastest": 20}
        line["cluster"] = rounds | changes
    page = tmp_path / "nodes.html"
    page.write_text(report(found, None, [], MapOptions(10, "pca")), encoding="utf-8")
    browser.open(page)
    shown = browser.find("main").text
    assert "1 joined, 2 lost" in shown and f"of the last of {len(found.metrics)} rounds" in shown
    count = len(found.metrics)
    for name, values in (("nodes", [4, 3] * count), ("exchanging", [25] * count)):
        ((_, _, _, y),) = [one for one in browser.run(CURVES, name) if one[1] == "Line"]
        assert y == values[:count]
