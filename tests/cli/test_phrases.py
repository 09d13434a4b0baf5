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
        "phrases": [{"phrase": "new york", "score": 2.125, "count": 4, "pass": 1}],
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


def test_further_passes_join_what_was_found_and_the_file_has_all_of_them(text, tmp_path):
    text.write_text("new york city\n" * 6 + "new york\n" * 4)
    rule = ["--scoring", "npmi", "--threshold", 0.4, "--passes", 3]  # the third finds none
    result = phrases(text, *rule, "-n", 1, "-o", tmp_path / "found.tsv")
    assert (tmp_path / "found.tsv").read_text() == (
        "phrase\tscore\tcount\tpass\nnew york\t1\t10\t1\nyork city\t0.651632\t6\t1\n"
        "new_york city\t0.47919\t6\t2\n"
    )
    assert result.stdout == (
        "phrase          score  count\npass 1\nnew york       1.0000     10\n"
        "pass 2\nnew_york city  0.4792      6\n"
    )
    assert result.stderr == "phrases     3 in 26 tokens; the best 1 of each pass:\n"
    again = phrases(text, *rule, "-o", tmp_path / "found.tsv")
    assert again.exit_code == 2
    assert "already exists" in again.stderr


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "given.tsv"
    path.write_text("new york\nbank of america\nbank_of_america in\t\t\t2\n")
    return path


def test_applied_phrases_are_joined_in_the_text_that_is_printed(text, file, tmp_path):
    joined = "new_york is big\nthe bank_of_america_in new_york\nthe bank_of_america\n" * 2
    assert phrases(text, "--apply", file).stdout == joined
    result = phrases(text, "--apply", file, "-o", tmp_path / "joined.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "joined.txt").read_text() == joined


def test_options_that_find_phrases_contradict_apply(text, file):
    result = phrases(text, "--apply", file, "--min-count", 2)
    assert result.exit_code == 2
    assert "--apply and --min-count contradict each other" in result.stderr


def test_a_file_without_a_phrase_of_the_text_is_told(text, file):
    file.write_text("New York\n")
    result = phrases(text, "--apply", file)
    assert result.stdout == TEXT
    assert f"warning: no phrase of {file} is in the corpus" in result.stderr


def test_training_joins_the_phrases_as_if_they_were_joined_in_the_text(text, file, tmp_path):
    small = ["--min-count", "1", "--dim", "4", "--epochs", "2", "--workers", "1", "--quiet"]
    (tmp_path / "joined").write_text(phrases(text, "--apply", file).stdout)

    def train(*args):
        result = CliRunner().invoke(w2v, ["train", *map(str, args)])
        assert result.exit_code == 0, result.output
        return result.stdout

    train("--corpus", text, "--phrases", file, "-o", tmp_path / "one", *small)
    train("--corpus", tmp_path / "joined", "-o", tmp_path / "other", *small)
    for name in ("vocab.tsv", "vectors.npy", "outside.npy"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert "bank_of_america_in\t" in (tmp_path / "one" / "vocab.tsv").read_text()
    record = json.loads((tmp_path / "one" / "run.json").read_text())
    assert record["corpus"]["phrases"] == str(file)
    plan = train("--corpus", text, "--phrases", file, "-o", tmp_path / "new", "--plan", *small)
    assert plan.startswith("corpus      16 tokens, 6 different words")


def test_a_run_goes_on_with_the_same_phrases_only(text, file, tmp_path):
    train = ["train", "--corpus", text, "--phrases", file, "-o", tmp_path / "run", "--epochs", 1]
    small = ["--min-count", 1, "--dim", 4, "--workers", 1]
    assert CliRunner().invoke(w2v, [*map(str, [*train, *small])]).exit_code == 0
    more = ["train", "-o", str(tmp_path / "run"), "--extend-epochs", "1"]
    file.write_text("new york\n")
    result = CliRunner().invoke(w2v, more)
    assert result.exit_code == 1
    assert "corpus" in result.stderr
    file.write_text("bank_of_america in\t\t\t2\nbank of america\nnew york\t1\n")
    assert CliRunner().invoke(w2v, more).exit_code == 0
