"""Negative controls of the banded kernels: a gradient wrong by 0.05 % must be caught."""

import pytest
from click.testing import CliRunner

from w2v_cli.checking import kernel_checks as gradcheck_kernels
from w2v_cli.checking.gradcheck import run_checks
from w2v_cli.cli import w2v
from w2v_cli.core.gradients import RowUpdater
from w2v_cli.core.models import Cbow, SkipGram
from w2v_cli.core.objectives import NaiveSoftmax, NegativeSampling

WRONG = 1.0005


def spoil_center(method):
    """The centre vectors' gradient, after the model has set it."""

    def spoiled(self, batch, d_hidden, gradient):
        method(self, batch, d_hidden, gradient)
        gradient.center *= WRONG

    return spoiled


def spoil_targets(method):
    """The outside vectors' gradient by the targets alone."""

    def spoiled(self, slopes, v, u, gradient):
        d_hidden = method(self, slopes, v, u, gradient)
        gradient.outside *= WRONG
        return d_hidden

    return spoiled


def spoil_hidden(method):
    """The hidden vectors' gradient by the targets alone."""

    def spoiled(self, slopes, v, u, gradient):
        d_hidden = method(self, slopes, v, u, gradient)
        d_hidden *= WRONG
        return d_hidden

    return spoiled


def spoil_slopes(method):
    """Every slope by a target's score."""

    def spoiled(self, scores, weights, with_loss):
        loss = method(self, scores, weights, with_loss)
        scores *= WRONG
        return loss

    return spoiled


def spoil_repulsion(part):
    """What the negatives, or the whole vocabulary, add to one of the gradients."""

    def wrap(method):
        def spoiled(self, parameters, batch, hidden, gradient, with_loss):
            before = hidden.gradient.copy()
            loss = method(self, parameters, batch, hidden, gradient, with_loss)
            if part == "hidden":
                hidden.gradient[...] = before + WRONG * (hidden.gradient - before)
            else:
                target = getattr(gradient, part)
                target *= WRONG
            return loss

        return spoiled

    return wrap


NS, SOFTMAX = "negative sampling", "naive softmax"
CONTROLS = [
    (SkipGram, "backproject", spoil_center, "skip-gram", (NS, SOFTMAX), "V"),
    (SkipGram, "backward", spoil_targets, "skip-gram", (NS, SOFTMAX), "U"),
    (SkipGram, "backward", spoil_hidden, "skip-gram", (NS, SOFTMAX), "V"),
    (Cbow, "backproject", spoil_center, "CBOW mean", (NS, SOFTMAX), "V"),
    (Cbow, "backward", spoil_targets, "CBOW sum", (NS, SOFTMAX), "U"),
    (Cbow, "backward", spoil_hidden, "CBOW sum", (NS, SOFTMAX), "V"),
    (NegativeSampling, "attract", spoil_slopes, "skip-gram", (NS,), "U"),
    (NaiveSoftmax, "attract", spoil_slopes, "CBOW mean", (SOFTMAX,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("hidden"), "skip-gram", (NS,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("negatives"), "CBOW sum", (NS,), "U"),
    (NaiveSoftmax, "repel", spoil_repulsion("hidden"), "skip-gram", (SOFTMAX,), "V"),
    (NaiveSoftmax, "repel", spoil_repulsion("everything"), "CBOW mean", (SOFTMAX,), "U"),
]


@pytest.mark.parametrize(("owner", "name", "spoil", "model", "objectives", "matrix"), CONTROLS)
def test_a_kernel_wrong_by_a_twentieth_of_a_percent_fails_its_checks(
    monkeypatch, owner, name, spoil, model, objectives, matrix
):
    monkeypatch.setattr(owner, name, spoil(getattr(owner, name)))
    failed = {
        check.name for check in run_checks(checks=gradcheck_kernels.CHECKS) if not check.passed
    }
    for objective in objectives:
        assert f"banded {model}, {objective}: {matrix}" in failed
        assert f"banded {model}, {objective} = oracle: gradient" in failed
    assert not any(check.startswith("banded skip-gram") for check in failed if owner is Cbow), (
        "a spoiled model must not fail the other one"
    )


def test_a_wrong_sum_by_word_fails_its_check(monkeypatch):
    right = RowUpdater._sum_runs

    def spoiled(self, rows, positions, starts, lengths):
        sums = right(self, rows, positions, starts, lengths)
        sums *= WRONG
        return sums

    monkeypatch.setattr(RowUpdater, "_sum_runs", spoiled)
    failed = [
        check.name for check in run_checks(checks=gradcheck_kernels.CHECKS) if not check.passed
    ]
    assert failed == ["gradients summed by word"]


def test_the_command_exits_1_when_a_kernel_is_wrong(monkeypatch):
    assert CliRunner().invoke(w2v, ["gradcheck"]).exit_code == 0
    monkeypatch.setattr(SkipGram, "backproject", spoil_center(SkipGram.backproject))
    result = CliRunner().invoke(w2v, ["gradcheck"])
    assert result.exit_code == 1
    assert "FAIL" in result.stdout
