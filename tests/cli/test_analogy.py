import json

import numpy as np
import pytest
from click.testing import CliRunner
from gensim.models import KeyedVectors

from w2v_cli.cli import w2v

WORDS = [f"w{i}" for i in range(200)]


@pytest.fixture
def run(tmp_path):
    (tmp_path / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in WORDS))
    matrix = np.random.default_rng(0).standard_normal((200, 20), dtype=np.float32)
    np.save(tmp_path / "vectors.npy", matrix)
    return tmp_path


def analogy(*args, **options):
    return CliRunner().invoke(w2v, ["analogy", *map(str, args)], **options)


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
@pytest.mark.parametrize("method", ["3cosadd", "3cosmul"])
def test_answers_are_those_of_gensim(run, method):
    model = KeyedVectors(20)
    model.add_vectors(WORDS, np.load(run / "vectors.npy"))
    ask = {"3cosadd": model.most_similar, "3cosmul": model.most_similar_cosmul}[method]
    expected = ask(positive=["w8", "w5"], negative=["w3"], topn=9)
    args = ["w3", "w8", "w5", "-n", 9, "--method", method, "--format", "json"]
    (answer,) = json.loads(analogy(run, *args).stdout)
    assert answer["query"] == "w3 w8 w5"
    assert [found["word"] for found in answer["answers"]] == [word for word, _ in expected]
    scores = [found[method] for found in answer["answers"]]
    if method == "3cosmul":
        np.testing.assert_allclose(scores, [score for _, score in expected], atol=1e-5)


def test_the_score_of_3cosadd_is_a_sum_of_three_cosines(tmp_path):
    (tmp_path / "vocab.tsv").write_text("a\t2\nb\t2\nc\t2\nd\t2\n")
    np.save(tmp_path / "vectors.npy", np.array([[1, 0], [0, 1], [1, 1], [3, 4]], dtype=np.float32))
    result = analogy(tmp_path, "a", "b", "c", "--format", "tsv")
    assert result.stdout == f"a b c\td\t{0.8 - 0.6 + 1.4 / 2**0.5:.6f}\n"


def test_lines_of_standard_input_are_questions_and_wrong_ones_are_reported(run):
    stream = "w3 w8  w5\nw3 w8\n\nw3\tw8 + w9\tw5\nw3 w8 w5 w1\nxyzzy w1 w2\n"
    result = analogy(run, "-n", "1", "--format", "tsv", input=stream)
    assert result.exit_code == 0
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == [
        "w3 w8 w5",
        "w3 w8 + w9 w5",
    ]
    assert result.stderr.splitlines() == [
        "w2v: error: 'w3 w8' is 2 words, expected 3",
        "w2v: error: 'w3 w8 w5 w1' is 4 words, expected 3",
        "w2v: error: 'xyzzy' is not in the vocabulary (200 words, each seen 9 times or more; "
        "vocabulary.min_count leaves rarer words out)",
    ]


def test_nothing_answered_is_exit_1_and_another_number_of_words_exit_2(run):
    assert analogy(run, "xyzzy", "w1", "w2").exit_code == 1
    result = analogy(run, "w1", "w2")
    assert result.exit_code == 2
    assert result.stderr == (
        "w2v: error: expected three words A B C, as in man king woman, got 2\n"
    )
