"""n-grams against the definition, counted one by one in plain Python."""

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
