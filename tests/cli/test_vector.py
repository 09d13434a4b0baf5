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
