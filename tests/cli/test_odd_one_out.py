import json

import numpy as np
import pytest
from click.testing import CliRunner
from gensim.models import KeyedVectors

from w2v_cli.cli import w2v

WORDS = [f"w{i}" for i in range(50)]


@pytest.fixture
def run(tmp_path):
    (tmp_path / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in WORDS))
    matrix = np.random.default_rng(0).standard_normal((50, 4), dtype=np.float32)
    np.save(tmp_path / "vectors.npy", matrix)
    return tmp_path


def odd_one_out(*args, **options):
    return CliRunner().invoke(w2v, ["odd-one-out", *map(str, args)], **options)


def test_the_odd_one_is_that_of_gensim(run):
    model = KeyedVectors(4)
    model.add_vectors(WORDS, np.load(run / "vectors.npy"))
    groups = np.random.default_rng(1).choice(WORDS, (30, 5)).tolist()
    groups = [group for group in groups if len(set(group)) == 5]
    stream = "\n".join(" ".join(group) for group in groups)
    answers = map(
        json.loads,
        odd_one_out(run, "--format", "json", input=stream).stdout.split("\n", len(groups))[:-1],
    )
    odd = [answer["oddest_first"][0]["word"] for answer in answers]
    assert odd == [model.doesnt_match(group) for group in groups]
    assert len(odd) > 20


def test_all_words_are_shown_with_their_mean_cosine_to_the_others(tmp_path):
    (tmp_path / "vocab.tsv").write_text("a\t9\nb\t9\nc\t9\n")
    np.save(tmp_path / "vectors.npy", np.array([[1, 0], [0, 2], [3, 4]], dtype=np.float32))
    result = odd_one_out(tmp_path, "c", "b", "a")
    assert result.exit_code == 0
    assert result.stdout == "c b a\n  a   0.3000\n  b   0.4000\n  c   0.7000\n"


def test_a_question_with_an_unknown_word_or_too_few_has_no_answer(run):
    result = odd_one_out(run, "--format", "tsv", input="w1 w2 xyzzy w3\nw1 w2\n")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        "w2v: error: 'xyzzy' is not in the vocabulary (50 words, each seen 9 times or more; "
        "vocabulary.min_count leaves rarer words out)\n"
        "w2v: error: 'w1 w2' is 2 words, expected 3 or more\n"
    )


def test_too_few_arguments_exit_2(run):
    result = odd_one_out(run, "w1", "w2")
    assert result.exit_code == 2
    assert (
        result.stderr
        == "w2v: error: expected three words or more, as in breakfast cereal lunch, got 2\n"
    )
