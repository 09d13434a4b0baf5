"""Whether two machines compute the same bits."""

import hashlib

import numpy as np

__all__ = ["probe"]

_SEED, _SIZE = 1, 200


def probe() -> str:
    """The SHA-256 of some fixed products, exponentials, sums and roots, as computed here.

    Processors with other vector instructions, and other builds of NumPy, round differently.
    """
    rng = np.random.default_rng(_SEED)
    one, other = rng.standard_normal((2, _SIZE, _SIZE), np.float32)
    scores = one @ other
    parts = (
        scores,
        other[:16] @ one[:, :26],
        1 / (1 + np.exp(-scores)),
        np.log1p(np.exp(-np.abs(scores))),
        np.einsum("nd,nd->n", one, other),
        np.sqrt(np.abs(scores)),
        scores.sum(axis=0, dtype=np.float64),
    )
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.hexdigest()
