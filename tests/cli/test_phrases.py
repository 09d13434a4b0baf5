import json

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.cli.phrases import THRESHOLDS
from w2v_cli.data.collocations import SCORINGS

TEXT = "new york is big\nthe bank of america in new york\nthe bank of america\n" * 2


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "text"
    path.write_text(TEXT)
    return path


def phrases(*args, **options):
    return CliRunner().invoke(w2v, ["phrases", *map(str, args)], **options)


def test_a_table_of_phrases_with_scores_and_counts(text):
    rule = ["--scoring", "npmi", "--threshold", "0.8", "--min-count", "3"]
    result = phrases(text, *rule, "--connectors", "of, the")
    assert result.exit_code == 0
    assert result.stdout == (
        "phrase            score  count\n"
        "new york         1.0000      4\n"
        "bank of america  1.0000      4\n"
    )
    assert result.stderr == "phrases     2 in 30 tokens\n"


def test_json_has_what_was_asked_for_and_only_so_many_phrases(text):
    result = phrases(text, "--threshold", 0.1, "--min-count", 2, "-n", 1, "--json")
    assert json.loads(result.stdout) == {
        "tokens": 30,
        "sentences": 6,
        "scoring": "mikolov",
        "threshold": 0.1,
        "min_count": 2,
        "connectors": [],
        "found": 4,  # V is 9 words and 8 pairs: (4 - 2) · 17 / (4 · 4)
        "phrases": [{"phrase": "new york", "count": 4, "score": 2.125}],
    }
    assert result.stderr == ""


def test_the_text_is_read_as_the_settings_say_and_comes_from_anywhere():
    result = phrases(
        "-", "--tokenizer", "words", "--set", "corpus.encoding=latin-1", "--threshold", "0.1",
        "--min-count", "1", input="Caf\xe9 Noir! caf\xe9 noir".encode("latin-1"),
    )  # fmt: skip
    assert result.stdout.splitlines()[1].split() == ["café", "noir", "1.0000", "2"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scoring", "npmi", "--threshold", "1.5"], "--threshold is 1.5, expected -1 to 1"),
        (["--threshold", "0"], "--threshold is 0, expected more than 0"),
        (["--threshold", "nan"], "--threshold is nan, expected more than 0"),
        (["--set", "corpus.tokenizer=x"], "corpus.tokenizer"),
    ],
)
def test_what_makes_no_sense_is_refused(text, arguments, message):
    result = phrases(text, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_text_without_phrases_has_an_empty_table(text):
    result = phrases(text, "--min-count", 100)
    assert (result.exit_code, result.stdout) == (0, "phrase  score  count\n")


def test_every_scoring_has_a_threshold():
    assert list(THRESHOLDS) == list(SCORINGS)
