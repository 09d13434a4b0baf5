"""Folders where machines meet: the same on a disk, in an object store, and elsewhere."""

import errno
import subprocess
import sys
import time

import pytest

from w2v_cli.errors import W2VError
from w2v_cli.folders import folder_at
from w2v_cli.remote import Remote, is_url


@pytest.fixture(params=["path", "file", "memory", pytest.param("s3", marks=pytest.mark.slow)])
def folder(request, tmp_path):
    """A new folder, by a path or URL."""
    if request.param == "s3":
        return folder_at(f"{request.getfixturevalue('bucket')}/{tmp_path.name}")
    here = {"path": str(tmp_path), "file": f"file://{tmp_path}", "memory": f"memory://{tmp_path}"}
    return folder_at(f"{here[request.param]}/runs/big")


def test_a_file_is_as_it_was_written(folder, tmp_path):
    assert folder.names() == []
    folder.create()
    assert folder.names() == []
    folder.write("a", b"old")
    folder.write("a", memoryview(b"new"))
    (tmp_path / "local").write_bytes(b"copied")
    folder.put("b", tmp_path / "local")
    folder.inner("below").create()
    folder.inner("below").write("c", b"below")
    assert (folder.read("a"), folder.names()) == (b"new", ["a", "b"])
    folder.get("b", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"copied"
    assert folder_at(folder.location).inner("below").read("c") == b"below"
    folder.remove("a")
    folder.remove("a")
    assert folder.names() == ["b"]
    with pytest.raises(FileNotFoundError) as missing:
        folder.read("a")
    assert missing.value.strerror.lower() == "no such file or directory"


def test_a_file_that_cannot_be_written_wholly_is_as_it_was(tmp_path, monkeypatch):
    folder = folder_at(f"memory://{tmp_path}")
    folder.write("a", b"old")
    system = Remote.at(f"memory://{tmp_path}").system
    whole = system.pipe_file

    def half(path, value, **options):
        whole(path, value[: len(value) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(system, "pipe_file", half)
    with pytest.raises(W2VError, match=r"memory:/.*/a: cannot be written: no space left on device"):
        folder.write("a", b"newer")
    assert (folder.read("a"), folder.names()) == (b"old", ["a"])


@pytest.mark.slow
def test_a_store_that_is_not_there_is_named(bucket):
    with pytest.raises(W2VError, match=r"s3://nowhere/x: cannot be written: .*bucket"):
        folder_at("s3://nowhere/x").create()


def test_whatever_a_file_system_raises_is_an_error_of_a_disk(tmp_path, monkeypatch):
    remote = Remote.at(f"memory://{tmp_path}/a")

    def fail(*_, **__):
        raise RuntimeError("unable to\nlocate credentials")

    for name in ("open", "info", "cat_file", "isdir", "find"):
        monkeypatch.setattr(remote.system, name, fail)
    for call in (remote.open, remote.state, remote.read, remote.is_folder, remote.below):
        with pytest.raises(OSError, match="unable to locate credentials"):
            call()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nobody://x/y", r"nobody://x/y: cannot be used: .*nobody"),
        ("gs://x/y", r"gs://x/y: .*gcsfs"),
    ],
)
def test_a_url_that_nobody_reads_is_refused(url, said, monkeypatch):
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(W2VError, match=said):
        folder_at(url)


def test_a_missing_package_is_told_with_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(W2VError, match=r"install 'w2v-cli\[remote\]'"):
        folder_at("s3://bucket/x")


@pytest.mark.slow
def test_the_version_of_a_file_changes_with_it(bucket, tmp_path, monkeypatch):
    folder = folder_at(f"{bucket}/{tmp_path.name}")
    versions = []
    for data in (b"one", b"two", b"one"):
        folder.write("a", data)
        versions.append(Remote.at(f"{folder.location}/a").state())
    assert versions[0] == versions[2] != versions[1]
    assert versions[0][0] == 3 and versions[0][1].is_sure
    memory = folder_at(f"memory://{tmp_path}")
    memory.write("a", b"one")
    changing = Remote.at(f"{memory.location}/a")
    _, before = changing.state()
    assert not before.is_sure  # it may change again within the resolution of its times
    monkeypatch.setattr("w2v_cli.remote._now", lambda: time.time() + 60)
    assert changing.state()[1] == before._replace(is_sure=True)


def test_a_path_with_a_colon_is_no_url():
    assert not any(map(is_url, ["a:b/c.txt", "/x://y", "-", "builtin:python-docs", "C:/x"]))


def test_fsspec_is_not_imported_for_paths():
    program = (
        "import sys; from w2v_cli.folders import folder_at; folder_at('x'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "fsspec" not in done.stdout.split()
