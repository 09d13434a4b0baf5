"""What nodes send each other and keep: messages, blocks, the probe."""

import io

import numpy as np
import pytest

from w2v_cli.cluster.probe import probe
from w2v_cli.cluster.store import Store
from w2v_cli.cluster.wire import Closed, receive, send
from w2v_cli.errors import RunError
from w2v_cli.folders import folder_at

ARRAYS = [np.arange(6, dtype=np.float32).reshape(2, 3), np.empty((0, 3), np.float32), np.int32([7])]


def test_a_message_arrives_as_it_was_sent_and_a_part_of_it_never():
    pipe = io.BytesIO()
    send(pipe, {"shard": 3}, ARRAYS)
    header, arrays = receive(io.BytesIO(pipe.getvalue()))
    assert header == {"shard": 3}
    for sent, found in zip(ARRAYS, arrays, strict=True):
        assert sent.dtype == found.dtype
        np.testing.assert_array_equal(sent, found)
    for end in range(len(pipe.getvalue())):
        with pytest.raises(Closed):
            receive(io.BytesIO(pipe.getvalue()[:end]))


def test_a_block_is_read_as_it_was_written(tmp_path):
    store = Store(folder_at(str(tmp_path / "blocks")))
    store.create()
    digest = store.write("a-1-0", ARRAYS[0])
    np.testing.assert_array_equal(store.read("a-1-0", digest), ARRAYS[0])
    store.write("a-2-0", ARRAYS[0])
    for name in ("step-1.npz", ".round-a-2-1.npy.00000000.part", ".step-1.npz.00000000.part"):
        (tmp_path / "blocks" / name).touch()
    store.remove(lambda name: name.startswith("a-2-"))
    assert sorted(path.name for path in (tmp_path / "blocks").iterdir()) == [
        ".round-a-2-1.npy.00000000.part",
        ".step-1.npz.00000000.part",
        "round-a-2-0.npy",
        "step-1.npz",
    ]
    store.close()
    assert sorted(path.name for path in (tmp_path / "blocks").iterdir()) == [
        ".step-1.npz.00000000.part",
        "step-1.npz",
    ]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "cannot be read: no such file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "is damaged"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"), "is damaged"),
    ],
)
def test_a_block_that_is_missing_or_damaged_is_named(tmp_path, damage, message):
    store = Store(folder_at(str(tmp_path)))
    digest = store.write("a-1-0", ARRAYS[0])
    damage(tmp_path / "round-a-1-0.npy")
    with pytest.raises(RunError, match=message):
        store.read("a-1-0", digest)


def test_the_probe_is_the_same_each_time():
    assert probe() == probe()
