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

from w2v_cli.file_kinds import HEAD_BYTES, file_kind


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
