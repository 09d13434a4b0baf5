"""Input vectors composed of rows: what a word's is does not depend on the words beside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core import composition
from w2v_cli.core.composition import Composition
from w2v_cli.core.subwords import NgramRange, number_rows

WORDS = ["a", "banana", "ban", "bananas", "internationalisation", "x" * 40, "nation", "ate"]
COUNTED = NgramRange(1, 6, 500)
ROWS = number_rows(WORDS, COUNTED).joined()


def composed(words, dim, rows):
    out = np.zeros((len(WORDS), 2, dim), np.float32)
    Composition(ROWS, dim, np.float32).compose(rows, np.array(words, np.int64), out)
    return out[:, 0]


@given(
    st.sets(st.integers(0, len(WORDS) - 1)).map(sorted),
    st.integers(1, 3),
    st.integers(1, 400),
    st.integers(0, 2**32 - 1),
)
def test_no_bit_depends_on_the_words_beside(words, dim, at_once, seed):
    """Whichever words a worker has, and however many at a time."""
    rows = np.random.default_rng(seed).standard_normal((ROWS.count, dim)).astype(np.float32)
    expected = np.zeros((len(WORDS), dim), np.float32)
    for word in words:
        for row in ROWS.rows[ROWS.starts[word] : ROWS.starts[word + 1]].tolist():
            expected[word] += rows[row]
        expected[word] /= np.float32(ROWS.parts[word])
    np.testing.assert_array_equal(composed(words, dim, rows), expected)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "_AT_ONCE", at_once)
        np.testing.assert_array_equal(composed(words, dim, rows), expected)
