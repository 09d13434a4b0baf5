"""The best answers to analogies, against every score computed one by one."""

import numpy as np
import pytest

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search import analogies
from w2v_cli.vectors.search.analogies import THREE_COS_ADD, THREE_COS_MUL, best_answers


@pytest.fixture
def matrix():
    return np.random.default_rng(0).standard_normal((150, 6), dtype=np.float32)


@pytest.fixture
def questions():
    return np.random.default_rng(1).integers(0, 150, (90, 3))


def answers_by_the_book(name, matrix, questions, excluded):
    """Equations 3 and 4 of Levy and Goldberg (2014), a question at a time, in float64."""
    units = matrix / np.linalg.norm(matrix.astype(np.float64), axis=1, keepdims=True)
    answers = []
    for q, (a, b, c) in enumerate(units[questions]):
        if name == "add":
            scores = units @ (b - a + c)
        else:
            scores = (1 + units @ b) / 2 * (1 + units @ c) / 2 / ((1 + units @ a) / 2 + 1e-6)
        scores[excluded[1][excluded[0] == q]] = -np.inf
        answers.append(int(scores.argmax()))
    return answers


@pytest.mark.parametrize(("name", "score"), [("add", THREE_COS_ADD), ("mul", THREE_COS_MUL)])
@pytest.mark.parametrize(
    "sizes",
    [
        (4096, 1 << 19, 64, 1 << 16),
        pytest.param((40, 1, 1, 1), marks=pytest.mark.slow),
        (7, 1, 64, 130),
    ],
    ids=str,
)
def test_answers_are_those_of_the_definition(matrix, questions, name, score, sizes, monkeypatch):
    limits = ("QUESTIONS_A_PASS", "TABLE_VALUES", "SMALLEST_CHUNK", "BLOCK_VALUES")
    for limit, size in zip(limits, sizes, strict=True):
        monkeypatch.setattr(analogies, limit, size)
    excluded = (np.repeat(np.arange(90), 3), questions.ravel())
    found = best_answers(matrix, questions, excluded, score)
    assert found.tolist() == answers_by_the_book(name, matrix, questions, excluded)


def test_a_word_of_the_question_may_answer_unless_it_is_excluded(matrix):
    nothing = (np.empty(0, np.int64), np.empty(0, np.int64))
    question = np.array([[3, 4, 4]])
    assert best_answers(matrix, question, nothing, THREE_COS_ADD).tolist() == [4]


@pytest.mark.parametrize("chunk", [1, 6, 64])
def test_of_equal_scores_the_first_row_wins(chunk, monkeypatch):
    monkeypatch.setattr(analogies, "SMALLEST_CHUNK", chunk)
    monkeypatch.setattr(analogies, "TABLE_VALUES", 1)
    matrix = np.tile(np.eye(6, dtype=np.float32), (25, 1))
    excluded = (np.zeros(3, np.int64), np.array([0, 1, 2]))
    assert best_answers(matrix, np.array([[0, 1, 2]]), excluded, THREE_COS_ADD).tolist() == [7]


def test_without_a_row_left_there_is_no_answer(matrix):
    excluded = (np.zeros(3, np.int64), np.arange(3))
    found = best_answers(matrix[:3], np.array([[0, 1, 2]]), excluded, THREE_COS_ADD)
    assert found.tolist() == [-1]


def test_no_questions_have_no_answers(matrix):
    nothing = (np.empty(0, np.int64), np.empty(0, np.int64))
    assert len(best_answers(matrix, np.empty((0, 3), np.int64), nothing, THREE_COS_ADD)) == 0


def test_rows_of_zeros_and_opposite_rows_have_finite_scores():
    matrix = np.array([[1, 0], [-1, 0], [0, 0], [0, 1]], dtype=np.float32)
    question = np.array([[0, 2, 3]])
    excluded = (np.zeros(3, np.int64), np.array([0, 2, 3]))
    assert best_answers(matrix, question, excluded, THREE_COS_MUL).tolist() == [1]


def test_a_value_that_is_not_finite_is_an_error(matrix, questions):
    matrix[9, 2] = np.inf
    excluded = (np.repeat(np.arange(90), 3), questions.ravel())
    with pytest.raises(QueryError, match="not finite"):
        best_answers(matrix, questions, excluded, THREE_COS_ADD)
