"""The table of all that is trained, in blocks."""

import numpy as np

from w2v_cli.rounds import table as table_module
from w2v_cli.rounds.table import VectorTable


def test_blocks_are_the_arrays_in_order_and_written_where_they_were_read(monkeypatch):
    monkeypatch.setattr(table_module, "_BLOCK", 100)
    parameters = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3)
    rows = -np.arange(7 * 3, dtype=np.float32).reshape(7, 3)
    squares, none = np.arange(12, dtype=np.float32) + 100, np.empty(0, np.float32)
    table = VectorTable(rows, parameters[:, 1], [squares, none])
    assert table.blocks == 3 and table.shape == (12, 4)
    blocks = [table.read(number) for number in range(table.blocks)]
    assert [len(block) for block in blocks] == [3, 4, 5]  # seven input vectors, five outside ones
    whole = np.hstack([np.vstack([rows, parameters[:, 1]]), squares[:, None]])
    np.testing.assert_array_equal(np.vstack(blocks), whole)
    for number, block in enumerate(blocks):
        table.write(number, 2 * block)
    again = np.hstack([np.vstack([rows, parameters[:, 1]]), squares[:, None]])
    np.testing.assert_array_equal(again, 2 * whole)
    assert parameters[0, 0].tolist() == [0, 1, 2]
