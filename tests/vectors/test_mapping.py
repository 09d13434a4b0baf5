import mmap

import numpy as np

from w2v_cli.vectors.mapping import mapping_of, read_in_order


def test_a_mapping_is_found_below_any_view_and_reading_in_order_changes_no_number(tmp_path):
    np.arange(60_000, dtype=np.uint8).tofile(tmp_path / "file")
    mapped = np.memmap(tmp_path / "file", np.uint8, "r", 1, (3000, 16))
    view = np.asarray(mapped)[7:].view("<f4")
    assert isinstance(mapping_of(view), mmap.mmap)
    before = view.tobytes()
    with read_in_order(view):
        assert view.tobytes() == before
    assert mapping_of(view.copy()) is None
    with read_in_order(view.copy()):
        pass
