from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import encode
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import GivenWords, build_vocabulary, extend_vocabulary
from w2v_cli.errors import CorpusError


def encoded(tmp_path, text: str) -> EncodedCorpus:
    (tmp_path / "corpus.txt").write_text(text, encoding="utf-8", newline="")
    return encode(tmp_path / "cache", tmp_path / "corpus.txt")


def test_vocabulary_is_in_falling_frequency_with_ties_by_first_appearance(tmp_path):
    corpus = encoded(tmp_path, "d b a b\nc a b c e\n")
    vocabulary, rows = build_vocabulary(corpus, 1, None)
    assert vocabulary.words == ["b", "a", "c", "d", "e"]
    assert vocabulary.counts.tolist() == [3, 2, 2, 1, 1]
    assert vocabulary.counts.dtype == np.int64
    assert rows.tolist() == [3, 0, 1, 2, 4]
    assert rows.dtype == np.int32


def test_vocabulary_drops_rare_words_and_the_words_beyond_its_size(tmp_path):
    corpus = encoded(tmp_path, "d b a b c a b c e")
    vocabulary, rows = build_vocabulary(corpus, 2, None)
    assert vocabulary.words == ["b", "a", "c"]
    assert rows.tolist() == [-1, 0, 1, 2, -1]
    vocabulary, rows = build_vocabulary(corpus, 1, 2)
    assert vocabulary.words == ["b", "a"]
    assert rows.tolist() == [-1, 0, 1, -1, -1]


@pytest.mark.parametrize(
    ("max_size", "words", "rows"),
    [
        (1, ["a", "c", "x"], [0, -1, 1, -1]),
        (2, ["a", "b", "c", "x"], [0, 1, 2, -1]),  # "c" is given, and has a count less of its own
        (None, ["a", "b", "c", "d", "x"], [0, 1, 2, 3]),
    ],
)
def test_given_words_are_kept_beside_the_most_frequent_words_of_the_corpus(
    tmp_path, max_size, words, rows
):
    corpus = encoded(tmp_path, "a a a b b c d")
    given_words = GivenWords(["x", "c", "a"], np.array([1, 1, 5]))
    vocabulary, places = extend_vocabulary(corpus, 1, max_size, given_words)
    assert vocabulary.words == words
    assert places.tolist() == rows
    counts, here = {"a": 8, "b": 2, "c": 2, "d": 1, "x": 1}, {"a": 3, "b": 2, "c": 1, "d": 1}
    assert vocabulary.counts.tolist() == [counts[word] for word in words]
    assert vocabulary.occurrences.tolist() == [here.get(word, 0) for word in words]


@pytest.mark.slow
@given(st.lists(st.sampled_from("abcdefghé"), min_size=1), st.integers(1, 4), st.integers(2, 6))
def test_vocabulary_agrees_with_a_counter(tmp_path_factory, words, min_count, max_size):
    corpus = encoded(tmp_path_factory.mktemp("text"), " ".join(words))
    # Counter.most_common keeps the order of first appearance among equals.
    common = [pair for pair in Counter(words).most_common() if pair[1] >= min_count][:max_size]
    if len(common) < 2:
        with pytest.raises(CorpusError):
            build_vocabulary(corpus, min_count, max_size)
        return
    vocabulary, rows = build_vocabulary(corpus, min_count, max_size)
    assert list(zip(vocabulary.words, vocabulary.counts, strict=True)) == common
    places = {word: place for place, (word, _) in enumerate(common)}
    assert rows.tolist() == [places.get(word, -1) for word in dict.fromkeys(words)]


@pytest.mark.parametrize(
    ("text", "min_count", "max_size", "message"),
    [
        (
            "a a a b b c",
            5,
            None,
            "no word occurs 5 times or more, and at least two words are needed: "
            "lower vocabulary.min_count (2 would keep 2, 1 would keep 3)",
        ),
        (
            f"{'a ' * 9} {'b ' * 8} {'c ' * 5} d",
            9,
            None,
            "only one word occurs 9 times or more, and at least two words are needed: "
            "lower vocabulary.min_count (8 would keep 2, 5 would keep 3, 1 would keep 4)",
        ),
        ("a a a", 1, None, "the corpus has only one different word: at least two are needed"),
        ("a b", 1, 1, "vocabulary.max_size keeps only one word: at least two are needed"),
    ],
)
def test_too_few_words_says_what_would_leave_more(tmp_path, text, min_count, max_size, message):
    with pytest.raises(CorpusError) as caught:
        build_vocabulary(encoded(tmp_path, text), min_count, max_size)
    assert str(caught.value) == message
