"""Negative controls of the banded kernels: a gradient wrong by 0.05 % must be caught."""

import itertools

import pytest
from click.testing import CliRunner

from w2v_cli.checking import kernel_checks as gradcheck_kernels
from w2v_cli.checking.gradcheck import run_checks
from w2v_cli.cli import w2v
from w2v_cli.core.bands import Band
from w2v_cli.core.batches import Gradient
from w2v_cli.core.blocks import Blocks
from w2v_cli.core.models import Cbow, SkipGram
from w2v_cli.core.naive_softmax import NaiveSoftmax
from w2v_cli.core.negative_sampling import NegativeSampling
from w2v_cli.core.row_sums import RowSums

pytestmark = pytest.mark.slow

WRONG = 1.0005


def spoil_center(method):
    """The centre vectors' gradient, after the model has set it."""

    def spoiled(self, *parts):
        method(self, *parts)
        [gradient] = [part for part in parts if isinstance(part, Gradient)]
        gradient.center *= WRONG

    return spoiled


def spoil_targets(method):
    """The outside vectors' gradient by the targets alone."""

    def spoiled(self, *parts):
        method(self, *parts)
        [gradient] = [part for part in parts if isinstance(part, Gradient)]
        gradient.outside *= WRONG

    return spoiled


def spoil_hidden_of_skip_gram(method):
    """The hidden vectors' gradient by the targets alone, beside that by all else."""

    def spoiled(self, v, u, gradient, slopes):
        method(self, v, u, gradient, slopes)
        gradient.center *= WRONG
        gradient.center -= (WRONG - 1) * self._d_hidden

    return spoiled


def spoil_hidden_of_cbow(method):
    """The same, carried on to the centre vectors."""

    def spoiled(self, u, weights, gradient, slopes):
        before = self._d_hidden.vectors.copy()
        method(self, u, weights, gradient, slopes)
        self._d_hidden.vectors[...] *= WRONG
        self._d_hidden.vectors[...] -= (WRONG - 1) * before
        self._windows.scatter(weights, self._d_hidden, out=gradient.center)

    return spoiled


def spoil_slopes(method):
    """Every slope by a target's score."""

    def spoiled(self, prediction, with_loss):
        slopes, loss = method(self, prediction, with_loss)
        slopes *= WRONG
        return slopes, loss

    return spoiled


def spoil_repulsion(part):
    """What the negatives, or the whole vocabulary, add to one of the gradients."""

    def wrap(method):
        def spoiled(self, parameters, batch, prediction, gradient, with_loss):
            loss = method(self, parameters, batch, prediction, gradient, with_loss)
            if part == "hidden":
                prediction.d_hidden[...] *= WRONG
            else:
                target = getattr(gradient, part)
                target *= WRONG
            return loss

        return spoiled

    return wrap


NS, SOFTMAX = "negative sampling", "naive softmax"
CONTROLS = [
    (SkipGram, "_backward", spoil_center, "skip-gram", (NS, SOFTMAX), "V"),
    (SkipGram, "_backward", spoil_targets, "skip-gram", (NS, SOFTMAX), "U"),
    (SkipGram, "_backward", spoil_hidden_of_skip_gram, "skip-gram", (NS, SOFTMAX), "V"),
    (Cbow, "_backward", spoil_center, "CBOW mean", (NS, SOFTMAX), "V"),
    (Cbow, "_backward", spoil_targets, "CBOW sum", (NS, SOFTMAX), "U"),
    (Cbow, "_backward", spoil_hidden_of_cbow, "CBOW sum", (NS, SOFTMAX), "V"),
    (NegativeSampling, "attract", spoil_slopes, "skip-gram", (NS,), "U"),
    (NaiveSoftmax, "attract", spoil_slopes, "CBOW mean", (SOFTMAX,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("hidden"), "skip-gram", (NS,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("negatives"), "CBOW sum", (NS,), "U"),
    (NaiveSoftmax, "repel", spoil_repulsion("hidden"), "skip-gram", (SOFTMAX,), "V"),
    (NaiveSoftmax, "repel", spoil_repulsion("dense_outside"), "CBOW mean", (SOFTMAX,), "U"),
]


@pytest.mark.parametrize(("owner", "name", "spoil", "model", "objectives", "matrix"), CONTROLS)
def test_a_kernel_wrong_by_a_twentieth_of_a_percent_fails_its_checks(
    monkeypatch, owner, name, spoil, model, objectives, matrix
):
    monkeypatch.setattr(owner, name, spoil(getattr(owner, name)))
    failed = {
        check.name for check in run_checks(checks=gradcheck_kernels.CHECKS) if not check.passed
    }
    for form, objective in itertools.product(gradcheck_kernels.FORMS, objectives):
        assert f"{form} {model}, {objective}: {matrix}" in failed
        assert f"{form} {model}, {objective} = oracle: gradient" in failed
    assert not any(
        check.startswith(("banded skip-gram", "blocked skip-gram"))
        for check in failed
        if owner is Cbow
    ), "a spoiled model must not fail the other one"


@pytest.mark.parametrize(("form", "owner"), [("banded", Band), ("blocked", Blocks)])
@pytest.mark.parametrize("product", ["gather", "scatter"])
def test_a_wrong_product_with_the_windows_fails_the_checks_of_its_form(
    monkeypatch, form, owner, product
):
    right = getattr(owner, product)

    def spoiled(self, weights, vectors, out):
        right(self, weights, vectors, out)
        out *= WRONG

    monkeypatch.setattr(owner, product, spoiled)
    checks = run_checks(checks=gradcheck_kernels.CHECKS)
    failed = {check.name for check in checks if not check.passed}
    assert f"{form} skip-gram, negative sampling: {'V' if product == 'gather' else 'U'}" in failed
    assert f"{form} CBOW mean, naive softmax: V" in failed
    assert all(check.startswith(form) for check in failed)


def test_a_wrong_sum_by_word_fails_its_check(monkeypatch):
    right = RowSums._sum_runs

    def spoiled(self, rows, positions, starts, lengths):
        sums = right(self, rows, positions, starts, lengths)
        sums *= WRONG
        return sums

    monkeypatch.setattr(RowSums, "_sum_runs", spoiled)
    failed = [
        check.name for check in run_checks(checks=gradcheck_kernels.CHECKS) if not check.passed
    ]
    assert failed == ["gradients summed by word"]


def test_the_command_exits_1_when_a_kernel_is_wrong(monkeypatch):
    assert CliRunner().invoke(w2v, ["gradcheck"]).exit_code == 0
    monkeypatch.setattr(SkipGram, "_backward", spoil_center(SkipGram._backward))
    result = CliRunner().invoke(w2v, ["gradcheck"])
    assert result.exit_code == 1
    assert "FAIL" in result.stdout
