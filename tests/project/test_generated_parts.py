"""The generated parts of the pages: what they are made of is what they show."""

import json
import re
from importlib.metadata import version

import pytest

import generate_docs
import imports_table
import measured_parts
from benchmark.record import new_record, write_record


def bench_record(**changes):
    figures = {"words/s": {"ours": [9000.0], "theirs": [3000.0], "wanted": 6.0}}
    scores = {
        "ours": [{"WS-353": 0.61}],
        "theirs": {"0.025": [{"WS-353": 0.55}], "0.08": [{"WS-353": 0.6}]},
    }
    row = {"name": "skipgram-100-5", "work": "skip-gram, D 100, 5 epochs", "against": "gensim"}
    row |= {"figures": figures, "scores": scores, "failure": None}
    return {**new_record("text", 1000, "a quiet machine"), "rows": [row], **changes}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(measured_parts, "FOLDER", tmp_path)
    return tmp_path


def test_page_shows_what_was_measured(folder):
    write_record(bench_record(), folder / "bench.json")
    page = generate_docs.regenerated("<!-- generated: bench -->\nold\n<!-- end of bench -->")
    assert (
        "| skip-gram, D 100, 5 epochs | gensim | 9,000 words/s | 3,000 words/s | 3.00× | ahead |"
        in page
    )
    assert "- note: a quiet machine" in page
    assert "0.600 at 0.08" in page
    assert "old" not in page


def test_first_table_has_a_line_for_each_of_their_rates(folder):
    write_record(bench_record(), folder / "bench.json")
    lines = measured_parts.bench_first().splitlines()
    assert lines[2] == "| **w2v**, skip-gram, D 100 | 9,000 | 0.610 |"
    assert [line.split("|")[2].strip() for line in lines[3:5]] == ["3,000", ""]
    assert lines[4].endswith("rate 0.08 |  | 0.600 |")


def test_headline_judges_theirs_at_the_best_of_their_rates(folder):
    write_record(bench_record(), folder / "bench.json")
    assert measured_parts.bench_headline().splitlines()[2] == (
        f"- skip-gram, D 100, 5 epochs: **3.0 times as fast** as gensim {version('gensim')}; "
        "mean of 1 benchmarks: 0.610 (gensim, at the best of 2 learning rates: 0.600)."
    )


def test_headline_tells_the_speed_without_avx512(folder):
    write_record(bench_record(), folder / "bench.json")
    other = bench_record()
    other["rows"][0]["figures"]["words/s"]["ours"] = [6000.0]
    write_record(other, folder / "avx2.json")
    assert measured_parts.bench_headline().splitlines()[3] == (
        "- On a processor without AVX-512: skip-gram 2.0 times as fast."
    )


@pytest.mark.parametrize("name", sorted(measured_parts.PARTS))
def test_what_was_not_measured_is_said(name, folder):
    assert measured_parts.PARTS[name]().startswith("Not measured yet: ")


def test_kinds_are_shown_as_their_program_showed_them(folder):
    record = {
        **new_record("graph", None, ""),
        "kind": "graph",
        "tables": [[["a", "b"], ["1", "2"]]],
    }
    write_record(record, folder / "graph.json")
    assert measured_parts.kinds().startswith("### graph\n")
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n" in measured_parts.kinds()


def test_costs_are_shown(folder):
    record = new_record("text", None, "") | {"curves": {"D": [[25, 1234567]]}, "limit": {"x": 83.4}}
    (folder / "cost.json").write_text(json.dumps(record))
    assert "| D | 25 | 1,234,567 |" in measured_parts.cost()
    assert "| x | 83 |" in measured_parts.limit()


def test_every_part_has_its_line_of_imports():
    table = imports_table.imports_table()
    assert "| `core/` | The mathematics, in pure NumPy: arrays in, arrays out | nothing |" in table
    assert "| `durations.py` | Spans of time as people write them | nothing |" in table


def test_every_decision_has_its_number_and_title():
    rows = generate_docs.decisions().splitlines()[2:]
    records = list((generate_docs.ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(rows) == len(records) > 20
    assert "| [0002](0002-noise-exponent.md) | Negatives in proportion to count^0.75 |" in rows
    for row in rows:
        number, file = re.match(r"\| \[(\d{4})\]\((\d{4})", row).groups()
        assert number == file


@pytest.mark.parametrize("part", ["Question", "Decision", "Why"])
def test_every_decision_has_the_same_parts(part):
    for record in (generate_docs.ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        assert f"\n**{part}.**" in record.read_text(encoding="utf-8"), record.name


@pytest.mark.slow
def test_what_contributing_names_is_there():
    text = (generate_docs.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("| … |") : text.index("The pages of settings")]
    files = set(re.findall(r"`((?:tests/)?[a-z]+/(?:\w+/)*\w+\.py)`", table))
    assert len(files) > 12
    for file in files - {"cli/NAME.py"}:
        root = generate_docs.ROOT if file.startswith("tests/") else generate_docs.ROOT / "w2v_cli"
        assert (root / file).is_file(), file
    code = "".join(path.read_text() for path in (generate_docs.ROOT / "w2v_cli").rglob("*.py"))
    for name in re.findall(r"`(_?[A-Za-z_]+)`", table):
        assert re.search(rf"\b{name}\b", code), name


def test_what_going_on_is_worth_is_shown(folder):
    scores = {"WS-353": [0.61234, 0.5]}
    same = [
        {"run": "the old text alone", "words": 5000, "scores": scores, "shared": 0.0},
        {"run": "the old run, continued", "words": 6000, "scores": scores, "shared": 0.171},
    ]
    other = [{"start": "the old run", "losses": [3.0, 2.5, 2.75]}]
    record = new_record("text", 10, "") | {"same": same, "other": other}
    write_record(record, folder / "continue.json")
    assert "| the old text alone | 5,000 | 0.612 · 0.500 | – |" in measured_parts.continued()
    assert (
        "| the old run, continued | 6,000 | 0.612 · 0.500 | 0.171 |" in measured_parts.continued()
    )
    assert "| the old run | 3.000 | 2.500 | 2 |" in measured_parts.starts()
