"""The table of all that is trained, in blocks."""

import numpy as np
import pytest

from w2v_cli.rounds import table as table_module
from w2v_cli.rounds.table import Changes, VectorTable


def test_blocks_are_the_arrays_in_order_and_written_where_they_were_read(monkeypatch):
    monkeypatch.setattr(table_module, "_BLOCK", 100)
    parameters = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3)
    rows = -np.arange(7 * 3, dtype=np.float32).reshape(7, 3)
    squares, none = np.arange(12, dtype=np.float32) + 100, np.empty(0, np.float32)
    table = VectorTable(rows, parameters[:, 1], [squares, none])
    assert table.blocks == 3 and table.shape == (12, 4)
    blocks = [table.read(number) for number in range(table.blocks)]
    assert [len(block) for block in blocks] == [3, 4, 5]  # seven centre vectors, five outside ones
    whole = np.hstack([np.vstack([rows, parameters[:, 1]]), squares[:, None]])
    np.testing.assert_array_equal(np.vstack(blocks), whole)
    for number, block in enumerate(blocks):
        table.write(number, 2 * block)
    again = np.hstack([np.vstack([rows, parameters[:, 1]]), squares[:, None]])
    np.testing.assert_array_equal(again, 2 * whole)
    assert parameters[0, 0].tolist() == [0, 1, 2]


def test_a_large_table_has_larger_blocks_and_no_more_of_them(monkeypatch):
    monkeypatch.setattr(table_module, "_BLOCK", 12)  # a row
    vectors = np.zeros((40, 3), np.float32)
    table = VectorTable(vectors, vectors, [])
    assert table.blocks == 2 * 16
    assert set(table.sizes) == {2, 3}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_changes_are_the_rows_that_differ(monkeypatch, threads, at_once):
    monkeypatch.setattr(table_module, "_AT_ONCE", at_once)
    inputs = np.arange(12, dtype=np.float32).reshape(4, 3)
    outside, squares = inputs + 20, np.zeros(8, np.float32)
    table = VectorTable(inputs, outside, [squares], threads)
    before = table.each(table.read)
    inputs[1, 2] += 0.5
    inputs[3] = np.nan
    squares[4] = 2
    room = [Changes.room(*block.shape) for block in before]
    found = table.each(lambda block: table.changes(block, before[block], room[block]))
    assert [each.rows.tolist() for each in found] == [[1, 3], [0]]
    assert found[0].values[0].tolist() == [0, 0, 0.5, 0]
    assert np.isnan(found[0].values[1, :3]).all()
    assert found[1].values.tolist() == [[0, 0, 0, 2]]
    assert all(np.shares_memory(each.values, room[n].values) for n, each in enumerate(found))
    again = table.changes(0, before[0])
    np.testing.assert_array_equal(again.values, found[0].values)
