import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import FILE_FORMATS, FORMATS, checks, read_vectors, write_vectors
from w2v_cli.vectors.formats.base import FileFormat, FolderFormat
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

# What a word of any corpus can be: no ASCII white space, and no surrogates.
tokens = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f"), min_size=1
)
FILES = [row.name for row in FILE_FORMATS]
ordinary = st.floats(-4, 4, width=32)
any_finite = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.fixture
def vectors():
    matrix = np.random.default_rng(0).standard_normal((50, 8), dtype=np.float32)
    return WordVectors([f"w{i}" for i in range(50)], matrix)


def assert_same(found, words, matrix):
    assert found.words == words
    assert found.matrix.dtype == np.float32
    assert found.matrix.tobytes() == matrix.tobytes()  # −0 is not 0


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("extension", ["", ".bin", ".txt", ".npz"])
def test_a_format_is_known_by_content_whatever_the_file_is_called(
    tmp_path, vectors, name, extension
):
    path = tmp_path / f"vectors{extension}"
    write_vectors(vectors, path, name)
    recognised = [f.name for f in FILE_FORMATS if f.sniff(path.read_bytes())]
    same_text = {"fasttext": "word2vec-text"}  # with fewer words allowed in it
    assert recognised[0] == same_text.get(name, name)
    assert_same(read_vectors(path), vectors.words, vectors.matrix)


@pytest.mark.slow
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    name=st.sampled_from(sorted(FORMATS)),
    words=st.lists(tokens, min_size=1, max_size=8, unique=True),
    D=st.integers(1, 5),
    data=st.data(),
)
def test_any_words_and_values_come_back_to_the_bit(tmp_path, name, words, D, data):
    values = data.draw(st.sampled_from([ordinary, any_finite]))
    matrix = data.draw(hnp.arrays(np.float32, (len(words), D), elements=values))
    if any(FORMATS[name].unfit.search(word) for word in words):
        return
    path = tmp_path / "vectors"
    if isinstance(FORMATS[name], FolderFormat):
        path = tmp_path / f"folder-{name}"
    write_vectors(WordVectors(words, matrix), path, name)
    if isinstance(FORMATS[name], FolderFormat):
        assert_same(read_vectors(path), words, matrix)
    else:
        with path.open("rb") as file:
            assert_same(FORMATS[name].read(file, "vectors", Oddities()), words, matrix)


@pytest.mark.slow
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    names=st.permutations(sorted(FORMATS)),
    words=st.lists(st.text("abcé京", min_size=1), min_size=1, max_size=8, unique=True),
    D=st.integers(2, 5),
    data=st.data(),
)
def test_vectors_survive_a_journey_through_all_formats(tmp_path, names, words, D, data):
    matrix = data.draw(hnp.arrays(np.float32, (len(words), D), elements=ordinary))
    matrix[0] = 1  # has zero bytes: a file so small might be printable text by chance
    found = WordVectors(words, matrix)
    for name in names:
        write_vectors(found, tmp_path / name, name)
        found = read_vectors(tmp_path / name)
    assert_same(found, words, matrix)


@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary", "glove", "fasttext"])
@pytest.mark.parametrize("word", ["New York", "a\tb", "a\nb", "a\r", "\v", "\f", ""])
def test_a_word_that_would_break_the_row_is_named_and_nothing_is_written(tmp_path, name, word):
    vectors = WordVectors(["ok", word], np.ones((2, 3), dtype=np.float32))
    with pytest.raises(VectorsError) as caught:
        write_vectors(vectors, tmp_path / "out", name)
    assert str(caught.value) == (
        f"row 2: {name} cannot hold the word {word!r}, expected {FORMATS[name].rule}; "
        "choose another format, or --on-bad-token skip or escape"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["", "a\0"])
def test_npz_refuses_words_that_numpy_would_not_give_back(tmp_path, word):
    vectors = WordVectors([word], np.ones((1, 3), dtype=np.float32))
    with pytest.raises(VectorsError, match=r"^row 1: npz cannot hold the word '"):
        write_vectors(vectors, tmp_path / "out", "npz")


@pytest.mark.parametrize("name", FORMATS)
def test_what_no_format_may_hold_is_refused(tmp_path, name):
    ones = np.ones((2, 2), dtype=np.float32)
    infinite = np.array([[1, 2], [3, np.inf]], dtype=np.float32)
    cases = [
        (["a", "caf\udce9"], ones, r"row 2: .* cannot hold the word 'caf\\udce9'"),
        (["a", "a"], ones, "row 2: the word 'a' is already at row 1, expected every word once"),
        (["a", "b"], infinite, "row 2: the vector of 'b' is not finite"),
    ]
    for words, matrix, message in cases:
        with pytest.raises(VectorsError, match=message):
            write_vectors(WordVectors(words, matrix), tmp_path / "out", name)
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_is_not_finite_is_found_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "CHECKED_ROWS", 3)
    vectors = WordVectors([f"w{i}" for i in range(10)], np.ones((10, 2), dtype=np.float32))
    vectors.matrix[7, 1] = -np.inf
    with pytest.raises(VectorsError, match=r"^row 8: the vector of 'w7' is not finite"):
        write_vectors(vectors, tmp_path / "out", "glove")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: WordVectors(v.words, np.nextafter(v.matrix, np.float32(9))),
        lambda v: WordVectors(v.words, -v.matrix),
        lambda v: WordVectors([*v.words[1:], v.words[0]], v.matrix),
        lambda v: v.top(len(v) - 1),
    ],
    ids=["one bit", "the sign of zero", "the order of words", "a row is missing"],
)
def test_a_file_that_does_not_read_back_the_same_is_not_kept(tmp_path, monkeypatch, spoil):
    words = [f"w{i}" for i in range(5000)]
    vectors = WordVectors(words, np.zeros((5000, 2), dtype=np.float32))
    text = FORMATS["word2vec-text"]
    faulty = FileFormat(
        "faulty",
        text.unfit,
        text.rule,
        True,
        text.sniff,
        text.read,
        lambda file, vectors: text.write(file, spoil(vectors)),
    )
    monkeypatch.setitem(FORMATS, "faulty", faulty)
    path = tmp_path / "out"
    write_vectors(vectors, path, "faulty", verify=False)
    path.write_text("old")
    with pytest.raises(VectorsError, match="not kept: what was read back differs from what was w"):
        write_vectors(vectors, path, "faulty")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_a_memory_mapped_matrix_is_written_like_any_other(tmp_path, vectors):
    np.save(tmp_path / "m.npy", vectors.matrix)
    mapped = WordVectors(vectors.words, np.load(tmp_path / "m.npy", mmap_mode="r"))
    for name in FILES:
        write_vectors(mapped, tmp_path / "mapped", name)
        write_vectors(vectors, tmp_path / "plain", name)
        assert (tmp_path / "mapped").read_bytes() == (tmp_path / "plain").read_bytes()


@pytest.mark.parametrize("D", [300, 2000])
def test_a_wide_text_row_is_not_taken_for_binary(tmp_path, D):
    matrix = np.random.default_rng(0).standard_normal((3, D), dtype=np.float32)
    for words in (["a", "b", "c"], ["\x01", "b", "c"]):
        write_vectors(WordVectors(words, matrix), tmp_path / "out", "word2vec-text")
        assert_same(read_vectors(tmp_path / "out"), words, matrix)


@pytest.mark.posix
def test_a_pipe_is_refused_as_what_it_is():
    reading, writing = os.pipe()
    os.write(writing, b"a 1 2\nb 3 4\n")
    os.close(writing)
    with pytest.raises(VectorsError, match=rf"/dev/fd/{reading}: is a pipe, expected a file"):
        read_vectors(Path(f"/dev/fd/{reading}"))
    os.close(reading)
