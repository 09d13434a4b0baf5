import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v


@pytest.fixture
def run(tmp_path):
    words = ["king", "queen", "man", "new york"]
    (tmp_path / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in words))
    matrix = np.array([[1, 0], [3, 4], [0, 2], [-1, 0]], dtype=np.float32)
    np.save(tmp_path / "vectors.npy", matrix)
    return tmp_path


def similarity(*args, **options):
    return CliRunner().invoke(w2v, ["similarity", *map(str, args)], **options)


def test_the_cosine_of_a_word_to_others_in_the_order_given(run):
    result = similarity(run, "king", "new york", "queen")
    assert result.exit_code == 0
    assert result.stdout == "king\n  new york  -1.0000\n  queen      0.6000\n"


def test_the_dot_product_and_expressions(run):
    args = ["--metric", "dot", "--format", "json"]
    assert json.loads(similarity(run, "queen", "man + king", *args).stdout) == [
        {"query": "queen", "to": [{"word": "man + king", "dot": 11.0}]}
    ]


def test_lines_of_standard_input_are_questions_and_wrong_ones_are_reported(run):
    stream = "king queen\nking\nman\tnew york\nking quen\n"
    result = similarity(run, "--format", "tsv", input=stream)
    assert result.exit_code == 0
    assert result.stdout == "king\tqueen\t0.600000\nman\tnew york\t0.000000\n"
    assert result.stderr == (
        "w2v: error: 'king' is 1 word, expected 2 or more\n"
        "w2v: error: 'quen' is not in the vocabulary (4 words, each seen 9 times or more; "
        "vocabulary.min_count leaves rarer words out); "
        "closest spelling: 'queen'\n"
    )


def test_nothing_answered_is_exit_1_and_a_single_word_exit_2(run):
    assert similarity(run, "king", "xyzzy").exit_code == 1
    result = similarity(run, "king")
    assert result.exit_code == 2
    assert (
        result.stderr
        == "w2v: error: expected two words or more, A and B, as in king queen, got 1\n"
    )
