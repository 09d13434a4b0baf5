"""From D dimensions to the two of a map: principal components, or t-SNE.

Principal components turn the centred vectors onto the two directions in which they vary
most; distances on the map are never larger than in the full space. t-SNE (van der Maaten and
Hinton, JMLR 9, 2008) keeps near words near; how large a cluster is, and how far two clusters
are apart, then means little.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from w2v_cli.core.sampling import generator
from w2v_cli.errors import QueryError
from w2v_cli.extras import package

__all__ = ["METHODS", "Method", "principal_components", "project", "random_state"]

Method = Literal["pca", "tsne"]
METHODS: tuple[Method, ...] = ("pca", "tsne")

# The effective number of neighbours of a point: 30 as scikit-learn has it, and a third of the
# other points where there are few. The search for bandwidths needs one neighbour at least.
LARGEST_PERPLEXITY = 30.0
FEWEST_POINTS = {"pca": 2, "tsne": 4}
# t-SNE starts from the principal components, scaled to this standard deviation as in the paper,
# and a hundredth of that in noise: it parts words with the same vector, and another seed
# shows which of a map's features are chance.
INITIAL_SPREAD = 1e-4
INITIAL_NOISE = 1e-6
ROUNDING = 1e-12
# scikit-learn's t-SNE squares distances in float32, which holds neither 1e39 nor 1e-46.
LEAST_SIZE, LARGEST_SIZE = 1e-12, 1e12


def project(
    vectors: NDArray[np.floating], method: Method = "pca", seed: int = 1
) -> NDArray[np.float64]:
    """Where each of the vectors (n, D) lies on a map: (n, 2) float64.

    The same vectors and seed give the same map, signs included. Principal components do not
    depend on the seed.

    Raises:
        QueryError: there are too few vectors, or a value is not finite.
        W2VError: t-SNE is asked for and scikit-learn is not installed.
    """
    if method == "pca":
        return principal_components(vectors)[0]
    points, _ = principal_components(vectors, fewest=FEWEST_POINTS["tsne"])
    return _tsne(np.asarray(vectors, dtype=np.float64), points, seed)


def principal_components(
    vectors: NDArray[np.floating], fewest: int = FEWEST_POINTS["pca"]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first two components of the centred vectors (n, D): (n, 2), and the shares (2,).

    A share is the component's part of the whole variance, 0 to 1. Vectors of one dimension,
    and vectors that are all alike, have components of zeros. A component's sign is free, and
    chosen so that the entry of its direction with the largest size is positive.

    Raises:
        QueryError: there are fewer than `fewest` vectors, or a value is not finite.
    """
    if len(vectors) < fewest:
        raise QueryError(f"a map needs at least {fewest} words, got {len(vectors)}; give more")
    if not np.isfinite(vectors).all():
        raise QueryError(
            "the vectors hold a value that is not finite (NaN or infinity): "
            "training diverged or the file is damaged"
        )
    centered = np.asarray(vectors, dtype=np.float64)
    centered = centered - centered.mean(axis=0)
    # Equal vectors may differ by rounding, which a map would magnify.
    centered[np.abs(centered) < ROUNDING * np.abs(vectors).max(initial=0.0)] = 0.0
    _, singular, directions = np.linalg.svd(centered, full_matrices=False)
    first = directions[:2]  # (2, D), or (1, D) if D is 1
    largest = np.abs(first).argmax(axis=1)
    first = first * np.sign(np.take_along_axis(first, largest[:, np.newaxis], axis=1))
    points = np.zeros((len(centered), 2))
    points[:, : len(first)] = centered @ first.T
    shares = np.zeros(2)
    variance = singular**2
    shares[: len(first)] = variance[:2] / max(variance.sum(), np.finfo(np.float64).tiny)
    return points, shares


def random_state(seed: int) -> int:
    """A seed as scikit-learn takes it, below 2³²."""
    return seed % 2**32


def _tsne(
    vectors: NDArray[np.float64], points: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Where t-SNE brings the vectors (n, D) from the principal components (n, 2)."""
    size = float(np.abs(vectors).max())
    if size and not LEAST_SIZE <= size <= LARGEST_SIZE:
        vectors = vectors / size  # the map is the same at any scale
    start = INITIAL_NOISE * generator(seed, "map").standard_normal(points.shape)
    if spread := points[:, 0].std():
        start += points * (INITIAL_SPREAD / spread)
    tsne = package("sklearn.manifold").TSNE(
        perplexity=min(LARGEST_PERPLEXITY, (len(vectors) - 1) / 3),
        init=start.astype(np.float32),
        learning_rate="auto",
        random_state=random_state(seed),
    )
    # On several threads the order of its sums, and so the map, would depend on their number.
    with package("threadpoolctl").threadpool_limits(limits=1):
        found = np.asarray(tsne.fit_transform(vectors), dtype=np.float64)
    return principal_components(found)[0]  # no side of it is up: the longer one lies flat
