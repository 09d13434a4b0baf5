import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.vectors.search.queries import SUGGESTIONS

WORDS = ["king", "queen", "man"]
MATRIX = np.array([[1, 0], [1, 1], [0, 2]], dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "vocab.tsv").write_text("".join(f"{word}\n" for word in WORDS))
    np.save(tmp_path / "vectors.npy", MATRIX)
    return tmp_path


def vector(*args, **options):
    return CliRunner().invoke(w2v, ["vector", *map(str, args)], **options)


def test_a_list_of_unknown_words_is_reported_with_suggestions_for_the_first_alone(folder):
    result = vector(folder, input="quen\n" * (SUGGESTIONS + 5) + "king\n")
    assert (result.exit_code, result.stdout) == (0, "king 1.0 0.0\n")
    errors = result.stderr.splitlines()
    assert len(errors) == SUGGESTIONS + 5
    said = "w2v: error: 'quen' is not in the vocabulary (3 words)"
    assert set(errors[:SUGGESTIONS]) == {f"{said}; closest spelling: 'queen'"}
    assert set(errors[SUGGESTIONS:]) == {said}


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_vector_that_is_not_finite_is_an_error_and_the_others_are_printed(folder, value, options):
    np.save(folder / "vectors.npy", np.where(MATRIX == 2, value, MATRIX).astype(np.float32))
    result = vector(folder, "man", "queen", *options)
    assert result.exit_code == 0
    assert result.stderr == (
        "w2v: error: the vector of 'man' is not finite (NaN or infinity): training diverged or "
        "the file is damaged\n"
    )
    if options:
        found = json.loads(result.stdout, parse_constant=pytest.fail)
        assert found == {"word": "queen", "vector": [1.0, 1.0], "composed": False}
    else:
        assert result.stdout == "queen 1.0 1.0\n"
    assert vector(folder, "man", *options).exit_code == 1
