"""Which sentences follow from the facts of a text, and that none is about what is done already."""

from dataclasses import replace

import pytest

from w2v_cli.config import load_settings
from w2v_cli.data.text_facts import OtherForms, TextFacts
from w2v_cli.pipeline.text_advice import tokenizer_advice

NONE = OtherForms(0.0)
PLAIN = TextFacts(0.03, 4.0, 0.0, 1.0, 4.0, NONE, NONE, NONE)
LINES = replace(PLAIN, lonely=0.96)
CASES = {
    "words in a token": (
        replace(LINES, words_inside=6.3, unspaced=1.0, word_length=2.0),
        "96% of the lines are one token, and a line is a sentence, so that few words have "
        "neighbours: --tokenizer words finds 6.3 words in a token",
    ),
    "no spaces": (
        replace(LINES, unspaced=1.0),
        "96% of the lines are one token, and a line is a sentence, so that few words have "
        "neighbours: put spaces between the words with a program that knows their language, or "
        "between all characters, such as with sed 's/./& /g'",
    ),
    "clauses": (
        replace(PLAIN, unspaced=1.0, word_length=8.0, length=9.0),
        "tokens have 9 characters on average, in a script that is written without spaces: put "
        "spaces between the words with a program that knows their language, or between all "
        "characters, such as with sed 's/./& /g'",
    ),
    "a word a line": (
        LINES,
        "96% of the lines are one token, and a line is a sentence, so that few words have "
        "neighbours: put the words of a sentence on one line, with spaces between them",
    ),
    "punctuation": (
        replace(PLAIN, punctuated=OtherForms(0.11, "end.", "end")),
        "11% of the tokens end in punctuation, such as 'end.' beside 'end': --tokenizer words "
        "takes the words out, in lower case",
    ),
    "case": (
        replace(PLAIN, capitalised=OtherForms(0.06, "The", "the")),
        "6% of the tokens differ from other words in case alone, such as 'The' beside 'the': "
        "--set corpus.lowercase=true makes them one",
    ),
    "both": (
        replace(
            PLAIN,
            punctuated=OtherForms(0.11, "end.", "end"),
            capitalised=OtherForms(0.06, "The", "the"),
        ),
        "11% of the tokens end in punctuation, such as 'end.' beside 'end', and 6% of the tokens "
        "differ from other words in case alone, such as 'The' beside 'the': --tokenizer words "
        "takes the words out, in lower case",
    ),
    "unseen": (
        replace(PLAIN, unseen=OtherForms(0.004, "Do\xadnau", "Donau")),
        "0.4% of the tokens hold characters that do not show, or letters apart from their accents, "
        "such as 'Do\\xadnau': --tokenizer words writes 'Donau'",
    ),
}


def advice(facts, *settings):
    return list(tokenizer_advice(facts, load_settings(None, settings).settings))


@pytest.mark.parametrize("case", CASES)
def test_each_fact_has_its_sentence(case):
    facts, expected = CASES[case]
    assert advice(facts, "corpus.tokenizer=whitespace") == [expected]


@pytest.mark.parametrize("case", ["punctuation", "case", "both", "unseen"])
def test_what_the_tokenizer_words_does_is_not_advised_to_its_users(case):
    assert advice(CASES[case][0], "corpus.tokenizer=words") == []


def test_lower_case_is_not_advised_where_it_is_chosen():
    settings = ("corpus.tokenizer=whitespace", "corpus.lowercase=true")
    assert advice(CASES["case"][0], *settings) == []
    assert "case" not in advice(CASES["both"][0], *settings)[0].removesuffix("in lower case")


@pytest.mark.parametrize("case", ["no spaces", "clauses", "a word a line"])
def test_what_no_tokenizer_mends_is_told_whatever_the_tokenizer(case):
    facts, expected = CASES[case]
    assert advice(facts, "corpus.tokenizer=words") == [expected]


def test_a_text_of_plain_words_gets_no_advice():
    assert advice(PLAIN, "corpus.tokenizer=whitespace") == []
    few = OtherForms(0.0005, "x", "y")
    rare = replace(PLAIN, punctuated=few, capitalised=few, unseen=few, lonely=0.5)
    assert advice(rare, "corpus.tokenizer=whitespace") == []
