from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import encode
from w2v_cli.data.encoding import EncodedCorpus
from w2v_cli.data.vocabulary import Vocabulary, build_vocabulary, read_vocabulary
from w2v_cli.errors import CorpusError, RunError


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


def test_vocabulary_file_has_a_word_and_a_count_a_line(tmp_path):
    words = ["the", "na\u00a0ïve", "\u2028", "कि"]
    Vocabulary(words, np.array([9, 9, 3, 1])).write(tmp_path / "vocab.tsv")
    lines = (tmp_path / "vocab.tsv").read_bytes()
    assert lines == "the\t9\nna\u00a0ïve\t9\n\u2028\t3\nकि\t1\n".encode()
    again = read_vocabulary(tmp_path / "vocab.tsv")
    assert again.words == words
    assert again.counts.tolist() == [9, 9, 3, 1]
    assert again.counts.dtype == np.int64


EXPECTED = "expected two words or more, and a line end after the last"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\t2\nb 1\n", ":2: 'b 1' is not a word, a tab and a count"),
        (b"a\t2\n\t1\n", ":2: '\\t1' is not a word, a tab and a count"),
        (b"a\t2\n\n", ":2: '' is not a word, a tab and a count"),
        (b"a b\t2\nc\t1\n", ":1: 'a b\\t2' is not a word, a tab and a count"),
        (b"a\t2\nb\t1\t1\n", ":2: the count is '1\\t1', expected a whole number from 1"),
        (b"a\t2\r\nb\t1\r\n", ":1: the count is '2\\r', expected a whole number from 1"),
        (b"a\t2\nb\t0\n", ":2: the count is '0', expected a whole number from 1"),
        (b"a\t2\nb\t-1\n", ":2: the count is '-1', expected a whole number from 1"),
        ("a\t2\nb\t١\n".encode(), ":2: the count is '١', expected a whole number from 1"),
        (
            b"a\t2\nb\t" + b"9" * 5000 + b"\n",
            f":2: the count is '{'9' * 40}…', expected a whole number from 1",
        ),
        (b"a\t2\na\t1\n", ":2: 'a' is there twice"),
        (
            b"a\t2\nb\t1\nc\t2\n",
            ":3: the count 2 is above 1 in the line before; expected falling counts",
        ),
        (
            b"a\t2\nb\t1",
            f": is cut short after line 1: {EXPECTED}",
        ),
        (
            b"",
            f": is cut short after line 0: {EXPECTED}",
        ),
        (b"a\t2\n\xff\t1\n", ": byte 4 is not valid UTF-8"),
    ],
)
def test_damaged_vocabulary_file_is_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "vocab.tsv"
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        read_vocabulary(path)
    assert str(caught.value) == f"{path}{message}"


def test_missing_vocabulary_file_is_refused(tmp_path):
    with pytest.raises(RunError, match="cannot be read: no such file or directory"):
        read_vocabulary(tmp_path / "vocab.tsv")
