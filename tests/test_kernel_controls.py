"""Negative controls of the banded kernels: a gradient wrong by 0.05 % must be caught."""

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.core import gradcheck_kernels
from w2v_cli.core.gradcheck import run_checks
from w2v_cli.core.gradients import RowUpdater
from w2v_cli.core.models import Cbow, SkipGram
from w2v_cli.core.objectives import NaiveSoftmax, NegativeSampling

WRONG = 1.0005


def spoil_center(method):
    """The centre half of d_rows, after the model has set it."""

    def spoiled(self, batch, gradient):
        method(self, batch, gradient)
        gradient.rows[:, :, 0] *= WRONG

    return spoiled


def spoil_targets(method):
    """The outside vectors' gradient by the targets alone."""

    def spoiled(self, slopes, forward, gradient):
        method(self, slopes, forward, gradient)
        gradient.rows[:, :, 1] *= WRONG

    return spoiled


def spoil_hidden(method):
    """The hidden vectors' gradient by the targets alone."""

    def spoiled(self, slopes, forward, gradient):
        method(self, slopes, forward, gradient)
        gradient.hidden *= WRONG

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
        def spoiled(self, parameters, forward, gradient, with_loss):
            target = getattr(gradient, part)
            before = np.zeros_like(target) if part == "outside" else target.copy()
            loss = method(self, parameters, forward, gradient, with_loss)
            target[...] = before + WRONG * (target - before)
            return loss

        return spoiled

    return wrap


NS, SOFTMAX = "negative sampling", "naive softmax"
CONTROLS = [
    (SkipGram, "backproject", spoil_center, "skip-gram", (NS, SOFTMAX), "V"),
    (SkipGram, "backproject_scores", spoil_targets, "skip-gram", (NS, SOFTMAX), "U"),
    (SkipGram, "backproject_scores", spoil_hidden, "skip-gram", (NS, SOFTMAX), "V"),
    (Cbow, "backproject", spoil_center, "CBOW mean", (NS, SOFTMAX), "V"),
    (Cbow, "backproject_scores", spoil_targets, "CBOW sum", (NS, SOFTMAX), "U"),
    (Cbow, "backproject_scores", spoil_hidden, "CBOW sum", (NS, SOFTMAX), "V"),
    (NegativeSampling, "attract", spoil_slopes, "skip-gram", (NS,), "U"),
    (NaiveSoftmax, "attract", spoil_slopes, "CBOW mean", (SOFTMAX,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("hidden"), "skip-gram", (NS,), "V"),
    (NegativeSampling, "repel", spoil_repulsion("rows"), "CBOW sum", (NS,), "U"),
    (NaiveSoftmax, "repel", spoil_repulsion("hidden"), "skip-gram", (SOFTMAX,), "V"),
    (NaiveSoftmax, "repel", spoil_repulsion("outside"), "CBOW mean", (SOFTMAX,), "U"),
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

    def spoiled(self, rows, positions, starts, lengths, out):
        right(self, rows, positions, starts, lengths, out)
        out *= WRONG

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
