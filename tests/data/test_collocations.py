"""Phrases found in text, beside those of the real gensim, and scores by hand."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from gensim.models.phrases import ENGLISH_CONNECTOR_WORDS, Phrases
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import encode
from w2v_cli.data import collocations, pairs
from w2v_cli.data.collocations import ENGLISH, SCORINGS, Rule, find_phrases
from w2v_cli.errors import CorpusError

LINES = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "of", "the"]), max_size=12), max_size=12
)
SCORING_OF_GENSIM = {"mikolov": "default", "npmi": "npmi"}


def encoded(folder, lines):
    (folder / "text").write_text("".join(" ".join(line) + "\n" for line in lines))
    return encode(folder / "cache", folder / "text", scan_limit=10**6)


def of_gensim(lines, rule):
    found = Phrases(
        lines,
        min_count=rule.min_count,
        threshold=rule.threshold,
        scoring=SCORING_OF_GENSIM[rule.scoring],
        connector_words=frozenset(rule.connectors),
    )
    return {tuple(words.split("_")): score for words, score in found.export_phrases().items()}


def ours(corpus, rule):
    return {phrase.words: phrase.score for phrase in find_phrases(corpus, rule)}


@pytest.mark.slow
@settings(max_examples=60)
@given(
    lines=LINES.filter(any),
    scoring=st.sampled_from(sorted(SCORINGS)),
    threshold=st.sampled_from([0.01, 0.3, 0.9]),
    min_count=st.integers(1, 3),
    connectors=st.sampled_from([(), ("of",), ("of", "the", "absent")]),
    piece=st.integers(2, 40),
    at_once=st.integers(1, 200),
)
def test_phrases_and_scores_are_those_of_gensim(
    tmp_path_factory, lines, scoring, threshold, min_count, connectors, piece, at_once
):
    rule = Rule(scoring, threshold, min_count, connectors)
    corpus = encoded(tmp_path_factory.mktemp("text"), lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "PIECE", piece)
        patch.setattr(collocations, "PAIRS_AT_ONCE", at_once)
        found = ours(corpus, rule)
    assert found == pytest.approx(of_gensim(lines, rule), rel=1e-12)


@pytest.mark.slow
def test_both_find_the_phrases_of_a_real_text(tmp_path):
    corpus = encode(tmp_path, "builtin:python-docs", tokenizer="words", scan_limit=10**6)
    words = corpus.words(corpus.tokens)
    starts = corpus.sentence_starts.tolist()
    lines = [words[a:b] for a, b in itertools.pairwise(starts)]
    lines = [[word.replace("_", "-") for word in line] for line in lines[:2000]]
    text = encoded(tmp_path, lines)
    for rule in (Rule(), Rule(connectors=ENGLISH), Rule("npmi", 0.5, 3, ENGLISH)):
        expected = of_gensim(lines, rule)
        assert len(expected) > 50
        assert ours(text, rule) == pytest.approx(expected, rel=1e-12)


def test_scores_by_hand(tmp_path):
    corpus = encoded(tmp_path, [["new", "york", "is", "new"], ["new", "york"]])
    # new 3, york 2, is 1; new-york 2, york-is 1, is-new 1: 6 tokens, V = 6
    found = ours(corpus, Rule("mikolov", 0.1, 1))
    assert found == {("new", "york"): pytest.approx((2 - 1) * 6 / (3 * 2))}
    assert ours(corpus, Rule("mikolov", 1.0, 1)) == {}  # the score must be above the threshold
    found = ours(corpus, Rule("npmi", 0.3, 2))
    assert found == {("new", "york"): pytest.approx(math.log(6 * 2 / (3 * 2)) / math.log(6 / 2))}


@pytest.mark.parametrize("piece", range(2, 9))
def test_phrases_are_the_same_wherever_a_piece_of_the_text_ends(tmp_path, monkeypatch, piece):
    lines = [["a", "of", "of", "of", "b", "a"], ["a"], ["b", "a", "of", "of", "of", "b"]]
    corpus, rule = encoded(tmp_path, lines), Rule("npmi", -1.0, 1, ("of",))
    expected = find_phrases(corpus, rule)
    monkeypatch.setattr(pairs, "PIECE", piece)
    assert find_phrases(corpus, rule) == expected
    assert {phrase.words: phrase.count for phrase in expected} == {
        ("a", "of", "of", "of", "b"): 2,
        ("b", "a"): 2,
    }


def test_the_best_come_first_and_of_equal_ones_the_most_frequent(tmp_path):
    lines = [["a", "b"]] * 2 + [["c", "d"]] * 3 + [["e", "f"], ["e", "g"]]
    found = find_phrases(encoded(tmp_path, lines), Rule("npmi", 0.1, 1))
    assert [phrase.joined for phrase in found] == ["c_d", "a_b", "e_f", "e_g"]
    assert [phrase.count for phrase in found] == [3, 2, 1, 1]


def test_too_many_words_and_sequences_for_the_numbers_of_pairs_are_refused(tmp_path):
    corpus = encoded(tmp_path, [["a", "of", "b"]])
    sequences = pairs.Sequences(len(corpus.type_counts))
    sequences._numbers.update({-number: number for number in range(1, 4)})
    pair = pairs.find_pairs(corpus, corpus.type_counts < 0, 0, 3)
    assert pairs.pair_keys(corpus, pair, sequences).tolist() == [1, 5]
    huge = type("Huge", (), {"tokens": corpus.tokens, "type_counts": range(2**32)})
    with pytest.raises(CorpusError, match="sequences of connector words are too many"):
        pairs.pair_keys(huge, pair, sequences)


def test_the_connector_words_of_english_are_those_of_gensim():
    assert set(ENGLISH) == set(ENGLISH_CONNECTOR_WORDS)


def test_a_long_run_of_connectors_takes_little_memory(tmp_path):
    corpus = encoded(tmp_path, [["x", *["of"] * 3000, "y"]] * 3)
    tracemalloc.start()
    phrases = find_phrases(corpus, Rule("mikolov", 1e-9, 1, ("of",)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [len(phrase.words) for phrase in phrases] == [3002]
    assert peak < 20e6  # all beginnings of the sequence take 36 MB


def test_the_score_of_words_that_are_very_frequent_does_not_overflow():
    many = np.array([4 * 10**9])
    (score,) = SCORINGS["mikolov"](many, many, many // 2, collocations._Totals(10, 10**10, 5))
    assert score == pytest.approx((2e9 - 5) / 1.6e19 * 10)
