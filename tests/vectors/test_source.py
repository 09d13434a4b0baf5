from dataclasses import replace

import numpy as np
import pytest

from w2v_cli.core.subwords import NgramRange
from w2v_cli.errors import RunError, UsageError, VectorsError
from w2v_cli.vectors.composed_words import choose, with_composed
from w2v_cli.vectors.formats import write_vectors
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.subword_vectors import SubwordVectors

CENTER = np.array([[1.0, 2.0], [-3.0, 0.25], [0.0, 1e-30]], dtype=np.float32)
OUTSIDE = np.array([[3.0, 2.0], [1.0, 0.75], [1.0, 0.0]], dtype=np.float32)
VOCABULARY = "the\t12\nnaïve\t5\nc\u2028d\u0085e\t5\n"
WORDS = ["the", "naïve", "c\u2028d\u0085e"]


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text("")
    (folder / "vocab.tsv").write_bytes(VOCABULARY.encode())
    np.save(folder / "vectors.npy", CENTER)
    np.save(folder / "outside.npy", OUTSIDE)
    return folder


def complaint(kind, folder, *args):
    with pytest.raises(kind) as caught:
        load_vectors(folder, *args)
    return str(caught.value).replace(str(folder), "RUN")


@pytest.mark.parametrize(
    ("which", "matrix"),
    [("centre", CENTER), ("outside", OUTSIDE), ("mean", (CENTER + OUTSIDE) / 2)],
)
def test_a_run_has_three_kinds_of_vectors(run, which, matrix):
    vectors = load_vectors(run, which)
    assert vectors.words == WORDS
    assert vectors.counts is not None and vectors.counts.tolist() == [12, 5, 5]
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_array_equal(vectors.matrix, matrix)


def test_center_vectors_are_what_a_run_gives_unasked(run):
    np.testing.assert_array_equal(load_vectors(run).matrix, CENTER)


def test_a_run_is_memory_mapped_and_cannot_be_written_by_accident(run):
    vectors = load_vectors(run)
    assert isinstance(vectors.matrix.base, np.memmap)
    assert not vectors.matrix.flags.writeable


def test_a_file_is_read_by_its_format(run, tmp_path):
    path = tmp_path / "vectors"
    write_vectors(load_vectors(run), path, "word2vec-binary")
    vectors = load_vectors(path)
    assert vectors.words == WORDS
    assert vectors.counts is None
    np.testing.assert_array_equal(vectors.matrix, CENTER)


@pytest.mark.parametrize("which", ["outside", "mean"])
def test_a_file_has_no_other_vectors_than_its_own(tmp_path, which):
    path = tmp_path / "vectors"
    path.write_text("a 1\n")
    assert complaint(UsageError, path, which) == (
        f"RUN: holds one vector a word and no {which} vectors; "
        "give the run folder, or leave --vectors out"
    )


@pytest.mark.parametrize("which", ["outside", "mean"])
def test_a_fasttext_model_made_of_vectors_alone_has_no_others_either(run, tmp_path, which):
    path = tmp_path / "model.bin"
    write_vectors(replace(load_vectors(run), outside=None), path, "fasttext-model")
    assert f"holds one vector a word and no {which} vectors" in complaint(UsageError, path, which)


@pytest.mark.parametrize("subwords", [None, NgramRange(3, 4, 20)])
@pytest.mark.parametrize(
    ("which", "matrix"), [("outside", OUTSIDE), ("mean", (CENTER + OUTSIDE) / 2)]
)
def test_a_fasttext_model_has_three_kinds_of_vectors_too(run, tmp_path, which, matrix, subwords):
    path = tmp_path / "model.bin"
    vectors = load_vectors(run)
    if subwords is not None:
        ngrams = SubwordVectors(subwords, None, np.ones((20, 2), np.float32))
        vectors = replace(vectors, subwords=ngrams)
    write_vectors(vectors, path, "fasttext-model")
    found = load_vectors(path, which)
    assert (found.words, found.subwords) == (WORDS, None)
    np.testing.assert_allclose(found.matrix, matrix, atol=1e-5)


@pytest.mark.parametrize("name", ["vectors.npy", "outside.npy"])
def test_the_matrix_of_a_folder_is_answered_with_the_folder(run, name):
    with pytest.raises(VectorsError) as caught:
        load_vectors(run / name)
    assert str(caught.value) == (
        f"{run / name}: a NumPy array, expected vectors; "
        f"its words are in vocab.tsv beside it: give the folder, {run}"
    )


def test_a_matrix_alone_is_answered_with_what_it_lacks(tmp_path):
    np.save(tmp_path / "matrix.npy", CENTER)
    message = complaint(VectorsError, tmp_path / "matrix.npy")
    assert message == (
        "RUN: a NumPy array, expected vectors; "
        "give a folder with vectors.npy, and its words in vocab.tsv, a word a line"
    )


def test_a_path_that_does_not_exist_is_an_error(tmp_path):
    message = complaint(VectorsError, tmp_path / "absent")
    assert message == (
        "RUN: no such file or folder, expected the folder of a run, as `w2v train -o` makes it, "
        "or a file of vectors"
    )


@pytest.mark.parametrize("trace", ["config.yaml", "checkpoint"])
def test_an_unfinished_run_is_answered_with_the_command_that_finishes_it(tmp_path, trace):
    (tmp_path / trace).mkdir() if trace == "checkpoint" else (tmp_path / trace).touch()
    assert complaint(RunError, tmp_path) == (
        "RUN: the run is unfinished, it has no vectors.npy; "
        "`w2v train --resume --out RUN` finishes it"
    )


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    assert complaint(RunError, tmp_path) == (
        "RUN: neither a run folder nor exported vectors, expected vectors.npy and vocab.tsv, "
        "or vectors.tsv and metadata.tsv, in it"
    )


MARK = "\ufeff"


@pytest.mark.parametrize(
    ("vocabulary", "words"),
    [
        (f"{MARK}the\r\nof\r\n{MARK}a\r\n", ["the", "of", f"{MARK}a"]),
        (f"{MARK}the\t3\r\nof\t2\r\na\t1\r\n", ["the", "of", "a"]),
        ("the\r\nof\na\r\n", ["the\r", "of", "a\r"]),
        (f"{MARK}the\nof\nthe\n", [f"{MARK}the", "of", "the"]),
    ],
)
def test_words_in_a_list_made_by_hand_have_no_mark_and_no_line_end(run, vocabulary, words):
    (run / "vocab.tsv").write_bytes(vocabulary.encode())
    (run / "config.yaml").unlink()
    assert load_vectors(run).words == words


def test_the_words_of_a_run_stay_as_they_are(run):
    (run / "vocab.tsv").write_bytes(f"{MARK}the\r\t3\nof\r\t2\na\r\t1\n".encode())
    assert load_vectors(run).words == [f"{MARK}the\r", "of\r", "a\r"]


@pytest.mark.parametrize("vocabulary", ["the\r\n\r\na\r\n", f"{MARK}\nof\na\n"])
def test_a_list_made_by_hand_with_a_line_without_a_word_is_refused(run, vocabulary):
    (run / "vocab.tsv").write_bytes(vocabulary.encode())
    (run / "config.yaml").unlink()
    message = complaint(VectorsError, run)
    assert message == "RUN/vocab.tsv: a line has no word, expected one in each"


EXPECTED = "expected a word, a tab, its count and the end of the line, found "


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        ("the\t12\nb\t5\n", "2 words and vectors.npy the shape (3, 2)"),
        ("", f":1: {EXPECTED}an empty file"),
        ("the\t12\nb\t5\nc\t5", f":3: {EXPECTED}b'c\\t5'"),
        ("the\t12\nb 5\nc\t5\n", f":2: {EXPECTED}b'b 5\\n'"),
        ("the\t12\n\t5\nc\t5\n", f":2: {EXPECTED}b'\\t5\\n'"),
        ("the\t12\nb\tx\nc\t5\n", f":2: {EXPECTED}b'b\\tx\\n'"),
        ("the\t12\nb\t-5\nc\t5\n", f":2: {EXPECTED}b'b\\t-5\\n'"),
        ("the\t12\nb\t\nc\t5\n", f":2: {EXPECTED}b'b\\t\\n'"),
        ("the\t12\nb\t5\t5\nc\n", f":2: {EXPECTED}b'b\\t5\\t5\\n'"),
        ("the\t1\t2\n3\n4\t5\n", f":1: {EXPECTED}b'the\\t1\\t2\\n'"),
        ("the\t12\nb\t99999999999999999999\nc\t5\n", f":2: {EXPECTED}b'b\\t9999"),
        ("the\t12\ncaf\udce9\t5\nc\t5\n", f":2: {EXPECTED}b'caf\\xe9\\t5\\n'"),
    ],
)
def test_a_damaged_vocabulary_is_refused_with_its_line(run, vocabulary, message):
    (run / "vocab.tsv").write_bytes(vocabulary.encode(errors="surrogateescape"))
    found = complaint(VectorsError, run)
    assert found.startswith("RUN")
    assert message in found


def test_words_and_rows_that_do_not_match_are_refused(run):
    np.save(run / "vectors.npy", CENTER[:2])
    assert complaint(VectorsError, run) == (
        "RUN: vocab.tsv has 3 words and vectors.npy the shape (2, 2), expected a row for each "
        "word: the folder is damaged; write it again"
    )


@pytest.mark.parametrize("which", ["outside", "mean"])
@pytest.mark.parametrize("outside", [OUTSIDE[:1], OUTSIDE.T], ids=["too few rows", "transposed"])
def test_outside_vectors_of_another_shape_are_refused(run, which, outside):
    np.save(run / "outside.npy", outside)
    assert "expected (3, 2) as in vectors.npy" in complaint(VectorsError, run, which)


def test_center_and_outside_vectors_of_different_dimensions_have_no_mean(run):
    np.save(run / "outside.npy", OUTSIDE[:, :1])
    assert "expected (3, 2) as in vectors.npy" in complaint(VectorsError, run, "mean")


def test_a_missing_file_of_a_run_is_named(run):
    (run / "outside.npy").unlink()
    assert complaint(VectorsError, run, "mean") == (
        "RUN/outside.npy: cannot be read: no such file or directory"
    )
    (run / "vocab.tsv").unlink()
    message = "RUN: vocab.tsv is missing: the run is damaged; train again"
    assert complaint(RunError, run) == message


def test_a_file_of_a_run_that_may_not_be_read_is_named(run, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(run / "vectors.npy"))

    monkeypatch.setattr("w2v_cli.vectors.formats._read_folder", refuse)
    assert complaint(VectorsError, run) == "RUN/vectors.npy: cannot be read: permission denied"


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (CENTER.astype(np.float64), "expected a float32 matrix, found float64 of shape (3, 2)"),
        (CENTER.ravel(), "expected a float32 matrix, found float32 of shape (6,)"),
    ],
)
def test_a_matrix_of_another_kind_is_refused(run, array, message):
    np.save(run / "vectors.npy", array)
    assert complaint(VectorsError, run) == f"RUN/vectors.npy: {message}"


def test_a_matrix_that_is_a_pickle_is_refused(run):
    np.save(run / "vectors.npy", np.array([{}], dtype=object), allow_pickle=True)
    assert complaint(VectorsError, run).startswith("RUN/vectors.npy: damaged: ")


def test_every_truncated_matrix_is_refused(run):
    whole = (run / "vectors.npy").read_bytes()
    for length in range(0, len(whole), 3):
        (run / "vectors.npy").write_bytes(whole[:length])
        assert complaint(VectorsError, run).startswith("RUN/vectors.npy: "), length


@pytest.mark.parametrize("shape", ["(True, 2)", "(3, -2)", "(3, 2.0)"])
def test_a_shape_that_is_none_is_refused(run, shape):
    whole = (run / "vectors.npy").read_bytes()
    changed = whole.replace(b"(3, 2), }    ", f"{shape}, }}".ljust(13).encode())
    assert len(changed) == len(whole)
    (run / "vectors.npy").write_bytes(changed)
    assert complaint(VectorsError, run).startswith("RUN/vectors.npy: damaged: ")


NGRAMS = {
    "ngrams": np.array([1, 2, 9]),
    "buckets": np.array([7, 2]),
    "vectors": np.array([[1, 2], [3, 4]], np.float32),
}


def test_the_ngrams_of_a_run_are_mapped_by_their_numbers(run):
    np.savez(run / "subwords.npz", **NGRAMS)
    found = load_vectors(run).subwords
    assert found.counted == NgramRange(1, 2, 9)
    assert found.rows_of(np.array([2, 7, 3])).tolist() == [[3, 4], [1, 2], [0, 0]]


@pytest.mark.parametrize(
    "change",
    [
        {"buckets": np.array([2, 2])},
        {"buckets": np.array([7, 2], np.int32)},
        {"buckets": np.array([7, 2, 3])},
        {"vectors": np.ones((2, 2))},
        {"vectors": np.ones((2, 3), np.float32)},
        {"ngrams": np.array([0, 2, 9])},
        {"ngrams": np.array([3, 2, 9])},
        {"ngrams": np.array([1, 2, 0])},
    ],
)
def test_ngrams_that_do_not_belong_to_a_run_are_refused(run, change):
    np.savez(run / "subwords.npz", **(NGRAMS | change))
    assert complaint(VectorsError, run).startswith("RUN/subwords.npz: damaged: ")


def test_a_run_whose_words_have_no_ngram_composes_no_word(run):
    none = {"buckets": np.empty(0, np.int64), "vectors": np.empty((0, 2), np.float32)}
    np.savez(run / "subwords.npz", **(NGRAMS | none))
    vectors = load_vectors(run)
    assert vectors.subwords.rows_of(np.array([2, 7])).tolist() == [[0, 0], [0, 0]]
    assert "xyz" not in vectors


def test_words_that_are_chosen_have_their_own_outside_vectors_and_composed_ones_zeros(run):
    np.savez(run / "subwords.npz", **NGRAMS)
    vectors = load_vectors(run)
    composed = next(word for word in ("b", "e", "f", "g", "h", "i", "j") if word in vectors)
    words = ["naïve", composed, "the"]
    assert with_composed(vectors, words).outside is None
    chosen = choose(vectors, words).vectors
    assert chosen.words == words
    assert chosen.counts.tolist() == [5, 0, 12]
    assert chosen.outside.tolist() == [OUTSIDE[1].tolist(), [0, 0], OUTSIDE[0].tolist()]


def test_ngrams_that_someone_has_compressed_are_refused(run):
    np.savez_compressed(run / "subwords.npz", **NGRAMS)
    message = complaint(VectorsError, run)
    assert message == "RUN/subwords.npz: damaged: ngrams is compressed; train again"


def test_every_truncated_archive_of_ngrams_is_refused(run):
    np.savez(run / "subwords.npz", **NGRAMS)
    whole = (run / "subwords.npz").read_bytes()
    for length in range(0, len(whole), 41):
        (run / "subwords.npz").write_bytes(whole[:length])
        assert complaint(VectorsError, run).startswith("RUN/subwords.npz: damaged: "), length
