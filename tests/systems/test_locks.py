"""A file that one process holds at a time, with each system's own means."""

import os
import threading
import time
from contextlib import suppress
from multiprocessing import get_context

import pytest

from systems_loaded import other_system, windows_copy
from w2v_cli.systems import locks


@pytest.fixture(params=["linux", "win32"])
def make(request, monkeypatch):
    """The class as it is on a system; on Windows, what is open cannot be removed, either."""
    if request.param == "linux":
        return locks.FileLock
    stand_in = other_system()
    for name in ("unlink", "rmdir"):
        monkeypatch.setattr(os, name, stand_in.unless_open(getattr(os, name)))
    return windows_copy(locks, msvcrt=stand_in.Msvcrt("msvcrt")).FileLock


def test_one_opening_of_the_file_holds_it_until_it_is_closed(make, tmp_path):
    first, second = make(tmp_path / "lock"), make(tmp_path / "lock")
    first.take(wait=False)
    with second:
        with pytest.raises(BlockingIOError):
            second.take(wait=False)
        first.close()
        second.take(wait=False)
        second.take(wait=False)  # no harm


def test_whoever_waits_gets_it_when_it_is_free(make, tmp_path):
    got = threading.Event()

    def wait():
        with make(tmp_path / "lock") as lock:
            lock.take(wait=True)
            got.set()

    with make(tmp_path / "lock") as lock:
        lock.take(wait=False)
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        assert not got.is_set()
    waiting.join(timeout=30)
    assert got.is_set()


@pytest.mark.posix
def test_a_process_that_dies_holds_it_no_longer(make, tmp_path):
    def hold(ready):
        lock = make(tmp_path / "lock")
        lock.take(wait=False)
        ready.set()
        time.sleep(600)

    context = get_context("fork")
    ready = context.Event()
    process = context.Process(target=hold, args=(ready,))
    process.start()
    assert ready.wait(30)
    with make(tmp_path / "lock") as lock:
        with pytest.raises(BlockingIOError):
            lock.take(wait=False)
        process.kill()
        process.join()
        lock.take(wait=False)


def test_it_is_known_whether_the_path_still_names_the_file(make, tmp_path):
    with make(tmp_path / "lock") as lock:
        assert lock.is_in_place()
        (tmp_path / "lock").rename(tmp_path / "elsewhere")
        assert not lock.is_in_place()
        (tmp_path / "lock").touch()
        assert not lock.is_in_place()


def test_its_folder_goes_with_it_unless_it_holds_something_else(make, tmp_path):
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "file").touch()
    with make(tmp_path / "empty" / "lock") as lock:
        lock.take(wait=False)
        lock.remove_folder()
    with make(tmp_path / "full" / "lock") as lock, suppress(OSError):
        lock.remove_folder()
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == [
        "full",
        "full/file",
    ]


def test_where_open_files_can_be_removed_the_folder_goes_before_the_lock_is_free(tmp_path):
    (tmp_path / "run").mkdir()
    with locks.FileLock(tmp_path / "run" / "lock") as lock:
        lock.take(wait=False)
        lock.remove_folder()
        assert not (tmp_path / "run").exists()


@pytest.mark.posix
def test_a_link_is_refused(make, tmp_path):
    (tmp_path / "precious").touch()
    (tmp_path / "lock").symlink_to("precious")
    with pytest.raises(OSError, match="symbolic links"):
        make(tmp_path / "lock")
