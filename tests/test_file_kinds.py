"""Files that are something else are known by what their own programs write."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import sqlite3
import tarfile
import zipfile

import numpy as np
import pytest
from gensim.models import KeyedVectors

from w2v_cli.file_kinds import HEAD_BYTES, file_kind, vectors_kind


def zipped():
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr("vectors.txt", "a 1 2\n")
    return buffer.getvalue()


def tarred():
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        archive.addfile(tarfile.TarInfo("vectors.txt"))
    return buffer.getvalue()


def npy():
    np.save(buffer := io.BytesIO(), np.ones(3))
    return buffer.getvalue()


def keyed_vectors(tmp_path):
    vectors = KeyedVectors(2)
    vectors.add_vectors(["a", "b"], np.ones((2, 2), np.float32))
    vectors.save(str(tmp_path / "gensim.kv"))
    return (tmp_path / "gensim.kv").read_bytes()


def database(tmp_path):
    with sqlite3.connect(tmp_path / "database") as connection:
        connection.execute("create table words (word text)")
    return (tmp_path / "database").read_bytes()


KINDS = {
    "a zip archive": zipped(),
    "a tar archive": tarred(),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "a gzip file": gzip.compress(b"text"),
    "a bzip2 file": bz2.compress(b"text"),
    "an xz file": lzma.compress(b"text"),
    "a zstd file": b"\x28\xb5\x2f\xfd\x04\0",
    "a Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
    "text in UTF-16": "2 3\nthe 0.1\n".encode("utf-16"),
    "text in UTF-32": "2 3\nthe 0.1\n".encode("utf-32"),
    "a NumPy array": npy(),
    "a web page or XML": b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_another_kind_is_named(name):
    assert file_kind(KINDS[name][:HEAD_BYTES]).name == name


@pytest.mark.parametrize("protocol", [0, 2, 3, 4, 5])
def test_pickles_of_every_age_are_named_and_never_opened(protocol):
    kind = file_kind(pickle.dumps({"the": np.ones(2)}, protocol)[:HEAD_BYTES])
    assert kind.name == "a Python pickle"
    assert "never opened" in kind.advice


def test_what_gensim_saves_is_told_apart_with_the_way_out(tmp_path):
    kind = file_kind(keyed_vectors(tmp_path)[:HEAD_BYTES])
    assert kind.name == "a Python pickle, from save() of gensim"
    assert "save_word2vec_format" in kind.advice


def test_a_database_is_named(tmp_path):
    assert file_kind(database(tmp_path)[:HEAD_BYTES]).name == "an SQLite database"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_named(encoding):
    assert file_kind("the cat sat on".encode(encoding)).name == "text in UTF-16"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"the cat",
        b"PAR1S is spelt so\n",
        b"GIF8 is a word",
        b"corpus\nof words\n",
        b"MZ is a name",
        b"<unk> 0.1 0.2\n",
        b"{ 0.1 0.2\n",
        b"\xef\xbb\xbf2 3\n",
        "日本語の文章".encode(),
        json.dumps(["not", "known"]).encode(),
        b"400000 300\nthe " + np.ones(300, "<f4").tobytes(),
    ],
)
def test_text_and_vectors_are_no_other_kind(text):
    assert file_kind(text) is None


NUMBERS = b"the 0.1 -0.2 3e-05\nof 0 1.5 2\n"
VECTORS = {
    "GloVe": NUMBERS,
    "with a header": b"2 3\n" + NUMBERS,
    "with blanks in words": b". . . 0.1 -0.2 3e-05 1.0\nof 0 1.5 2 1.0\n",
    "with a byte order mark": b"\xef\xbb\xbf2 3\n" + NUMBERS,
    "with numbers in words": b"the 0.1 0.2 0.3\nr$ 0,0 0.4 0.5 0.6\nof 0.7 0.8 0.9\n",
    "with commas": NUMBERS.replace(b" ", b","),
    "numbers alone": b"0.1\t0.2\n0.3\t0.4\n",
    "one long row that is cut": b"the" + b" 0.125" * 300,
    "word2vec binary": b"2 3\nthe \x00\x00\x80\x3f",
    "fastText": b"\xba\x16\x4f\x2f\x0c\0\0\0",
    "safetensors": b'\x48\1\0\0\0\0\0\0{"vectors',
}
TEXTS = {
    "prose": b"It rose 1.5 to 2.5\nand fell by 0.3\n",
    "a walk on a graph": b"7 12 9 31\n12 7 31 9\n",
    "events": b"open 12 close 7\nopen 3 close 9\n",
    "a header and no rows": b"2 3\n",
    "prices in some lines": b"apple 1.5 2.5\nsome words are here\n",
    "one line with prices": b"apple 1.5 2.5\n",
    "nothing": b"\n\n",
}


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_are_known(name):
    assert vectors_kind(VECTORS[name]).name == "a file of word vectors"


@pytest.mark.parametrize("name", TEXTS)
def test_text_with_numbers_is_no_vectors(name):
    assert vectors_kind(TEXTS[name]) is None


def test_many_digits_are_one_number_or_none():
    """In a pattern that digits match in two ways, these lines would take hours."""
    digits = b"9" * 60_000
    assert vectors_kind(b"a 1.5 2.5\n" * 3 + digits + b"x " + digits + b"x\n") is None
    assert vectors_kind(b"a 1.5 2.5\n" * 30 + b"a 1.5 " + digits + b"\n") is not None
