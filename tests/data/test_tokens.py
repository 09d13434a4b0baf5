"""Tokens as arrays, and the table that numbers words, against `bytes.split` and dictionaries."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.data import word_table
from w2v_cli.data.tokens import Tokens, find_tokens, first_equals
from w2v_cli.data.word_table import WordTable

# Few words, so that they repeat; some share their first 8 or 16 bytes, or differ in size only.
words = st.sampled_from(
    [
        "a",
        "b",
        "é",
        "\0",
        "\0\0",
        *(f"{'x' * n}{end}" for n in (7, 15, 16) for end in ("", "y", "z")),
    ]
)
spaces = st.text(" \t\n\r\v\f", min_size=1, max_size=3)
texts = st.lists(st.tuples(words, spaces)).map(
    lambda pairs: "".join(word + space for word, space in pairs).encode()
)


@pytest.fixture(autouse=True, scope="module")
def few_slots() -> Iterator[None]:
    """A table with fewer slots than words, made in no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_table, "_SLOT_BITS", 3)
        yield


hashing = pytest.mark.parametrize("n_hashes", [1 << 60, 2], ids=["spread", "colliding"])


@contextmanager
def only_hashes(n_hashes: int) -> Iterator[None]:
    """Leave so many different hashes at most."""
    real = Tokens.hashes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tokens, "hashes", lambda self, bits: real(self, bits) % n_hashes)
        yield


@pytest.mark.slow
@settings(deadline=None)
@given(texts, spaces)
def test_tokens_are_those_of_split(text, before):
    text = before.encode() + text
    found = find_tokens(text)
    expected = text.split()
    everything = np.arange(len(found))
    assert list(found.words(everything)) == expected
    assert found.lines(everything) == b"".join(word + b"\n" for word in expected)
    lines = text.split(b"\n")[:-1]
    assert np.diff(found.line_ends, prepend=0).tolist() == [len(line.split()) for line in lines]


def test_byte_of_every_value_is_told_from_white_space():
    text = b"x".join(bytes([byte]) for byte in range(256))
    found = find_tokens(text)
    assert list(found.words(np.arange(len(found)))) == text.split()


@pytest.mark.slow
@settings(deadline=None)
@given(texts, st.data())
def test_lines_are_the_chosen_tokens(text, data):
    expected = text.split()
    chosen = [i for i in range(len(expected)) if data.draw(st.booleans())]
    lines = find_tokens(text).lines(np.array(chosen, np.int64))
    assert lines == b"".join(expected[i] + b"\n" for i in chosen)


@pytest.mark.slow
@hashing
@settings(deadline=None)
@given(texts)
def test_first_equals_are_those_of_a_dictionary(n_hashes, text):
    expected: dict[bytes, int] = {}
    for index, word in enumerate(text.split()):
        expected.setdefault(word, index)
    with only_hashes(n_hashes):
        found = first_equals(find_tokens(text))
    assert found.tolist() == [expected[word] for word in text.split()]


@pytest.mark.slow
@hashing
@settings(deadline=None)
@given(pieces=st.lists(st.lists(words.map(str.encode), unique=True), max_size=5))
def test_words_are_numbered_as_by_a_dictionary(n_hashes, pieces):
    table, expected = WordTable(), {}
    with only_hashes(n_hashes):
        for piece in pieces:
            numbers = table.number(b"".join(word + b"\n" for word in piece))
            assert numbers.tolist() == [expected.setdefault(word, len(expected)) for word in piece]
    assert len(table) == len(expected)
    assert b"".join(table.pieces()) == b"".join(word + b"\n" for word in expected)


@settings(deadline=None)
@given(pieces=st.lists(st.lists(words.map(str.encode), unique=True), max_size=5))
def test_table_of_some_words_keeps_their_order(pieces):
    table = WordTable()
    for piece in pieces:
        table.number(b"".join(word + b"\n" for word in piece))
    everything = b"".join(table.pieces()).splitlines(keepends=True)
    fewer = table.only(np.arange(len(table)) % 3 == 1)
    assert b"".join(fewer.pieces()) == b"".join(everything[1::3])
    assert fewer.number(b"".join(everything[1::3])).tolist() == [*range(len(everything[1::3]))]


def test_table_holds_more_words_than_it_has_slots():
    table = WordTable()
    lines = b"".join(b"%d\n" % number for number in range(100))
    for _ in range(2):
        assert table.number(lines).tolist() == [*range(100)]
