"""Every wrong input is one clear sentence that names the file and says what to do."""

import bz2
import gzip
import io
import lzma
import os
import re
import sys
import tarfile
from pathlib import Path

import pytest

import corpora
from w2v_cli.data.spooling import DISK_LEFT_FREE
from w2v_cli.errors import CorpusError, UsageError, W2VError


def encode(tmp_path: Path, *paths: object, **changed: object) -> None:
    corpora.encode(tmp_path / "cache", *paths, **changed)


def message(tmp_path: Path, *paths: object, error: type[W2VError] = CorpusError, **settings) -> str:
    """The error's text, with the test's folder left out; nothing half-made may be left."""
    with pytest.raises(error) as caught:
        encode(tmp_path, *paths, **settings)
    assert not list((tmp_path / "cache").glob(".tmp-*"))
    assert not list((tmp_path / "cache").glob("corpora/*"))
    return str(caught.value).replace(f"{tmp_path}/", "")


def message_for(tmp_path: Path, content: bytes, **settings) -> str:
    (tmp_path / "text").write_bytes(content)
    return message(tmp_path, tmp_path / "text", **settings)


def test_no_paths(tmp_path):
    expected = "no corpus is given: expected files, folders, globs, '-' or 'builtin:...'"
    assert message(tmp_path) == expected


def test_empty_path(tmp_path):
    expected = "a path of the corpus is empty: expected a file, a folder or a glob"
    assert message(tmp_path, "") == expected


def test_missing_file(tmp_path):
    assert message(tmp_path, tmp_path / "text") == "text: no such file or folder"


def test_a_home_folder_that_no_shell_has_written_out(tmp_path):
    expected = "~/text: no such file or folder; only a shell knows ~, write the whole path"
    assert message(tmp_path, "~/text") == expected


def test_path_with_nul(tmp_path):
    assert message(tmp_path, "a\0b") == "'a\\x00b': not a path: it holds a NUL character"


@pytest.mark.posix
def test_dangling_link(tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    assert message(tmp_path, tmp_path / "link") == "link: no such file or folder"


@pytest.mark.posix
def test_link_to_itself(tmp_path):
    (tmp_path / "link").symlink_to("link")
    expected = "link: cannot be read: too many levels of symbolic links"
    assert message(tmp_path, tmp_path / "link") == expected


def test_path_through_a_file(tmp_path):
    (tmp_path / "text").write_text("word")
    expected = "text/more: cannot be read: not a directory"
    assert message(tmp_path, tmp_path / "text" / "more") == expected


def test_file_without_permission(tmp_path, unreadable):
    assert message(tmp_path, unreadable) == "text: cannot be read: permission denied"


@pytest.mark.posix
@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_disk_that_fails_while_reading(tmp_path):
    # Reading this file of /proc fails: the first page of memory is never mapped.
    with pytest.raises(CorpusError, match=r"/proc/self/mem: cannot be read: input/output error"):
        encode(tmp_path, "/proc/self/mem")


@pytest.mark.posix
def test_device(tmp_path):
    expected = "/dev/null: is neither a file nor a folder (give '-' for standard input)"
    assert message(tmp_path, "/dev/null") == expected


def test_folder_without_text(tmp_path):
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "image").write_bytes(b"\0")
    expected = "folder: no text file in this folder (hidden, empty and binary files do not count)"
    assert message(tmp_path, folder) == expected


def test_glob_without_match(tmp_path):
    assert message(tmp_path, tmp_path / "*.txt") == "*.txt: no file matches this pattern"


def test_unknown_builtin(tmp_path):
    expected = "builtin:wikipedia: there is no such built-in corpus; expected builtin:python-docs"
    assert message(tmp_path, "builtin:wikipedia") == expected


@pytest.mark.parametrize("closed", [None, io.StringIO()])
def test_closed_standard_input(tmp_path, monkeypatch, closed):
    if closed is not None:
        closed.close()
    monkeypatch.setattr("sys.stdin", closed)
    expected = "standard input is closed: give a file or arguments, or send text into the command"
    assert message(tmp_path, "-") == expected


def test_standard_input_twice(tmp_path):
    expected = "'-' is given more than once: standard input can be read only once"
    assert message(tmp_path, "-", "text", "-") == expected


def test_empty_standard_input(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    assert message(tmp_path, "-") == "standard input: is empty, expected text"


def test_standard_input_that_is_a_folder(tmp_path, monkeypatch):
    class Folder(io.RawIOBase):
        def readinto(self, buffer):
            raise IsADirectoryError(21, "Is a directory")

        def readable(self):
            return True

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Folder()))
    assert message(tmp_path, "-") == "standard input: cannot be read: is a directory"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_empty_file(tmp_path, compress):
    assert message_for(tmp_path, compress(b"")) == "text: is empty, expected text"


def test_empty_file_in_another_encoding(tmp_path):
    assert message_for(tmp_path, b"", encoding="utf-16") == "text: is empty, expected text"


@pytest.mark.parametrize("content", [b" \n\t\r\n", b"\xef\xbb\xbf"])
def test_file_without_a_word(tmp_path, content):
    assert message_for(tmp_path, content) == "text: no word in this corpus"


def test_several_files_without_a_word(tmp_path):
    for name in "abcd":
        (tmp_path / name).write_text("\n")
    expected = "a, b, c, …: no word in this corpus"
    assert message(tmp_path, *(tmp_path / name for name in "abcd")) == expected


def test_nul_byte(tmp_path):
    assert message_for(tmp_path, b"\xef\xbb\xbfone two\0 three") == (
        "text: byte 10 is NUL: this is not text in the encoding expected (if it is UTF-16 without "
        "a byte-order mark: --set corpus.encoding=utf-16-le; to read NUL as U+FFFD: "
        "--set corpus.errors=replace)"
    )


def test_nul_byte_far_inside(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 64)
    found = message_for(tmp_path, b"naive text " * 999 + b"\0")
    assert found.startswith("text: byte 10,989 is NUL: ")


@pytest.mark.parametrize("block_size", [64, 1 << 20])
def test_nul_character_in_another_encoding(tmp_path, monkeypatch, block_size):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", block_size)
    content = ("naïve text " * 99 + "\0").encode("utf-16")
    found = message_for(tmp_path, content, encoding="utf-16")
    assert found.startswith("text: character 1,089 is NUL: this is not text in the encoding exp")


def test_invalid_utf8(tmp_path):
    assert message_for(tmp_path, b"caf\xc3\xa9 caf\xe9 bar") == (
        "text: byte 9 (0xE9) is not valid UTF-8: name the file's encoding (such as "
        "--set corpus.encoding=latin-1), or read invalid bytes as U+FFFD "
        "(--set corpus.errors=replace)"
    )


def test_invalid_byte_far_inside_compressed_text(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 64)
    content = gzip.compress(b"naive text " * 999 + b"\xff")
    found = message_for(tmp_path, content)
    assert found.startswith("text: byte 10,989 (0xFF) is not valid UTF-8: ")


def test_invalid_byte_in_another_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 64)
    content = ("é" * 500).encode("cp1252") + b"\x81"
    assert message_for(tmp_path, content, encoding="cp1252") == (
        "text: is not valid cp1252: byte 500 (0x81): character maps to <undefined>; set another "
        "corpus.encoding, or read invalid bytes as U+FFFD (--set corpus.errors=replace)"
    )


def test_text_cut_inside_a_character(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 64)
    content = ("a" * 500).encode("utf-16-le") + b"b"
    assert message_for(tmp_path, content, encoding="utf-16-le").startswith(
        "text: is not valid utf-16-le: byte 1,000 (0x62): truncated data; set another"
    )


def test_utf16_without_a_mark_where_one_is_expected(tmp_path):
    content = "text".encode("utf-16-le")
    assert re.match(  # Python 3.13 words it in another way
        r"text: is not valid utf-16: .*[Ss]tream does not start with BOM; set another",
        message_for(tmp_path, content, encoding="utf-16"),
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_byte_order_mark_of_another_encoding(tmp_path, encoding, order):
    content = "\ufefftext".encode(f"{encoding}-{order}")
    assert message_for(tmp_path, content) == (
        f"text: text in {encoding.upper()}, expected UTF-8: read it with "
        f"--set corpus.encoding={encoding}"
    )


@pytest.mark.parametrize("order", ["le", "be"])
def test_text_in_utf16_without_a_mark(tmp_path, order):
    content = "text of words".encode(f"utf-16-{order}")
    for errors in ("strict", "replace"):
        assert message_for(tmp_path, content, errors=errors) == (
            "text: text in UTF-16, expected UTF-8: read it with "
            f"--set corpus.encoding=utf-16-{order}"
        )


def tarred() -> bytes:
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        archive.addfile(tarfile.TarInfo("text.txt"))
    return buffer.getvalue()


UNPACK = "unpack it and give a file from it"
OTHER_KINDS = {
    "zip": (b"PK\x03\x04rest", f"a zip archive, expected text: {UNPACK}"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", f"a 7z archive, expected text: {UNPACK}"),
    "tar": (tarred(), f"a tar archive, expected text: {UNPACK}"),
    "gzip of a tar": (gzip.compress(tarred()), f"a tar archive, expected text: {UNPACK}"),
    "xz of a tar": (lzma.compress(tarred()), f"a tar archive, expected text: {UNPACK}"),
    "zstd": (
        b"\x28\xb5\x2f\xfdrest",
        "a zstd file, expected text: unpack it, such as with unzstd",
    ),
    "pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
        "a Git LFS pointer, expected text: the file itself is still to be fetched, with git lfs "
        "pull",
    ),
    "zeros": (
        bytes(4096),
        "a file of zeros, expected text: its contents were never written; fetch it again",
    ),
    "vectors": (
        b"2 3\nthe 0.1 -0.2 1e-05\nof 0 -1.5 3.25\n",
        "a file of word vectors, expected text: w2v nearest and w2v info read it",
    ),
}


@pytest.mark.parametrize("errors", ["strict", "replace"])
@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_file_that_is_no_text_is_said_what_it_is(tmp_path, kind, errors):
    content, expected = OTHER_KINDS[kind]
    assert message_for(tmp_path, content, errors=errors) == f"text: {expected}"


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_standard_input_that_is_no_text_is_said_what_it_is(tmp_path, monkeypatch, kind):
    content, expected = OTHER_KINDS[kind]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert message(tmp_path, "-") == f"standard input: {expected}"


def test_standard_input_without_end_stops_where_the_disk_must_stay_free(tmp_path, monkeypatch):
    class Endless(io.RawIOBase):
        def readinto(self, buffer):
            buffer[:] = b"y\n" * (len(buffer) // 2)
            return len(buffer)

        def readable(self):
            return True

    total, copies = 100 << 20, []

    def free(folder):
        copies.append(sum(path.stat().st_size for path in folder.iterdir()))
        return DISK_LEFT_FREE + total - copies[-1]

    monkeypatch.setattr("w2v_cli.data.spooling.free_disk", free)
    monkeypatch.setattr("w2v_cli.data.spooling._CHUNKS_BETWEEN_LOOKS", 4)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Endless())))
    found = message(tmp_path, "-")
    assert re.match(r"standard input: after [\d,]+ bytes only [\d,]+ are free in the cache", found)
    assert total // 2 - (5 << 20) < copies[-1] < total // 2 + (5 << 20)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("run/vocab.tsv", "a file of a run"),
        ("run/checkpoint", "a file of a run"),
        ("exported/vocab.tsv", "a file of exported vectors"),
        ("cache/digests.json", "a file of w2v's cache"),
    ],
)
def test_file_that_w2v_wrote_is_no_text(tmp_path, name, kind):
    for folder, files in OWN.items():
        for file in files:
            (tmp_path / "own" / folder / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "own" / folder / file).write_text("word 1\n")
    found = message(tmp_path, tmp_path / "own" / name)
    assert found.startswith(f"own/{name}: {kind}, expected text: give the text")


OWN = {
    "run": ["config.yaml", "vocab.tsv", ".lock", "checkpoint/step-1.npz"],
    "exported": ["vectors.npy", "vocab.tsv"],
    "cache": ["digests.json", "corpora/abc/types.txt"],
}


def test_folder_of_nothing_but_a_run_is_said_to_be_that(tmp_path):
    (tmp_path / "run").mkdir()
    for name in ("config.yaml", "vocab.tsv"):
        (tmp_path / "run" / name).write_text("word\t1\n")
    assert message(tmp_path, tmp_path / "run") == (
        "run: no text file in this folder, found run/config.yaml and 1 more: a file of a run; "
        "give the text that it was trained on; its config.yaml names it"
    )
    assert message(tmp_path, f"{tmp_path}/run/*").startswith(
        "run/*: no file that matches this pattern is text, found run/config.yaml and 1 more: "
    )


@pytest.mark.parametrize("encoding", ["utf-9", "rot13", "a\0b"])
def test_unknown_encoding(tmp_path, encoding):
    assert message_for(tmp_path, b"word", error=UsageError, encoding=encoding) == (
        f"corpus.encoding: {encoding!r} is not an encoding that Python knows; expected a name "
        "such as 'utf-8', 'utf-16' or 'latin-1'"
    )


LINES = b"".join(b"line %d\n" % n for n in range(5000))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("kind", "compress"),
    [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)],
)
def test_truncated_compressed_file(tmp_path, monkeypatch, kind, compress, workers):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    expected = f"text: the {kind} data end too early: the file is truncated; fetch it again"
    assert message_for(tmp_path, compress(LINES)[:-9], workers=workers) == expected


@pytest.mark.parametrize(
    ("kind", "compress"),
    [("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)],
)
def test_corrupt_compressed_file(tmp_path, kind, compress):
    content = bytearray(compress(LINES))
    for place in range(len(content) // 2, len(content) // 2 + 9):
        content[place] ^= 0xFF
    found = message_for(tmp_path, bytes(content))
    assert found.startswith(f"text: the {kind} data are damaged (")
    assert found.endswith("): fetch the file again")


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_first_of_several_errors_is_reported_for_any_number_of_workers(
    tmp_path, monkeypatch, workers
):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    content = gzip.compress(LINES[:9000] + b"\xfe" + LINES + b"\xff" + os.urandom(9999))[:-5000]
    found = message_for(tmp_path, content, workers=workers)
    assert found.startswith("text: byte 9,000 (0xFE) is not valid UTF-8: ")


def test_file_that_changes_while_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "text"

    def growing(*arguments):
        path.write_bytes(path.read_bytes() + b"more\n")

    path.write_bytes(b"word\n")
    with pytest.raises(CorpusError, match="text: changed while it was being read: start again"):
        encode(tmp_path, path, progress=growing)


def test_limit_of_the_scan_that_leaves_nothing(tmp_path):
    (tmp_path / "text").write_text("one two three")
    with pytest.raises(CorpusError, match="scan_limit is too low: all words were forgotten"):
        encode(tmp_path, tmp_path / "text", scan_limit=1)
