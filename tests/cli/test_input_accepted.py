"""Unusual text that `w2v train` reads as it is meant, shown by the words of the run."""

import gzip
import lzma
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.data.reading import read_blocks

SMALL = ["--set=model.dim=2", "--set=training.epochs=1", "--set=vocabulary.min_count=1"]


def words(tmp_path: Path, *arguments: object) -> dict[str, int]:
    """The words and counts of a training run with these arguments."""
    command = ["train", "--out", str(tmp_path / "run"), "--workers", "1", *SMALL]
    result = CliRunner().invoke(w2v, [*command, *map(str, arguments)])
    assert result.exit_code == 0, result.stderr
    return vocabulary(tmp_path / "run")


def words_of(tmp_path: Path, content: bytes, *arguments: object) -> dict[str, int]:
    (tmp_path / "text").write_bytes(content)
    return words(tmp_path, "--corpus", tmp_path / "text", *arguments)


def vocabulary(run: Path) -> dict[str, int]:
    text = (run / "vocab.tsv").read_bytes().decode()
    return {
        word: int(count) for word, count in (line.split("\t") for line in text.split("\n")[:-1])
    }


@pytest.mark.parametrize("compress", [bytes, gzip.compress, lzma.compress])
def test_byte_order_mark_of_utf8(tmp_path, compress):
    assert words_of(tmp_path, compress(b"\xef\xbb\xbfone two\none")) == {"one": 2, "two": 1}


def test_windows_line_ends(tmp_path):
    assert words_of(tmp_path, b"one two\r\none\r\n\r\n") == {"one": 2, "two": 1}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encoding_that_is_named(tmp_path, encoding):
    content = "été naïf\nété".encode(encoding)
    assert words_of(tmp_path, content, f"--set=corpus.encoding={encoding}") == {"été": 2, "naïf": 1}


def test_invalid_bytes_and_nul_that_may_be_replaced(tmp_path):
    content = b"caf\xe9 bar\0 caf\xe9"
    found = words_of(tmp_path, content, "--set=corpus.errors=replace")
    assert found == {"caf\ufffd": 2, "bar\ufffd": 1}


def test_lines_of_one_token(tmp_path):
    (tmp_path / "text").write_bytes(b"one\ntwo\n" * 50)
    command = ["train", "--out", str(tmp_path / "run"), "--workers", "1", *SMALL]
    result = CliRunner().invoke(w2v, [*command, "--corpus", str(tmp_path / "text")])
    assert result.exit_code == 0
    assert "w2v: warning: nothing was learned: " in result.stderr
    assert vocabulary(tmp_path / "run") == {"one": 50, "two": 50}


@pytest.mark.slow
@pytest.mark.parametrize("space", ["\u00a0", "\u0085", "\u2028", "\x1c", "\x1b", "\x07", "\u200b"])
def test_control_characters_and_unicode_spaces_stay_in_the_word(tmp_path, space):
    content = f"one{space}two three\none{space}two".encode()
    assert words_of(tmp_path, content) == {f"one{space}two": 2, "three": 1}


@pytest.mark.slow
def test_tokens_of_ten_megabytes(tmp_path):
    long = [letter * 10_000_000 for letter in "xy"]
    found = words_of(tmp_path, f"a b {long[0]} a b {long[1]} {long[0]} a".encode())
    assert found == {"a": 3, "b": 2, long[0]: 2, long[1]: 1}


@pytest.mark.slow
def test_long_line_is_one_sentence_read_in_small_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    content = b"one two three " * 20_000
    assert words_of(tmp_path, content) == dict.fromkeys(("one", "two", "three"), 20_000)
    blocks = read_blocks("text", tmp_path / "text", 1 << 10, "utf-8", "strict")
    assert max(len(block.data) for block in blocks) <= (1 << 10) + len(b"three ")


@pytest.mark.posix
def test_fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with subprocess.Popen(["sh", "-c", f"echo one two one > '{tmp_path}/fifo'"]):
        assert words(tmp_path, "--corpus", tmp_path / "fifo") == {"one": 2, "two": 1}


@pytest.mark.slow
def test_standard_input_compressed(tmp_path):
    command = [sys.executable, "-m", "w2v_cli", "train", "--corpus", "-", "--workers", "1", *SMALL]
    content = lzma.compress(b"one two one")
    subprocess.run([*command, "--out", str(tmp_path / "run")], input=content, check=True)
    assert vocabulary(tmp_path / "run") == {"one": 2, "two": 1}
