"""Memory that processes share, with each system's own means."""

import mmap
import pickle
import subprocess
import sys
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from unittest import mock

import pytest

from systems_loaded import other_system, windows_copy
from w2v_cli.systems import memory, processes


@pytest.fixture
def fresh(monkeypatch):
    """Workers are started as on macOS."""
    monkeypatch.setattr(processes, "START_METHOD", "spawn")


@pytest.mark.posix
def test_memory_without_a_name_is_zeros_that_a_forked_process_has(monkeypatch):
    monkeypatch.setattr(processes, "START_METHOD", "fork")
    shared = memory.shared_zeros(5)
    process = get_context("fork").Process(target=shared.write, args=(b"abc",))
    process.start()
    process.join()
    assert shared[:] == b"abc\0\0"


def test_where_there_is_no_memfd_a_file_that_is_removed_at_once_serves(
    fresh, tmp_path, monkeypatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    with mock.patch.object(sys, "platform", "darwin"):
        shared = memory.shared_zeros(5)
    assert shared[:] == bytes(5)
    assert list(tmp_path.iterdir()) == []


def test_on_windows_a_tag_stands_for_the_memory(fresh, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    stand_in = other_system()
    monkeypatch.setattr(mmap, "mmap", stand_in.WindowsMapping)
    windows = windows_copy(memory)
    shared = windows.shared_zeros(5)
    monkeypatch.setitem(sys.modules, windows.__name__, windows)
    again = pickle.loads(ForkingPickler.dumps(shared))
    again[:2] = b"ab"
    assert shared[:] == b"ab\0\0\0"
    assert windows.shared_zeros(5)[:] == bytes(5)


def test_on_windows_another_program_finds_memory_by_its_tag(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(mmap, "mmap", other_system().WindowsMapping)
    windows = windows_copy(memory)
    one, unrelated = windows.HandedMemory(), windows.HandedMemory()
    mapped, again = one.map(5), windows.HandedMemory(one.name).map(5)
    mapped[:2] = b"ab"
    assert again[:] == b"ab\0\0\0"
    assert unrelated.map(5)[:] == bytes(5)
    assert one.starting == {}


@pytest.mark.posix
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_another_program_maps_the_memory_that_it_was_started_with(platform):
    with mock.patch.object(sys, "platform", platform), closing(memory.HandedMemory()) as handed:
        program = (
            "import sys; from w2v_cli.systems.memory import HandedMemory\n"
            "HandedMemory(sys.argv[1]).map(5)[:2] = b'ab'"
        )
        subprocess.run([sys.executable, "-c", program, handed.name], check=True, **handed.starting)
        mapped = handed.map(5)
    assert mapped[:] == b"ab\0\0\0"


@pytest.mark.parametrize("error", [OSError("full"), ValueError("too long")])
def test_a_file_that_cannot_hold_the_memory_is_closed(fresh, monkeypatch, error):
    closed = []
    monkeypatch.setattr(memory.os, "ftruncate", mock.Mock(side_effect=error))
    monkeypatch.setattr(memory.os, "close", closed.append)
    with pytest.raises(type(error)):
        memory.shared_zeros(5)
    assert len(closed) == 1


def test_advice_that_a_system_does_not_take_is_none(tmp_path):
    with mock.patch.object(sys, "platform", "win32"):
        memory.advise(mock.Mock(spec=[]), "MADV_WILLNEED")
