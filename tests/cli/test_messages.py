"""Errors are one line each, whatever a file or a word is called."""

import os

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

NAMES = {"two\nlines": r"two\nlines", "\x1b[31mred": r"\x1b[31mred", "a\u2028b": r"a\u2028b"}


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"\xff")])
@pytest.mark.parametrize(
    "arguments",
    [
        ["train", "NAME"],
        ["train", "--corpus", "NAME", "--out", "run"],
        ["train", "--out", "run", "--resume", "--corpus", "NAME", "--out", "NAME"],
        ["train", "--eval", "NAME"],
        ["nearest", "NAME", "word"],
        ["eval", "NAME", "pairs.tsv"],
        ["info", "NAME"],
        ["export", "NAME", "--format", "glove", "--output", "out.txt"],
        ["export", "vectors.txt", "--format", "glove", "--output", "NAME/out.txt"],
        ["nearest", "vectors.txt", "NAME"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_an_error_about_a_strange_name_is_one_line(tmp_path, monkeypatch, arguments, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vectors.txt").write_text("1 2\na 1 2\n")
    (tmp_path / "pairs.tsv").write_text("a\tb\t1\n")
    result = CliRunner().invoke(w2v, [text.replace("NAME", name) for text in arguments])
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    (line,) = [line for line in result.stderr.split("\n") if line.startswith("w2v: error: ")]
    assert NAMES.get(name, r"\udcff") in line
    assert result.stderr.endswith(f"{line}\n")
    assert line.isprintable()


@pytest.mark.parametrize("moment", ["parse_args", "get_command"])
def test_ctrl_c_before_a_command_begins_is_an_interruption_too(monkeypatch, moment):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(w2v, moment, interrupted)
    result = CliRunner().invoke(w2v, ["nearest", "run", "word"])
    assert (result.exit_code, result.stderr) == (130, "w2v: interrupted\n")
