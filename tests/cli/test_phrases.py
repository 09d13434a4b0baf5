import json

import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.config.text_settings import PHRASE_THRESHOLDS
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
        (["--threshold", "0"], "--threshold is 0, expected a number above 0"),
        (["--threshold", "nan"], "--threshold is nan, expected a number above 0"),
        (["--threshold", "inf"], "--threshold is inf, expected a number above 0"),
        (["--min-count", str(10**30)], "is not in the range 1<=x<="),
        (["--set", "corpus.tokenizer=x"], "corpus.tokenizer"),
        (["--set", "model.dim=5"], "--set: 'model.dim' does not say how text is read, expected"),
    ],
)
def test_what_makes_no_sense_is_refused(text, arguments, message):
    result = phrases(text, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_phrases_do_not_take_the_place_of_their_corpus(text):
    before = text.read_bytes()
    result = phrases(text, "-o", text, "--force")
    assert (result.exit_code, "is the corpus itself" in result.stderr) == (2, True)
    assert text.read_bytes() == before


def test_a_text_without_phrases_has_an_empty_table(text):
    result = phrases(text, "--min-count", 100)
    assert (result.exit_code, result.stdout) == (0, "phrase  score  count\n")


def test_every_scoring_has_a_threshold():
    assert list(PHRASE_THRESHOLDS) == list(SCORINGS)


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


@pytest.mark.slow
def test_phrases_are_found_while_training_as_before_it(text, tmp_path):
    text.write_text("new york city\nbank of america\n" * 6 + "new york\n" * 4)
    rule = ["--scoring", "npmi", "--threshold", 0.4, "--passes", 2, "--connectors", "of"]
    assert phrases(text, *rule, "-o", tmp_path / "found.tsv").exit_code == 0
    config = tmp_path / "config.yaml"
    small = "vocabulary: {min_count: 1}\nmodel: {dim: 4}\ntraining: {epochs: 1}\n"
    asked = "{passes: 2, scoring: npmi, threshold: 0.4, connectors: of}"
    config.write_text(f"corpus: {{paths: {text}, phrases: {asked}}}\n{small}")
    given = tmp_path / "given.yaml"
    given.write_text(f"corpus: {{paths: {text}, phrases: {tmp_path / 'found.tsv'}}}\n{small}")
    for name in (config, given):
        command = ["train", str(name), "-o", str(name.with_suffix("")), "--workers", "1"]
        assert CliRunner().invoke(w2v, command).exit_code == 0
    for file in ("vocab.tsv", "vectors.npy"):
        assert (tmp_path / "config" / file).read_bytes() == (tmp_path / "given" / file).read_bytes()
    words = (tmp_path / "config" / "vocab.tsv").read_text()
    assert [line.split("\t")[0] for line in words.splitlines()] == [
        "new_york_city", "bank_of_america", "new_york"
    ]  # fmt: skip
    records = [
        json.loads((tmp_path / name / "run.json").read_text()) for name in ("config", "given")
    ]
    assert records[0]["hashes"] == records[1]["hashes"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{file: a.tsv, passes: 1}", "'corpus.phrases.file' is 'a.tsv'"),
        ("{scoring: npmi, threshold: 2}", "expected a number from -1 to 1 with the scoring npmi"),
        ("{threshold: 0}", "expected a number above 0 with the scoring mikolov"),
        ("{pases: 1}", "unknown key 'corpus.phrases.pases'"),
        ("[a.tsv]", "'corpus.phrases.file' is [a.tsv], expected a path or null"),
    ],
)
def test_settings_of_phrases_that_make_no_sense_are_refused(tmp_path, said, message):
    (tmp_path / "x.yaml").write_text(f"corpus: {{phrases: {said}}}\n")
    result = CliRunner().invoke(w2v, ["train", str(tmp_path / "x.yaml"), "--show-config"])
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_of_phrases_is_short_for_its_setting(tmp_path):
    for given in (["--set", "corpus.phrases=a.tsv"], ["--phrases", "a.tsv"]):
        result = CliRunner().invoke(w2v, ["train", *given, "--show-config", "--json"])
        assert json.loads(result.stdout)["corpus.phrases.file"]["value"] == "a.tsv"
