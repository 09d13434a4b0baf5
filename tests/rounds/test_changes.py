"""Changes and their combination, against the rule written out for one vector at a time."""

import numpy as np
import pytest

from w2v_cli.rounds.changes import Changes, Combiner, changes

N, D = 7, 5


def combined(before, shards, dim=D):
    combiner = Combiner(before, dim)
    for shard in shards:
        combiner.add(shard)
    return combiner.result()


def dense(values):
    return Changes(np.arange(len(values), dtype=np.int32), values.astype(np.float32))


def test_changes_are_the_rows_that_differ():
    before = np.arange(12, dtype=np.float32).reshape(4, 3)
    after = before.copy()
    after[1, 2] += 0.5
    after[3] = np.nan
    found = changes(before, after)
    assert found.rows.tolist() == [1, 3]
    assert found.values[0].tolist() == [0, 0, 0.5]
    assert np.isnan(found.values[1]).all()


def test_vectors_follow_the_rule_and_what_is_remembered_adds_up():
    rng = np.random.default_rng(1)
    before = rng.normal(size=(N, D + 1)).astype(np.float32)
    deltas = rng.normal(size=(4, N, D + 1)) * rng.integers(0, 2, (4, N, 1))
    deltas = (deltas + rng.normal(size=(N, D + 1))).astype(np.float32)  # partly the same way
    expected = before.astype(np.float64)
    for row in range(N):
        total, own = np.zeros(D), 0.0
        for delta in deltas[:, row, :D].astype(np.float64):
            total, own = total + delta, own + delta @ delta
        expected[row, :D] += total * min(1, own / (total @ total))
        expected[row, D] += deltas[:, row, D].sum()
    found = combined(before, [dense(delta) for delta in deltas])
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


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
    np.testing.assert_array_equal(found[0], before[0])
    assert found[1].tolist() == [2, 3]
