"""Negative controls of vectors made of n-grams: what is wrong by 0.05 % must be caught."""

import numpy as np
import pytest

from w2v_cli.checking import composition_checks
from w2v_cli.checking.gradcheck import run_checks
from w2v_cli.core import subwords
from w2v_cli.core.composition import Composition

WRONG = 1.0005
NAME = "vectors made of n-grams"


def failed():
    return {
        check.name for check in run_checks(checks=composition_checks.CHECKS) if not check.passed
    }


def test_what_is_right_passes():
    assert failed() == set()


def test_a_wrong_mean_fails(monkeypatch):
    right = Composition.compose

    def spoiled(self, rows, words, out):
        right(self, rows, words, out)
        out *= WRONG

    monkeypatch.setattr(Composition, "compose", spoiled)
    assert failed() == {f"{NAME}: z", f"{NAME} = oracle: vectors"}


def test_a_wrong_gradient_fails(monkeypatch):
    right = Composition.row_gradients

    def spoiled(self, *given):
        for rows, pairs, sums in right(self, *given):
            yield rows, pairs, sums * WRONG

    monkeypatch.setattr(Composition, "row_gradients", spoiled)
    assert failed() == {f"{NAME}: z", f"{NAME} = oracle: gradient"}


@pytest.mark.parametrize("wrong", ["unsigned bytes", "another prime"])
def test_a_wrong_hash_fails(monkeypatch, wrong):
    """Differences cannot see it: the words are then made of other parts, and rightly."""
    if wrong == "another prime":
        monkeypatch.setattr(subwords, "_PRIME", np.uint32(16777617))
    else:
        monkeypatch.setattr(subwords, "_as_signed", lambda content: content.astype(np.uint32))
    assert f"{NAME} = oracle: vectors" in failed()


def test_a_single_mark_that_counts_as_an_n_gram_fails(monkeypatch):
    right = subwords._Text.__init__

    def spoiled(self, words):
        right(self, words)
        self.edges = self.edges[:0]

    monkeypatch.setattr(subwords._Text, "__init__", spoiled)
    assert f"{NAME} = oracle: gradient" in failed()
