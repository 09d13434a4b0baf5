"""How changes are combined, against the rule written out for one vector at a time."""

import numpy as np
import pytest

from w2v_cli.rounds import changes as changes_module
from w2v_cli.rounds.changes import Combiner
from w2v_cli.rounds.table import Changes

N, D = 7, 5


def combined(before, shards, dim=D):
    combiner = Combiner(before, dim)
    for shard in shards:
        combiner.add(shard)
    return combiner.result()


def dense(values):
    return Changes(np.arange(len(values), dtype=np.int32), values.astype(np.float32))


def sparse(values):
    rows = np.flatnonzero(values.any(axis=1))
    return Changes(rows.astype(np.int32), values[rows].astype(np.float32))


def coherence(parts):
    """The least of 1 and Σ‖Δ‖²/‖ΣΔ‖², of (shards, rows, D)."""
    total = (parts.sum(axis=0) ** 2).sum()
    return min(1, (parts**2).sum() / total)


@pytest.mark.parametrize("at_once", [64, 512])
def test_vectors_follow_the_rule_and_what_is_remembered_adds_up(monkeypatch, at_once):
    monkeypatch.setattr(changes_module, "_ROWS", at_once)
    rng = np.random.default_rng(1)
    rows, near = 70, 64
    before = rng.normal(size=(rows, D + 1)).astype(np.float32)
    deltas = rng.normal(size=(4, rows, D + 1)) * rng.integers(0, 2, (4, rows, 1))
    deltas[..., :D] += rng.normal(3, 1, size=(4, rows, 1)) * [2, 0, 1, 0, 0]  # a common direction
    for shard, delta in enumerate(deltas):
        delta[shard::5] = 0  # rows that a shard leaves out
    deltas = deltas.astype(np.float32).astype(np.float64)
    first = deltas[0, :, :D]
    along = np.linalg.eigh(first.T @ first)[1][:, -1]
    projector = np.outer(along, along)
    expected = before.astype(np.float64)
    expected[:, D] += deltas[..., D].sum(axis=0)
    for part in deltas[..., :D] @ projector, deltas[..., :D] @ (np.eye(D) - projector):
        for row in range(rows):
            start = row // near * near
            own, together = part[:, row : row + 1], part[:, start : start + near]
            factor = np.sqrt(coherence(own) * coherence(together))
            expected[row, :D] += factor * part[:, row].sum(axis=0)
    for kind in dense, sparse:
        found = combined(before, [kind(delta) for delta in deltas])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_the_direction_that_all_share_is_held_back_and_the_rest_is_not():
    rng = np.random.default_rng(1)
    shared = np.broadcast_to([4, 0, 0, 0, 0], (8, N, D))
    apart = rng.normal(size=(8, N, D)) * [0, 1, 1, 1, 1]
    found = combined(np.zeros((N, D), np.float32), [dense(each) for each in shared + apart])
    np.testing.assert_allclose(found[:, 0], 4, rtol=0.1)
    assert (found[:, 1:] ** 2).sum() > 0.5 * (apart.sum(axis=0) ** 2).sum()


def test_the_direction_is_found_from_rows_of_the_whole_block(monkeypatch):
    monkeypatch.setattr(changes_module, "_SOME", 80)
    shared = np.zeros((8, 400, 3))
    shared[:, :80, 2], shared[:, 80:, 0] = 4, 4
    apart = np.random.default_rng(1).normal(size=(8, 400, 3)) * [0, 2, 0]
    found = combined(np.zeros((400, 3), np.float32), map(dense, shared + apart), dim=3)
    assert found[80:, 0].mean() == pytest.approx(4, rel=0.1)


def test_shards_that_diverge_leave_a_guard_something_to_see():
    before = np.ones((3, D), np.float32)
    wild = np.full((3, D), 3e38, np.float32)
    assert not np.isfinite(combined(before, [dense(wild), dense(wild)])).all()
    wild[:] = np.nan
    assert np.isnan(combined(before, [dense(wild), dense(np.ones((3, D)))])).all()


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ([3, 0], [0, 4], [3, 4]),  # at right angles: their sum
        ([2, 0], [2, 0], [2, 0]),  # equal: their mean
        ([2, 0], [-1, 0], [1, 0]),  # against each other: their sum, and no more
        ([0, 0], [5, 1], [5, 1]),  # of one shard alone
    ],
)
def test_what_becomes_of_two_changes(one, other, together):
    before = np.ones((1, 2), np.float32)
    found = combined(before, [dense(np.array([one])), dense(np.array([other]))], dim=2)
    np.testing.assert_allclose(found - before, [together], rtol=1e-6)


def test_a_row_that_no_shard_changed_keeps_its_bits():
    before = np.array([[-0.0, 1e-30], [1, 2]], np.float32)
    found = combined(before, [Changes(np.array([1], np.int32), np.ones((1, 2), np.float32))], 2)
    assert found[0].tobytes() == before[0].tobytes()  # -0.0 too
    assert found[1].tolist() == [2, 3]


def test_a_shard_may_leave_out_a_single_row():
    before = np.zeros((3, D), np.float32)
    found = combined(before, [Changes(np.array([0, 2], np.int32), np.ones((2, D), np.float32))])
    assert found[:, 0].tolist() == [1, 0, 1]
