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


def test_a_row_of_zeros_is_unlike_all_others_in_the_mean_cosine(matrix):
    matrix[:5] = 0
    matrix[5:] = matrix[5]
    share = 195 * 194 / (200 * 199)  # of the pairs, that of two equal rows
    assert examine(vectors_of(matrix)).mean_cosine == pytest.approx(share)


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


def test_vectors_of_absurd_length_are_named(matrix):
    matrix[[7, 8, 9]] = 0
    matrix[7, 0], matrix[8, 0], matrix[9, 0] = 1e33, 2e10, 9e9
    found = examine(vectors_of(matrix))
    assert found.huge == ["w7", "w8"]
    assert found.problems() == [
        "2 vectors longer than 1e10: training diverged, or the file is damaged"
    ]


def test_a_signalling_nan_is_found_without_a_warning(matrix):
    matrix.view(np.uint32)[4, 0] = 0x7FA00001
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = examine(vectors_of(matrix))
    assert found.not_finite == ["w4"]


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


def spread(words, *scales, along=0.0):
    """Rows that differ in each direction as much as `scales` say, all moved along the last."""
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((words, len(scales))) * np.array(scales)
    matrix[:, -1] += along
    return matrix.astype(np.float32)


def test_the_directions_in_which_vectors_differ_are_counted():
    assert examine(vectors_of(spread(20_000, *[1.0] * 8))).directions == pytest.approx(8, rel=0.01)
    plane = spread(5000, *[0.0] * 18, 1.0, 1.0)
    assert examine(vectors_of(plane)).directions == pytest.approx(2, rel=0.01)
    assert examine(vectors_of(np.ones((9, 3), dtype=np.float32))).directions is None


def test_sound_vectors_leave_no_doubt(matrix):
    assert examine(vectors_of(spread(2000, *np.linspace(0.5, 2, 50)))).doubts() == []
    assert examine(vectors_of(matrix)).doubts() == []  # seven dimensions can have no more
    few = np.random.default_rng(0).standard_normal((12, 30), dtype=np.float32)
    assert examine(vectors_of(few)).doubts() == []  # ten of eleven others are always nearest


def test_vectors_that_say_little_are_doubted():
    [alike] = examine(vectors_of(spread(2000, *[1.0] * 50, along=20))).doubts()
    assert "two words have a cosine of 0.89 on average" in alike
    [flat] = examine(vectors_of(spread(2000, *[0.02] * 48, 1, 1))).doubts()
    assert "differ in about 2.2 of 50 directions" in flat
    crowded = spread(300, *[1.0] * 50, along=4)
    crowded[7] = 0
    crowded[7, -1] = 1  # what all have in common
    [hub] = examine(vectors_of(crowded)).doubts()
    assert "'w7' is among the nearest 10 of 75% of the words" in hub


@pytest.mark.parametrize("matrix", [np.zeros((3, 2)), np.ones((1, 2)), np.full((2, 2), np.nan)])
def test_vectors_of_which_little_can_be_said_are_examined_too(matrix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = examine(vectors_of(matrix.astype(np.float32)))
    assert found.hubs == []
