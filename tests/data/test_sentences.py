"""Sentences of a program as text."""

import pytest

from corpora import encode
from w2v_cli.data.sentences import text_of
from w2v_cli.errors import CorpusError

GIVEN_PATH = "-"


def test_each_sentence_is_a_line_and_all_are_read_once_in_pieces():
    def sentences():
        yield ["the", "queen"]
        yield ()
        yield (word for word in ("née", "a\u00a0b"))  # bytes.split parts at ASCII alone
        yield from [["long" * 25]] * 30_000

    pieces = list(text_of(sentences()))
    assert (
        b"".join(pieces) == "the queen\n\nnée a\u00a0b\n".encode() + (b"long" * 25 + b"\n") * 30_000
    )
    assert len(pieces) > 2 and max(map(len, pieces)) < 2 << 20


@pytest.mark.parametrize(
    "sentence", [["\ufeffhello"], ["1", "0.5", "0.3"], ["\ufeff", "\ufeff"]], ids=ascii
)
def test_what_a_file_might_mean_by_them_is_not_asked_of_sentences(tmp_path, sentence):
    text = text_of([sentence, sentence])
    corpus = encode(tmp_path, GIVEN_PATH, given=text, scan_limit=10)
    assert corpus.words(corpus.tokens) == sentence * 2


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("the queen", "sentence 2 of the corpus is 'the queen', expected a list of tokens"),
        (b"the", "sentence 2 of the corpus is b'the', expected a list"),
        (7, "sentence 2 of the corpus is 7, expected a list"),
        (["the", "new york"], "has the token 'new york', expected"),
        (["a b", " "], "has the token 'a b'"),
        (["the", ""], "has the token ''"),
        ([""], "has the token ''"),
        (["the\n"], r"has the token 'the\\n'"),
        (["the", "a\0b"], r"has the token 'a\\x00b'"),
        (["the", None], "has the token None"),
        (["the", "\ud800"], r"has the token '\\ud800'"),
    ],
)
def test_what_would_not_be_read_again_as_the_same_tokens_is_refused(sentence, said):
    with pytest.raises(CorpusError, match=said):
        list(text_of([["fine"], sentence]))


def test_what_the_sentences_come_from_is_named_where_it_fails(tmp_path):
    def sentences():
        with (tmp_path / "lost").open() as file:
            yield from map(str.split, file)

    with pytest.raises(CorpusError, match="the program gives: cannot be read: no such file"):
        list(text_of(sentences()))
