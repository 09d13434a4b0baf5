"""The memory of a round that two processes share."""

import numpy as np
import pytest

from w2v_cli.cluster.area import Area
from w2v_cli.rounds.table import Changes
from w2v_cli.systems.memory import HandedMemory

SIZES, COLUMNS = (3, 1, 4), 5


@pytest.fixture
def memory():
    """The same memory as two processes map it."""
    handed = HandedMemory()
    try:
        size = Area.nbytes(SIZES, COLUMNS)
        yield handed.map(size), HandedMemory(handed.name).map(size)
    finally:
        handed.close()


def test_both_processes_see_what_either_writes_and_no_array_lies_on_another(memory):
    one, other = (Area.over(each, SIZES, COLUMNS) for each in memory)
    arrays = one.starts + [array for each in one.changed for array in (each.rows, each.values)]
    for number, array in enumerate(arrays):
        array[...] = number
    seen = other.starts + [array for each in other.changed for array in (each.rows, each.values)]
    assert sum(array.nbytes for array in seen) == len(memory[0])
    for number, array in enumerate(seen):
        assert (array == number).all()
    assert [start.shape for start in other.starts] == [(size, COLUMNS) for size in SIZES]


def test_changes_that_are_taken_out_are_no_views(memory):
    area = Area.over(memory[0], SIZES, COLUMNS)
    area.changed[0].rows[:] = 7
    taken = area.changed[0].first(2).copy()
    area.changed[0].rows[:] = 8
    assert isinstance(taken, Changes)
    assert taken.rows.tolist() == [7, 7]
    assert np.shares_memory(area.changed[0].values, area.changed[0].first(1).values)
