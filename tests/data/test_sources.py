"""Finding the files of a corpus and reading their text."""

import bz2
import errno
import gzip
import io
import lzma
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.data.corpus import find_sources
from w2v_cli.data.reading import checked_text, read_blocks
from w2v_cli.errors import CorpusError

COMPRESSIONS = {"plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}


def names(paths, spool: Path, encoding: str = "utf-8") -> list[str]:
    return [source.name for source in find_sources(paths, encoding=encoding, spool=spool)]


def text_of(path: Path, size: int = 64, encoding: str = "utf-8", errors: str = "strict") -> bytes:
    blocks = read_blocks(str(path), path, size, encoding, errors)
    return b"".join(checked_text(block, errors) for block in blocks)


def test_sources_come_in_the_order_given(tmp_path):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text("word")
    paths = [str(tmp_path / "b.txt"), str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    assert names(paths, tmp_path) == paths


@pytest.mark.posix
def test_folder_gives_its_text_files_at_any_depth_in_order(tmp_path):
    folder = tmp_path / "folder"
    contents = {
        "b.txt": b"text",
        "a/z.md": b"text",
        "a/wiki_00": b"text",
        "c.txt.xz": lzma.compress(b"text"),
        ".hidden": b"text",
        ".git/config": b"text",
        "empty.txt": b"",
        "empty.txt.gz": gzip.compress(b""),
        "image.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "program.gz": gzip.compress(b"\x7fELF\0\0\0"),
    }
    for name, content in contents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    os.mkfifo(folder / "fifo")
    found = [str(Path(name).relative_to(folder)) for name in names([str(folder)], tmp_path)]
    assert found == ["a/wiki_00", "a/z.md", "b.txt", "c.txt.xz"]


def test_folder_keeps_files_that_are_text_in_another_encoding_or_damaged(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "marked.txt").write_text("text", encoding="utf-16")
    (folder / "cut.gz").write_bytes(gzip.compress(b"text" * 99)[:20])
    assert len(names([str(folder)], tmp_path)) == 2
    (folder / "unmarked.txt").write_text("text of words", encoding="utf-16-le")
    assert len(names([str(folder)], tmp_path)) == 3
    assert len(names([str(folder)], tmp_path, encoding="utf-16-le")) == 3


def test_what_is_no_text_in_a_folder_or_of_a_glob_is_left_out_and_told(tmp_path):
    contents = {
        "text.txt": b"some words\nand more\n",
        "walk.txt": b"7 12 9 31\n12 7 31 9\n",
        "page.html": b"<!DOCTYPE html>\n<p>words",
        "map.html": b'<!doctype html>\n<meta name="generator" content="w2v">',
        "archive.7z": b"7z\xbc\xaf\x27\x1c\0\4",
        "image.bin": b"\1\2\0",
        "glove.txt": b"the 0.1 -0.2\nof . 0.3 0.4\n",
        "model.bin": b"2 3\nthe \0\1\2\3",
        "runs/run/config.yaml": b"model:\n",
        "runs/run/.lock": b"",
        "runs/run/notes.txt": b"notes",
        "runs/run/checkpoint/best.txt": b"text",
        "config.yaml": b"not: of a run\n",
        "cache/digests.json": b"{}",
        "cache/corpora/abc/types.txt": b"words",
        "projected/vectors.tsv": b"0.5\t0.25\n1.5\t2.5\n",
        "projected/metadata.tsv": b"one\ntwo\n",
    }
    for name, content in contents.items():
        (tmp_path / "c" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "c" / name).write_bytes(content)
    for path in (tmp_path / "c", tmp_path / "c" / "*"):
        told = []
        sources = find_sources([str(path)], encoding="utf-8", spool=tmp_path, other=told.append)
        assert sorted(source.name.removeprefix(f"{tmp_path}/c/") for source in sources) == [
            *["config.yaml", "page.html", "runs/run/notes.txt", "text.txt", "walk.txt"]
        ]
        assert {(other.name.removeprefix(f"{tmp_path}/c/"), other.kind.name) for other in told} == {
            ("page.html", "a web page or XML"),
            ("map.html", "a page of results"),
            ("archive.7z", "a 7z archive"),
            ("image.bin", "a binary file"),
            ("glove.txt", "a file of word vectors"),
            ("model.bin", "a file of word vectors"),
            ("runs/run/config.yaml", "a file of a run"),
            ("runs/run/checkpoint", "a file of a run"),
            ("cache/digests.json", "a file of w2v's cache"),
            ("cache/corpora", "a file of w2v's cache"),
            ("projected/vectors.tsv", "a file of exported vectors"),
            ("projected/metadata.tsv", "a file of exported vectors"),
        }
        assert [other.name for other in told if other.is_read] == [f"{tmp_path}/c/page.html"]


def test_glob_gives_its_matches_in_order_and_looks_into_folders(tmp_path):
    (tmp_path / "corpus" / "b").mkdir(parents=True)
    for name in ("c.txt", "a.txt", "b/inner.txt", "other.md"):
        (tmp_path / "corpus" / name).write_text("word")
    found = names([f"{tmp_path}/corpus/*[!d]"], tmp_path)
    assert [Path(name).name for name in found] == ["a.txt", "inner.txt", "c.txt"]
    found = names([f"{tmp_path}/corpus/**/*.txt"], tmp_path)
    assert [Path(name).name for name in found] == ["a.txt", "inner.txt", "c.txt"]


@pytest.mark.parametrize("pattern", ["corpus/**", "corpus/**/*", "corp*/**"])
def test_a_glob_gives_each_file_once_though_it_matches_its_folders_too(tmp_path, pattern):
    (tmp_path / "corpus" / "b" / "c").mkdir(parents=True)
    for name in ("a.txt", "b/one.txt", "b/c/two.txt"):
        (tmp_path / "corpus" / name).write_text("word")
    (tmp_path / "corpus" / "b" / "none.bin").write_bytes(b"\1\2\0")
    others = []
    path = f"{tmp_path}/{pattern}"
    found = find_sources([path], encoding="utf-8", spool=tmp_path, other=others.append)
    assert sorted(Path(source.name).name for source in found) == ["a.txt", "one.txt", "two.txt"]
    assert [Path(other.name).name for other in others] == ["none.bin"]


@pytest.mark.posix
def test_a_folder_that_may_be_listed_but_not_entered_is_named(tmp_path, monkeypatch):
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("word")
    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(CorpusError, match=r"a\.txt: cannot be read: permission denied"):
        names([str(tmp_path / "corpus")], tmp_path)


def refused(path):
    raise PermissionError(errno.EACCES, "Permission denied")


def test_file_whose_name_looks_like_a_glob_is_read(tmp_path):
    path = tmp_path / "text[1].txt"
    path.write_text("word")
    assert names([str(path)], tmp_path) == [str(path)]


def test_standard_input_is_copied_so_that_it_can_be_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"from a pipe"))))
    (source,) = find_sources(["-"], encoding="utf-8", spool=tmp_path)
    assert source.name == "standard input"
    for _ in range(2):
        assert [block.data for block in source.blocks(64, "utf-8", "strict")] == [
            *[b"from a ", b"pipe\n"]
        ]


@pytest.mark.posix
def test_fifo_is_copied_so_that_it_can_be_read_again(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_bytes, args=(b"from a fifo",))
    writer.start()
    (source,) = find_sources([str(fifo)], encoding="utf-8", spool=tmp_path)
    writer.join()
    assert (source.name, source.size) == (str(fifo), 11)


def test_digest_is_the_blake2b_of_the_bytes_on_disk(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    (source,) = find_sources([str(tmp_path / "abc")], encoding="utf-8", spool=tmp_path)
    # as `b2sum --length 256` of coreutils has it
    assert source.digest() == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"


@pytest.mark.parametrize("kind", COMPRESSIONS)
def test_compression_is_recognised_by_content(tmp_path, kind):
    text = "".join(f"line {n} naïve\n" for n in range(1000)).encode()
    path = tmp_path / "no-telling-name"
    path.write_bytes(COMPRESSIONS[kind](text))
    assert text_of(path) == text + b"\n"


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])
def test_compressed_files_one_after_another_are_all_read(tmp_path, kind):
    path = tmp_path / "joined"
    path.write_bytes(COMPRESSIONS[kind](b"one ") + COMPRESSIONS[kind](b"two"))
    assert text_of(path) == b"one two\n"


def test_text_that_only_begins_like_bzip2_is_text(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"BZh9 is how bzip2 begins")
    assert text_of(path) == b"BZh9 is how bzip2 begins\n"


def test_byte_order_mark_is_dropped_where_the_file_begins(tmp_path):
    path = tmp_path / "marked"
    path.write_bytes("\ufefffirst \ufeffsecond".encode())
    assert text_of(path).split() == [b"first", "\ufeffsecond".encode()]
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):  # these write a mark
        path.write_bytes("first".encode(encoding))
        assert text_of(path, encoding=encoding).split() == [b"first"]
    path.write_bytes("\ufefffirst".encode("utf-16-le"))
    assert text_of(path, encoding="utf-16-le").split() == [b"first"]


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_byte_order_mark_inside_text_of_another_encoding_stays_wherever_a_block_begins(
    tmp_path, size
):
    path = tmp_path / "text"
    path.write_bytes("\ufeffa \ufeffb".encode("utf-16-le"))
    assert text_of(path, size, "utf-16-le").decode().split() == ["a", "\ufeffb"]


def test_half_a_character_that_an_encoding_can_hold_becomes_a_question_mark(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"a+2AA- b")  # UTF-7 of a lone surrogate
    assert text_of(path, encoding="utf-7").split() == [b"a?", b"b"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "latin-1", "cp1252", "gb18030"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_other_encodings_become_utf8_whatever_the_block_size(tmp_path, encoding, size):
    text = "Größe — naïve\r\nçà et là\n" if encoding in ("cp1252", "gb18030") else "naïve été\nçà"
    path = tmp_path / "text"
    path.write_bytes(text.encode(encoding))
    assert text_of(path, size, encoding).split() == text.encode().split()


def test_replaced_errors_become_the_replacement_character(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"caf\xe9 nul\0 \xf0\x9f ok")
    assert text_of(path, errors="replace").decode().split() == [
        "caf\ufffd",
        "nul\ufffd",
        "\ufffd",
        "ok",
    ]
    path.write_bytes(b"\x81 nul\0")
    assert text_of(path, encoding="cp1252", errors="replace").decode().split() == [
        "\ufffd",
        "nul\ufffd",
    ]


@settings(deadline=None)
@given(st.binary(max_size=60).filter(bool), st.integers(1, 20))
def test_blocks_end_at_white_space_and_lose_nothing(tmp_path_factory, data, size):
    data = data.translate(None, b"\x1fB\xfd\xff\xfe\xef\0PK\x28")  # no magic bytes
    path = tmp_path_factory.mktemp("text") / "text"
    path.write_bytes(b"x" + data)
    blocks = list(read_blocks("text", path, size, "utf-8", "strict"))
    assert b"".join(block.data for block in blocks) == b"x" + data + b"\n"
    assert all(block.data[-1:].isspace() for block in blocks)
    assert [block.start for block in blocks] == [
        sum(len(block.data) for block in blocks[:i]) for i in range(len(blocks))
    ]
    assert sum(block.raw_size for block in blocks) == len(data) + 1


def test_token_longer_than_many_blocks_stays_whole(tmp_path):
    path = tmp_path / "text"
    path.write_bytes(b"a " + b"x" * 1000 + b" b")
    blocks = list(read_blocks("text", path, 16, "utf-8", "strict"))
    assert [block.data for block in blocks] == [b"a ", b"x" * 1000 + b" ", b"b\n"]
