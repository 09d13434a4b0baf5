import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from w2v_cli.errors import QueryError
from w2v_cli.vectors.search import ranking, similarity
from w2v_cli.vectors.search.neighbours import nearest_to_each
from w2v_cli.vectors.search.similarity import METRICS, nearest_rows, unit_rows
from w2v_cli.vectors.word_vectors import WordVectors


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def cosine(a, b):
    """By definition, with exact sums."""
    a, b = [float(x) for x in a], [float(x) for x in b]
    lengths = math.hypot(*a) * math.hypot(*b)
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / lengths if lengths else 0.0


def in_order(matrix, query, k):
    """Every row sorted by falling cosine, then by row."""
    cosines = [cosine(row, query) for row in matrix]
    return sorted(range(len(matrix)), key=lambda row: (-cosines[row], row))[:k]


@pytest.mark.parametrize("metric", METRICS)
def test_a_signalling_nan_is_an_error_without_a_warning(metric):
    matrix = np.ones((3, 8), dtype=np.float32)
    matrix.view(np.uint32)[2, 1] = 0x7FA00001
    with pytest.raises(QueryError, match="not finite"):  # warnings are errors in tests
        nearest_rows(matrix, np.ones((1, 8)), 2, metric)


@pytest.mark.parametrize("k", [0, 1, 39, 40, 45])
@pytest.mark.parametrize("chunk", [1, 64, 1 << 20])
def test_nearest_rows_agree_with_sorting_all_cosines(rng, monkeypatch, k, chunk):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", chunk)
    matrix = rng.standard_normal((40, 5), dtype=np.float32)
    queries = rng.standard_normal((3, 5), dtype=np.float32)
    rows, cosines = nearest_rows(matrix, queries, k)
    assert rows.shape == cosines.shape == (3, min(k, 40))
    for q, query in enumerate(queries):
        assert rows[q].tolist() == in_order(matrix, query, k)
        expected = [cosine(matrix[row], query) for row in rows[q]]
        np.testing.assert_allclose(cosines[q], expected, atol=1e-12)


def test_negative_cosines_are_returned_when_nothing_is_closer():
    matrix = np.array([[-1, 0], [-1, -1]], dtype=np.float32)
    rows, cosines = nearest_rows(matrix, np.array([[1.0, 0.0]]), 2)
    assert rows.tolist() == [[1, 0]]
    np.testing.assert_allclose(cosines, [[-math.sqrt(0.5), -1.0]])


def test_a_zero_row_has_cosine_0_and_comes_before_negative_ones():
    matrix = np.array([[-1, 0], [0, 0], [1, 0]], dtype=np.float32)
    rows, cosines = nearest_rows(matrix, np.array([[2.0, 0.0]]), 3)
    assert rows.tolist() == [[2, 1, 0]]
    assert cosines.tolist() == [[1.0, 0.0, -1.0]]


def test_a_zero_query_has_cosine_0_with_every_row(rng):
    matrix = rng.standard_normal((6, 3), dtype=np.float32)
    rows, cosines = nearest_rows(matrix, np.zeros((1, 3)), 4)
    assert rows.tolist() == [[0, 1, 2, 3]]
    assert cosines.tolist() == [[0.0] * 4]


def test_equal_rows_come_in_their_order_wherever_they_stand(rng, monkeypatch):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", 700)
    row = rng.standard_normal(97, dtype=np.float32)
    matrix = rng.standard_normal((500, 97), dtype=np.float32)
    same = [3, 4, 77, 200, 201, 203, 350, 499]
    for i, at in enumerate(same):
        matrix[at] = row * np.float32(2.0**i)
    rows, cosines = nearest_rows(matrix, row[np.newaxis], 5)
    assert rows.tolist() == [same[:5]]
    assert len(set(cosines[0].tolist())) == 1


def test_rows_closer_than_float32_products_can_tell_are_in_their_true_order(rng, monkeypatch):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", 6000)
    row = rng.standard_normal(60, dtype=np.float32)
    matrix = row * (1 + 3e-6 * rng.standard_normal((400, 60), dtype=np.float32))
    rows, _ = nearest_rows(matrix, row[np.newaxis], 10)
    assert rows[0].tolist() == in_order(matrix, row, 10)


@pytest.mark.parametrize("metric", METRICS)
def test_many_equal_rows_come_in_their_order(metric):
    matrix = np.tile(np.float32([[3, 1, 2], [1, 1, 1]]), (150, 1))
    rows, _ = nearest_rows(matrix, np.array([[3.0, 1.0, 2.0]]), 250, metric)
    assert rows.tolist() == [[*range(0, 300, 2), *range(1, 200, 2)]]


def test_dot_products_too_close_for_float32_are_in_their_true_order_before_shorter_rows(
    rng, monkeypatch
):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", 6000)
    row = rng.standard_normal(60, dtype=np.float32)
    matrix = row * (1 + 1e-7 * rng.standard_normal((400, 60), dtype=np.float32))
    matrix[200:] *= np.float32(1e-6)
    rows, _ = nearest_rows(matrix, row[np.newaxis], 10, "dot")
    dots = (matrix.astype(float) * row).sum(axis=1)
    assert rows[0].tolist() == np.argsort(-dots, kind="stable")[:10].tolist()


def test_dot_products_below_the_range_of_float32_are_in_their_true_order(rng):
    matrix = (rng.integers(-9, 9, (2000, 30)) * 2.0**-149).astype(np.float32)
    query = rng.standard_normal((1, 30))
    rows, _ = nearest_rows(matrix, query, 20, "dot")
    dots = (matrix * query).sum(axis=1)
    assert rows[0].tolist() == np.argsort(-dots, kind="stable")[:20].tolist()


def test_a_query_alone_and_among_others_has_the_same_answer_to_the_bit(rng):
    matrix = rng.standard_normal((3000, 50), dtype=np.float32)
    rows, cosines = nearest_rows(matrix, matrix[:200], 7)
    for q in (0, 1, 150, 199):
        alone_rows, alone_cosines = nearest_rows(matrix, matrix[q : q + 1], 7)
        assert alone_rows[0].tolist() == rows[q].tolist()
        assert alone_cosines[0].tolist() == cosines[q].tolist()


def test_a_row_is_exactly_its_own_nearest_and_no_cosine_leaves_minus_1_to_1(rng):
    matrix = rng.standard_normal((300, 30), dtype=np.float32)
    rows, cosines = nearest_rows(matrix, matrix, 300)
    assert rows[:, 0].tolist() == list(range(300))
    assert np.abs(cosines).max() <= 1.0


def test_no_queries_have_no_answers_and_read_nothing():
    class Unreadable(np.ndarray):
        def __getitem__(self, key):
            raise AssertionError("read")

    matrix = np.zeros((5, 3), dtype=np.float32).view(Unreadable)
    rows, cosines = nearest_rows(matrix, np.empty((0, 3)), 2)
    assert rows.shape == cosines.shape == (0, 2)


@pytest.mark.parametrize("scale", [1e-38, 1e-30, 1e-20, 1.0, 1e18, 1e30, 5e37])
def test_the_size_of_the_numbers_does_not_change_the_cosine(scale):
    matrix = np.array([[3, 4], [4, 3], [-1, 1]], dtype=np.float32) * np.float32(scale)
    rows, cosines = nearest_rows(matrix, matrix[:1], 3)
    assert rows.tolist() == [[0, 1, 2]]
    np.testing.assert_allclose(cosines, [[1.0, 0.96, 0.1 / math.sqrt(0.5)]], rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_an_error_and_not_an_answer(value):
    matrix = np.eye(3, dtype=np.float32)
    broken = matrix.copy()
    broken[2, 1] = value
    for of, query in [(broken, matrix[:1]), (matrix, broken[2:])]:
        for metric in METRICS:
            with pytest.raises(QueryError, match="not finite"):
                nearest_rows(of, query, 2, metric)


@pytest.mark.parametrize("k", [0, 1, 39, 40, 45])
@pytest.mark.parametrize("chunk", [1, 64, 1 << 20])
def test_dot_products_are_ranked_with_the_lengths_that_cosines_forget(rng, monkeypatch, k, chunk):
    monkeypatch.setattr(ranking, "CHUNK_VALUES", chunk)
    matrix = rng.standard_normal((40, 5), dtype=np.float32)
    matrix *= rng.uniform(0, 9, (40, 1)).astype(np.float32)
    matrix[7] = 0
    queries = 3 * rng.standard_normal((3, 5), dtype=np.float32)
    rows, dots = nearest_rows(matrix, queries, k, "dot")
    expected = queries.astype(float) @ matrix.T.astype(float)
    assert rows.tolist() == np.argsort(-expected, axis=1, kind="stable")[:, :k].tolist()
    np.testing.assert_allclose(dots, np.take_along_axis(expected, rows, axis=1), rtol=1e-12)


@pytest.mark.parametrize("scale", [0, 1e-44, 1e-30, 1e-20, 1.0, 1e18, 1e30, 5e37])
def test_dot_products_of_any_size_are_ranked(scale):
    matrix = np.array([[3, 4], [4, 4], [-1, 1]], dtype=np.float32) * np.float32(scale)
    rows, dots = nearest_rows(matrix, np.array([[3.0, 4.0]]), 3, "dot")
    assert rows.tolist() == [[1, 0, 2] if scale else [0, 1, 2]]
    expected = matrix[rows[0]].astype(float) @ [3.0, 4.0]
    np.testing.assert_allclose(dots, [expected], rtol=1e-12)


def test_many_queries_are_answered_in_blocks_like_one(rng, monkeypatch):
    matrix = rng.standard_normal((30, 4), dtype=np.float32)
    whole = nearest_rows(matrix, matrix, 5)
    monkeypatch.setattr(ranking, "BLOCK_ANSWERS", 33)
    assert len(ranking.query_blocks(30, 5)) == 5
    for found, expected in zip(nearest_rows(matrix, matrix, 5), whole, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_memory_mapped_matrix_is_read_in_pieces_and_never_copied_whole(rng, tmp_path):
    np.save(tmp_path / "m.npy", rng.standard_normal((60_000, 100), dtype=np.float32))
    matrix = np.load(tmp_path / "m.npy", mmap_mode="r")
    tracemalloc.start()
    rows, _ = nearest_rows(matrix, matrix[5:6], 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows[0, 0] == 5
    assert peak < matrix.nbytes / 2


def test_unit_rows_have_length_one_and_leave_their_input_alone(rng):
    matrix = rng.standard_normal((20, 7), dtype=np.float32)
    matrix[3] = 0
    matrix[4] *= np.float32(1e30)
    before = matrix.copy()
    units = unit_rows(matrix)
    assert units.dtype == np.float32
    lengths = [math.hypot(*map(float, row)) for row in units]
    np.testing.assert_allclose(lengths, [1.0] * 3 + [0.0] + [1.0] * 16, rtol=1e-6)
    np.testing.assert_array_equal(matrix, before)


finite = st.floats(-100, 100, width=32)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(data=st.data(), V=st.integers(1, 12), D=st.integers(1, 4), extra=st.sampled_from([-1, 0, 5]))
def test_any_matrix_is_ranked_by_falling_cosine_then_row(data, V, D, extra):
    # Whole numbers make many exact ties.
    values = st.integers(-2, 2).map(float) if data.draw(st.booleans()) else finite
    matrix = data.draw(hnp.arrays(np.float32, (V, D), elements=values))
    query = data.draw(hnp.arrays(np.float32, (1, D), elements=values))
    rows, cosines = nearest_rows(matrix, query, V + extra)
    ranked = list(zip((-cosines[0]).tolist(), rows[0].tolist(), strict=True))
    assert ranked == sorted(ranked)
    assert len(set(rows[0].tolist())) == len(ranked) == min(V, V + extra)
    expected = [cosine(matrix[row], query[0]) for row in rows[0]]
    np.testing.assert_allclose(cosines[0], expected, atol=1e-7)
    best = sorted((cosine(row, query[0]) for row in matrix), reverse=True)[: len(ranked)]
    np.testing.assert_allclose(cosines[0], best, atol=1e-7)


def test_lengths_of_rows_are_found_once(monkeypatch):
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((50, 4)).astype(np.float32)
    vectors = WordVectors([f"w{row}" for row in range(50)], matrix)
    first = nearest_to_each(vectors, matrix[:2], 5, [(), ()])
    some = nearest_to_each(vectors, matrix[:2], 5, [(), ()], restrict=20)
    monkeypatch.setattr(similarity, "_squares", None)  # whoever calls it fails
    assert nearest_to_each(vectors, matrix[:2], 5, [(), ()]) == first
    assert nearest_to_each(vectors, matrix[:2], 5, [(), ()], restrict=20) == some
    with pytest.raises(TypeError):
        nearest_to_each(vectors.top(20), matrix[:2], 5, [(), ()])
