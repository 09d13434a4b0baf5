"""The vocabulary as a curve: how often the word of each rank occurs."""

import numpy as np
from numpy.typing import NDArray

from w2v_cli.pages.curves import Axes, Curve, curves_html

__all__ = ["vocabulary_chart"]

LARGEST_CURVE = 300  # points, evenly spread over the logarithm of the rank


def vocabulary_chart(counts: NDArray[np.int64], min_count: int) -> str:
    """Occurrences by rank, both logarithmic, and the count below which a word has no vector.

    `counts` (V,) never rise. Where the curve is straight the words follow Zipf's law.
    """
    ranks = np.unique(np.geomspace(1, len(counts), LARGEST_CURVE).round().astype(np.int64))
    ends = np.array([1.0, len(counts)])
    curves = [
        Curve(
            "occurrences", "first", ranks.astype(np.float64), counts[ranks - 1].astype(np.float64)
        ),
        Curve(
            f"min_count {min_count:,}", "muted", ends, np.repeat(float(min_count), 2), dashed=True
        ),
    ]
    axes = Axes("rank of the word", "occurrences", logarithmic=True)
    return curves_html("vocabulary", "How often the word of each rank occurs", axes, curves)
