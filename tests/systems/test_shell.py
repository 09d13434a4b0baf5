"""Commands as they are typed, and terminals."""

import sys

import pytest

from w2v_cli.systems.shell import can_move_cursor, command_line

COMMAND = ["w2v", "train", "--out", "my runs"]


def test_a_command_is_quoted_for_the_shell_of_the_system(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert command_line(COMMAND) == "w2v train --out 'my runs'"
    monkeypatch.setattr(sys, "platform", "win32")
    assert command_line(COMMAND) == 'w2v train --out "my runs"'
    assert command_line(["w2v", r"runs\first"]) == r"w2v runs\first"


@pytest.mark.parametrize(
    ("system", "term", "can"),
    [
        ("linux", "xterm", True),
        ("linux", "dumb", False),
        ("linux", None, False),
        ("win32", None, True),
        ("win32", "dumb", False),
    ],
)
def test_a_terminal_can_move_its_cursor_unless_it_is_dumb(monkeypatch, system, term, can):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    assert can_move_cursor() == can
