"""What may be wrong with vectors is found, and sound ones pass."""

import warnings

import numpy as np
import pytest

from w2v_cli.evaluation.health import examine
from w2v_cli.vectors.word_vectors import WordVectors


def vectors_of(matrix):
    return WordVectors([f"w{i}" for i in range(len(matrix))], matrix)


@pytest.fixture
def matrix():
    return np.random.default_rng(0).standard_normal((200, 7), dtype=np.float32)


def test_sound_vectors_have_no_problems(matrix):
    found = examine(vectors_of(matrix))
    lengths = np.linalg.norm(matrix.astype(np.float64), axis=1)
    assert found.problems() == []
    expected = [lengths.min(), np.median(lengths), lengths.mean(), lengths.max()]
    assert list(found.norms) == pytest.approx(expected)


def test_the_mean_cosine_is_that_of_all_pairs(matrix):
    matrix += 1
    units = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    cosines = (units @ units.T)[~np.eye(200, dtype=bool)]
    assert examine(vectors_of(matrix)).mean_cosine == pytest.approx(cosines.mean(), abs=1e-6)


def test_rows_of_zeros_and_equal_rows_are_named(matrix):
    matrix[[3, 150]] = 0
    matrix[[60, 199]] = matrix[5]
    matrix[90] = matrix[20]
    matrix[91] = -matrix[20]  # of the same length, but not equal
    found = examine(vectors_of(matrix))
    assert found.zero == ["w3", "w150"]
    assert found.sample == 198  # what has no direction has no neighbours
    assert found.duplicates == [["w5", "w60", "w199"], ["w20", "w90"]]
    assert found.problems() == [
        "2 vectors of zeros",
        "3 vectors equal to that of a more frequent word",
    ]


def test_values_that_are_not_finite_are_named(matrix):
    matrix[4, 2], matrix[8, 0] = np.nan, -np.inf
    found = examine(vectors_of(matrix))
    assert found.not_finite == ["w4", "w8"]
    assert found.problems() == ["2 vectors with a value that is not finite"]
    assert found.mean_cosine is None
    assert found.hubs == []
    assert np.isfinite(found.norms.largest)


def test_a_hub_is_found():
    matrix = np.random.default_rng(0).standard_normal((60, 50), dtype=np.float32)
    matrix += 0.7
    matrix[33] = 1  # the direction that all have in common
    found = examine(vectors_of(matrix))
    assert found.hubs[0] == ("w33", 59 / 60)
    assert found.hubs[1].share < 59 / 60
    assert found.sample == 60


@pytest.mark.parametrize("matrix", [np.zeros((3, 2)), np.ones((1, 2)), np.full((2, 2), np.nan)])
def test_vectors_of_which_little_can_be_said_are_examined_too(matrix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = examine(vectors_of(matrix.astype(np.float32)))
    assert found.hubs == []
