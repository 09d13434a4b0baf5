"""Vectors exchanged with the real gensim, both ways."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

# Among them: the trap of a no-break space, a line separator, and a word made of digits.
WORDS = ["the", "</s>", "naïve", "北京", "a\u00a0b", "c\u2028d", "e\u0085f", "42", "🎉", "-"]


@pytest.fixture
def vectors():
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((len(WORDS), 20), dtype=np.float32)
    matrix[3] *= np.float32(1e-20)
    matrix[4] *= np.float32(1e15)
    matrix[5] = 0
    return WordVectors(WORDS, matrix)


@pytest.fixture
def keyed(vectors):
    keyed = KeyedVectors(vector_size=20)
    keyed.add_vectors(WORDS, vectors.matrix)
    return keyed


# gensim 4.4 opens the file a second time for no_header and closes only one of the two.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("word2vec-text", {}),
        ("word2vec-binary", {"binary": True}),
        ("glove", {"no_header": True}),
    ],
)
def test_gensim_reads_what_we_write(tmp_path, vectors, name, options):
    path = tmp_path / "vectors"
    write_vectors(vectors, path, name)
    found = KeyedVectors.load_word2vec_format(str(path), **options)
    assert found.index_to_key == WORDS
    assert found.vectors.tobytes() == vectors.matrix.tobytes()


@pytest.mark.parametrize(
    "options", [{}, {"binary": True}, {"write_header": False}], ids=["text", "binary", "no header"]
)
def test_we_read_what_gensim_writes(tmp_path, vectors, keyed, options):
    path = tmp_path / "vectors"
    keyed.save_word2vec_format(str(path), **options)
    found = read_vectors(path)
    assert found.words == WORDS
    assert found.matrix.tobytes() == vectors.matrix.tobytes()


def test_our_text_is_gensims_text(tmp_path, vectors, keyed):
    usual = np.abs(vectors.matrix).max(axis=1) < 1e6  # beyond, the notation differs
    words = [word for word, keep in zip(WORDS, usual, strict=True) if keep]
    ours = WordVectors(words, vectors.matrix[usual])
    write_vectors(ours, tmp_path / "ours", "word2vec-text")
    theirs = KeyedVectors(vector_size=20)
    theirs.add_vectors(words, ours.matrix)
    theirs.save_word2vec_format(str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_neighbours_are_gensims_neighbours():
    words = [f"w{i}" for i in range(300)]
    matrix = np.random.default_rng(0).standard_normal((300, 20), dtype=np.float32)
    keyed = KeyedVectors(vector_size=20)
    keyed.add_vectors(words, matrix)
    for word in words[:20]:
        expected = keyed.most_similar(word, topn=15)
        found = WordVectors(words, matrix).most_similar(word, topn=15)
        assert [neighbour.word for neighbour in found] == [other for other, _ in expected]
        np.testing.assert_allclose(
            [neighbour.score for neighbour in found], [cos for _, cos in expected], atol=1e-6
        )


def test_sums_of_words_and_vectors_and_analogies_are_answered_as_by_gensim():
    words = [f"w{i}" for i in range(300)]
    matrix = np.random.default_rng(1).standard_normal((300, 20), dtype=np.float32)
    keyed = KeyedVectors(vector_size=20)
    keyed.add_vectors(words, matrix)
    ours, vector = WordVectors(words, matrix), matrix[:2].sum(axis=0)
    for asked in (
        {"positive": ["w3", "w4"], "negative": ["w5"]},
        {"positive": "w6", "negative": ["w5", "w7"], "restrict_vocab": 50},
        {"positive": [vector, "w8"], "topn": 3},
    ):
        pairs = zip(ours.most_similar(**asked), keyed.most_similar(**asked), strict=True)
        for (word, score), (expected, cosine) in pairs:
            assert word == expected and abs(score - cosine) < 1e-6
    with pytest.warns(DeprecationWarning, match="init_sims"):  # of gensim's own call
        products = keyed.most_similar_cosmul(["w2", "w3"], ["w1"])
    analogies = {"3cosadd": keyed.most_similar(["w2", "w3"], ["w1"]), "3cosmul": products}
    for method, expected in analogies.items():
        found = ours.analogy("w1", "w2", "w3", method=method)
        assert [answer.word for answer in found] == [word for word, _ in expected]
    assert abs(ours.similarity("w1", "w2") - keyed.similarity("w1", "w2")) < 1e-6
