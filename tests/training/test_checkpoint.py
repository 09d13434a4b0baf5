"""Checkpoints that cannot be trusted."""

import json
import os
import zipfile

import numpy as np
import pytest

from w2v_cli.errors import RunError
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.run import checkpoint
from w2v_cli.training.run.checkpoint import Checkpoint, CheckpointFolder, check_fingerprint
from w2v_cli.training.run.state import TrainingState

POSITION = Position(epoch=1, number=2, step=3, steps_done=44, tokens_done=555)
TALLY = TrainingState(words=7, loss=0.1, epoch_losses=[0.3, None], reports=2, train_seconds=1.5)
PARAMETERS = np.arange(4, dtype=np.float32).reshape(1, 2, 2) / 3
FINGERPRINT = {"corpus": "abc"}


@pytest.fixture
def saved(tmp_path):
    """A folder with one small checkpoint, and its file."""
    folder = CheckpointFolder(tmp_path / "checkpoint", keep=3)
    return folder, folder.save(
        Checkpoint(FINGERPRINT, [2, 5], POSITION, TALLY, {"parameters": PARAMETERS})
    )


def save_after(folder, steps):
    return folder.save(
        Checkpoint(FINGERPRINT, [5], Position(steps_done=steps), TALLY, {"parameters": PARAMETERS})
    )


def load(folder):
    return folder.load_newest({"parameters": np.zeros_like(PARAMETERS)}, lambda fingerprint: None)


def is_whole(found):
    kept = (found.fingerprint, found.plans, found.position, found.state)
    return kept == (FINGERPRINT, [2, 5], POSITION, TALLY) and np.array_equal(
        found.arrays["parameters"], PARAMETERS
    )


def rewrite(file, change=lambda state: state, parameters=PARAMETERS):
    """Replace a checkpoint by one that is sound as a file and wrong in what it says."""
    with np.load(file) as archive:
        state = change(json.loads(archive["state"].tobytes()))
    np.savez(file, state=np.frombuffer(json.dumps(state).encode(), np.uint8), parameters=parameters)


def test_a_checkpoint_is_on_the_disk_before_the_one_before_it_goes(saved, monkeypatch):
    folder, old = saved
    waited = []
    monkeypatch.setattr(
        os, "fsync", lambda _: waited.append([f.name for f in old.parent.iterdir()])
    )
    folder._keep = 1
    new = save_after(folder, 77)
    contents, rename = waited
    assert {*contents} > {old.name}  # and the new one under its temporary name
    assert {*rename} == {old.name, new.name}
    assert not old.exists()


def test_a_checkpoint_comes_back_as_it_was(saved):
    assert is_whole(load(saved[0]))


def test_the_position_has_the_names_of_its_format(saved):
    with np.load(saved[1]) as archive:
        state = json.loads(archive["state"].tobytes())
    assert (state["format"], state["position"]["round"]) == (5, POSITION.number)


def test_numpy_reads_a_checkpoint_without_pickle(saved):
    with np.load(saved[1], allow_pickle=False) as archive:
        assert np.array_equal(archive["parameters"], PARAMETERS)


def test_wherever_a_checkpoint_is_cut_off_it_is_refused(saved):
    folder, file = saved
    whole = file.read_bytes()
    for size in range(0, len(whole), 3):
        file.write_bytes(whole[:size])
        with pytest.raises(RunError, match=r"step-0000000044.npz: damaged checkpoint"):
            load(folder)


@pytest.mark.slow
def test_whichever_byte_of_a_checkpoint_is_wrong_nothing_wrong_is_taken_from_it(saved):
    folder, file = saved
    whole = file.read_bytes()
    refused = 0
    for place in range(len(whole)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert is_whole(load(folder))  # a date in the zip's directory, for instance
        except RunError:
            refused += 1
    assert refused > 0.8 * len(whole)


STRANGE = [
    {"position": {"x": 1}},
    {"position": {"epoch": -1}},
    {"position": {"epoch": "1"}},
    {"position": {"epoch": 1.5}},
    {"training": {"x": 1}},
    {"training": {"reports": -1}},
    {"training": {"loss": "much"}},
    {"training": {"epoch_losses": [[]]}},
    {"training": {"words": "7"}},
    {"training": {"best_step": 1.5}},
    {"training": {"total_seconds": "1"}},
    {"training": {"held_out_losses": [None]}},
    {"training": {"horizon": "all"}},
    {"training": {"commands": [5]}},
    {"training": {"began": 5}},
    {"fingerprint": None},
    {"fingerprint": ["corpus"]},
    {"fingerprint": {"corpus": 5}},
    {"plans": []},
    {"plans": "5"},
    {"format": "3"},
]


@pytest.mark.parametrize("change", STRANGE, ids=json.dumps)
def test_a_checkpoint_with_a_strange_state_is_refused(saved, change):
    folder, file = saved
    rewrite(file, lambda state: state | change)
    with pytest.raises(RunError, match="damaged checkpoint"):
        load(folder)


@pytest.mark.parametrize("state", [[], None, 5, {}], ids=json.dumps)
def test_a_checkpoint_whose_state_is_something_else_is_refused(saved, state):
    folder, file = saved
    rewrite(file, lambda _: state)
    with pytest.raises(RunError, match="damaged checkpoint"):
        load(folder)


WRONG_PARAMETERS = {
    "float64": PARAMETERS.astype(np.float64),
    "too few": PARAMETERS[:, :1],
    "other axes": PARAMETERS.reshape(2, 1, 2),
    "objects": np.array([{}], object),
    "fortran": np.asfortranarray(PARAMETERS),
}


@pytest.mark.parametrize("parameters", WRONG_PARAMETERS.values(), ids=WRONG_PARAMETERS)
def test_a_checkpoint_with_other_parameters_is_refused_without_unpickling(saved, parameters):
    folder, file = saved
    rewrite(file, parameters=parameters)
    with pytest.raises(RunError, match="damaged checkpoint"):
        load(folder)


def rewrite_members(file, change):
    """Replace each member of a checkpoint by what `change` makes of its name and content."""
    with zipfile.ZipFile(file) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, change(member, content))


@pytest.mark.parametrize("name", ["state", "parameters"])
def test_a_checkpoint_with_more_in_it_than_it_declares_is_refused(saved, name):
    folder, file = saved
    rewrite_members(
        file, lambda member, content: content + (b"more" if member == f"{name}.npy" else b"")
    )
    with pytest.raises(RunError, match="too long"):
        load(folder)


def test_a_checkpoint_with_arrays_of_another_npy_version_is_refused(saved):
    folder, file = saved
    rewrite_members(file, lambda _, content: content.replace(b"NUMPY\x01", b"NUMPY\x02"))
    with pytest.raises(RunError, match="an array in it has an unknown version"):
        load(folder)


def test_a_checkpoint_that_declares_terabytes_is_refused_before_anything_is_allocated(saved):
    folder, file = saved
    with np.load(file) as archive:
        state = archive["state"]
    header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 2, 2), }\n"
    with zipfile.ZipFile(file, "w") as archive:
        with archive.open("state.npy", "w") as stream:
            np.lib.format.write_array(stream, state)
        declared = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()
        archive.writestr("parameters.npy", declared)
    with pytest.raises(RunError, match=r"parameters \(1000000000000, 2, 2\), expected \(1, 2, 2\)"):
        load(folder)


def test_a_checkpoint_with_too_long_a_state_is_refused_before_it_is_read(saved, monkeypatch):
    monkeypatch.setattr(checkpoint, "_LONGEST_STATE", 100)
    with pytest.raises(RunError, match=r"its state declares \d+ bytes"):
        load(saved[0])


def test_a_checkpoint_of_the_future_is_refused_and_the_one_before_it_offered(saved):
    folder, _ = saved
    file = save_after(folder, 60)
    rewrite(file, lambda state: state | {"format": checkpoint.FORMAT + 1})
    with pytest.raises(RunError) as refused:
        load(folder)
    message = str(refused.value)
    assert f"of checkpoint format {checkpoint.FORMAT + 1}, this program reads format" in message
    assert "resume with the version of w2v that wrote it" in message
    assert f"after step 44, is whole: to continue from it, `rm {file}`" in message


def test_the_newest_good_checkpoint_is_offered_and_what_to_remove_for_it_and_then_taken(saved):
    folder, _ = saved
    damaged = [save_after(folder, steps) for steps in (60, 70)]
    for path in damaged:
        path.write_bytes(b"PK\x03\x04")
    with pytest.raises(RunError) as refused:
        load(folder)
    message = str(refused.value)
    assert message.startswith(f"{damaged[1]}: damaged checkpoint (")
    assert f"`rm {damaged[1]} {damaged[0]}` and resume again" in message
    for path in damaged:
        path.unlink()
    assert is_whole(load(folder))


def test_where_no_checkpoint_is_good_that_is_said(saved):
    folder, file = saved
    file.write_bytes(b"")
    with pytest.raises(
        RunError, match="no older one that can be resumed: train again with --force"
    ):
        load(folder)


def test_only_the_newest_checkpoints_are_kept(saved):
    folder, _ = saved
    for steps in (9, 100, 1_000_000, 2_000_000):
        save_after(folder, steps)
    names = sorted(path.name for path in (saved[1].parent).iterdir())
    assert names == ["step-0000000100.npz", "step-0001000000.npz", "step-0002000000.npz"]
    assert load(folder).position.steps_done == 2_000_000


@pytest.mark.parametrize("saved", [{}, {"corpus": "abd"}])
def test_a_run_of_other_or_unknown_data_is_refused(tmp_path, saved):
    check_fingerprint(tmp_path, FINGERPRINT | {"more": "x"}, FINGERPRINT)
    with pytest.raises(RunError, match="the corpus changed since the run began"):
        check_fingerprint(tmp_path, saved, FINGERPRINT)
