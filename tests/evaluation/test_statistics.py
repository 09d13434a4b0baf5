"""Ranks, correlations and the bootstrap, against SciPy and samples drawn one by one."""

from functools import partial

import numpy as np
import pytest
from scipy import stats

from w2v_cli.evaluation import statistics
from w2v_cli.evaluation.statistics import (
    bootstrap_interval,
    pearson,
    proportion_interval,
    ranks,
    spearman,
    weighted_mean,
)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def sample(rng):
    """Scores with ties, values that follow them, and how often each of 40 items was drawn."""
    x = rng.integers(0, 10, 40).astype(float)
    y = x + rng.normal(0, 4, 40).round(0)
    weights = np.bincount(rng.integers(40, size=40), minlength=40).astype(float)
    return x, y, weights


def test_ranks_are_scipys(sample):
    for values in sample[:2]:
        found = ranks(values, np.ones(len(values)))
        assert found.tolist() == stats.rankdata(values).tolist()


@pytest.mark.parametrize(
    ("ours", "theirs"), [(pearson, stats.pearsonr), (spearman, stats.spearmanr)]
)
def test_correlations_are_scipys(sample, ours, theirs):
    x, y, _ = sample
    assert ours(x, y, np.ones(40)) == pytest.approx(theirs(x, y).statistic, abs=1e-14)


@pytest.mark.parametrize(
    ("ours", "theirs"), [(pearson, stats.pearsonr), (spearman, stats.spearmanr)]
)
def test_a_weight_says_how_often_an_item_is_there(sample, ours, theirs):
    x, y, weights = sample
    repeated = np.repeat(np.arange(40), weights.astype(int))
    expected = theirs(x[repeated], y[repeated]).statistic
    found = ours(x, y, np.stack([np.ones(40), weights]))
    assert found.shape == (2,)
    assert found[1] == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize("correlate", [pearson, spearman])
@pytest.mark.parametrize("constant", [0.0, 0.1, -3e8])
def test_a_correlation_with_a_constant_is_not_defined(correlate, constant):
    varying, same = np.arange(7.0), np.full(7, constant)
    assert np.isnan(correlate(varying, same, np.ones(7)))
    assert np.isnan(correlate(same, varying, np.ones(7)))


@pytest.mark.parametrize("correlate", [pearson, spearman])
def test_no_correlation_is_beyond_one(rng, correlate):
    x = rng.standard_normal(30)
    weights = rng.integers(0, 3, (500, 30)).astype(float)
    assert correlate(x, 3 * x + 0.1, weights).max() <= 1
    assert correlate(x, -3 * x + 0.1, weights).min() >= -1


def test_the_interval_of_a_mean_is_that_of_theory(rng):
    values = rng.normal(5, 2, 400)
    low, high = bootstrap_interval(partial(weighted_mean, values), 400, np.random.default_rng(1))
    margin = 1.96 * values.std() / np.sqrt(400)
    assert low == pytest.approx(values.mean() - margin, abs=0.03)
    assert high == pytest.approx(values.mean() + margin, abs=0.03)


def test_the_interval_does_not_depend_on_the_blocks_it_is_computed_in(sample, monkeypatch):
    x, y, _ = sample
    intervals = []
    for size in (1, 40 * 7, 1 << 19):
        monkeypatch.setattr(statistics, "BLOCK_WEIGHTS", size)
        rng = np.random.default_rng(1)
        intervals.append(bootstrap_interval(partial(spearman, x, y), 40, rng, resamples=60))
    assert intervals[0] == intervals[1] == intervals[2]


def test_samples_without_a_value_are_left_out_of_an_interval(rng):
    x, y = np.array([0.0, 0.0, 1.0]), np.array([0.0, 0.0, 2.0])  # some samples are constant
    assert bootstrap_interval(partial(pearson, x, y), 3, rng) == pytest.approx((1, 1))
    assert bootstrap_interval(partial(pearson, x, np.ones(3)), 3, rng) is None


@pytest.mark.parametrize(
    ("successes", "n"), [(0, 1), (1, 1), (0, 10), (3, 10), (50, 50), (700, 9999)]
)
def test_the_interval_of_a_share_is_scipys(successes, n):
    expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert proportion_interval(successes, n) == pytest.approx(tuple(expected), abs=1e-12)


def test_the_interval_of_a_share_never_leaves_zero_to_one():
    for n in range(1, 200):
        assert proportion_interval(0, n).low >= 0
        assert proportion_interval(n, n).high <= 1


def test_a_share_of_nothing_has_no_interval():
    assert proportion_interval(0, 0) is None
