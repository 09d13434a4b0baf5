"""Rotations of one space onto another, against a planted one and SciPy."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from w2v_cli.errors import QueryError
from w2v_cli.evaluation.alignment import aligned_cosines, paired_cosines, rotation
from w2v_cli.vectors.search import ranking


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def turned(matrix, rng):
    """The rows turned by a random rotation, and given other lengths."""
    Q, _ = np.linalg.qr(rng.standard_normal((matrix.shape[1],) * 2))
    lengths = rng.uniform(0.1, 9, (len(matrix), 1))
    return (matrix @ Q * lengths).astype(np.float32)


def units(matrix):
    matrix = matrix.astype(np.float64)
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def test_a_rotation_is_undone(rng, monkeypatch):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", 64)  # several chunks
    matrix = rng.standard_normal((50, 8), dtype=np.float32)
    np.testing.assert_allclose(aligned_cosines(matrix, turned(matrix, rng))[0], 1, atol=1e-6)


def test_the_rotation_is_scipys(rng):
    first, second = rng.standard_normal((2, 50, 8), dtype=np.float32) + np.float32(0.5)
    expected, _ = orthogonal_procrustes(units(first), units(second))
    np.testing.assert_allclose(rotation(first, second), expected, atol=1e-5)
    cosines = units(first) @ expected @ units(second).T
    found, between = aligned_cosines(first, second)
    np.testing.assert_allclose(found, cosines.diagonal(), atol=1e-5)
    assert between == pytest.approx(cosines[~np.eye(50, dtype=bool)].mean(), abs=1e-6)


@pytest.mark.parametrize("swap", [False, True])
def test_a_narrower_space_fits_into_a_wider_one(rng, swap):
    narrow = rng.standard_normal((50, 5), dtype=np.float32)
    wide = turned(np.pad(narrow, ((0, 0), (0, 3))), rng)
    pair = (wide, narrow) if swap else (narrow, wide)
    np.testing.assert_allclose(aligned_cosines(*pair)[0], 1, atol=1e-6)


def test_paired_cosines_are_exact_for_any_length():
    first = np.array([[3, 4], [1e-30, 0], [0, 0], [1, 0]], dtype=np.float32)
    second = np.array([[4, 3], [-1e30, 0], [1, 2], [1, 1]], dtype=np.float32)
    expected = [0.96, -1, 0, np.sqrt(0.5)]
    np.testing.assert_allclose(paired_cosines(first, second), expected, rtol=0, atol=1e-15)


def test_no_cosine_is_beyond_one(rng):
    matrix = rng.standard_normal((500, 7), dtype=np.float32)
    for cosines in (paired_cosines(matrix, matrix), aligned_cosines(matrix, 3 * matrix)[0]):
        assert cosines.max() <= 1
    assert paired_cosines(matrix, -matrix).min() >= -1


def test_a_value_that_is_not_finite_is_an_error():
    bad = np.array([[1, np.nan]], dtype=np.float32)
    for function in (aligned_cosines, paired_cosines):
        with pytest.raises(QueryError, match="not finite"):
            function(bad, np.ones_like(bad))
