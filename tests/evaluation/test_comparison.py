"""Two sets of vectors compared: what a rotation hides, and what it does not."""

import numpy as np
import pytest

from w2v_cli.errors import QueryError, UsageError
from w2v_cli.evaluation import comparison
from w2v_cli.evaluation.comparison import compare
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = [f"w{i}" for i in range(120)]


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def vectors(rng):
    return WordVectors(WORDS, rng.standard_normal((120, 8), dtype=np.float32))


@pytest.fixture
def turned(vectors, rng):
    """The same vectors turned by a random rotation, in another order of words."""
    Q, _ = np.linalg.qr(rng.standard_normal((8, 8)))
    order = rng.permutation(120)
    matrix = (vectors.matrix @ Q).astype(np.float32)[order]
    return WordVectors([WORDS[i] for i in order], matrix)


def test_a_rotation_and_another_order_change_nothing(vectors, turned):
    found = compare(vectors, turned)
    assert (found.words, found.shared, found.k, found.sample) == ((120, 120), 120, 10, 120)
    assert found.overlap == 1
    assert found.interval == (1, 1)
    assert found.cosine == pytest.approx(1, abs=1e-6)
    assert found.quantiles == pytest.approx([1] * 5, abs=1e-6)


def test_the_word_that_was_moved_is_found(vectors, turned):
    row = turned.words.index("w7")
    turned.matrix[row] *= -1
    found = compare(vectors, turned, moved=2)
    assert found.moved[0].word == "w7"
    assert found.moved[0].cosine == found.quantiles[0] < -0.9
    assert found.moved[1].cosine > 0.9
    ours = [neighbour.word for neighbour in vectors.most_similar("w7", topn=3)]
    theirs = [neighbour.word for neighbour in turned.most_similar("w7", topn=3)]
    assert found.moved[0].neighbours == (ours, theirs)
    assert found.overlap < 1


def test_unrelated_vectors_overlap_by_chance(vectors, rng):
    other = WordVectors(WORDS, rng.standard_normal((120, 8), dtype=np.float32))
    found = compare(vectors, other, k=5)
    assert found.chance == 5 / 119
    assert found.interval.low < found.chance < found.interval.high
    assert found.interval.low < found.overlap < found.interval.high


def test_overlap_is_the_mean_share_of_equal_neighbours_of_shared_words(vectors, turned):
    noisy = WordVectors(turned.words, turned.matrix + turned.matrix[::-1] / 2).top(90)
    found = compare(vectors, noisy, k=4)
    shared = [word for word in WORDS if word in noisy.words]
    assert found.shared == 90
    assert found.words == (120, 90)
    expected = []
    for word in shared:
        both = []
        for side in (vectors, noisy):
            rows = side.matrix[[side.words.index(w) for w in shared]].astype(np.float64)
            units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            order = np.argsort(-(units @ units[shared.index(word)]))
            both.append({shared[i] for i in order[1:5]})
        expected.append(len(both[0] & both[1]) / 4)
    assert 0 < found.overlap < 1
    assert found.overlap == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_sample_is_drawn_from_many_words_always_the_same(vectors, turned, monkeypatch):
    noisy = WordVectors(turned.words, turned.matrix + turned.matrix[::-1] / 2)
    whole = compare(vectors, noisy)
    monkeypatch.setattr(comparison, "SAMPLE", 40)
    sampled = compare(vectors, noisy)
    assert sampled == compare(vectors, noisy)
    assert sampled.sample == 40
    assert sampled.overlap != whole.overlap
    assert sampled.overlap == pytest.approx(whole.overlap, abs=0.1)


def test_more_neighbours_than_there_are_are_all_of_them(vectors, turned):
    found = compare(vectors.top(4), turned, k=99, moved=99)
    assert (found.shared, found.k, found.overlap, found.chance) == (4, 3, 1, 1)
    assert len(found.moved) == 4


def test_vectors_with_hardly_a_common_word_are_not_compared(vectors):
    other = WordVectors(["W1", "w1", "w2"], np.eye(3, dtype=np.float32))
    with pytest.raises(QueryError, match="2 words in common, expected at least 3"):
        compare(vectors, other)


def test_what_are_no_vectors_is_refused(vectors):
    for pair, name in ((("runs/old", vectors), "first"), ((vectors, None), "second")):
        with pytest.raises(UsageError, match=rf"{name}: got .*, expected vectors, as load\(\)"):
            compare(*pair)


@pytest.mark.parametrize("wrong", [{"k": 0}, {"k": "5"}, {"moved": -1}])
def test_numbers_that_make_no_sense_are_refused(wrong):
    vectors = WordVectors(list("abcde"), np.eye(5, dtype=np.float32))
    with pytest.raises(UsageError, match=r"(k|moved): got .*, expected an integer from"):
        compare(vectors, vectors, **wrong)
