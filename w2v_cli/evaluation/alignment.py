"""Two sets of vectors side by side: the rotation that turns one onto the other, and how close."""

import numpy as np
from numpy.typing import NDArray

from w2v_cli.vectors.search.ranking import chunks
from w2v_cli.vectors.search.similarity import exact_unit_rows, unit_rows

__all__ = ["aligned_cosines", "paired_cosines", "rotation"]


def rotation(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """The rotation R (D, D) for which the unit rows of `first` R come closest to `second`'s.

    Both are (n, D), row i of each for the same word. R is orthogonal, with a reflection if
    that is closer, and minimises the sum of squared distances: R = U Wᵀ where U S Wᵀ is
    the singular value decomposition of firstᵀ second (Schönemann 1966, equation 2).

    Raises:
        QueryError: a value is NaN or infinite.
    """
    products = np.zeros((first.shape[1], second.shape[1]))
    for rows in chunks(len(first), first.shape[1]):
        products += unit_rows(first[rows]).T @ unit_rows(second[rows])
    U, _, Wt = np.linalg.svd(products)
    R: NDArray[np.float64] = U @ Wt
    return R


def aligned_cosines(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float64], float]:
    """The cosine (n,) of each row of `first` (n, D), after the best rotation, to `second`'s.

    The second value is what to compare it with: the mean cosine of rows for different words. It is
    far from 0 where all vectors share a direction. The matrices may have different widths: zeros
    are added to the narrower one. A zero row has cosine 0 with everything.

    Raises:
        QueryError: a value is NaN or infinite.
    """
    dim = max(first.shape[1], second.shape[1])
    first, second = _widened(first, dim), _widened(second, dim)
    R = rotation(first, second)
    cosines, sums = np.empty(len(first)), np.zeros((2, dim))
    for rows in chunks(len(first), dim):
        one, other = unit_rows(first[rows]) @ R, unit_rows(second[rows])
        cosines[rows] = np.einsum("nd,nd->n", one, other)
        sums += [one.sum(axis=0), other.sum(axis=0, dtype=np.float64)]
    pairs = len(first) * (len(first) - 1)
    between = float(sums[0] @ sums[1] - cosines.sum()) / max(pairs, 1)
    return np.clip(cosines, -1.0, 1.0), between


def paired_cosines(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """The cosine (n,) of each row of `first` to the same row of `second`, both (n, D), in float64.

    A zero row has cosine 0 with everything.

    Raises:
        QueryError: a value is NaN or infinite.
    """
    cosines = (exact_unit_rows(first) * exact_unit_rows(second)).sum(axis=1)
    clipped: NDArray[np.float64] = np.clip(cosines, -1.0, 1.0)
    return clipped


def _widened(matrix: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The matrix with columns of zeros up to `dim`, or itself where none is missing."""
    missing = dim - matrix.shape[1]
    return np.pad(matrix, ((0, 0), (0, missing))) if missing else matrix
