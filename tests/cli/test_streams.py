"""Standard streams that are closed, full, or cannot encode what is written."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from w2v_cli.cli.streams import _readable

pytestmark = pytest.mark.posix
slow = partial(pytest.param, marks=pytest.mark.slow)  # each starts processes


def shell(command, **environment):
    """What a command of a shell, in which $W2V is the program, gives."""
    program = f"{sys.executable} -m w2v_cli"
    environment = {**os.environ, "W2V": program, **environment}
    return subprocess.run(["sh", "-c", command], capture_output=True, env=environment)


@pytest.fixture
def vectors(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "v.txt").write_text("ŷ 3 1\nb 1 2\nc 2 1\n", encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("closed", [*map(slow, ("<&-", ">&-", "2>&-", ">&- 2>&-")), "<&- >&- 2>&-"])
def test_closed_streams_are_as_dev_null(vectors, closed):
    done = shell(f"$W2V export v.txt --format npz --output v.npz {closed}")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert Path("v.npz").stat().st_size > 100
    done = shell(f"$W2V nearest v.txt nosuch {closed}")
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "nearest v.txt",
        *map(slow, ("nearest v.txt --vector", "similarity v.txt", "vector v.txt")),
        slow("export v.txt --words - --format npz -o v.npz"),
    ],
)
def test_a_standard_input_that_is_closed_is_an_error_where_it_would_be_read(vectors, command):
    done = shell(f"$W2V {command} <&-")
    message = "standard input is closed: give a file or arguments, or send text into the command"
    assert (done.returncode, done.stderr.decode()) == (1, f"w2v: error: {message}\n")
    assert done.stdout == b""


@pytest.mark.parametrize(
    "command", ["nearest v.txt b", *map(slow, ("--help", "nearest --help", "--version"))]
)
def test_a_full_standard_output_is_an_error_in_one_line(vectors, command):
    done = shell(f"$W2V {command} >/dev/full")
    error = b"w2v: error: standard output: cannot be written: no space left on device\n"
    assert (done.returncode, done.stderr) == (1, error)


@pytest.mark.slow
@pytest.mark.parametrize(("command", "status"), [("nearest v.txt no", 1), ("nearest", 2)])
def test_a_full_standard_error_changes_no_exit_status(vectors, command, status):
    assert shell(f"$W2V {command} 2>/dev/full").returncode == status


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_what_an_encoding_lacks_is_escaped(vectors, encoding):
    Path("c.yaml").write_text("corpus:\n  paths: [日本]\n", encoding="utf-8")
    done = shell("$W2V train c.yaml --out run", PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        1,
        rb"w2v: error: \u65e5\u672c: no such file or folder",
    )
    checked = shell("$W2V gradcheck", PYTHONIOENCODING=encoding)
    assert (checked.returncode, checked.stderr) == (0, b"")
    assert rb"\u0177" in checked.stdout


@pytest.mark.slow
def test_a_run_whose_name_is_not_utf8_is_named_in_its_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text("a b c\n" * 50)
    command = "$W2V train --quiet --corpus c.txt --epochs 1 --dim 4 --out $(printf 'r\\377')"
    done = shell(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"r\xff\n", b"")


@pytest.mark.slow
@pytest.mark.parametrize("flag", [slow(""), "--json", slow("-o out --force")])
def test_a_file_whose_name_is_not_utf8_is_described_and_scored(vectors, flag):
    name = os.fsdecode(b"n\xff")
    Path("v.txt").rename(name)
    Path("pairs.tsv").write_text("b\tc\t1\nb\tŷ\t2\nc\tŷ\t4\n", encoding="utf-8")
    for command in (f"info {name} {flag}", f"eval {name} pairs.tsv {flag}"):
        done = shell(f"$W2V {command}")
        assert (done.returncode, done.stderr) == (0, b"")
        shown = Path("out").read_bytes() if "-o" in flag else done.stdout
        shown.decode()
        if flag == "--json":
            assert command[:4] == "eval" or json.loads(shown)["source"] == name


def test_only_characters_are_replaced():
    with pytest.raises(UnicodeDecodeError):
        _readable(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "why"))


@pytest.mark.slow
@pytest.mark.parametrize("ignored", [False, True])
def test_ctrl_c_while_the_program_is_imported_shows_no_traceback(tmp_path, ignored):
    (tmp_path / "click.py").write_text(
        "import os, signal, sys\nos.kill(os.getpid(), signal.SIGINT)\nsys.exit('went on')\n"
    )
    trap = "trap '' INT; " if ignored else ""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # if tests run behind "&"
    try:
        done = shell(f"{trap}exec $W2V --help", PYTHONPATH=f"{tmp_path}:{Path.cwd()}")
    finally:
        signal.signal(signal.SIGINT, before)
    expected = (1, b"went on\n") if ignored else (-signal.SIGINT, b"")
    assert (done.returncode, done.stderr) == expected
