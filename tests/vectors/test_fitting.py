"""Words a format cannot hold, and vectors rounded to fewer digits."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import FORMATS, write_vectors
from w2v_cli.vectors.formats.decimals import decimal_rows, rounded
from w2v_cli.vectors.formats.fitting import fit_words
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors


def vectors_of(words):
    matrix = np.arange(2 * len(words), dtype=np.float32).reshape(-1, 2)
    return WordVectors(words, matrix, np.arange(len(words))[::-1])


def test_words_that_fit_are_not_touched():
    vectors = vectors_of(["the", "a\u00a0b"])
    for name in FORMATS:
        assert fit_words(vectors, FORMATS[name], "skip") == (vectors, [])


def test_unfit_words_are_left_out_with_their_rows_and_counts():
    vectors = vectors_of(["the", "New York", "of", ""])
    fitted, unfit = fit_words(vectors, FORMATS["glove"], "skip")
    assert unfit == ["New York", ""]
    assert fitted.words == ["the", "of"]
    assert fitted.matrix.tolist() == [[0, 1], [4, 5]]
    assert fitted.counts.tolist() == [3, 1]


def test_words_that_are_left_out_leave_the_ngrams_and_the_outside_vectors_of_the_others():
    vectors = vectors_of(["New York", "the"])
    ngrams = SubwordVectors(NgramRange(3, 4, 20), None, np.ones((20, 2), np.float32))
    whole = replace(vectors, subwords=ngrams, outside=vectors.matrix + 10)
    fitted, _ = fit_words(whole, FORMATS["fasttext-model"], "skip")
    assert fitted.outside.tolist() == [[12, 13]]
    assert fitted.subwords is ngrams


@pytest.mark.parametrize(
    ("policy", "words"),
    [("error", ["the", "\xa0a"]), ("escape", ["\\u00a0\u2003", "the", "\xa0a"])],
)
def test_a_label_that_the_projector_passes_over_is_left_out_or_escaped(policy, words):
    vectors = vectors_of(["\xa0\u2003", "the", "\xa0a"])
    fitted, unfit = fit_words(vectors, FORMATS["projector"], policy)
    assert unfit == ["\xa0\u2003"]
    assert fitted.words == words


@pytest.mark.parametrize(
    ("name", "word", "escaped"),
    [
        ("word2vec-text", "New York", r"New\u0020York"),
        ("word2vec-binary", "a\tb\nc", r"a\u0009b\u000ac"),
        ("glove", "\ufeffa\udce9", r"\ufeffa\udce9"),
        ("fasttext", "__label__x", r"\u005f_label__x"),
        ("fasttext", "x__label__ \0", r"x__label__\u0020\u0000"),
        ("npz", "a\0\0", "a\0\\u0000"),
        ("npy", "New York\t", r"New York\u0009"),
        ("npy", "\ufeffa\nb\r", r"\ufeffa\u000ab\u000d"),
        ("fasttext", "__label_x ", r"__label_x\u0020"),
        ("projector", "\ufeffNew York\r", r"\ufeffNew York\u000d"),
        ("safetensors", "a\tb\nc", "a\tb\\u000ac"),
    ],
)
def test_escaped_words_can_be_written(tmp_path, name, word, escaped):
    vectors = vectors_of([word, "the"])
    fitted, unfit = fit_words(vectors, FORMATS[name], "escape")
    assert unfit == [word]
    assert fitted.words == [escaped, "the"]
    write_vectors(fitted, tmp_path / "out", name)
    assert load_vectors(tmp_path / "out").words == fitted.words
    assert vectors.words[0] == word


@pytest.mark.parametrize(
    ("words", "policy", "message"),
    [
        (["a", "b c"], "error", "row 2: glove cannot hold the word 'b c', expected valid Unicode"),
        (["b c", ""], "escape", "row 2: glove cannot hold the word '', expected valid Unicode"),
        (["b c", ""], "skip", "glove can hold none of the words, such as 'b c'"),
    ],
)
def test_words_that_nothing_can_be_done_about_are_an_error(words, policy, message):
    with pytest.raises(VectorsError) as caught:
        fit_words(vectors_of(words), FORMATS["glove"], policy)
    assert str(caught.value).startswith(message)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.floats(-(2.0**99), 2.0**99, width=32).filter(lambda x: abs(x) > 1e-30), st.integers(1, 6))
def test_rounded_values_have_no_more_digits_and_are_the_nearest_such(value, digits):
    (found,) = rounded(np.array([[value]], dtype=np.float32), digits)[0]
    (text,) = decimal_rows(np.array([[found]]))
    assert len(text.partition(b"e")[0].replace(b".", b"").strip(b"-0")) <= digits
    unit = 10.0 ** (np.floor(np.log10(abs(value))) + 1 - digits)
    assert abs(float(found) - value) <= 0.5 * unit * (1 + 1e-5) + 1e-7 * abs(value)


def test_rounded_values_are_what_printf_prints():
    values = np.random.default_rng(0).standard_normal((50, 8)).astype(np.float32)
    values[0, :3] = 0, 1, -0.0
    found = [row.split() for row in decimal_rows(rounded(values, 5))]
    expected = [[float(f"{value:.5g}") for value in row] for row in values.tolist()]
    assert [[float(text) for text in row] for row in found] == expected


def test_the_largest_error_is_that_of_the_values_read_back(tmp_path):
    matrix = np.random.default_rng(0).standard_normal((700, 3)).astype(np.float32)
    vectors = WordVectors([f"w{i}" for i in range(700)], matrix)
    written = write_vectors(vectors, tmp_path / "out", "glove", digits=2)
    found = load_vectors(tmp_path / "out").matrix.astype(np.float64)
    assert written.error == np.abs(found - matrix).max()
    assert 0.04 < written.error <= 0.05  # of numbers up to 9.9
    assert write_vectors(vectors, tmp_path / "out", "glove").error == 0
    assert write_vectors(vectors, tmp_path / "out", "glove", verify=False).error is None
