import sys

import numpy as np
import pytest

from w2v_cli.errors import QueryError, W2VError
from w2v_cli.maps.groups import clusters
from w2v_cli.maps.projection import METHODS, principal_components, project


def cloud(n, dim, seed=0):
    """Vectors (n, dim) float32 whose columns vary by different amounts, about a mean not 0."""
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, dim)) * np.linspace(3, 0.5, dim) + 7).astype(np.float32)


@pytest.mark.parametrize(("n", "dim"), [(40, 12), (5, 30), (2, 3), (30, 2)])
def test_principal_components_are_the_leading_eigenvectors_of_the_covariance(n, dim):
    vectors = cloud(n, dim)
    values, directions = np.linalg.eigh(np.cov(vectors.astype(np.float64), rowvar=False))
    centered = vectors - vectors.mean(axis=0, dtype=np.float64)
    points, shares = principal_components(vectors)
    assert (points.shape, points.dtype) == ((n, 2), np.float64)
    np.testing.assert_allclose(shares, values[::-1][:2] / values.sum(), atol=1e-9)
    for component in range(min(2, n - 1)):
        expected = centered @ directions[:, -1 - component]
        sign = np.sign(expected @ points[:, component])
        np.testing.assert_allclose(points[:, component], sign * expected, atol=1e-6)


def test_the_sign_of_a_component_does_not_depend_on_the_order_of_the_words():
    vectors = cloud(40, 12)
    points = project(vectors)
    np.testing.assert_allclose(project(vectors[::-1])[::-1], points, atol=1e-9)
    direction = np.linalg.lstsq(vectors - vectors.mean(axis=0), points, rcond=None)[0]
    assert (np.take_along_axis(direction, np.abs(direction).argmax(axis=0)[None], 0) > 0).all()


def test_vectors_that_are_alike_or_of_one_dimension_have_components_of_zeros():
    points, shares = principal_components(np.ones((3, 4), dtype=np.float32))
    assert not points.any()
    assert not shares.any()
    points, shares = principal_components(np.array([[1.0], [2.0], [3.0]]))
    np.testing.assert_allclose(points, [[-1, 0], [0, 0], [1, 0]])
    np.testing.assert_allclose(shares, [1, 0])


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_the_same_vectors_give_the_same_map(method):
    vectors = cloud(30, 6)
    np.testing.assert_array_equal(project(vectors, method), project(vectors.copy(), method, seed=1))


@pytest.mark.slow
def test_another_seed_gives_another_tsne_map_and_the_same_components():
    vectors = cloud(30, 6)
    assert (project(vectors, "tsne", seed=2) != project(vectors, "tsne")).any()
    np.testing.assert_array_equal(project(vectors, "pca", seed=2), project(vectors))


@pytest.mark.slow
def test_tsne_keeps_the_words_of_a_cluster_together():
    rng = np.random.default_rng(0)
    centers = rng.standard_normal((4, 20)) * 10
    cluster = np.repeat(np.arange(4), 15)
    points = project(centers[cluster] + rng.standard_normal((60, 20)), "tsne")
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    np.fill_diagonal(distances, np.inf)
    np.testing.assert_array_equal(cluster[distances.argmin(axis=1)], cluster)


@pytest.mark.slow
@pytest.mark.parametrize("size", [1e-35, 1e35])
def test_vectors_of_any_size_make_a_tsne_map_that_keeps_clusters_together(size):
    vectors = np.repeat(cloud(3, 5), 8, axis=0) + 0.01 * cloud(24, 5, seed=1)
    points = project((vectors * size).astype(np.float32), "tsne")
    middles = points.reshape(3, 8, 2).mean(axis=1)
    nearest = np.linalg.norm(points[:, np.newaxis] - middles, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, np.repeat(np.arange(3), 8))


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 5, 9])
def test_tsne_maps_few_words_and_equal_ones(n):
    assert np.isfinite(project(cloud(n, 6), "tsne")).all()
    points = project(np.ones((n, 6), dtype=np.float32), "tsne")
    assert np.isfinite(points).all()


@pytest.mark.parametrize(("method", "fewest"), [("pca", 2), ("tsne", 4)])
def test_too_few_words_are_refused(method, fewest):
    message = f"^a map needs at least {fewest} words, got {fewest - 1}; give more$"
    with pytest.raises(QueryError, match=message):
        project(cloud(fewest - 1, 3), method)
    project(cloud(fewest, 3), method)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("method", METHODS)
def test_vectors_that_are_not_finite_are_refused(method, value):
    vectors = cloud(5, 3)
    vectors[2, 1] = value
    with pytest.raises(QueryError, match="not finite"):
        project(vectors, method)


def test_a_missing_package_names_the_extra_and_pca_needs_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(
        W2VError, match=r"\(import of sklearn.manifold halted.*\): \S+ -m pip install"
    ) as caught:
        project(cloud(5, 3), "tsne")
    assert str(caught.value).endswith("'w2v-cli[plot]'")
    assert caught.value.exit_status == 1
    assert project(cloud(5, 3)).shape == (5, 2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2**32, 2**63 - 1])
def test_seeds_as_large_as_those_of_runs_make_maps(seed):
    vectors = np.random.default_rng(1).normal(size=(12, 4))
    places = project(vectors, "tsne", seed)
    assert np.isfinite(places).all()
    assert not np.array_equal(places, project(vectors, "tsne", seed % 2**32))
    assert len(set(clusters([str(row) for row in range(12)], vectors, 3, seed)[0])) == 3


@pytest.mark.slow
@pytest.mark.parametrize("apart", [1e-9, 1e-10, 1e-15])
def test_clusters_of_vectors_that_differ_by_rounding_are_numbered_without_gaps(apart):
    vectors = np.repeat(np.eye(4), 3, axis=0) + apart * np.arange(12)[:, np.newaxis]
    words = [f"w{row}" for row in range(12)]
    found, names = clusters(words, vectors, 10)
    assert sorted(set(found)) == list(range(len(names)))
    assert len(names) >= 4
    for word, cluster in zip(words, found, strict=True):
        members = [words[row] for row in range(12) if found[row] == cluster]
        assert word in members
        assert set(names[cluster].split(", ")) <= set(members)
