import re
import string
import sys
from unicodedata import category, normalize

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v_cli.data.characters import INVISIBLE
from w2v_cli.data.tokenizers import find_tokenizer

ASCII_SPACE = " \t\r\n\v\f"
CASES = [("whitespace", False), ("whitespace", True), ("words", False)]


MARKS = "".join(c for c in map(chr, range(sys.maxunicode)) if category(c)[0] == "M")


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
        "می\u200cخواهم",
        "അവന്\u200d",
        "𑄌𑄋𑄴𑄟𑄳𑄦",
        "日本語",
        "x\u0331x",
        "x\u0331's",
    ],
)
def test_words_keep_combining_marks_and_joiners_inside_words(word):
    assert tokens(f"({word})!", "words") == [word]


def test_words_do_not_begin_with_a_combining_mark():
    assert tokens("\u0301 \u0301a 'b \u0301'c", "words") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Do\xadnau", "donau"),
        ("\ufeffDonau", "donau"),
        ("Do\ufeffnau", "donau"),
        ("Do\u200bnau", "donau"),
        ("Donau\u200e", "donau"),
        ("Do\u2060nau", "donau"),
        ("Do\u200c\u200dnau", "donau"),
        ("Do\u034fnau", "donau"),
        ("cafe\u0301", "café"),
        ("cafe\xad\u0301", "café"),
        ("CAFE\u0301", "café"),
        ("J\u030c", "\u01f0"),  # only the lower case is one character
        ("İstanbul", "istanbul"),
        ("I\u0307stanbul", "istanbul"),
        ("می\u200c\u200cخواهم\u200c", "می\u200cخواهم"),
        ("葛\U000e0100城", "葛城"),
        ("\u3164a", "a"),
    ],
)
def test_what_does_not_show_makes_no_other_word(text, word):
    assert tokens(f"{text} ({text})", "words") == [word, word]


def test_zero_width_space_parts_words_where_no_spaces_do():
    assert tokens("ภาษา\u200bไทย 東京\u200b都", "words") == ["ภาษา", "ไทย", "東京", "都"]


@pytest.mark.slow
def test_what_does_not_show_is_what_unicode_calls_ignorable():
    every = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
    ignorable = set(regex.findall(r"\p{Default_Ignorable_Code_Point}", every))
    shaping = set("\u180b\u180c\u180d\u180e\u180f\u200c\u200d")  # letters before or after them
    assert set(re.findall(f"[{INVISIBLE}]", every)) == ignorable - shaping


def test_unknown_tokenizer_is_refused():
    with pytest.raises(ValueError, match="unknown tokenizer 'letters'"):
        find_tokenizer("letters")


text_without_nul = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.text(
    string.ascii_letters + "'’éΣİ" + ASCII_SPACE
)


@pytest.mark.slow
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
    assert found == [word.replace("İ", "i").lower() for word in tokens(text)]


def words_by_pattern(text: str) -> list[str]:
    """The words, with NUL where a line ends, of a text in which everything shows."""
    lower = normalize("NFC", normalize("NFC", text).lower().replace("i\u0307", "i"))
    found = re.findall(rf"\w+(?:[{MARKS}]+\w*|['’]\w+)*|\n", lower)
    return [word.replace("’", "'").replace("\n", "\0") for word in found]


@settings(deadline=None)
@given(text_without_nul | st.text(st.sampled_from("aé'’ \n.\u0301\u0323İ_9कि")))
def test_words_are_those_of_a_pattern(text):
    shown = regex.sub(r"\p{Default_Ignorable_Code_Point}", "", text)
    assert tokens(shown, "words") == words_by_pattern(shown)


@settings(deadline=None)
@given(text_without_nul | st.text(st.sampled_from("aéiİIJ\u030c\u0301\u0323\u0307 ")))
def test_words_are_the_same_in_every_normal_form(text):
    forms = [tokens(normalize(form, text), "words") for form in ("NFC", "NFD")]
    assert forms[0] == forms[1]


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
