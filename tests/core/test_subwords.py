"""n-grams against the definition, counted one by one in plain Python."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from w2v_cli.core import subwords
from w2v_cli.core.subwords import NgramRange, find_ngrams, number_rows, spell_ngrams

WORDS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=6)


def hashed(ngram):
    value = 2166136261
    for byte in ngram.encode():
        value = (value ^ (byte - 256 if byte > 127 else byte)) * 16777619 % 2**32
    return value


@given(WORDS, st.integers(1, 4), st.integers(0, 4), st.integers(1, 2**31))
def test_numbers_are_the_hashes_of_the_ngrams(words, shortest, more, buckets):
    counted = NgramRange(shortest, shortest + more, buckets)
    spelled = [spell_ngrams(word, counted) for word in words]
    found = find_ngrams(words, counted)
    assert found.sizes.tolist() == [len(each) for each in spelled]
    assert found.buckets.tolist() == [hashed(each) % buckets for word in spelled for each in word]


def test_words_may_be_found_some_at_a_time(monkeypatch):
    words, counted = [f"wörd{i}" for i in range(50)], NgramRange(3, 6, 1000)
    whole = find_ngrams(words, counted)
    monkeypatch.setattr(subwords, "_WORDS_AT_ONCE", 7)
    parts = find_ngrams(words, counted)
    assert parts.sizes.tolist() == whole.sizes.tolist()
    assert parts.buckets.tolist() == whole.buckets.tolist()


@given(WORDS, st.integers(1, 30))
def test_rows_are_the_word_then_its_ngrams(words, buckets):
    counted = NgramRange(1, 3, buckets)
    rows = number_rows(words, counted)
    for place, word in enumerate(words):
        own, *ngrams = rows.rows[rows.starts[place] : rows.starts[place + 1]].tolist()
        numbers = [hashed(each) % buckets for each in spell_ngrams(word, counted)]
        assert own == place
        assert [rows.buckets[row - len(words)] for row in ngrams] == numbers
    used = set(rows.rows.tolist())
    assert used == set(range(rows.count)), "every row is some word's"
    of_ngrams = [row for row in rows.rows.tolist() if row >= len(words)]
    assert list(dict.fromkeys(of_ngrams)) == sorted(set(of_ngrams)), "as the words have them"


@given(WORDS, st.integers(1, 30), st.integers(1, 4))
def test_shares_of_rows_come_to_all_of_them(words, buckets, shares):
    rows = number_rows(words, NgramRange(1, 3, buckets))
    parts = [rows.share(share, shares) for share in range(shares)]
    for place in range(len(words)):
        of_word = rows.rows[rows.starts[place] : rows.starts[place + 1]].tolist()
        for share, part in enumerate(parts):
            mine = part.rows[part.starts[place] : part.starts[place + 1]].tolist()
            assert mine == [row for row in of_word if row % shares == share]


@given(WORDS, st.integers(1, 400))
def test_parts_that_the_same_words_have_equally_often_are_one_row(words, buckets):
    rows = number_rows(words, NgramRange(1, 3, buckets))
    joined = rows.joined()
    words_of = {part: Counter() for part in range(rows.count)}
    for place in range(len(words)):
        for part in rows.rows[rows.starts[place] : rows.starts[place + 1]].tolist():
            words_of[part][place] += 1
    for one, of_one in words_of.items():
        for other, of_other in words_of.items():
            same = joined.row_of_part[one] == joined.row_of_part[other]
            assert same == (of_one == of_other)
    assert joined.row_of_part[: len(words)].tolist() == list(range(len(words)))
    assert joined.parts.tolist() == rows.sizes.tolist()
    for place in range(len(words)):
        of_word = joined.rows[joined.starts[place] : joined.starts[place + 1]].tolist()
        times = {
            int(joined.row_of_part[part]): of_words[place] for part, of_words in words_of.items()
        }
        assert Counter(of_word) == +Counter(times)
    of_ngrams = [row for row in joined.rows.tolist() if row >= len(words)]
    assert list(dict.fromkeys(of_ngrams)) == sorted(set(of_ngrams)), "as the words have them"


def test_a_vector_of_a_part_is_its_share_of_the_row():
    rows = number_rows(["ab", "b"], NgramRange(1, 3, 10**6)).joined()
    # ab has the n-grams <a, <ab, a, ab, ab>; both have b and b>; b has <b and <b>.
    assert rows.parts_of_row.tolist() == [6, 3, 2]
    matrix = np.array([[6, 12], [3, 30], [4, 2]], np.float32)
    parts = np.arange(len(rows.row_of_part))
    found = {tuple(vector) for vector in rows.vectors_of(parts, matrix).tolist()}
    assert found == {(1, 2), (1, 10), (2, 1)}
