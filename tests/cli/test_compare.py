import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["北京", "king", "\x1b[31m", "queen", "man", "stone"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files in which all vectors but that of 北京 differ by a turn of 90 degrees."""
    monkeypatch.chdir(tmp_path)
    matrix = np.array([[1, 0], [4, 3], [1, 2], [1, 7], [-1, 3], [-2, 1]], dtype=np.float32)
    turned = matrix @ np.array([[0, 1], [-1, 0]], dtype=np.float32)
    turned[0] *= -1
    for name, rows in (("first.npz", matrix), ("second.npz", turned)):
        write_vectors(WordVectors(WORDS, rows), tmp_path / name, "npz")
    return "first.npz", "second.npz"


def compare(*args):
    return CliRunner().invoke(w2v, ["compare", *map(str, args)])


def test_lines_say_how_alike_and_which_words_moved_most(files):
    result = compare(*files, "-k", 2, "-n", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[:3] == [
        "first       first.npz: 6 words",
        "second      second.npz: 6 words",
        "shared      6 words",
    ]
    assert lines[3].endswith("of the 2 nearest neighbours of 6 words; by chance 0.4000")
    assert lines[4].startswith("cosine      0.")
    assert "; of different words " in lines[4]
    assert lines[5] == "moved most  cosine and nearest neighbours, first | second"
    assert lines[6] == "  北京  -1.0000  king, \\x1b[31m, queen | stone, man, queen"
    assert len(lines) == 7  # the other words have not moved


def test_json_is_one_object(files):
    found = json.loads(compare(*files, "-k", 2, "-n", 1, "--json").stdout)
    assert found["words"] == [6, 6]
    assert (found["shared"], found["sample"], found["k"], found["chance"]) == (6, 6, 2, 0.4)
    assert 0 < found["interval_95"][0] <= found["overlap"] <= found["interval_95"][1] <= 1
    assert found["quantiles"][0] == found["moved"][0]["cosine"] < 0
    assert found["moved"][0]["word"] == "北京"
    assert len(found["moved"][0]["neighbours"]) == 2


def test_the_vectors_of_runs_are_those_that_were_asked_for(files, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "w2v_cli.cli.compare.read_source",
        lambda path, which, strict: asked.append((str(path), which)) or read_vectors(path),
    )
    result = compare(*files, "--vectors", "outside", "-o", "found.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert asked == [(file, "outside") for file in files]
    assert "shared      6 words" in (tmp_path / "found.txt").read_text(encoding="utf-8")


def test_a_file_is_just_like_itself(files):
    result = compare(files[0], files[0])
    assert "overlap     1.0000 (1.0000 to 1.0000)" in result.stdout
    assert "cosine      1.0000 after the best rotation, median 1.0000, " in result.stdout
    assert "moved" not in result.stdout


def test_only_the_first_words_are_compared_when_restricted(files):
    assert "shared      4 words" in compare(*files, "--restrict", 4).stdout
    result = compare(*files, "--restrict", 2)
    assert result.exit_code == 1
    assert result.stderr.startswith("w2v: error: the two have 2 words in common, expected at least")
