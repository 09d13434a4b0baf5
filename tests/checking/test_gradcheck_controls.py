"""Negative controls: every check must fail under a gradient that is wrong by 0.05 %."""

import numpy as np
import pytest

from w2v_cli.checking import (
    function_checks,
    gradcheck,
    network,
    numerics,
    reference,
    reference_checks,
)

MATHS = (*function_checks.CHECKS, *reference_checks.CHECKS)
WRONG = 1.0005


def scale_all(result):
    return WRONG * result


def scale_key(key):
    return lambda result: {**result, key: WRONG * result[key]}


def scale_field(field):
    return lambda result: result._replace(**{field: WRONG * getattr(result, field)})


def scale_rows(*rows):
    """Outside vectors of these words alone."""

    def scale(result):
        outside = result.outside.copy()
        outside[list(rows)] *= WRONG
        return result._replace(outside=outside)

    return scale


def windows_with(objective, matrix):
    models = ("skip-gram", "CBOW sum", "CBOW mean")
    return {f"{model}, {objective}: {matrix}" for model in models}


def both_objectives(model, matrix):
    return {
        f"{model}, {objective}: {matrix}" for objective in ("naive softmax", "negative sampling")
    }


ONE_HOT = "one-hot skip-gram"
CONTROLS = [
    (numerics, "softmax_gradient", scale_all, {"softmax: scores"}),
    (numerics, "sigmoid_derivative", scale_all, {"sigmoid: x"}),
    (numerics, "leaky_relu_derivative", scale_all, {"leaky ReLU: x"}),
    (numerics, "cross_entropy_gradient", scale_all, {"softmax with cross-entropy: scores"}),
    *(
        (network, "gradients", scale_key(key), {f"two-layer network: {key}"})
        for key in ("W1", "b1", "W2", "b2", "x")
    ),
    (network, "parameter_count", scale_all, {"two-layer network: parameter count"}),
    (
        reference,
        "naive_softmax",
        scale_field("center"),
        {"naive softmax: v_c", "naive softmax, 2,000 words: v_c"}
        | {"naive softmax: v_c is zero if u_o = U ŷ", f"{ONE_HOT} = indexed: W"}
        | windows_with("naive softmax", "V"),
    ),
    (
        reference,
        "naive_softmax",
        scale_field("outside"),
        {"naive softmax: U", "naive softmax, 2,000 words: U", f"{ONE_HOT} = indexed: W_out"}
        | windows_with("naive softmax", "U"),
    ),
    (
        reference,
        "negative_sampling",
        scale_field("center"),
        {"negative sampling: v_c", "negative sampling, a negative twice: v_c"}
        | {"negative sampling, weighted: v_c"}
        | windows_with("negative sampling", "V"),
    ),
    (
        reference,
        "negative_sampling",
        scale_rows(reference_checks.OUTSIDE),
        {"negative sampling: u_o", "negative sampling, a negative twice: U"}
        | {"negative sampling, weighted: U", "skip-gram, negative sampling: U"},
    ),
    (
        reference,
        "negative_sampling",
        scale_rows(*reference_checks.NEGATIVES),
        {"negative sampling: u_k", "negative sampling, a negative twice: U"}
        | {"negative sampling, weighted: U"}
        | windows_with("negative sampling", "U"),
    ),
    (
        reference,
        "skipgram",
        scale_field("center"),
        both_objectives("skip-gram", "V") | {f"{ONE_HOT} = indexed: W"},
    ),
    (
        reference,
        "skipgram",
        scale_field("outside"),
        both_objectives("skip-gram", "U") | {f"{ONE_HOT} = indexed: W_out"},
    ),
    *(
        (
            reference,
            "cbow",
            scale_field(field),
            both_objectives("CBOW sum", matrix) | both_objectives("CBOW mean", matrix),
        )
        for field, matrix in (("center", "V"), ("outside", "U"))
    ),
    (
        reference,
        "skipgram_one_hot",
        scale_field("center"),
        {f"{ONE_HOT}: W", f"{ONE_HOT} = indexed: W"},
    ),
    (
        reference,
        "skipgram_one_hot",
        scale_field("outside"),
        {f"{ONE_HOT}: W_out", f"{ONE_HOT} = indexed: W_out"},
    ),
    (
        reference,
        "skipgram_one_hot",
        scale_field("loss"),
        {f"{ONE_HOT}: W", f"{ONE_HOT}: W_out", f"{ONE_HOT} = indexed: loss"},
    ),
]
# These are the gradient of one function and the value, or a part, of others.
SHARED_CONTROLS = [
    ("softmax", "log-sum-exp: scores"),
    ("sigmoid", "log-sigmoid: x"),
]


def failures():
    return {verdict.name for verdict in gradcheck.run_checks(0, MATHS) if not verdict.passed}


def spoil(monkeypatch, module, name, change):
    right = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *args, **kwargs: change(right(*args, **kwargs)))


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name", "change", "expected"), CONTROLS)
def test_gradient_wrong_by_five_in_ten_thousand_fails_its_own_checks_and_no_other(
    monkeypatch, module, name, change, expected
):
    spoil(monkeypatch, module, name, change)
    assert failures() == expected


@pytest.mark.slow
@pytest.mark.parametrize(("name", "expected"), SHARED_CONTROLS)
def test_derivative_that_is_also_a_value_fails_its_check_when_wrong(monkeypatch, name, expected):
    spoil(monkeypatch, numerics, name, scale_all)
    assert expected in failures()


@pytest.mark.slow
@pytest.mark.parametrize("shift", ["+1,000", "-1,000"])
def test_softmax_that_does_not_subtract_the_maximum_fails(monkeypatch, shift):
    def unshifted(scores):
        with np.errstate(all="ignore"):
            return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)

    monkeypatch.setattr(numerics, "softmax", unshifted)
    assert f"softmax: shift by {shift}" in failures()


def test_every_check_has_a_control():
    controlled = set().union(*(expected for *_, expected in CONTROLS))
    controlled |= {expected for *_, expected in SHARED_CONTROLS}
    controlled |= {"softmax: shift by +1,000", "softmax: shift by -1,000"}
    assert controlled == {verdict.name for verdict in gradcheck.run_checks(0, MATHS)}
