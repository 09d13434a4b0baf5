"""Files and folders that are made beside others: nothing stays, whatever happens meanwhile."""

import itertools
import os
import sys

import pytest

from w2v_cli.data.cache import temporary_folder
from w2v_cli.errors import W2VError
from w2v_cli.files import replacing


def interrupted(action, line):
    """Do it, with a signal's exception at the n-th line of Python; False if it has fewer."""
    left = line

    def trace(frame, event, argument):
        nonlocal left
        left -= event == "line"
        if left == 0:
            raise SystemExit(143)  # which ends the tracing too
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    except SystemExit:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize(
    "make", [temporary_folder, lambda path: replacing(path / "file.npz", durable=True)]
)
def test_a_signal_while_something_is_made_leaves_nothing(tmp_path, make):
    with make(tmp_path):
        pass  # from now on it is the same lines every time: patterns are compiled
    (tmp_path / "file.npz").unlink(missing_ok=True)
    for line in itertools.count(1):
        made = make(tmp_path)
        if not interrupted(made.__enter__, line):
            break
        made = None  # as when a with statement is never entered
        assert list(tmp_path.iterdir()) == []
    assert line > 5
    assert len(list(tmp_path.iterdir())) == 1
    made.__exit__(None, None, None)


def test_a_new_file_has_the_mode_that_the_process_gives_to_files(tmp_path):
    mask = os.umask(0o027)
    try:
        with replacing(tmp_path / "file.txt", "w") as file:
            file.write("é\n")
    finally:
        os.umask(mask)
    assert (tmp_path / "file.txt").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "file.txt").read_bytes() == "é\n".encode()


def test_a_file_that_cannot_be_made_is_an_error_that_names_the_target(tmp_path):
    with (
        pytest.raises(W2VError, match=r"missing/file.txt: cannot be written: no such file"),
        replacing(tmp_path / "missing" / "file.txt"),
    ):
        pass
