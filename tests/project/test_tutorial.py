"""The tutorial, block by block: what it shows is what a reader gets."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"(<!-- varies.*-->\n)?```(\w+)\n(.*?)```\n", re.DOTALL)


def pattern_of(shown):
    """A pattern for the output: … stands for any text, alone on a line for any lines."""
    lines = shown.splitlines()
    patterns = ["(.*\n)*" if line == "…" else rf"{re.escape(line)}\n" for line in lines]
    return re.compile("".join(patterns).replace("…", ".*"))


def run_python(source, variables, line):
    """What the examples print must be what they show."""
    examples = doctest.DocTestParser().get_doctest(source, variables, "tutorial", str(PAGE), line)
    said = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(examples, out=said.append, clear_globs=False)
    variables.update(examples.globs)
    assert not said, "".join(said)


def run_console(source, varies, environment):
    """Each command must succeed and, unless it varies, print what is shown below it."""
    for part in re.split(r"^\$ ", source, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        result = subprocess.run(
            ["sh", "-c", command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert result.returncode == 0, f"{command}\n{result.stdout}"
        if varies:
            assert len(result.stdout.splitlines()) == len(shown.splitlines()), result.stdout
        else:
            assert pattern_of(shown).fullmatch(result.stdout), f"{command}\n{result.stdout}"


@pytest.mark.slow
def test_every_block_does_what_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "bin" / "w2v"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m w2v_cli "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"}
    text = PAGE.read_text(encoding="utf-8")
    variables = {}
    kinds = set()
    for block in BLOCK.finditer(text):
        varies, kind, source = block.groups()
        kinds.add(kind)
        if kind == "pycon":
            run_python(source, variables, text[: block.start()].count("\n"))
        else:
            run_console(source, varies, environment)
    assert kinds == {"pycon", "console"}


def test_every_number_in_brackets_is_an_equation():
    maths = (PAGE.parent / "maths.md").read_text(encoding="utf-8")
    numbers = re.findall(r"(?<=[ ,])\((\d{1,2})\)", PAGE.read_text(encoding="utf-8"))
    assert len(set(numbers)) > 15
    for number in numbers:
        assert rf"\tag{{{number}}}" in maths
