"""Words that were never seen, in every command that asks vectors: composed, and marked as such."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.core.subwords import NgramRange
from w2v_cli.run_files import RunFiles
from w2v_cli.vectors.formats.subwords_file import write_subwords

WORDS = ["ab", "cd", "east"]
MATRIX = np.array([[1, 0], [0, 1], [2, 2]], np.float32)
# Of bigrams, so that each is easy to name: `<a` points east and `<c` north.
COUNTED = NgramRange(2, 2, 1_000_000)
PARTS = {"<a": [1, 0], "<c": [0, 3], "xx": [1, 1]}


def number(ngram):
    """FNV-1a, 32 bits, from its definition."""
    found = 2166136261
    for byte in ngram.encode():
        found = (found ^ byte) * 16777619 % 2**32
    return found


@pytest.fixture
def run(tmp_path):
    """The folder of a finished run that knows the vectors of three n-grams."""
    folder = RunFiles(tmp_path / "run")
    folder.path.mkdir()
    folder.config.touch()
    folder.vocabulary.write_text("".join(f"{word}\t9\n" for word in WORDS))
    np.save(folder.vectors, MATRIX)
    write_parts(folder, COUNTED)
    return folder.path


def write_parts(folder, counted):
    numbered = sorted((number(ngram) % counted.buckets, part) for ngram, part in PARTS.items())
    buckets = np.array([bucket for bucket, _ in numbered])
    matrix = np.array([part for _, part in numbered], np.float32)
    with folder.subwords.open("wb") as file:
        write_subwords(file, counted, buckets, [matrix], matrix.shape[1])


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


def test_eval_composes_no_word_that_was_seen_though_it_is_beyond_the_limit(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text("ab\tcd\t9\naz\tab\t8\naz\tcz\t2\n")
    options = ("--oov", "--restrict", 1, "--json", "--unknown")
    result = ask("eval", run, tmp_path / "pairs.tsv", *options)
    (facts,) = json.loads(result.stdout)
    assert (facts["known"], facts["composed"], facts["unknown"]) == (2, 2, ["cd"])
    assert "'cd' is beyond --restrict 1: it is word 2 of 3; --unknown" in result.stderr


def test_eval_says_nothing_of_ngrams_that_it_did_not_look_for(run, tmp_path):
    (tmp_path / "pairs.tsv").write_text("az\tab\t9\n")
    result = ask("eval", run, tmp_path / "pairs.tsv")
    assert "'az' is not in the vocabulary (3 words, each seen 9" in result.stderr
    assert "n-grams" not in result.stderr
    (tmp_path / "pairs.tsv").write_text("zz\tab\t9\n")
    assert "n-grams has a vector" in ask("eval", run, tmp_path / "pairs.tsv", "--oov").stderr


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


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("extension", ["svg", "html"])
def test_plot_maps_a_word_that_is_not_utf8(run, tmp_path, extension):
    page = tmp_path / f"map.{extension}"
    result = ask("plot", run, "ab", "cd", "a\udce9", "-o", page, "--json")
    assert (result.exit_code, result.exception) == (0, None)
    facts = json.loads(result.stdout)
    assert [place["word"] for place in facts["words"]] == ["ab", "cd", "a\udce9"]
    assert facts["composed"] == ["a\udce9"]
    assert "a\\udce9" in page.read_text(encoding="utf-8")


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
    lines = "new york 1 0\n0 1\n[ 1 0\n3.14 1 0\nwindows 95 1 0\n"
    result = ask("nearest", run, "--vector", "-n", 1, "--format", "tsv", input=lines)
    assert result.stdout.splitlines() == [
        "new york\tab\t1.000000",
        "(no name)\tcd\t1.000000",
        "[\tab\t1.000000",
        "3.14\tab\t1.000000",
        "windows 95\tab\t1.000000",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("ab 1", "'ab 1': not a vector, expected a name and 2 numbers, or JSON"),
        ("1", "'1': expected 2 numbers, found 1"),
        ("ab 0.5 -2e-05 1 0", "'ab': expected 2 numbers, found 4"),  # a vector of another model
        ("[1, 2, 3]", "'[1, 2, 3]': expected 2 numbers, found 3"),
        ("ab nan 1", "'ab': holds a value that is not finite"),
        ("ab 0 0", "the vector of 'ab' is zero"),
        ('{"word": "ab"}', "'ab': not a vector"),
        ('{"vector": [[1], 2]}', "not a vector"),
        (f"[1, {10**310}]", "not a vector"),
        ("[" * 100_000, "not a vector"),
    ],
)
def test_a_line_that_is_no_vector_is_reported_and_the_others_answered(run, line, message):
    result = ask("nearest", run, "--vector", "-n", 1, input=f"{line}\ncd 0 1\n")
    assert result.exit_code == 0
    assert message in result.stderr
    assert result.stdout == "cd\n  cd   1.0000\n"


def test_subwords_are_those_of_centre_vectors_and_no_neighbours(run):
    np.save(RunFiles(run).outside, MATRIX)
    for given, message in (
        (["--metric", "cosine"], "--subwords and --metric contradict each other"),
        (["--restrict", 2], "--subwords and --restrict contradict each other"),
        (["--vectors", "mean"], "--vectors mean and --subwords contradict each other"),
    ):
        result = ask("nearest", run, "ab", "--subwords", *given)
        assert (result.exit_code, message in result.stderr) == (2, True)


def test_vector_goes_with_neither_words_nor_subwords(run):
    for extra in (["ab"], ["--subwords"]):
        result = ask("nearest", run, "--vector", *extra, input="1 0\n")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--vector reads standard input" in result.stderr


def test_export_writes_a_list_of_words_in_its_order_and_composes_those_never_seen(run, tmp_path):
    (tmp_path / "words").write_text("cz\n\n ab \nzz\ncz\n", encoding="utf-8")
    result = ask(
        "export", run, "--words", tmp_path / "words", "--format", "glove",
        "-o", tmp_path / "out.txt", "--json",
    )  # fmt: skip
    assert result.exit_code == 0
    assert (tmp_path / "out.txt").read_text() == "cz 0.0 1.0\nab 1.0 0.0\n"
    facts = json.loads(result.stdout)
    assert (facts["words"], facts["composed"], facts["missing"]) == (2, 1, 1)
    assert "left out 1 word without a vector: 'zz'" in result.stderr
    assert "2 words (1 of them composed)" in result.stderr


def test_export_reads_the_list_from_standard_input_and_writes_a_model(run, tmp_path):
    model = tmp_path / "model.bin"
    write_parts(RunFiles(run), NgramRange(2, 2, 1000))  # all of which a model has
    result = ask(
        "export", run, "--words", "-", "--format", "fasttext-model", "-o", model, input="az\nab\n"
    )
    assert (result.exit_code, "read back" in result.stderr) == (0, True)
    lines = ask("vector", model, "az", "ab", "cz", "--json").stdout.splitlines()
    printed = [json.loads(line) for line in lines]
    assert [each["composed"] for each in printed] == [False, False, True]
    found = [each["vector"] for each in printed]
    np.testing.assert_allclose(found, [[1 / 3, 0], [1, 0], [0, 1]], atol=1e-6)


def test_a_list_without_a_known_word_is_refused(run, tmp_path):
    for text, message in (("zz\n", "'zz' is not in the vocabulary"), ("\n", "holds no word")):
        (tmp_path / "words").write_text(text)
        words, out = tmp_path / "words", tmp_path / "x.npz"
        result = ask("export", run, "--words", words, "--format", "npz", "-o", out)
        assert (result.exit_code, message in result.stderr) == (1, True)
        assert not out.exists()


def test_a_list_is_utf8_and_does_not_go_with_top(run, tmp_path):
    words, out = tmp_path / "words", tmp_path / "x.npz"
    words.write_bytes(b"ab\n\xff\n")
    result = ask("export", run, "--words", words, "--format", "npz", "-o", out)
    assert (result.exit_code, "words:2: not valid UTF-8" in result.stderr) == (1, True)
    result = ask("export", run, "--words", words, "--top", 2, "--format", "npz", "-o", out)
    assert (result.exit_code, "give it, or --words" in result.stderr) == (2, True)
