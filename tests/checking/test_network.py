import math

import numpy as np
import pytest

from w2v_cli.checking import network


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def example(rng, examples=3):
    parameters = network.initial_parameters(rng, 4, 5, 3)
    y = np.eye(3)[rng.integers(3, size=examples)]
    return parameters, rng.standard_normal((examples, 4)), y


def chain_rule_by_hand(parameters, x, y):
    """Loss and gradients of one example, number by number, in plain Python."""
    W1, b1, W2, b2 = (parameters[key].tolist() for key in ("W1", "b1", "W2", "b2"))
    hidden_units, outputs = range(len(b1)), range(len(b2))
    h = [
        1 / (1 + math.exp(-b1[i] - math.fsum(x[d] * W1[d][i] for d in range(len(x)))))
        for i in hidden_units
    ]
    z = [b2[j] + math.fsum(h[i] * W2[i][j] for i in hidden_units) for j in outputs]
    total = math.fsum(math.exp(value) for value in z)
    error = [math.exp(z[j]) / total - y[j] for j in outputs]
    back = [
        math.fsum(error[j] * W2[i][j] for j in outputs) * h[i] * (1 - h[i]) for i in hidden_units
    ]
    loss = -math.fsum(y[j] * (z[j] - math.log(total)) for j in outputs)
    return loss, {
        "W1": [[value * slope for slope in back] for value in x],
        "b1": back,
        "W2": [[value * slope for slope in error] for value in h],
        "b2": error,
        "x": [math.fsum(W1[d][i] * back[i] for i in hidden_units) for d in range(len(x))],
    }


def test_gradients_of_one_example_follow_the_chain_rule(rng):
    parameters, x, y = example(rng, examples=1)
    loss, expected = chain_rule_by_hand(parameters, x[0].tolist(), y[0].tolist())
    found = network.gradients(parameters, x, y)
    assert network.loss(parameters, x, y) == pytest.approx(loss, rel=1e-13)
    for key, value in expected.items():
        np.testing.assert_allclose(found[key].reshape(np.shape(value)), value, rtol=1e-11)


def test_loss_and_weight_gradients_add_up_over_the_examples(rng):
    parameters, x, y = example(rng)
    rows = [slice(n, n + 1) for n in range(len(x))]
    single = [network.gradients(parameters, x[row], y[row]) for row in rows]
    found = network.gradients(parameters, x, y)
    losses = [network.loss(parameters, x[row], y[row]) for row in rows]
    assert network.loss(parameters, x, y) == pytest.approx(sum(losses), rel=1e-13)
    for key in parameters:
        np.testing.assert_allclose(found[key], sum(part[key] for part in single), rtol=1e-11)
    np.testing.assert_allclose(found["x"], np.concatenate([part["x"] for part in single]))


def test_gradients_have_the_shapes_of_their_variables(rng):
    parameters, x, y = example(rng)
    found = network.gradients(parameters, x, y)
    shapes = {key: value.shape for key, value in {**parameters, "x": x}.items()}
    assert {key: value.shape for key, value in found.items()} == shapes


def test_untrained_network_is_as_surprised_as_a_uniform_guess(rng):
    parameters, x, y = example(rng)
    zeros = {key: np.zeros_like(value) for key, value in parameters.items()}
    assert network.loss(zeros, x, y) == pytest.approx(3 * math.log(3))


def test_parameter_count_is_that_of_the_arrays(rng):
    assert network.parameter_count(10, 5, 10) == 115
    parameters = network.initial_parameters(rng, 7, 2, 6)
    assert network.parameter_count(7, 2, 6) == sum(array.size for array in parameters.values())


def test_extreme_inputs_give_finite_gradients(rng):
    parameters, x, y = example(rng)
    found = network.gradients(parameters, 1e6 * x, y)
    assert all(np.isfinite(array).all() for array in found.values())
