"""Vectors exchanged with the real spaCy, fastText and safetensors."""

import json
import subprocess
import sys

import numpy as np
import pytest

from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "</s>", "naïve", "北京", "a\u00a0b", "c\u2028d", "e\u0085f", "42", "🎉", "-"]
MATRIX = np.random.default_rng(0).standard_normal((len(WORDS), 20), dtype=np.float32)
VECTORS = WordVectors(WORDS, MATRIX)

# What `fasttext skipgram` 0.9.3 wrote of two lines of text: five digits, a space at the end.
WRITTEN_BY_FASTTEXT = (
    "6 4\n"
    "the -0.029641 0.027972 -0.022165 -0.0072851 \n"
    "naïve 0.0081171 0.002013 0 0 \n"
    "北京 0 0 0 0 \n"
    "</s> 0 0 0 0 \n"
    "a\u00a0b 0 0 0 0 \n"
    "42 0 0 0 0 \n"
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["word2vec-text", "glove.gz"])
def test_spacy_makes_a_pipeline_of_what_we_write(tmp_path, name):
    pytest.importorskip("spacy")
    source, pipeline = tmp_path / f"vectors.{name}", tmp_path / "pipeline"
    write_vectors(VECTORS, source, name.removesuffix(".gz"))
    code = f"""
import json, spacy
from typer.testing import CliRunner
from spacy.cli._util import app
result = CliRunner().invoke(app, ["init", "vectors", "xx", {str(source)!r}, {str(pipeline)!r}])
assert result.exit_code == 0, result.output
vocab = spacy.load({str(pipeline)!r}).vocab
print(json.dumps([vocab.get_vector(word).tolist() for word in {WORDS!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = np.array(json.loads(done.stdout.splitlines()[-1]), dtype=np.float32)
    assert found.tobytes() == MATRIX.tobytes()


def train_classes(tmp_path, pretrained):
    fasttext = pytest.importorskip("fasttext")
    corpus = tmp_path / "classes.txt"
    corpus.write_text("__label__one the 42\n__label__two - naïve\n" * 3, encoding="utf-8")
    options = {"dim": 20, "lr": 0.0, "epoch": 1, "thread": 1, "verbose": 0}
    return fasttext.train_supervised(str(corpus), pretrainedVectors=str(pretrained), **options)


def test_fasttext_starts_from_what_we_write(tmp_path):
    path = tmp_path / "vectors.vec"
    write_vectors(VECTORS, path, "fasttext")
    model = train_classes(tmp_path, path)
    for word, vector in zip(WORDS, MATRIX, strict=True):
        assert model.get_word_vector(word).tobytes() == vector.tobytes(), word


def test_the_words_we_do_not_write_for_fasttext_are_those_it_takes_for_classes(tmp_path):
    path = tmp_path / "vectors.txt"
    write_vectors(WordVectors(["the", "__label__x"], MATRIX[:2]), path, "word2vec-text")
    assert "__label__x" in train_classes(tmp_path, path).get_labels()


def test_we_read_what_fasttext_writes(tmp_path):
    path = tmp_path / "model.vec"
    path.write_bytes(WRITTEN_BY_FASTTEXT.encode())
    found = read_vectors(path)
    assert found.words == ["the", "naïve", "北京", "</s>", "a\u00a0b", "42"]
    expected = np.zeros((6, 4), dtype=np.float32)
    expected[0] = [-0.029641, 0.027972, -0.022165, -0.0072851]
    expected[1, :2] = [0.0081171, 0.002013]
    assert found.matrix.tobytes() == expected.tobytes()


def test_safetensors_reads_what_we_write(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "vectors.safetensors"
    write_vectors(VECTORS, path, "safetensors")
    tensors = safetensors.load_file(path)
    assert sorted(tensors) == ["vectors", "words"]
    assert tensors["vectors"].tobytes() == MATRIX.tobytes()
    assert tensors["words"].tobytes().decode().split("\n") == WORDS
