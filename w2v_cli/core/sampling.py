"""Probabilities of keeping a token and of drawing a negative, and every random generator."""

import numpy as np
import numpy.typing as npt

__all__ = [
    "STREAMS",
    "generator",
    "initial_parameters",
    "initial_rows",
    "keep_probability",
    "noise_distribution",
]

_ROWS_AT_ONCE = 1 << 14

Probabilities = npt.NDArray[np.float64]

# Each purpose draws from a stream of its own: a draw more in one never shifts another.
STREAMS = {
    "parameters": 0,
    "order": 1,
    "subsample": 2,
    "windows": 3,
    "segments": 4,
    "held out": 5,
    "map": 6,
    "rows": 7,
}


def generator(seed: int, stream: str, *position: int) -> np.random.Generator:
    """The generator of one stream at one place (epoch, portion …) of a run.

    It depends on nothing else, so any place of a run can be replayed alone. That is why a resumed
    run, and a run with another number of workers, gives the same bytes.
    """
    return np.random.default_rng([seed, STREAMS[stream], *position])


def keep_probability(counts: npt.NDArray[np.int64], threshold: float) -> Probabilities:
    """The probability (V,) that a token is kept, min(1, √(t/f) + t/f) with f its frequency.

    A threshold of 0 keeps every token. The formula is that of word2vec.c; the paper (Mikolov
    et al. 2013, eq. 5) has √(t/f) alone. A word that was never counted is treated as seen once.
    """
    if threshold == 0:
        return np.ones(len(counts))
    ratio = threshold * float(counts.sum()) / np.maximum(counts, 1)
    keep: Probabilities = np.minimum(1.0, np.sqrt(ratio) + ratio)
    return keep


def noise_distribution(counts: npt.NDArray[np.int64], exponent: float) -> Probabilities:
    """The probability (V,) of a word as a negative, p ∝ count^exponent; 0 where it has none."""
    powered: Probabilities = np.maximum(counts, 1).astype(np.float64) ** exponent * (counts > 0)
    return powered / float(powered.sum())


def initial_parameters(out: npt.NDArray[np.float32], seed: int) -> None:
    """Set out (V, 2, D): centre vectors uniform in ±1/D, outside vectors zero.

    As in gensim and fastText. With zero outside vectors every score is 0, and the loss starts at
    its baseline. word2vec.c's ±1/(2D) only takes longer to grow (docs/decisions/0003).
    """
    out[:, 1] = 0
    _set_uniform(out[:, 0], generator(seed, "parameters"))


def initial_rows(out: npt.NDArray[np.float32], parts: npt.NDArray[np.int64], seed: int) -> None:
    """Set the rows (R, D) that centre vectors are composed of: uniform in ±√parts/D.

    One of `parts` (R,) k has the variance of a sum of k vectors in ±1/D, those of fastText.
    """
    _set_uniform(out, generator(seed, "rows"))
    out *= np.sqrt(parts).astype(np.float32)[:, None]


def _set_uniform(out: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
    """Set out (n, D) to draws in ±1/D, in pieces, so that no second array of its size is needed."""
    for start in range(0, len(out), _ROWS_AT_ONCE):
        piece = out[start : start + _ROWS_AT_ONCE]
        piece[...] = (2 * rng.random(piece.shape, dtype=np.float32) - 1) / out.shape[1]
