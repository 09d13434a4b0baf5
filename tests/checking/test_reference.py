import math
from functools import partial

import numpy as np
import pytest

from w2v_cli.checking import reference

WORDS, DIM = 7, 3


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def v_c(rng):
    return rng.standard_normal(DIM)


@pytest.fixture(name="U")
def outside_vectors(rng):
    return rng.standard_normal((WORDS, DIM))


@pytest.fixture(name="V")
def center_vectors(rng):
    return rng.standard_normal((WORDS, DIM)) + 0.5


def dot(a, b):
    return math.fsum(x * y for x, y in zip(a, b, strict=True))


def plain_softmax(v, o, U):
    """Equations (22) to (24), number by number, in plain Python."""
    scores = [dot(u, v) for u in U]
    total = math.fsum(math.exp(score) for score in scores)
    error = [math.exp(score) / total - (w == o) for w, score in enumerate(scores)]
    d_v = [math.fsum(e * u[i] for e, u in zip(error, U, strict=True)) for i in range(len(v))]
    return math.log(total) - scores[o], d_v, [[e * x for x in v] for e in error]


def plain_negative_sampling(v, o, negatives, U):
    """Equations (26) to (29), number by number, in plain Python."""

    def sigmoid(x):
        return 1 / (1 + math.exp(-x))

    d_v, d_U = [0.0] * len(v), [[0.0] * len(v) for _ in U]
    loss = -math.log(sigmoid(dot(U[o], v)))
    slopes = [(o, sigmoid(dot(U[o], v)) - 1)]
    for k in negatives:
        loss -= math.log(sigmoid(-dot(U[k], v)))
        slopes.append((k, sigmoid(dot(U[k], v))))
    for word, slope in slopes:
        for i in range(len(v)):
            d_v[i] += slope * U[word][i]
            d_U[word][i] += slope * v[i]
    return loss, d_v, d_U


def assert_same(found, expected):
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-15)


def test_naive_softmax_agrees_with_plain_python(v_c, U):
    found = reference.naive_softmax(v_c, 4, U)
    assert_same(found, plain_softmax(v_c.tolist(), 4, U.tolist()))


def test_naive_softmax_of_two_words_by_hand():
    # Scores 0 and log 3, so the prediction is 1/4 and 3/4, and the loss of word 0 is log 4.
    found = reference.naive_softmax(np.array([math.log(3)]), 0, np.array([[0.0], [1.0]]))
    assert_same(found, (math.log(4), [0.75], [[-0.75 * math.log(3)], [0.75 * math.log(3)]]))


def test_negative_sampling_agrees_with_plain_python(v_c, U):
    found = reference.negative_sampling(v_c, 4, (1, 5, 1, 0), U)
    assert_same(found, plain_negative_sampling(v_c.tolist(), 4, (1, 5, 1, 0), U.tolist()))


def test_negative_sampling_of_one_negative_by_hand():
    # σ(log 3) = 3/4 for the outside word, σ(0) = 1/2 for the negative.
    found = reference.negative_sampling(np.array([1.0]), 1, (0,), np.array([[0.0], [math.log(3)]]))
    assert_same(found, (math.log(4 / 3) + math.log(2), [-0.25 * math.log(3)], [[0.5], [-0.25]]))


def test_negative_drawn_twice_counts_twice(v_c, U):
    once = reference.negative_sampling(v_c, 4, (1,), U)
    twice = reference.negative_sampling(v_c, 4, (1, 1), U)
    np.testing.assert_allclose(twice.outside[1], 2 * once.outside[1])
    assert_same(twice, reference.negative_sampling(v_c, 4, (1,), U, np.array([2.0])))


def test_words_that_were_not_drawn_have_gradient_zero(v_c, U):
    d_U = reference.negative_sampling(v_c, 4, (1, 5), U).outside
    np.testing.assert_array_equal(d_U[[0, 2, 3, 6]], 0)


def test_outside_word_among_the_negatives_is_refused(v_c, U):
    with pytest.raises(ValueError, match="word 4 is both the outside word and a negative"):
        reference.negative_sampling(v_c, 4, (1, 4), U)


def test_outside_word_among_the_negatives_counts_nothing_with_weight_zero(v_c, U):
    found = reference.negative_sampling(v_c, 4, (1, 4), U, np.array([1.0, 0.0]))
    assert_same(found, reference.negative_sampling(v_c, 4, (1,), U))


def test_weights_that_are_not_one_for_each_negative_are_refused(v_c, U):
    with pytest.raises(ValueError, match="shorter"):
        reference.negative_sampling(v_c, 4, (1, 5), U, np.ones(1))


def test_weighted_draws_from_the_text_have_the_expectation_of_draws_from_the_noise(v_c, U, rng):
    """Equation (51): both expectations written out, word by word."""
    q, p = rng.dirichlet(np.ones(WORDS), size=2)
    o, K, N = 4, 5, 3
    text, noise = 0.0, 0.0
    positive = reference.negative_sampling(v_c, o, (), U).center
    for w in range(WORDS):
        # One of N exchangeable draws; a draw of the outside word is dropped.
        weight = np.array([0.0 if w == o else K / N * p[w] / q[w]])
        drawn = reference.negative_sampling(v_c, o, (w,), U, weight).center - positive
        text = text + N * q[w] * drawn
        once = np.array([0.0 if w == o else 1.0])
        drawn = reference.negative_sampling(v_c, o, (w,), U, once).center - positive
        noise = noise + K * p[w] * drawn
    np.testing.assert_allclose(text, noise, rtol=1e-12)


@pytest.mark.parametrize("score", [-1e4, 1e4])
def test_extreme_scores_give_a_finite_loss_and_the_limit_of_the_gradient(score):
    v, U = np.array([score]), np.array([[1.0], [0.0]])
    found = reference.negative_sampling(v, 0, (1,), U)
    assert found.loss == pytest.approx(max(-score, 0) + math.log(2))
    assert found.center[0] == (-1.0 if score < 0 else 0.0)
    assert reference.naive_softmax(v, 0, U).loss == max(-score, 0)


def objectives():
    def sampled(v, o, U):
        return reference.negative_sampling(v, o, (1, 6, 1), U)

    return [reference.naive_softmax, sampled]


@pytest.mark.parametrize("objective", objectives())
def test_skipgram_adds_up_its_pairs_and_moves_no_other_centre(objective, V, U):
    context = (4, 0, 4)
    pairs = [objective(V[2], o, U) for o in context]
    d_V = np.zeros_like(V)
    d_V[2] = pairs[0].center + pairs[1].center + pairs[2].center
    expected = (
        sum(pair.loss for pair in pairs),
        d_V,
        pairs[0].outside + pairs[1].outside + pairs[2].outside,
    )
    assert_same(reference.skipgram(2, context, V, U, objective), expected)


@pytest.mark.parametrize("objective", objectives())
def test_cbow_gives_the_whole_gradient_to_every_context_vector(objective, V, U):
    pair = objective(V[4] + V[0] + V[4], 2, U)
    d_V = np.zeros_like(V)
    d_V[0], d_V[4] = pair.center, 2 * pair.center
    found = reference.cbow(2, (4, 0, 4), V, U, objective)
    assert_same(found, (pair.loss, d_V, pair.outside))


@pytest.mark.parametrize("objective", objectives())
def test_cbow_mean_divides_both_the_vector_and_the_gradient(objective, V, U):
    pair = objective((V[4] + V[0] + V[4]) / 3, 2, U)
    d_V = np.zeros_like(V)
    d_V[0], d_V[4] = pair.center / 3, 2 * pair.center / 3
    found = reference.cbow(2, (4, 0, 4), V, U, objective, "mean")
    assert_same(found, (pair.loss, d_V, pair.outside))


def test_sum_and_mean_are_the_same_for_one_context_word(V, U):
    window = partial(reference.cbow, 2, (5,), V, U, reference.naive_softmax)
    assert_same(window("sum"), window("mean"))


@pytest.mark.parametrize("model", [reference.skipgram, reference.cbow])
def test_window_without_context_has_no_loss_and_no_gradient(model, V, U):
    loss, d_V, d_U = model(2, (), V, U, reference.naive_softmax)
    assert loss == 0
    assert not d_V.any()
    assert not d_U.any()


@pytest.mark.parametrize("context", [(), (5,), (0, 5, 5, 2)])
def test_one_hot_form_is_the_indexed_form(context, V, U):
    one_hot = reference.skipgram_one_hot(np.eye(WORDS)[2], context, V, U.T)
    loss, d_V, d_U = reference.skipgram(2, context, V, U, reference.naive_softmax)
    assert_same(one_hot, (loss, d_V, d_U.T))


@pytest.mark.parametrize("objective", objectives())
@pytest.mark.parametrize(
    "model", [reference.skipgram, reference.cbow, partial(reference.cbow, combine="mean")]
)
def test_float32_parameters_are_worked_on_in_float64(model, objective, V, U):
    V, U = V.astype(np.float32), U.astype(np.float32)
    found = model(2, (4, 0, 3), V, U, objective)
    expected = model(2, (4, 0, 3), V.astype(np.float64), U.astype(np.float64), objective)
    assert_same(found, expected)
    assert found.center.dtype == found.outside.dtype == np.float64


def test_one_hot_form_works_on_float32_in_float64(V, U):
    x, V, U = np.eye(WORDS)[2], V.astype(np.float32), U.T.astype(np.float32)
    found = reference.skipgram_one_hot(x.astype(np.float32), (4, 0), V, U)
    assert_same(found, reference.skipgram_one_hot(x, (4, 0), V.astype(float), U.astype(float)))


def test_gradient_of_a_pair_that_is_all_but_certain_keeps_its_digits():
    found = reference.negative_sampling(np.array([40.0]), 0, (), np.array([[1.0]]))
    assert found.center[0] == pytest.approx(-1 / (1 + math.exp(40)), rel=1e-12, abs=0)


def test_parameters_are_only_read(V, U):
    V.flags.writeable = U.flags.writeable = False
    for objective in objectives():
        reference.skipgram(2, (4, 0), V, U, objective)
        reference.cbow(2, (4, 0), V, U, objective, "mean")
    reference.skipgram_one_hot(np.eye(WORDS)[2], (4, 0), V, U.T)
