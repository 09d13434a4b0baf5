"""What commands say of a vector file with something odd in it."""

import json

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

ODD = b"\xef\xbb\xbf6 2\nking 1 2\nqueen 2 1\nking 3 4\n 5 6\nof course 7 8\n\n"
SAID = (
    "1 word with a separator inside (kept whole), 1 blank line (left out), 1 row more or fewer "
    "than the header declares (those found are read), 1 repeated word (the first counts), 1 empty "
    "word (left out)"
)
COMMANDS = {
    "nearest": ["king"],
    "vector": ["king"],
    "analogy": ["king", "queen", "of course"],
    "similarity": ["king", "queen"],
    "odd-one-out": ["king", "queen", "of course"],
    "eval": ["pairs.tsv"],
    "compare": ["odd.vec"],
    "plot": ["-o", "map.svg"],
    "info": [],
    "export": ["-o", "out.npz"],
}


@pytest.fixture
def odd(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "odd.vec").write_bytes(ODD)
    (tmp_path / "pairs.tsv").write_text("king\tqueen\t3\nking\tof course\t2\nqueen\tof course\t1\n")
    return "odd.vec"


def run(*arguments):
    return CliRunner().invoke(w2v, arguments)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_warns_once_of_a_file_and_refuses_it_with_strict(odd, command):
    strict = run(command, odd, *COMMANDS[command], "--strict")
    assert strict.exit_code == 1
    assert "w2v: error: odd.vec:6: expected 2 numbers separated by single spaces, found 3" in (
        strict.stderr
    )
    result = run(command, odd, *COMMANDS[command])
    assert result.exit_code == 0, result.output
    warnings = [line for line in result.stderr.splitlines() if "odd.vec: 1 word" in line]
    assert len(warnings) == (2 if command == "compare" else 1)
    assert warnings[0] == (f"w2v: warning: odd.vec: {SAID}; w2v info says where, --strict refuses")


def test_info_says_how_many_and_where(odd):
    lines = run("info", odd).stdout.splitlines()
    assert "odd         1 repeated word (the first counts)" in lines
    assert lines[lines.index("odd         1 empty word (left out)") + 1] == (
        "            first: odd.vec:5: the word is empty"
    )
    found = json.loads(run("info", odd, "--json").stdout)["oddities"]
    assert {(each["kind"], each["count"]) for each in found} == {
        ("words with a separator inside", 1),
        ("blank lines", 1),
        ("rows more or fewer than the header declares", 1),
        ("empty words", 1),
        ("repeated words", 1),
    }


def test_words_that_the_projector_passes_over_are_left_out(tmp_path):
    source = tmp_path / "blank.txt"
    source.write_text("a 1 2\n\u00a0 3 4\n\u3000\ufeff 5 6\n\u200b 7 8\n", encoding="utf-8")
    result = run("export", str(source), "--format", "projector", "-o", str(tmp_path / "out"))
    assert result.exit_code == 0, result.output
    assert r"left out 2 words that projector cannot hold: '\xa0', '\u3000\ufeff'" in result.stderr
    labels = (tmp_path / "out" / "metadata.tsv").read_text(encoding="utf-8").splitlines()
    assert labels == ["a", "\u200b"]
    assert (tmp_path / "out" / "vectors.tsv").read_text() == "1.0\t2.0\n7.0\t8.0\n"


@pytest.mark.parametrize(
    ("name", "format_name"),
    [
        ("out.vec", "fasttext"),
        ("out.TXT", "word2vec-text"),
        ("out.txt.gz", "word2vec-text"),
        ("my.new.bin.xz", "word2vec-binary"),
        ("out.npz", "npz"),
    ],
)
def test_the_name_of_an_export_says_its_format(odd, name, format_name):
    result = run("export", odd, "-o", name, "--json", "--on-bad-token", "skip")
    assert json.loads(result.stdout)["format"] == format_name


@pytest.mark.parametrize("name", ["out", "out.csv", "out.gz", ".txt"])
def test_a_name_that_says_no_format_is_answered_with_those_that_do(odd, name):
    result = run("export", odd, "-o", name)
    assert result.exit_code == 2
    assert "expected --format, or a name that ends in .vec, .txt, .bin, " in result.stderr
