"""A clock that stands still unless a test moves it."""

import pytest

from w2v_cli.pipeline import run, starting
from w2v_cli.training.run import saving


class Clock:
    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        self.now += 1e-9  # no two moments are the same
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The clock by which runs are measured, limited and saved."""
    clock = Clock()
    for module in (run, saving, starting):
        monkeypatch.setattr(module, "time", clock)
    return clock
