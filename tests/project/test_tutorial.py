"""The tutorial and the README, block by block: what they show is what a reader gets."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL, README = ROOT / "docs" / "tutorial.md", ROOT / "README.md"
NOT_WORDS, PROGRAMS = ROOT / "docs" / "not-words.md", ROOT / "docs" / "python.md"
BLOCK = re.compile(r"(<!-- varies[^\n]*-->\n)?```(\w+)\n(.*?)```\n", re.DOTALL)


def pattern_of(shown, varies):
    """A pattern for the output: … stands for any text, alone on a line for any lines.

    Where the output varies only the number of lines counts.
    """
    lines = shown.rstrip("\n").split("\n") if shown else []
    line_patterns = [".*" if varies else re.escape(line).replace("…", ".*") for line in lines]
    patterns = [
        "(.*\n)*" if line == "…" else f"{pattern}\n"
        for line, pattern in zip(lines, line_patterns, strict=True)
    ]
    return re.compile("".join(patterns))


def run_python(page, source, variables, line):
    """What the examples print must be what they show."""
    examples = doctest.DocTestParser().get_doctest(source, variables, page.name, str(page), line)
    said = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(examples, out=said.append, clear_globs=False)
    variables.update(examples.globs)
    assert not said, "".join(said)


def run_console(source, varies, environment):
    """Each command must print what is shown below it, and fail only where an error is shown."""
    for part in re.split(r"^\$ ", source, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        shown = shown.rstrip("\n") + "\n" if shown.strip() else ""  # a blank line parts commands
        result = subprocess.run(
            ["sh", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = f"{command}\n{result.stdout}"
        assert (result.returncode != 0) is shown.startswith("w2v: error: "), said
        assert pattern_of(shown, varies).fullmatch(result.stdout), said


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (TUTORIAL, {"pycon", "console"}),
        (README, {"console"}),
        (NOT_WORDS, {"pycon", "console"}),
        (PROGRAMS, {"pycon"}),
    ],
)
def test_every_block_does_what_the_page_shows(page, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    program = tmp_path / "bin" / "w2v"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m w2v_cli "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"}
    text = page.read_text(encoding="utf-8")
    variables = {}
    kinds = set()
    for block in BLOCK.finditer(text):
        varies, kind, source = block.groups()
        kinds.add(kind)
        if kind == "pycon":
            run_python(page, source, variables, text[: block.start()].count("\n"))
        elif kind == "console":
            run_console(source, varies, environment)
    assert expected <= kinds


@pytest.mark.parametrize(
    ("shown", "varies", "printed", "same"),
    [
        ("a 1\n", None, "a 1\n", True),
        ("a 1\n", None, "a 2\n", False),
        ("a …\n…\nb\n", None, "a 2\nx\ny\nb\n", True),
        ("a 1\n", "varies", "b 2\n", True),
        ("a 1\n", "varies", "b 2\nc\n", False),
        ("a 1\n…\n", "varies", "b 2\nc\n", True),
        ("", None, "a\n", False),
    ],
)
def test_what_is_shown_is_compared_with_what_is_printed(shown, varies, printed, same):
    assert (pattern_of(shown, varies).fullmatch(printed) is not None) is same


def test_every_number_in_brackets_is_an_equation():
    maths = (TUTORIAL.parent / "maths.md").read_text(encoding="utf-8")
    numbers = re.findall(r"(?<=[ ,])\((\d{1,2})\)", TUTORIAL.read_text(encoding="utf-8"))
    assert len(set(numbers)) > 15
    for number in numbers:
        assert rf"\tag{{{number}}}" in maths
