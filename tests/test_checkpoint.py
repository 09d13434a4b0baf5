"""Checkpoints that cannot be trusted."""

import json

import numpy as np
import pytest

from w2v_cli.errors import RunError
from w2v_cli.training.checkpoint import Checkpoint, CheckpointFolder, Tally
from w2v_cli.training.trainer import Position

POSITION = Position(epoch=1, shard=2, step=3, steps_done=44, tokens_done=555)
TALLY = Tally(words=7, loss=0.1, epoch_losses=[0.3, None], reports=2, train_seconds=1.5)
PARAMETERS = np.arange(4, dtype=np.float32).reshape(1, 2, 2) / 3


@pytest.fixture
def saved(tmp_path):
    """A folder with one small checkpoint, and its file."""
    folder = CheckpointFolder(tmp_path / "checkpoint", keep=2)
    return folder, folder.save(Checkpoint({"corpus": "abc"}, POSITION, TALLY, PARAMETERS))


def load(folder):
    return folder.load_newest(np.zeros_like(PARAMETERS), lambda fingerprint: None)


def is_whole(found):
    return (found.fingerprint, found.position, found.tally) == (
        {"corpus": "abc"},
        POSITION,
        TALLY,
    ) and np.array_equal(found.parameters, PARAMETERS)


def test_a_checkpoint_comes_back_as_it_was(saved):
    assert is_whole(load(saved[0]))


def test_wherever_a_checkpoint_is_cut_off_it_is_refused(saved):
    folder, file = saved
    whole = file.read_bytes()
    for size in range(0, len(whole), 3):
        file.write_bytes(whole[:size])
        with pytest.raises(RunError, match=r"step-0000000044.npz: damaged checkpoint"):
            load(folder)


@pytest.mark.parametrize(
    "change", [{"position": {"x": 1}}, {"tally": {"x": 1}}, {"fingerprint": None}]
)
def test_a_checkpoint_with_a_strange_state_is_refused(saved, change):
    folder, file = saved
    with np.load(file) as archive:
        state = json.loads(archive["state"].tobytes())
    state |= change
    for key in [key for key, value in change.items() if value is None]:
        del state[key]
    text = np.frombuffer(json.dumps(state).encode(), np.uint8)
    np.savez(file, state=text, parameters=PARAMETERS)
    with pytest.raises(RunError, match="damaged checkpoint"):
        load(folder)


@pytest.mark.parametrize(
    "parameters", [PARAMETERS.astype(np.float64), PARAMETERS[:, :1], np.array([{}], object)]
)
def test_a_checkpoint_with_other_parameters_is_refused_without_unpickling(saved, parameters):
    folder, file = saved
    with np.load(file) as archive:
        state = archive["state"]
    np.savez(file, state=state, parameters=parameters)
    with pytest.raises(RunError, match="damaged checkpoint"):
        load(folder)


def test_only_the_newest_checkpoints_are_kept(saved):
    folder, _ = saved
    for steps in (9, 100, 1_000_000):
        folder.save(Checkpoint({}, Position(steps_done=steps), TALLY, PARAMETERS))
    names = sorted(path.name for path in (saved[1].parent).iterdir())
    assert names == ["step-0000000100.npz", "step-0001000000.npz"]
    assert load(folder).position.steps_done == 1_000_000
