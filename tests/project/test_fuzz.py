"""Readers given damaged input for a moment; `scripts/fuzz` does it for as long as one likes."""

import random
import time
import warnings

import pytest

from reliability import fuzz, readers
from reliability.mutations import damaged
from w2v_cli.errors import W2VError

pytestmark = pytest.mark.posix  # a case that takes too long is ended by an alarm

CASES = 40
LONGEST = 60  # seconds, on the slowest of machines


@pytest.mark.slow
@pytest.mark.parametrize("reader", readers.READERS)
def test_a_reader_reads_what_is_damaged_or_refuses_it(reader, capsys):
    ends = fuzz.fuzz([reader], range(CASES), LONGEST)
    assert capsys.readouterr().out == ""
    assert ends.total() == CASES
    assert set(ends) <= {f"{reader} read", f"{reader} refused"}


def crash(folder, draws):
    raise IndexError("out of range")


def warn(folder, draws):
    warnings.warn("overflow", RuntimeWarning, stacklevel=1)


def hang(folder, draws):
    while True:
        pass


def sleep(folder, draws):
    time.sleep(LONGEST)


def refuse(folder, draws):
    raise W2VError("no")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "expected"),
    [(crash, "FAULT"), (warn, "FAULT"), (hang, "FAULT"), (sleep, "FAULT"), (refuse, "refused")],
)
def test_whatever_is_not_an_error_of_ours_is_a_fault(monkeypatch, capsys, reader, expected):
    monkeypatch.setitem(readers.READERS, "it", reader)
    for limit in ("LONGEST_CASE", "LONGEST_WAIT"):
        monkeypatch.setattr(fuzz, limit, 0.3)
    assert fuzz.fuzz(["it"], [7], LONGEST) == {f"it {expected}": 1}
    shown = capsys.readouterr().out
    assert ("again with: scripts/fuzz --reader it --case 7" in shown) == (expected == "FAULT")


def test_a_case_is_always_the_same_damage():
    data = bytes(range(256)) * 4
    found = [[damaged(data, random.Random(f"x {case}")) for case in range(50)] for _ in range(2)]
    assert found[0] == found[1]
    assert len(set(found[0])) > 40
