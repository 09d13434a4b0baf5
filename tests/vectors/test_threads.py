"""Work shared among threads."""

import threading

import pytest

from w2v_cli.vectors.threads import map_in_threads


@pytest.mark.parametrize("startable", [0, 1, 5])
def test_all_work_is_done_however_many_threads_can_be_started(monkeypatch, startable):
    start, left = threading.Thread.start, [None] * startable

    def start_some(thread):
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_some)
    assert map_in_threads(lambda number: number * number, range(5)) == [0, 1, 4, 9, 16]


def test_an_error_of_the_work_is_that_of_the_work():
    def fail(part):
        raise RuntimeError(part)

    with pytest.raises(RuntimeError, match="mine"):
        map_in_threads(fail, ["mine"])
