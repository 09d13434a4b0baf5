import io
import zipfile

import numpy as np
import pytest

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import npz as npz_format
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "New York", "北京"]
MATRIX = np.array([[0.1, -2.0], [1e-7, -0.0], [16777216.0, np.pi], [1, 2]], dtype=np.float32)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vectors.npz"


@pytest.fixture
def complaint(path):
    def complaint_about():
        with pytest.raises(VectorsError) as caught:
            read_vectors(path, strict=True)
        return str(caught.value).replace(f"{path}", "vectors.npz")

    return complaint_about


def test_numpy_reads_what_is_written(path):
    write_vectors(WordVectors(WORDS, MATRIX), path, "npz")
    with np.load(path, allow_pickle=False) as archive:
        assert sorted(archive) == ["vectors", "words"]
        assert [word.decode() for word in archive["words"]] == WORDS
        assert archive["vectors"].dtype == np.float32
        assert archive["vectors"].tobytes() == MATRIX.tobytes()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
def test_what_numpy_writes_is_read(path, save, dtype):
    matrix = np.asfortranarray(MATRIX[:2]).astype(dtype)
    save(path, words=np.array([word.encode() for word in WORDS[:2]]), vectors=matrix)
    found = read_vectors(path)
    assert found.words == WORDS[:2]
    assert found.matrix.dtype == np.float32
    np.testing.assert_array_equal(found.matrix, matrix.astype(np.float32))


def test_the_same_vectors_give_the_same_bytes_on_any_day(path, monkeypatch):
    write_vectors(WordVectors(WORDS, MATRIX), path, "npz")
    first = path.read_bytes()
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    write_vectors(WordVectors(WORDS, MATRIX), path, "npz")
    assert path.read_bytes() == first
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [entry.filename for entry in archive.infolist()] == ["words.npy", "vectors.npy"]


def test_one_very_long_word_is_refused_before_all_are_padded_to_it(path, monkeypatch):
    monkeypatch.setattr(npz_format, "LONGEST_PADDING", 200)
    words = ["a", "b" * 99, "c"]
    with pytest.raises(VectorsError, match=r"npz takes 99 bytes for every word because of b'bbb"):
        write_vectors(WordVectors(words, MATRIX[:3]), path, "npz")
    assert not path.exists()


def test_a_line_end_in_a_word_stays_in_it(path):
    vectors = WordVectors(["a\nb", "c"], np.ones((2, 2), np.float32))
    write_vectors(vectors, path, "npz")
    assert read_vectors(path).words == ["a\nb", "c"]


def test_words_that_numpy_keeps_as_text_are_read(path):
    np.savez(path, words=np.array(["naïve", "北京"]), vectors=MATRIX[:2].astype(np.float64))
    found = read_vectors(path)
    assert found.words == ["naïve", "北京"]
    np.testing.assert_array_equal(found.matrix, MATRIX[:2])


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (["glove.6B.50d.txt"], "a zip archive of glove.6B.50d.txt, expected vectors; unpack it"),
        ([f"{n}.txt" for n in range(9)], "a zip archive of 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …,"),
        (["model/data.pkl", "model/data/0"], "a PyTorch file, expected vectors; it is never"),
    ],
)
def test_a_zip_archive_of_something_else_is_said_to_be_one(path, complaint, members, message):
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(member, b"a 1 2")
    assert complaint().startswith(f"vectors.npz: {message}")


class Runs:
    def __reduce__(self):
        return (print, ("code was run",))


def test_a_pickle_in_the_archive_is_refused_and_not_run(path, complaint, capsys):
    np.savez(path, words=np.array([Runs()], dtype=object), vectors=MATRIX[:1])
    capsys.readouterr()
    assert "an array of Python objects" in complaint()
    assert capsys.readouterr().out == ""


def words_of(*words):
    return np.array(words)


COMPLAINTS = {
    "an array is missing": (
        {"words": words_of(b"a")},
        "vectors.npz: expected the arrays `words` and `vectors` in the npz file, found words",
    ),
    "arrays of other names": (
        {"vocab": words_of("a"), "embeddings": MATRIX[:1]},
        "vectors.npz: expected the arrays `words` and `vectors` in the npz file, "
        "found vocab, embeddings",
    ),
    "words that are numbers": (
        {"words": np.array([1]), "vectors": MATRIX[:1]},
        "vectors.npz: expected `words` as one row of bytes or text, found int64 of shape (1,)",
    ),
    "text that is not Unicode": (
        {"words": words_of("\ud800"), "vectors": MATRIX[:1]},
        "vectors.npz: row 1: the word b'\\xed\\xa0\\x80' is not valid UTF-8",
    ),
    "words in a table": (
        {"words": np.array([[b"a"]]), "vectors": MATRIX[:1]},
        "vectors.npz: expected `words` as one row of bytes or text, found |S1 of shape (1, 1)",
    ),
    "whole numbers": (
        {"words": words_of(b"a"), "vectors": np.ones((1, 2), np.int32)},
        "vectors.npz: expected `vectors` as 1 rows of floats, found int32 of shape (1, 2)",
    ),
    "more words than rows": (
        {"words": words_of(b"a", b"b"), "vectors": MATRIX[:1]},
        "vectors.npz: expected `vectors` as 2 rows of floats, found float32 of shape (1, 2)",
    ),
    "a single row that is not a matrix": (
        {"words": words_of(b"a"), "vectors": MATRIX[0, :1]},
        "vectors.npz: expected `vectors` as 1 rows of floats, found float32 of shape (1,)",
    ),
    "no words": (
        {"words": np.array([], "S1"), "vectors": MATRIX[:0]},
        "vectors.npz: declares 0 words of 2 dimensions, expected some",
    ),
    "a word twice": (
        {"words": words_of(b"a", b"a"), "vectors": MATRIX[:2]},
        "vectors.npz: row 2: the word 'a' is already at vectors.npz: row 1, "
        "expected every word once",
    ),
    "an empty word": (
        {"words": words_of(b"a", b""), "vectors": MATRIX[:2]},
        "vectors.npz: row 2: the word is empty",
    ),
    "a word that is not UTF-8": (
        {"words": words_of(b"caf\xe9"), "vectors": MATRIX[:1]},
        "vectors.npz: row 1: the word b'caf\\xe9' is not valid UTF-8",
    ),
    "a float64 that is infinite as float32": (
        {"words": words_of(b"a"), "vectors": np.array([[1e300]])},
        "vectors.npz: row 1: the vector of 'a' is not finite (NaN or infinity), "
        "expected finite numbers",
    ),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_an_npz_file_with_other_contents_is_refused(path, complaint, case):
    arrays, message = COMPLAINTS[case]
    np.savez(path, **arrays)
    assert complaint() == message


def npy_bytes(array, shape):
    """An npy file whose header lies about the shape."""
    buffer = io.BytesIO()
    header = {"descr": array.dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


def test_a_shape_that_asks_for_all_memory_is_refused_before_any_is_taken(path, complaint):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("words.npy", npy_bytes(np.array([b"a"]), (1,)))
        archive.writestr("vectors.npy", npy_bytes(MATRIX, (10**9, 300)))
    assert complaint() == (
        "vectors.npz: `vectors` declares 1,200,000,000,000 bytes of values, found 32"
    )


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x03\x04" + b"\0" * 100])
def test_something_that_only_begins_like_a_zip_file_is_refused(path, complaint, content):
    path.write_bytes(content)
    assert complaint().startswith("vectors.npz: damaged npz file: ")


@pytest.mark.slow
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_every_truncation_and_many_changed_bytes_are_noticed_or_harmless(path, tmp_path, save):
    save(path, words=np.array([word.encode() for word in WORDS]), vectors=MATRIX)
    whole = path.read_bytes()
    damaged = tmp_path / "damaged"
    for length in range(1, len(whole), 11):
        damaged.write_bytes(whole[:length])
        with pytest.raises(VectorsError):
            read_vectors(damaged)
    for at in range(4, len(whole), 2):
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found = read_vectors(damaged)
        except VectorsError:
            continue
        assert found.words == WORDS
        assert found.matrix.tobytes() == MATRIX.tobytes()
