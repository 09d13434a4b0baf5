import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v

WORDS = ["norway", "oslo", "peru", "lima", "iran", "tehran"]
DEGREES = np.radians([0, 20, 60, 81, 140, 159])
MATRIX = np.stack([np.cos(DEGREES), np.sin(DEGREES)], axis=1).astype(np.float32)

ANALOGIES = """: capitals
Norway Oslo Peru Lima
Norway Oslo Mali Bamako
: gram1
Peru Lima Iran Tehran
"""


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in WORDS))
    np.save(folder / "vectors.npy", MATRIX)
    np.save(folder / "outside.npy", MATRIX[::-1])
    return folder


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.tsv").write_text(
        "norway\toslo\t9\nnorway\tperu\t6\nPeru\tiran\t5\noslo\ttehran\t1\nthe\tMali\t5.5\n"
    )
    (tmp_path / "analogies.txt").write_text(ANALOGIES)
    (tmp_path / "foreign.tsv").write_text("un deux 9\ntrois quatre 4\ncinq un 2\n")
    return "pairs.tsv", "analogies.txt"


def evaluate(*args):
    return CliRunner().invoke(w2v, ["eval", *map(str, args)])


def test_tables_have_coverage_and_both_scorings(run, files):
    result = evaluate(run, *files)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "pairs.tsv: 5 pairs, 4 known (80.0%), 1 word in another case\n"
        "            skipping unknown          unknown as 0\n"
        "  Spearman  1.0000 (1.00 to 1.00)     0.9000 (0.11 to 1.00)\n"
        "  Pearson   0.9918 (0.97 to 1.00)     0.9735 (0.53 to 1.00)\n"
        "\n"
        "analogies.txt: 3 questions, 2 known (66.7%), 6 words in another case\n"
        "                             skipping unknown     unknown as wrong\n"
        "                     known    3CosAdd  3CosMul    3CosAdd  3CosMul\n"
        "  capitals             1/2     1.0000   0.0000     0.5000   0.0000\n"
        "  gram1                1/1     1.0000   1.0000     1.0000   1.0000\n"
        "  semantic             1/2     1.0000   0.0000     0.5000   0.0000\n"
        "  syntactic            1/1     1.0000   1.0000     1.0000   1.0000\n"
        "  total                2/3     1.0000   0.5000     0.6667   0.3333\n"
    )


def test_unknown_words_are_listed_on_request(run, files):
    result = evaluate(run, *files, "--unknown")
    assert "\n  2 unknown words: the Mali\n" in result.stdout
    assert "\n  1 word in another case: Peru\n" in result.stdout
    assert result.stdout.endswith(
        "\n  2 unknown words: Mali Bamako\n"
        "  6 words in another case: Norway Oslo Peru Lima Iran Tehran\n"
    )
    shown = json.loads(evaluate(run, *files, "--unknown", "--json").stdout)
    assert [found["unknown"] for found in shown] == [["the", "Mali"], ["Mali", "Bamako"]]


def test_json_is_an_array_of_all_numbers(run, files):
    pairs, analogies = json.loads(evaluate(run, *files, "--json").stdout)
    assert (pairs["file"], pairs["kind"], pairs["pairs"], pairs["known"]) == (
        "pairs.tsv",
        "pairs",
        5,
        4,
    )
    assert pairs["coverage"] == 0.8
    spearman = pairs["unknown_as_zero"]["spearman"]
    assert spearman["value"] == pytest.approx(0.9)
    assert spearman["interval_95"][0] < 0.9 < spearman["interval_95"][1]
    assert (pairs["in_other_case"], analogies["in_other_case"]) == (1, 6)
    assert "unknown" not in pairs
    assert (analogies["kind"], analogies["questions"], analogies["known"]) == ("analogies", 3, 2)
    assert analogies["methods"]["3CosAdd"] == {
        "correct": 2,
        "skipping_unknown": 1.0,
        "interval_95": [pytest.approx(0.342380), 1.0],  # Wilson's: 2 / (2 + 1.96²) to 1
        "unknown_as_wrong": 2 / 3,
    }
    assert [part["name"] for part in analogies["groups"]] == ["semantic", "syntactic"]
    assert [part["name"] for part in analogies["sections"]] == ["capitals", "gram1"]
    assert analogies["sections"][0]["coverage"] == 0.5


def test_options_choose_the_words_and_the_vectors(run, files):
    assert "2 known (40.0%)" in evaluate(run, files[0], "--restrict", 3).stdout
    assert "3 known (60.0%)" in evaluate(run, files[0], "--case-sensitive").stdout
    outside = json.loads(evaluate(run, files[0], "--vectors", "outside", "--json").stdout)
    center = json.loads(evaluate(run, files[0], "--json").stdout)
    assert outside[0]["skipping_unknown"] != center[0]["skipping_unknown"]


def test_a_file_of_unknown_words_has_no_score(run, files):
    result = evaluate(run, "foreign.tsv", files[0])
    assert result.exit_code == 0
    assert result.stdout.startswith("foreign.tsv: 3 pairs, 0 known (0.0%)\n")
    assert "  Spearman  -                         -\n" in result.stdout
    assert result.stderr == (
        "w2v: error: foreign.tsv: no score, too few of its words are known; 'un' is not in the "
        "vocabulary (6 words, each seen 9 times or more; vocabulary.min_count leaves rarer words "
        "out); --unknown lists the unknown words\n"
    )
    assert evaluate(run, "foreign.tsv").exit_code == 1


def test_a_score_of_less_than_half_of_a_file_is_warned_of(run, tmp_path, files):
    pairs = "norway oslo 9\nperu lima 8\niran tehran 4\n" + "xx yy 1\n" * 4
    (tmp_path / "few.tsv").write_text(pairs)
    result = evaluate(run, "few.tsv")
    assert result.exit_code == 0
    assert result.stderr == (
        "w2v: warning: few.tsv: scored on 3 of 7 alone; 'xx' is not in the vocabulary (6 words, "
        "each seen 9 times or more; vocabulary.min_count leaves rarer words out)\n"
    )
    (tmp_path / "few.tsv").write_text(pairs.partition("xx")[0] + "xx yy 1\n" * 3)
    assert evaluate(run, "few.tsv").stderr == ""


def test_a_word_beyond_the_limit_is_called_so_and_not_unknown(run, tmp_path, files):
    result = evaluate(run, files[0], "--restrict", 2)
    assert result.stderr == (
        "w2v: error: pairs.tsv: no score, too few of its words are known; 'peru' is beyond "
        "--restrict 2: it is word 3 of 6; --unknown lists the unknown words\n"
    )
    pairs = "norway oslo 9\nperu Lima 8\nnorway peru 4\n" + "xx yy 1\n" * 4
    (tmp_path / "few.tsv").write_text(pairs)
    few = "w2v: warning: few.tsv: scored on 3 of 7 alone; 'xx' is not in the vocabulary (6 words"
    assert evaluate(run, "few.tsv", "--restrict", 4).stderr.startswith(few)
    assert "; 'Lima' is beyond --restrict 3: it" in evaluate(run, "few.tsv", "--restrict", 3).stderr
    result = evaluate(run, "few.tsv", "--restrict", 3, "--case-sensitive")
    assert "; 'Lima' is not in the vocabulary (6 words" in result.stderr


def test_scores_that_do_not_vary_have_no_correlation(run, tmp_path, files):
    (tmp_path / "equal.tsv").write_text("norway oslo 1\nperu lima 1\niran tehran 1\n")
    assert evaluate(run, "equal.tsv").stderr == (
        "w2v: error: equal.tsv: no score, too few pairs, or all scores or all cosines are equal\n"
    )


def test_words_with_another_prefix_than_the_vocabulary_are_told(tmp_path, files):
    rows = (f"/c/en/{word} {i} {i * i} 1\n" for i, word in enumerate(WORDS))
    (tmp_path / "numberbatch.txt").write_text("".join(rows))
    result = evaluate("numberbatch.txt", "analogies.txt")
    assert (
        "'Norway' is not in the vocabulary (6 words); it has '/c/en/norway': its words have a "
        "prefix or ending, ask for them as they are; --unknown lists" in result.stderr
    )


def test_files_before_the_vectors_are_told(run, tmp_path, files):
    (run / "config.yaml").touch()
    (tmp_path / "vectors.txt").write_text("norway 1.5 2.5\noslo 0.5 1.5\n")
    order = "the vectors come first: w2v eval RUN_OR_FILE FILE...\n"
    for wrong, said in (
        ((files[0], run), f"w2v: error: {run}: is a run folder; {order}"),
        (
            (files[0], "vectors.txt"),
            f"w2v: error: {files[0]}: holds word pairs or analogies; {order}",
        ),
    ):
        result = evaluate(*wrong)
        assert (result.exit_code, result.stderr) == (2, said)


def test_files_are_read_before_the_vectors(tmp_path, files):
    (tmp_path / "bad.tsv").write_text("a b 1\na b\n")
    result = evaluate(tmp_path / "no-run", "bad.tsv")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == ("w2v: error: bad.tsv:2: expected two words and a score, found 'a b'\n")


def test_a_file_must_be_given(run):
    result = evaluate(run)
    assert result.exit_code == 2
    assert "Missing argument 'FILE...'" in result.stderr


def test_control_characters_never_reach_the_terminal(run, tmp_path, files):
    (tmp_path / "odd.txt").write_text(": \x1b[31m\nnorway oslo peru \x1b[0m\n")
    result = evaluate(run, "odd.txt", files[0], "--unknown")
    assert "\x1b" not in result.stdout
    assert "\\x1b[31m" in result.stdout
