import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.data.tokenizers import find_tokenizer

ASCII_SPACE = " \t\r\n\v\f"
CASES = [("whitespace", False), ("whitespace", True), ("words", False)]


def tokens(text: str, name: str = "whitespace", *, lowercase: bool = False) -> list[str]:
    """The tokens, with NUL where a line ends."""
    tokenized = find_tokenizer(name, lowercase=lowercase)(text.encode())
    return [word.decode() for word in tokenized.replace(b"\n", b" \0 ").split()]


def test_whitespace_splits_on_each_of_the_six_ascii_spaces():
    assert tokens("a b\tc\rd\ve\ff") == list("abcdef")


@pytest.mark.parametrize("space", ["\u00a0", "\u0085", "\u2028", "\u3000", "\x1c", "\x1f"])
def test_whitespace_keeps_other_spaces_and_control_characters_inside_tokens(space):
    assert tokens(f"a{space}b c") == [f"a{space}b", "c"]


def test_whitespace_marks_the_end_of_every_line_also_of_empty_ones():
    assert tokens("a b\n\nc\r\n") == ["a", "b", "\0", "\0", "c", "\0"]


def test_whitespace_keeps_case_unless_told_otherwise():
    assert tokens("Über ÀB") == ["Über", "ÀB"]
    assert tokens("Über ÀB", lowercase=True) == ["über", "àb"]
    assert tokens("ABC Def", lowercase=True) == ["abc", "def"]


def test_words_are_lower_case_without_punctuation():
    assert tokens('"Hello," she said -- (twice).\n', "words") == [
        *["hello", "she", "said", "twice"],
        "\0",
    ]


def test_words_keep_inner_apostrophes_and_no_outer_ones():
    assert tokens("Don't 'quote' dogs' rock'n'roll O’Brien", "words") == [
        *["don't", "quote", "dogs", "rock'n'roll", "o'brien"]
    ]


def test_words_keep_digits_and_underscores():
    assert tokens("__init__ max_size=10 utf-8", "words") == [
        "__init__",
        "max_size",
        "10",
        "utf",
        "8",
    ]


@pytest.mark.parametrize(
    "word",
    [
        "हिन्दी",
        "ภาษาไทย",
        "தமிழ்",
        "עִבְרִית",
        "e\u0301te\u0301",
        "می\u200cخواهم",
        "𑄌𑄋𑄴𑄟𑄳𑄦",
        "日本語",
        "葛\U000e0100城",
    ],
)
def test_words_keep_combining_marks_and_joiners_inside_words(word):
    assert tokens(f"({word})!", "words") == [word]


def test_words_do_not_begin_with_a_combining_mark():
    assert tokens("\u0301 \u0301a", "words") == ["a"]


def test_unknown_tokenizer_is_refused():
    with pytest.raises(ValueError, match="unknown tokenizer 'letters'"):
        find_tokenizer("letters")


text_without_nul = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.text(
    string.ascii_letters + "'’éΣİ" + ASCII_SPACE
)


@settings(deadline=None)
@given(text_without_nul)
def test_whitespace_is_the_split_of_every_line(text):
    expected = []
    for line in text.encode().split(b"\n"):
        expected += [*(word.decode() for word in line.split()), "\0"]
    assert tokens(text) == expected[:-1]


@settings(deadline=None)
@given(text_without_nul)
def test_lowercase_is_the_lower_case_of_every_token(text):
    found = tokens(text, lowercase=True)
    assert found == [word.lower() for word in tokens(text)]


@pytest.mark.parametrize(("name", "lowercase"), CASES)
@settings(deadline=None)
@given(text_without_nul, text_without_nul, st.sampled_from(ASCII_SPACE))
def test_tokens_of_two_pieces_are_the_tokens_of_the_whole(name, lowercase, one, two, space):
    pieces = [tokens(text, name, lowercase=lowercase) for text in (one + space, two)]
    assert pieces[0] + pieces[1] == tokens(one + space + two, name, lowercase=lowercase)


@pytest.mark.parametrize(("name", "lowercase"), CASES)
@settings(deadline=None)
@given(text_without_nul)
def test_every_line_end_stays_one(name, lowercase, text):
    tokenized = find_tokenizer(name, lowercase=lowercase)(text.encode())
    assert tokenized.count(b"\n") == text.count("\n")
