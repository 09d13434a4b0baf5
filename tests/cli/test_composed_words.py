"""Words that were never seen, in every command that asks vectors: composed, and marked as such."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.core.subwords import NgramRange
from w2v_cli.run_files import RunFiles
from w2v_cli.vectors.formats.subwords_file import write_subwords
from w2v_cli.vectors.subword_vectors import SubwordVectors

WORDS = ["ab", "cd", "east"]
MATRIX = np.array([[1, 0], [0, 1], [2, 2]], np.float32)
# Of bigrams, so that each is easy to name: `<a` points east and `<c` north.
COUNTED = NgramRange(2, 2, 1_000_000)
PARTS = {"<a": [1, 0], "<c": [0, 3], "xx": [1, 1]}


def bucket(ngram):
    """FNV-1a, 32 bits, from its definition."""
    number = 2166136261
    for byte in ngram.encode():
        number = (number ^ byte) * 16777619 % 2**32
    return number % COUNTED.buckets


@pytest.fixture
def run(tmp_path):
    """The folder of a finished run that knows the vectors of three n-grams."""
    folder = RunFiles(tmp_path / "run")
    folder.path.mkdir()
    folder.config.touch()
    folder.vocabulary.write_text("".join(f"{word}\t9\n" for word in WORDS))
    np.save(folder.vectors, MATRIX)
    numbered = sorted((bucket(ngram), vector) for ngram, vector in PARTS.items())
    buckets = np.array([number for number, _ in numbered])
    matrix = np.array([vector for _, vector in numbered], np.float32)
    with folder.subwords.open("wb") as file:
        write_subwords(file, SubwordVectors(COUNTED, buckets, matrix))
    return folder.path


def ask(*arguments, **options):
    return CliRunner().invoke(w2v, list(map(str, arguments)), **options)


def test_nearest_composes_and_marks_a_word_never_seen(run):
    result = ask("nearest", run, "az", "ab", "-n", 2)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "az  (never seen: composed of its n-grams)\n  ab     1.0000\n  east   0.7071\n"
        "ab\n  east   0.7071\n  cd     0.0000\n"
    )


def test_an_expression_says_which_of_its_words_was_never_seen(run):
    result = ask("nearest", run, "ab", "-", "az", "+", "cz", "-n", 1)
    head = "ab - az + cz  (never seen: az, cz; composed of n-grams)\n"
    assert result.stdout == head + "  cd   1.0000\n"


def test_json_names_the_words_never_seen_and_only_where_there_are_some(run):
    composed, seen = json.loads(ask("nearest", run, "cz", "cd", "-n", 1, "--json").stdout)
    assert composed == {
        "query": "cz",
        "composed": ["cz"],
        "neighbours": [{"word": "cd", "cosine": 1.0}],
    }
    assert "composed" not in seen


def test_tsv_has_no_place_for_a_mark_and_a_warning_names_the_words(run):
    result = ask("nearest", run, "-n", 1, "--format", "tsv", input="az\ncz\naz\n")
    assert result.stdout == "az\tab\t1.000000\ncz\tcd\t1.000000\naz\tab\t1.000000\n"
    assert result.stderr == (
        "w2v: warning: 2 words were never seen, and composed of n-grams: 'az', 'cz'\n"
    )


def test_a_seen_word_in_another_case_comes_before_a_composed_one(run):
    result = ask("nearest", run, "AB", "-n", 1)
    assert result.stdout == "AB\n  east   0.7071\n"
    assert "found in another case" in result.stderr


def test_a_word_without_a_known_ngram_is_an_error_that_says_so(run):
    result = ask("nearest", run, "zz")
    assert result.exit_code == 1
    assert "'zz' is not in the vocabulary (3 words, each seen 9" in result.stderr
    assert "and none of its n-grams has a vector" in result.stderr


def test_analogy_composes(run):
    result = ask("analogy", run, "az", "ab", "cz", "-n", 1)
    assert result.stdout == ("az ab cz  (never seen: az, cz; composed of n-grams)\n  cd   1.0000\n")


def test_similarity_composes(run):
    result = ask("similarity", run, "ab", "az", "cz")
    assert result.stdout == (
        "ab  (never seen: az, cz; composed of n-grams)\n  az   1.0000\n  cz   0.0000\n"
    )
    # The dot product knows lengths: a third of az's n-grams are known.
    result = ask("similarity", run, "ab", "az", "--metric", "dot")
    assert result.stdout.endswith("  az   0.3333\n")


def test_odd_one_out_composes(run):
    result = ask("odd-one-out", run, "ab", "az", "cz", "--json")
    (answer,) = json.loads(result.stdout)
    assert answer["composed"] == ["az", "cz"]
    assert answer["oddest_first"][0] == {"word": "cz", "cosine": 0.0}


PAIRS = "ab\teast\t9\naz\tab\t8\naz\tcz\t2\nzz\tab\t1\n"


def test_eval_leaves_words_never_seen_out_unless_it_may_compose_them(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    (facts,) = json.loads(ask("eval", run, tmp_path / "pairs.tsv", "--json").stdout)
    assert (facts["known"], facts["composed"]) == (1, 0)
    (facts,) = json.loads(ask("eval", run, tmp_path / "pairs.tsv", "--json", "--oov").stdout)
    assert (facts["known"], facts["composed"]) == (3, 2)
    # Cosines .71, 1 and 0 beside scores of 9, 8 and 2.
    assert facts["skipping_unknown"]["spearman"]["value"] == pytest.approx(0.5)


def test_the_coverage_says_how_many_words_were_composed_and_unknown_lists_them(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    lines = ask("eval", run, tmp_path / "pairs.tsv", "--oov", "--unknown").stdout.splitlines()
    assert lines[0].endswith("pairs.tsv: 4 pairs, 3 known (75.0%), 2 words composed")
    assert lines[-1] == "  2 words never seen, composed of n-grams: az cz"


def test_a_composed_word_answers_an_analogy(run, tmp_path):
    (tmp_path / "analogies.txt").write_text(": section\nab az cd cz\nab cd az east\n")
    (facts,) = json.loads(ask("eval", run, tmp_path / "analogies.txt", "--json", "--oov").stdout)
    assert (facts["known"], facts["composed"]) == (2, 2)
    # The only word north but cd is cz; the answer to the second is cz, too, not east.
    assert facts["methods"]["3CosAdd"]["correct"] == 1


def test_composed_words_of_one_file_are_no_answers_in_another(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    (tmp_path / "analogies.txt").write_text(": section\nab cd ab east\nab cd ab cd\n")
    alone = ask("eval", run, tmp_path / "analogies.txt", "--json", "--oov").stdout
    both = ask("eval", run, tmp_path / "pairs.tsv", tmp_path / "analogies.txt", "--json", "--oov")
    assert json.loads(both.stdout)[1:] == json.loads(alone)


def test_oov_is_refused_where_nothing_can_be_composed(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS)
    RunFiles(run).subwords.unlink()
    result = ask("eval", run, tmp_path / "pairs.tsv", "--oov")
    assert result.exit_code == 2
    assert "has no vectors of n-grams to compose words of" in result.stderr


def test_plot_composes_and_says_which_words(run, tmp_path):
    result = ask("plot", run, "ab", "x=az,cz", "cd", "zz", "-o", tmp_path / "map.svg", "--json")
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    assert [place["word"] for place in facts["words"]] == ["ab", "cd", "az", "cz"]
    assert facts["composed"] == ["az", "cz"]
    assert "4 words, 2 of them composed" in result.stderr
    assert "'zz' is not in the vocabulary (3 words, each seen 9" in result.stderr
    assert "Never seen, composed of n-grams: az, cz" in (tmp_path / "map.svg").read_text()
    places = {place["word"]: (place["x"], place["y"]) for place in facts["words"]}
    assert places["az"] == pytest.approx(places["ab"], abs=1e-5)


def shares(*arguments):
    (answer,) = json.loads(ask("nearest", *arguments, "--subwords", "--json").stdout)
    return {each["ngram"]: each["share"] for each in answer["ngrams"]}


def test_the_shares_of_the_ngrams_of_a_word_never_seen(run):
    # (3 · "xx" = [1, 1], "<c" = [0, 3]) of "<cxxxx>": v is [3, 6] / 6; "xx" has p·v / 6 v·v.
    assert shares(run, "cxxxx") == pytest.approx({"xx": 3 * 9 / 45, "<c": 18 / 45})


def test_the_shares_of_a_seen_word_include_its_own_row(run):
    # [1, 0] is the mean of the word's own row, "<a" = [1, 0], and two n-grams without a vector.
    found = shares(run, "ab")
    assert found == pytest.approx({"(the word itself)": 3 / 4, "<a": 1 / 4})
    assert list(found) == ["(the word itself)", "<a"]


def test_subwords_asks_for_one_word_and_for_ngrams(run):
    result = ask("nearest", run, "ab", "-", "cd", "--subwords")
    assert result.exit_code == 1
    assert "'ab - cd' is an expression, expected one word" in result.stderr
    RunFiles(run).subwords.unlink()
    result = ask("nearest", run, "ab", "--subwords")
    assert (result.exit_code, "leave --subwords out" in result.stderr) == (2, True)


@pytest.mark.parametrize("form", ["text", "json", "array"])
def test_a_vector_from_standard_input_is_answered(run, form):
    if form == "array":
        printed = "[1, 0]\n"
    else:
        printed = ask("vector", run, "ab", *(["--json"] if form == "json" else [])).stdout
    result = ask("nearest", run, "--vector", "-n", 2, input=printed)
    assert (result.exit_code, result.stderr) == (0, "")
    name = "(no name)" if form == "array" else "ab"
    assert result.stdout == f"{name}\n  ab     1.0000\n  east   0.7071\n"


def test_a_name_may_hold_spaces_or_be_missing_or_look_like_json(run):
    lines = "new york 1 0\n0 1\n[ 1 0\n"
    result = ask("nearest", run, "--vector", "-n", 1, "--format", "tsv", input=lines)
    assert result.stdout.splitlines() == [
        "new york\tab\t1.000000",
        "(no name)\tcd\t1.000000",
        "[\tab\t1.000000",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ab 1", "'ab 1': not a vector, expected a name and 2 numbers, or JSON"),
        ("1", "'1': expected 2 numbers, found 1"),
        ("[1, 2, 3]", "'[1, 2, 3]': expected 2 numbers, found 3"),
        ("ab nan 1", "'ab': holds a value that is not finite"),
        ("ab 0 0", "the vector of 'ab' is zero"),
        ('{"word": "ab"}', "'ab': not a vector"),
        ('{"vector": [[1], 2]}', "not a vector"),
    ],
)
def test_a_line_that_is_no_vector_is_reported_and_the_others_answered(run, line, message):
    result = ask("nearest", run, "--vector", "-n", 1, input=f"{line}\ncd 0 1\n")
    assert result.exit_code == 0
    assert message in result.stderr
    assert result.stdout == "cd\n  cd   1.0000\n"


def test_vector_goes_with_neither_words_nor_subwords(run):
    for extra in (["ab"], ["--subwords"]):
        result = ask("nearest", run, "--vector", *extra, input="1 0\n")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--vector reads standard input" in result.stderr
