"""What `scripts/soak` takes for a fault."""

from multiprocessing.shared_memory import SharedMemory

import pytest

from reliability import processes
from reliability.processes import SHARED_MEMORY, Training


@pytest.mark.slow
@pytest.mark.skipif(not SHARED_MEMORY.is_dir(), reason="named memory is seen nowhere else")
def test_named_memory_is_left_behind_when_nobody_has_it_any_more(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LONGEST_FAREWELL", 0.1)
    training = Training(["--help"], tmp_path)
    assert training.end()[0] == 0
    of_another = SharedMemory(create=True, size=1)
    try:
        assert of_another.name not in training.left_behind()
        of_another.close()
        assert of_another.name in training.left_behind()
    finally:
        of_another.unlink()
