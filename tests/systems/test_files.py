"""Files as each system opens and replaces them."""

import errno
import os
import sys
from pathlib import Path
from unittest import mock

import pytest

from w2v_cli.systems import files


@pytest.fixture
def two(tmp_path):
    """A new file and the one whose place it takes."""
    for name in ("new", "old"):
        (tmp_path / name).write_text(name)
    return tmp_path / "new", tmp_path / "old"


@pytest.fixture
def busy(monkeypatch):
    """The file is open elsewhere for so many attempts; how many there were."""
    attempts, right = [], Path.replace

    def start(times):
        def replace(self, target):
            attempts.append(target)
            if len(attempts) <= times:
                raise PermissionError(13, "Access is denied")
            return right(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        monkeypatch.setattr(files, "_PAUSE", 0)
        return attempts

    return start


def test_windows_replaces_a_file_when_nobody_has_it_open_any_more(two, busy, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    attempts = busy(3)
    files.replace(*two)
    assert len(attempts) == 4
    assert two[1].read_text() == "new"


def test_windows_gives_up_after_a_while(two, busy, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(files, "_PATIENCE", 0.01)
    busy(10**9)
    with pytest.raises(PermissionError):
        files.replace(*two)
    assert two[1].read_text() == "old"


def test_elsewhere_a_refusal_is_an_error_at_once(two, busy):
    attempts = busy(10**9)
    with pytest.raises(PermissionError):
        files.replace(*two)
    assert len(attempts) == 1


@pytest.mark.posix
def test_a_link_is_not_opened(tmp_path):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link").symlink_to("precious")
    with pytest.raises(OSError, match="symbolic links"):
        files.open_inside(tmp_path / "link", os.O_WRONLY | os.O_TRUNC)
    assert (tmp_path / "precious").read_text() == "precious"


@pytest.mark.parametrize(
    ("writable", "read_only", "code"),
    [(True, False, None), (False, False, errno.EACCES), (False, True, errno.EROFS)],
)
def test_a_folder_says_why_it_refuses(tmp_path, monkeypatch, writable, read_only, code):
    flags = mock.Mock(f_flag=os.ST_RDONLY if read_only else 0)
    monkeypatch.setattr(os, "access", lambda path, mode: writable)
    monkeypatch.setattr(os, "statvfs", lambda path: flags)
    assert files.refusal(tmp_path) == code


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    assert files.refusal(tmp_path / "file") == errno.ENOTDIR
