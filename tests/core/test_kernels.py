"""Kernels in the forms that the gradient checks, which are small, do not come to."""

from dataclasses import replace

import numpy as np
import pytest

from w2v_cli.checking.kernel_checks import DIM, WORDS, build_case
from w2v_cli.core import naive_softmax, negative_sampling
from w2v_cli.core.blocks import Blocks
from w2v_cli.core.choices import OBJECTIVES
from w2v_cli.core.layout import Layout


def _in_tiles(shape, _):
    return naive_softmax.NaiveSoftmax(shape.layout, shape.words, shape.dim, shape.dtype, tile=5)


@pytest.mark.parametrize("model", ["skip-gram", "CBOW mean"])
def test_a_softmax_too_large_to_keep_its_scores_has_the_same_gradient(monkeypatch, model):
    parameters = np.random.default_rng(2).normal(size=(WORDS, 2, DIM))
    tiled, found = replace(OBJECTIVES["naive_softmax"], make=_in_tiles), []
    for most in (1 << 23, 0):
        monkeypatch.setattr(naive_softmax, "_KEPT_SCORES", most)
        rng = np.random.default_rng(1)
        case = build_case("banded", model, tiled, rng)
        found.append(case.evaluate(parameters))
    (loss, gradient), (other_loss, other_gradient) = found
    assert other_loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(other_gradient, gradient, atol=1e-12)


@pytest.mark.parametrize("model", ["skip-gram", "CBOW mean"])
@pytest.mark.parametrize("parts", [2, 3, 7])
def test_products_in_parts_give_the_same_gradient(monkeypatch, model, parts):
    parameters = np.random.default_rng(2).normal(size=(WORDS, 2, DIM))
    case = build_case("banded", model, OBJECTIVES["negative_sampling"], np.random.default_rng(1))
    loss, gradient = case.evaluate(parameters)
    product = case.layout.group_tokens * case.layout.negatives * DIM
    monkeypatch.setattr(negative_sampling, "_SMALL", -(-product // parts))
    other_loss, other_gradient = case.evaluate(parameters)
    assert other_loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(other_gradient, gradient, atol=1e-12)


def test_wide_windows_leave_nothing_of_before_in_a_halo():
    rng = np.random.default_rng(1)
    layout = Layout(segments=2, length=12, halo=4, negatives=0, groups=2, block=4)
    windows = Blocks(layout, 3, np.float64)
    padded = np.zeros((layout.tokens + 2 * layout.halo, 3))
    padded[layout.halo : -layout.halo] = rng.normal(size=(layout.tokens, 3))
    sides = np.ones((2, layout.tokens), np.int16)
    out = np.full((layout.tokens, 3), np.nan)
    windows.gather(windows.weights(*sides), windows.view(padded), out)
    rows = out.reshape(2, 12, 3)
    assert not rows[:, :4].any() and not rows[:, -4:].any()
    vectors = padded[layout.halo : -layout.halo].reshape(2, 12, 3)
    np.testing.assert_allclose(rows[:, 4:8], vectors[:, 3:7] + vectors[:, 5:9])
