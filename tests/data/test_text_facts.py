"""What is said of the tokens of a corpus, against figures counted by hand."""

import pytest

from corpora import encode
from w2v_cli.data.text_facts import OtherForms, text_facts


def facts_of(tmp_path, text, **settings):
    (tmp_path / "text").write_text(text)
    return text_facts(encode(tmp_path / "cache", tmp_path / "text", **settings))


def test_lines_of_one_token_are_counted_without_empty_lines(tmp_path):
    facts = facts_of(tmp_path, "one\n\ntwo\none two\nfour\n", tokenizer="whitespace")
    assert facts.lonely == pytest.approx(3 / 4)


def test_words_within_tokens(tmp_path):
    facts = facts_of(tmp_path, "a,bc a,bc\nd\n...\n", tokenizer="whitespace")
    assert facts.words_inside == pytest.approx((2 + 2 + 1 + 0) / 4)
    assert facts.word_length == pytest.approx((3 + 3 + 1) / 5)
    assert facts.length == pytest.approx((4 + 4 + 1 + 3) / 4)


def test_scripts_without_spaces(tmp_path):
    facts = facts_of(tmp_path, "東京 大阪 Tokyo 7\n", tokenizer="whitespace")
    assert facts.unspaced == pytest.approx(2 / 4)


def test_words_beside_themselves_with_punctuation_and_in_another_case(tmp_path):
    text = "end end. end, Mr. The the THE Only ... the. x!\n"
    facts = facts_of(tmp_path, text, tokenizer="whitespace")
    assert facts.punctuated == OtherForms(pytest.approx(3 / 11), "end.", "end")
    assert facts.capitalised == OtherForms(pytest.approx(2 / 11), "The", "the")
    assert facts.unseen == OtherForms(0.0)


@pytest.mark.parametrize("word", ["Do\xadnau", "\ufeffDonau", "cafe\u0301"])
def test_characters_that_do_not_show_count_even_if_no_word_is_without(tmp_path, word):
    plain = {"cafe\u0301": "caf\xe9"}.get(word, "Donau")
    facts = facts_of(tmp_path, f"one {word} two {word}\n", tokenizer="whitespace")
    assert facts.unseen == OtherForms(pytest.approx(2 / 4), word, plain)


def test_the_most_frequent_words_are_examined(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.text_facts._EXAMINED_TYPES", 2)
    facts = facts_of(tmp_path, "rare. rare aa aa bb bb\n", tokenizer="whitespace")
    assert facts.punctuated.share == 0
    assert facts.length == 2
