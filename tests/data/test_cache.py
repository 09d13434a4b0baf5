"""The cache of encoded corpora: what is read again, and when."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from corpora import SETTINGS, encode
from runs import settings_for
from w2v_cli.data import cache as cache_module
from w2v_cli.data import encoded as encoded_module
from w2v_cli.data.cache import publishing
from w2v_cli.data.cache_folder import DIGESTS, default_cache
from w2v_cli.data.encoded import open_encoded
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.errors import W2VError
from w2v_cli.pipeline.reading import read_corpus
from w2v_cli.systems.locks import FileLock


@pytest.fixture
def settled(monkeypatch) -> None:
    """A file counts as unchanged for long, though a test has just made it."""
    monkeypatch.setattr(cache_module, "_SETTLED_NANOSECONDS", -3600 * 10**9)


@pytest.fixture
def corpus_file(tmp_path, settled) -> Path:
    """A text that has not been changed for an hour."""
    path = tmp_path / "text"
    path.write_text("the cat sat\non the mat\n")
    age(path, 3600)
    return path


@pytest.fixture
def reads(monkeypatch) -> list[str]:
    """What is done with the files' content, in order: hash or read."""
    done: list[str] = []
    digest, blocks = cache_module.FileSource.digest, cache_module.FileSource.blocks
    monkeypatch.setattr(
        cache_module.FileSource, "digest", lambda self: done.append("hash") or digest(self)
    )
    monkeypatch.setattr(
        cache_module.FileSource, "blocks", lambda *given: done.append("read") or blocks(*given)
    )
    return done


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_unchanged_file_is_neither_read_nor_hashed_again(tmp_path, corpus_file, reads):
    first = encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read"]
    again = encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read"]
    assert again.digest == first.digest == again.folder.name
    assert again.tokens.tolist() == first.tokens.tolist()


def test_file_changed_a_moment_ago_is_hashed_again(tmp_path, corpus_file, reads, monkeypatch):
    """Though a program has set its time of change to an hour ago, as `cp -p` does."""
    monkeypatch.setattr(cache_module, "_SETTLED_NANOSECONDS", 3600 * 10**9)
    encode(tmp_path / "cache", corpus_file)
    encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read", "hash"]


def test_same_text_under_another_name_is_hashed_but_not_read(tmp_path, corpus_file, reads):
    first = encode(tmp_path / "cache", corpus_file)
    copy = tmp_path / "copy"
    copy.write_bytes(corpus_file.read_bytes())
    again = encode(tmp_path / "cache", copy)
    assert reads == ["hash", "read", "hash"]
    assert again.folder == first.folder


def test_file_changed_keeping_its_size_and_time_of_change_is_noticed_by_its_inode(
    tmp_path, corpus_file
):
    encode(tmp_path / "cache", corpus_file)
    status = corpus_file.stat()
    other = tmp_path / "other"
    other.write_text("the dog sat\non the mat\n")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(corpus_file)
    assert "dog" in corpus_words(encode(tmp_path / "cache", corpus_file))


def test_file_changed_keeping_size_inode_and_time_is_noticed_by_what_the_system_notes(
    tmp_path, corpus_file
):
    encode(tmp_path / "cache", corpus_file)
    before = corpus_file.stat()
    with corpus_file.open("r+") as file:
        file.write("the dog")
    os.utime(corpus_file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = corpus_file.stat()
    same = [(one.st_size, one.st_ino, one.st_mtime_ns) for one in (before, after)]
    assert same[0] == same[1]
    assert "dog" in corpus_words(encode(tmp_path / "cache", corpus_file))


def test_file_changed_keeping_its_size_is_noticed_by_its_time_of_change(tmp_path, corpus_file):
    encode(tmp_path / "cache", corpus_file)
    corpus_file.write_text("the dog sat\non the mat\n")
    age(corpus_file, 1800)
    assert "dog" in corpus_words(encode(tmp_path / "cache", corpus_file))


def corpus_words(corpus: EncodedCorpus) -> list[str]:
    return (corpus.folder / "types.txt").read_text().split()


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": "latin-1"},
        {"errors": "replace"},
        {"tokenizer": "words"},
        {"lowercase": True},
        {"scan_limit": 999},
    ],
)
def test_other_settings_are_another_entry(tmp_path, corpus_file, changed):
    first = encode(tmp_path / "cache", corpus_file)
    assert encode(tmp_path / "cache", corpus_file, **changed).digest != first.digest


def test_order_of_files_matters(tmp_path, corpus_file):
    other = tmp_path / "other"
    other.write_text("more text")
    one = encode(tmp_path / "cache", corpus_file, other)
    two = encode(tmp_path / "cache", other, corpus_file)
    assert one.digest != two.digest


def zeroed(name, entry):
    """Damage that keeps the size, as after a power cut."""
    (entry / name).write_bytes(bytes((entry / name).stat().st_size))


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / "meta.json").unlink(),
        lambda entry: (entry / "meta.json").write_text("{"),
        lambda entry: (entry / "meta.json").write_text("[]"),
        lambda entry: (entry / "meta.json").write_text('{"sizes": {}}'),
        lambda entry: (entry / "tokens.i32").write_bytes(b"1234"),
        lambda entry: (entry / "sentence_starts.i64").write_bytes(bytes(800)),
        lambda entry: (entry / "types.txt").unlink(),
        *(partial(zeroed, name) for name in ("tokens.i32", "type_counts.i64", "types.txt")),
        lambda entry: (entry / "type_counts.i64").write_bytes(b""),
        lambda entry: [path.unlink() for path in entry.iterdir()],
    ],
)
def test_damaged_entry_is_made_again(tmp_path, corpus_file, reads, damage):
    first = encode(tmp_path / "cache", corpus_file)
    tokens = first.tokens.tolist()
    damage(first.folder)
    again = encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read", "read"]
    assert again.folder == first.folder
    assert again.tokens.tolist() == tokens
    encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read", "read"]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"key": 1}'])
def test_damaged_index_of_digests_is_made_again(tmp_path, corpus_file, reads, content):
    encode(tmp_path / "cache", corpus_file)
    (tmp_path / "cache" / "digests.json").write_text(content)
    encode(tmp_path / "cache", corpus_file)
    encode(tmp_path / "cache", corpus_file)
    assert reads == ["hash", "read", "hash"]


def test_index_of_digests_forgets_the_oldest(tmp_path, monkeypatch, settled):
    monkeypatch.setattr(cache_module, "_REMEMBERED_FILES", 3)
    for number in range(5):
        path = tmp_path / str(number)
        path.write_text("some words")
        age(path, 3600)
        encode(tmp_path / "cache", path)
    known = json.loads((tmp_path / "cache" / "digests.json").read_text())
    assert [Path(key.split(":")[0]).name for key in known] == ["2", "3", "4"]


def test_all_files_of_one_corpus_are_remembered(tmp_path, monkeypatch, settled, reads):
    monkeypatch.setattr(cache_module, "_REMEMBERED_FILES", 3)
    (tmp_path / "corpus").mkdir()
    for number in range(5):
        path = tmp_path / "corpus" / str(number)
        path.write_text("some words")
        age(path, 3600)
    for _ in range(2):
        encode(tmp_path / "cache", tmp_path / "corpus")
    assert reads.count("hash") == 5


def test_work_that_another_process_removes_at_the_same_time_is_no_problem(
    tmp_path, corpus_file, monkeypatch
):
    left = tmp_path / "cache" / ".tmp-old"
    (left / "deep").mkdir(parents=True)
    age(left, 10**6)
    listed = cache_module.Path.iterdir

    def late(path):
        if path == left:
            shutil.rmtree(left)
        return listed(path)

    monkeypatch.setattr(cache_module.Path, "iterdir", late)
    assert encode(tmp_path / "cache", corpus_file).n_tokens == 6


def test_want_of_descriptors_is_no_damage(tmp_path, corpus_file, monkeypatch):
    folder = encode(tmp_path / "cache", corpus_file).folder

    def full(path):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(encoded_module, "_checksum", full)
    with pytest.raises(OSError, match="Too many open files"):
        open_encoded(folder)


def test_work_left_by_a_killed_process_is_removed_after_a_day(tmp_path, corpus_file):
    cache = tmp_path / "cache"
    old, busy, new = cache / ".tmp-old", cache / ".tmp-busy", cache / ".tmp-new"
    for folder in (old, busy, new):
        (folder / "corpus").mkdir(parents=True)
        (folder / "corpus" / "tokens.i32").write_bytes(b"")
    for folder in (old, busy):
        for path in (folder / "corpus" / "tokens.i32", folder / "corpus", folder):
            age(path, 25 * 3600)
    age(busy / "corpus" / "tokens.i32", 60)
    encode(cache, corpus_file)
    assert sorted(path.name for path in cache.glob(".tmp-*")) == [".tmp-busy", ".tmp-new"]


def test_nothing_but_the_entry_and_the_index_is_left(tmp_path, corpus_file):
    corpus = encode(tmp_path / "cache", corpus_file)
    left = {
        path.relative_to(tmp_path / "cache").parts[0] for path in (tmp_path / "cache").iterdir()
    }
    assert left == {"corpora", ".corpora.lock", "digests.json"}
    assert sorted(path.name for path in corpus.folder.iterdir()) == [
        *["meta.json", "sentence_starts.i64", "tokens.i32", "type_counts.i64", "types.txt"]
    ]


def test_another_process_that_makes_the_same_entry_first_is_no_problem(
    tmp_path, corpus_file, monkeypatch
):
    cache = tmp_path / "cache"
    others = []

    def meanwhile(*arguments):
        if not others:
            others.append(None)
            others[0] = encode(cache, corpus_file)

    corpus = encode(cache, corpus_file, progress=meanwhile)
    assert corpus.folder == others[0].folder
    assert corpus.tokens.tolist() == others[0].tokens.tolist()
    assert corpus_words(corpus) == ["the", "cat", "sat", "on", "mat"]


TOGETHER = f"""
import sys
from pathlib import Path
from w2v_cli.data.encoding import encode_corpus

print("ready", flush=True)
sys.stdin.readline()
corpus = encode_corpus([sys.argv[1]], cache=Path(sys.argv[2]), **{SETTINGS | {"workers": 2}})
print(corpus.tokens.tolist() == [n % 700 for n in range(70_000)], len(corpus.words(corpus.tokens)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("damaged", [False, True])
def test_processes_that_encode_the_same_corpus_at_once_are_all_safe(tmp_path, damaged):
    path, cache = tmp_path / "text", tmp_path / "cache"
    path.write_text("".join(f"word{n % 700}\n" for n in range(70_000)))
    if damaged:
        (encode(cache, path).folder / "tokens.i32").write_bytes(b"")
    command = [sys.executable, "-c", TOGETHER, str(path), str(cache)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipes) for _ in range(4)]
    for process in running:
        assert process.stdout.readline() == "ready\n"
    for process in running:
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate()[0] for process in running] == ["True 70000\n"] * 4
    assert [process.returncode for process in running] == [0] * 4
    assert len(list((cache / "corpora").iterdir())) == 1
    assert not list(cache.glob(".tmp-*"))


def test_entry_put_there_meanwhile_is_not_moved_away(tmp_path, corpus_file):
    # A process that finds a good entry must leave it: others may be about to open it.
    folders = []

    def meanwhile(*arguments):
        folders.append(encode(tmp_path / "cache", corpus_file).folder.stat().st_ino)

    corpus = encode(tmp_path / "cache", corpus_file, progress=meanwhile)
    assert corpus.folder.stat().st_ino == folders[0]


def test_entries_are_put_there_by_one_process_at_a_time(tmp_path):
    with publishing(tmp_path):
        other = FileLock(tmp_path / ".corpora.lock")
        with pytest.raises(BlockingIOError):
            other.take(wait=False)
    with other:
        other.take(wait=False)


def test_entries_unused_for_longest_are_removed(tmp_path):
    cache = tmp_path / "cache"
    entries = []
    for number, days in enumerate((3, 0.5, 2)):
        (tmp_path / str(number)).write_text(f"some words {number}")
        entries.append(encode(cache, tmp_path / str(number)).folder)
        age(entries[-1], days * 24 * 3600)
    encode(cache, tmp_path / "0")  # used again
    (tmp_path / "new").write_text("other words")
    new = encode(cache, tmp_path / "new", cache_bytes=0).folder
    assert {*(cache / "corpora").iterdir()} == {entries[0], entries[1], new}


@pytest.mark.parametrize(("gib", "kept"), [(0, False), (1, True)])
def test_the_setting_limits_the_cache(tmp_path, corpus_file, planted_corpus, gib, kept):
    cache = tmp_path / "cache"
    old = encode(cache, corpus_file).folder
    age(old, 2 * 24 * 3600)
    read_corpus(settings_for(planted_corpus, f"machine.cache={cache}", f"machine.cache_gib={gib}"))
    assert old.exists() == kept


@pytest.mark.parametrize(("room", "left"), [(1000, {1, 2, 3}), (10_000, {0, 1, 2, 3})])
def test_no_more_entries_are_removed_than_must_be(tmp_path, room, left):
    (tmp_path / "temporary").mkdir()
    for number in range(4):
        entry = tmp_path / "corpora" / str(number)
        entry.mkdir(parents=True)
        (entry / "tokens.i32").write_bytes(bytes(300))
        age(entry, (9 - number) * 24 * 3600)
    cache_module.remove_unused(tmp_path, room, tmp_path / "temporary")
    assert {int(entry.name) for entry in (tmp_path / "corpora").iterdir()} == left


NO_ROOM = (
    "{cache}: the cache cannot be written: {reason}; name another folder with "
    "--set machine.cache=FOLDER, or with W2V_CACHE in the environment"
)


@pytest.mark.parametrize("method", ["__init__", "add", "finish"])
def test_full_disk_is_said_and_leaves_nothing(tmp_path, corpus_file, monkeypatch, method):
    def fail(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"w2v_cli.data.numbering.CorpusWriter.{method}", fail)
    with pytest.raises(W2VError) as caught:
        encode(tmp_path / "cache", corpus_file)
    expected = NO_ROOM.format(cache=tmp_path / "cache", reason="no space left on device")
    assert str(caught.value) == expected
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["digests.json"]


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("standard_input", [False, True])
def test_files_that_may_not_grow_are_said_and_leave_nothing(tmp_path, standard_input):
    (tmp_path / "text").write_text("many words " * 1000)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from w2v_cli.data.encoding import encode_corpus\n"
        "from w2v_cli.errors import W2VError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "try:\n"
        f"    encode_corpus([sys.argv[1]], cache=Path(sys.argv[2]), **{SETTINGS})\n"
        "except W2VError as error:\n"
        "    print(error)\n"
    )
    path = "-" if standard_input else str(tmp_path / "text")
    with (tmp_path / "text").open() as text:
        found = subprocess.run(
            [sys.executable, "-c", code, path, str(tmp_path / "cache")],
            stdin=text,
            capture_output=True,
            text=True,
        )
    expected = NO_ROOM.format(cache=tmp_path / "cache", reason="file too large")
    assert (found.stdout, found.stderr) == (f"{expected}\n", "")
    left = {path.name for path in (tmp_path / "cache").iterdir()}
    assert left <= {DIGESTS}  # remembered where the text is two seconds old by then


def test_cache_that_is_a_file_is_said(tmp_path, corpus_file):
    (tmp_path / "cache").write_text("")
    with pytest.raises(W2VError, match="cannot be written: it is a file, expected a folder; name"):
        encode(tmp_path / "cache", corpus_file)


def test_cache_removed_while_it_is_used_is_said(tmp_path, corpus_file):
    corpus = encode(tmp_path / "cache", corpus_file)
    (corpus.folder / "types.txt").unlink()
    with pytest.raises(W2VError, match="was removed while it was used: start again"):
        corpus.words(corpus.tokens)


def test_default_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("W2V_CACHE", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_cache() == tmp_path / "own"
    monkeypatch.setenv("W2V_CACHE", "")
    assert default_cache() == tmp_path / "xdg" / "w2v"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache() == tmp_path / ".cache" / "w2v"


def test_default_cache_without_a_home_says_what_to_set(monkeypatch):
    for name in ("W2V_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(W2VError, match="there is no home folder to hold the cache: set W2V_CACHE"):
        default_cache()
