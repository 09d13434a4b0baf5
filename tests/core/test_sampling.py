"""Properties of the probabilities, whatever the counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core import sampling
from w2v_cli.core.sampling import (
    STREAMS,
    generator,
    initial_parameters,
    keep_probability,
    noise_distribution,
)

COUNTS = st.lists(st.integers(1, 10**9), min_size=1, max_size=30).map(
    lambda counts: np.array(sorted(counts, reverse=True), np.int64)
)
THRESHOLDS = st.floats(1e-8, 1)
EXPONENTS = st.floats(-1, 1)


@given(COUNTS, THRESHOLDS)
def test_a_more_frequent_word_is_never_kept_more_often(counts, threshold):
    keep = keep_probability(counts, threshold)
    assert ((keep > 0) & (keep <= 1)).all()
    assert (np.diff(keep) >= 0).all()


@given(COUNTS, EXPONENTS)
def test_noise_is_a_distribution(counts, exponent):
    noise = noise_distribution(counts, exponent)
    assert (noise > 0).all()
    assert noise.sum() == pytest.approx(1)


@pytest.mark.parametrize("rows_at_once", [1, 7, 100])
def test_parameters_do_not_depend_on_the_pieces_they_are_drawn_in(monkeypatch, rows_at_once):
    whole, pieces = np.empty((2, 33, 2, 5), np.float32)
    initial_parameters(whole, 4)
    monkeypatch.setattr(sampling, "_ROWS_AT_ONCE", rows_at_once)
    initial_parameters(pieces, 4)
    assert pieces.tobytes() == whole.tobytes()


def test_no_two_purposes_share_a_stream():
    draws = {generator(1, stream, 0).random() for stream in STREAMS}
    assert len(draws) == len(STREAMS)


@given(st.integers(0, 2**63 - 1))
def test_every_seed_the_settings_allow_gives_a_generator(seed):
    assert 0 <= generator(seed, "windows", 3).random() < 1


def test_a_word_never_counted_is_kept_and_never_drawn():
    counts = np.array([50, 3, 0])
    assert keep_probability(counts, 1e-3)[2] <= 1
    for exponent in (0.75, 0.0, -1.0):
        drawn = noise_distribution(counts, exponent)
        assert drawn[2] == 0
        np.testing.assert_allclose(drawn[:2], noise_distribution(counts[:2], exponent))
