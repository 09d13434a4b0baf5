"""Text that cannot be trained on, given to `w2v train`: one line, exit status 1, nothing left."""

import gzip
import lzma
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

LINES = "".join(f"line {n}\n" for n in range(5000)).encode()


def refusal(tmp_path: Path, *arguments: object, stdin: bytes = b"") -> str:
    """The error of a training run, with the test's folder left out; it may leave nothing."""
    out = tmp_path / "run"
    command = ["train", "--quiet", "--out", str(out), *map(str, arguments)]
    result = CliRunner().invoke(w2v, command, input=stdin)
    assert result.exit_code == 1
    assert result.stdout == ""
    check_nothing_left(out)
    return one_line(result.stderr, tmp_path)


def refusal_of(tmp_path: Path, content: bytes, *arguments: object) -> str:
    (tmp_path / "text").write_bytes(content)
    return refusal(tmp_path, "--corpus", tmp_path / "text", *arguments)


def one_line(stderr: str, tmp_path: Path) -> str:
    assert stderr.startswith("w2v: error: ")
    assert stderr.count("\n") == 1
    return stderr.strip().removeprefix("w2v: error: ").replace(f"{tmp_path}/", "")


def check_nothing_left(out: Path) -> None:
    assert not out.exists()
    cache = Path(os.environ["W2V_CACHE"])
    assert not list(cache.glob(".tmp-*"))


def test_missing(tmp_path):
    found = refusal(tmp_path, "--corpus", tmp_path / "text")
    assert found == "text: no such file or folder"


def test_unreadable(tmp_path, unreadable):
    found = refusal(tmp_path, "--corpus", unreadable)
    assert found == "text: cannot be read: permission denied"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_empty(tmp_path, compress):
    assert refusal_of(tmp_path, compress(b"")) == "text: is empty, expected text"


def test_nothing_but_white_space(tmp_path):
    assert refusal_of(tmp_path, b" \r\n\t\n") == "text: no word in this corpus"


def test_binary(tmp_path):
    found = refusal_of(tmp_path, b"\x7fELF\x02\x01\x01\0\0\0 and so on")
    assert found == "text: a program, expected text: give another file"
    found = refusal_of(tmp_path, b"\x02\x01\x01\0\0\0 and so on")
    assert found.startswith("text: byte 3 is NUL: this is not text in the encoding expected")
    found = refusal_of(tmp_path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    assert found == "text: a picture, expected text: give another file"
    found = refusal_of(tmp_path, random.Random(1).randbytes(100_000).replace(b"\0", b""))
    assert "is not valid UTF-8: name the file's encoding" in found


def test_nul(tmp_path):
    found = refusal_of(tmp_path, LINES + b"one two\0 three\n" + LINES)
    assert found.startswith(f"text: byte {len(LINES) + 7:,} is NUL: this is not text")
    assert found.endswith("to read NUL as U+FFFD: --set corpus.errors=replace)")


@pytest.mark.slow
@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
@pytest.mark.parametrize("workers", [1, 2])
def test_invalid_utf8(tmp_path, monkeypatch, compress, workers):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    content = compress(LINES + b"caf\xe9\n" + LINES + b"\xff")
    found = refusal_of(tmp_path, content, "--workers", workers)
    assert found == (
        f"text: byte {len(LINES) + 3:,} (0xE9) is not valid UTF-8: name the file's encoding (such "
        "as --set corpus.encoding=latin-1), or read invalid bytes as U+FFFD "
        "(--set corpus.errors=replace)"
    )


def test_utf16(tmp_path):
    content = "naïve text\n".encode("utf-16")
    assert refusal_of(tmp_path, content) == (
        "text: text in UTF-16, expected UTF-8: read it with --set corpus.encoding=utf-16"
    )
    found = refusal_of(tmp_path, content[2:])
    assert "is NUL" in found
    assert "(if it is UTF-16 without a byte-order mark: --set corpus.encoding=utf-16-le;" in found


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("kind", "compress"), [("gzip", gzip.compress), ("xz", lzma.compress)])
def test_truncated(tmp_path, monkeypatch, kind, compress, workers):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    found = refusal_of(tmp_path, compress(LINES)[:-9], "--workers", workers)
    assert found == f"text: the {kind} data end too early: the file is truncated; fetch it again"


@pytest.mark.parametrize(("kind", "compress"), [("gzip", gzip.compress), ("xz", lzma.compress)])
@pytest.mark.parametrize("place", [500, 1000, -8])  # the last is in the checksum or the footer
def test_corrupt(tmp_path, kind, compress, place):
    content = bytearray(compress(LINES))
    content[place] ^= 0xFF
    found = refusal_of(tmp_path, bytes(content))
    assert found.startswith(f"text: the {kind} data are damaged (")
    assert found.endswith("): fetch the file again")


def test_token_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    monkeypatch.setattr("w2v_cli.data.reading.LONGEST_TOKEN", 10_000)
    assert refusal_of(tmp_path, b"a b " * 1000 + b"x" * 20_000 + b" a b") == (
        "text: more than 10,000 bytes without a space or a line end, from byte 4,000: expected "
        "text in which white space separates the words"
    )


def test_only_rare_words(tmp_path):
    content = b"rare\n" * 2 + b"rarer " * 3 + b"once"
    assert refusal_of(tmp_path, content, "--set", "vocabulary.min_count=9") == (
        "no word occurs 9 times or more, and at least two words are needed: "
        "lower vocabulary.min_count (2 would keep 2, 1 would keep 3)"
    )
    assert refusal_of(tmp_path, content, "--set", "vocabulary.min_count=3").startswith(
        "only one word occurs 3 times or more, and at least two words are needed"
    )


def test_vocabulary_of_one_word(tmp_path):
    found = refusal_of(tmp_path, b"word " * 100)
    assert found == "the corpus has only one different word: at least two are needed"


@pytest.mark.posix
def test_folder_without_text(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "binary").write_bytes(b"\1\2\0")
    (tmp_path / "folder" / "empty.txt").touch()
    found = refusal(tmp_path, "--corpus", tmp_path / "folder")
    assert found == (
        "folder: no text file in this folder (hidden, empty and binary files do not count)"
    )
    (tmp_path / "folder" / "image").write_bytes(b"\x89PNG\0")
    assert refusal(tmp_path, "--quiet", "--corpus", tmp_path / "folder") == (
        "folder: no text file in this folder, found folder/image and 1 more: a picture; "
        "give another file"
    )


@pytest.mark.posix
def test_device(tmp_path):
    found = refusal(tmp_path, "--corpus", "/dev/null")
    assert found == "/dev/null: is neither a file nor a folder (give '-' for standard input)"


def test_standard_input_that_is_empty(tmp_path):
    assert refusal(tmp_path, "--corpus", "-") == "standard input: is empty, expected text"


@pytest.mark.slow
@pytest.mark.posix
def test_standard_input_that_is_closed(tmp_path):
    command = [sys.executable, "-m", "w2v_cli", "train", "--quiet", "--corpus", "-"]
    found = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *command, "--out", str(tmp_path / "run")],
        capture_output=True,
        text=True,
    )
    assert (found.returncode, found.stdout) == (1, "")
    check_nothing_left(tmp_path / "run")
    assert one_line(found.stderr, tmp_path) == (
        "standard input is closed: give a file or arguments, or send text into the command"
    )
