"""Text by URL: found, read and kept as that of files is."""

import bz2
import gzip
import lzma

import pytest

from corpora import encode
from w2v_cli.data import remote_source
from w2v_cli.data.corpus import find_sources
from w2v_cli.errors import CorpusError
from w2v_cli.folders import folder_at

TEXT = b"the cat sat\non the mat\n" * 400


@pytest.fixture(params=["memory", pytest.param("s3", marks=pytest.mark.slow)])
def folder(request, tmp_path):
    """A new folder on another system."""
    if request.param == "s3":
        return folder_at(f"{request.getfixturevalue('bucket')}/{tmp_path.name}")
    return folder_at(f"memory://{tmp_path}")


@pytest.fixture
def reads(monkeypatch):
    """What is read of sources, in order: hashed or encoded."""
    done = []
    source = remote_source.RemoteSource
    digest, blocks = source.digest, source.blocks
    monkeypatch.setattr(source, "digest", lambda self: done.append("hash") or digest(self))
    monkeypatch.setattr(source, "blocks", lambda *given: done.append("read") or blocks(*given))
    return done


def names(url, spool, other=None):
    return [
        source.name for source in find_sources([url], encoding="utf-8", spool=spool, other=other)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_text_of_a_url_is_that_of_a_file(folder, tmp_path, pack):
    (tmp_path / "text").write_bytes(pack(TEXT))
    folder.put("text", tmp_path / "text")
    of_url = encode(tmp_path / "one", f"{folder.location}/text")
    of_file = encode(tmp_path / "other", tmp_path / "text")
    assert of_url.digest == of_file.digest
    assert of_url.tokens.tolist() == of_file.tokens.tolist()


def test_a_url_of_this_machine_is_a_path(tmp_path):
    (tmp_path / "a.txt").write_bytes(TEXT)
    for url in (f"file://{tmp_path}/a.txt", f"file://{tmp_path}", f"file://{tmp_path}/*.txt"):
        assert names(url, tmp_path) == [str(tmp_path / "a.txt")]


@pytest.mark.slow
def test_what_a_store_says_is_unchanged_is_not_read_again(bucket, tmp_path, reads):
    folder = folder_at(f"{bucket}/{tmp_path.name}")
    folder.write("text", TEXT)
    url = f"{folder.location}/text"
    first = encode(tmp_path / "cache", url)
    assert encode(tmp_path / "cache", url).digest == first.digest
    assert reads == ["hash", "read"]
    folder.write("text", TEXT + b"more\n")
    assert encode(tmp_path / "cache", url).n_tokens == first.n_tokens + 1
    assert reads == ["hash", "read", "hash", "read"]


@pytest.mark.slow
def test_what_may_have_changed_unseen_is_hashed_again(tmp_path, reads):
    folder = folder_at(f"memory://{tmp_path}")
    folder.write("text", TEXT)  # a moment ago: its time might not show another change
    for _ in range(2):
        encode(tmp_path / "cache", f"{folder.location}/text")
    assert reads == ["hash", "read", "hash"]


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path, monkeypatch):
    folder = folder_at(f"memory://{tmp_path}")
    folder.write("text", TEXT)
    blocks = remote_source.RemoteSource.blocks

    def changing(*given):
        yield from blocks(*given)
        folder.write("text", TEXT + TEXT)

    monkeypatch.setattr(remote_source.RemoteSource, "blocks", changing)
    with pytest.raises(CorpusError, match="text: changed while it was being read"):
        encode(tmp_path / "cache", f"{folder.location}/text")


def test_folders_and_globs_give_their_text_files_in_order(folder, tmp_path):
    contents = {
        "b.txt": TEXT,
        "a/z.txt.gz": gzip.compress(TEXT),
        "a/.hidden": TEXT,
        ".git/config": TEXT,
        "empty.txt": b"",
        "image.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "runs/config.yaml": b"model:\n",
        "runs/vocab.tsv": b"the\t2\n",
        "runs/checkpoint/step-1.txt": TEXT,
        "runs/notes.txt": TEXT,
    }
    for path, content in contents.items():
        folder.write(path, content)
    told = []
    url = folder.location
    texts = ["a/z.txt.gz", "b.txt", "runs/notes.txt"]
    assert names(url, tmp_path, told.append) == [f"{url}/{path}" for path in texts]
    assert {(other.name.removeprefix(f"{url}/"), other.kind.name) for other in told} == {
        ("image.png", "a picture"),
        ("runs/config.yaml", "a file of a run"),
        ("runs/vocab.tsv", "a file of a run"),
        ("runs/checkpoint/step-1.txt", "a file of a run"),
    }
    assert names(f"{url}/*.txt", tmp_path) == [f"{url}/b.txt"]
    assert names(f"{url}/[ab]*", tmp_path) == [f"{url}/a/z.txt.gz", f"{url}/b.txt"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing.txt", r"missing\.txt: no such file or folder"),
        ("*.xml", r"\*\.xml: no file matches this pattern"),
        ("image.png", r"image\.png: a picture, expected text"),
        ("cut.gz", r"cut\.gz: the gzip data end too early"),
        ("empty", r"empty: no text file in this folder"),
    ],
)
def test_text_that_cannot_be_read_is_told_as_that_of_files_is(folder, tmp_path, path, said):
    folder.write("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    folder.write("cut.gz", gzip.compress(TEXT)[:-9])
    folder.write("empty/nothing", b"")
    with pytest.raises(CorpusError, match=rf"^{folder.location}/{said}"):
        encode(tmp_path / "cache", f"{folder.location}/{path}")


def test_a_system_that_fails_while_it_is_read_is_told(tmp_path, monkeypatch):
    """Not as damaged data, though the file is compressed."""
    from w2v_cli.remote import Remote

    folder = folder_at(f"memory://{tmp_path}")
    folder.write("text.gz", gzip.compress(TEXT))
    system = Remote.at(folder.location).system

    class Failing:
        def __init__(self, *_, **__):
            self.left = 1

        def read(self, size):
            raise RuntimeError("the connection was reset")

        def tell(self):
            return 0

        seek = close = lambda *_: 0

    monkeypatch.setattr(system, "open", Failing)
    with pytest.raises(CorpusError, match=r"text\.gz: cannot be read: the connection was reset"):
        encode(tmp_path / "cache", f"{folder.location}/text.gz")
