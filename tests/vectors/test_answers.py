import numpy as np
import pytest

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search import ranking
from w2v_cli.vectors.search.analogies import EPSILON, THREE_COS_ADD, THREE_COS_MUL
from w2v_cli.vectors.search.answers import best_rows


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def by_definition(matrix, abc, method):
    """The score of every row, in float64."""
    unit = [row / np.linalg.norm(row) for row in matrix.astype(float)]
    a, b, c = [row / np.linalg.norm(row) for row in abc.astype(float)]
    if method is THREE_COS_ADD:
        return np.array([d @ b - d @ a + d @ c for d in unit])
    return np.array([(1 + d @ b) * (1 + d @ c) / 2 / (1 + d @ a + 2 * EPSILON) for d in unit])


@pytest.mark.parametrize("method", [THREE_COS_ADD, THREE_COS_MUL], ids=["add", "mul"])
@pytest.mark.parametrize("k", [0, 1, 39, 40, 45])
@pytest.mark.parametrize("chunk", [1, 64, 1 << 20])
def test_best_rows_agree_with_sorting_all_scores(rng, monkeypatch, method, k, chunk):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", chunk)
    matrix = rng.standard_normal((40, 5), dtype=np.float32)
    questions = rng.standard_normal((3, 3, 5), dtype=np.float32)
    rows, scores = best_rows(matrix, questions, k, method)
    assert rows.shape == scores.shape == (3, min(k, 40))
    for q, abc in enumerate(questions):
        expected = by_definition(matrix, abc, method)
        assert rows[q].tolist() == np.argsort(-expected, kind="stable")[:k].tolist()
        np.testing.assert_allclose(scores[q], expected[rows[q]], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("method", [THREE_COS_ADD, THREE_COS_MUL], ids=["add", "mul"])
def test_a_question_alone_and_among_others_has_the_same_answer_to_the_bit(rng, method):
    matrix = rng.standard_normal((2000, 30), dtype=np.float32)
    questions = matrix[rng.integers(0, 2000, (100, 3))]
    rows, scores = best_rows(matrix, questions, 7, method)
    for q in (0, 1, 99):
        alone_rows, alone_scores = best_rows(matrix, questions[q : q + 1], 7, method)
        assert alone_rows[0].tolist() == rows[q].tolist()
        assert alone_scores[0].tolist() == scores[q].tolist()


@pytest.mark.parametrize("method", [THREE_COS_ADD, THREE_COS_MUL], ids=["add", "mul"])
def test_scores_that_float32_cannot_tell_apart_are_in_their_true_order(rng, monkeypatch, method):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", 6000)
    row = rng.standard_normal(60, dtype=np.float32)
    matrix = row * (1 + 3e-6 * rng.standard_normal((400, 60), dtype=np.float32))
    abc = rng.standard_normal((3, 60), dtype=np.float32)
    for a in (abc[0], -row):  # opposite to a, 3CosMul is steepest
        question = np.stack([a, abc[1], abc[2]])
        rows, _ = best_rows(matrix, question[np.newaxis], 10, method)
        expected = by_definition(matrix, question, method)
        assert rows[0].tolist() == np.argsort(-expected, kind="stable")[:10].tolist()


def test_a_value_that_is_not_finite_is_an_error_and_not_an_answer():
    broken = np.eye(3, dtype=np.float32)
    broken[2, 1] = np.nan
    with pytest.raises(QueryError, match="not finite"):
        best_rows(broken, np.ones((1, 3, 3)), 1, THREE_COS_ADD)
