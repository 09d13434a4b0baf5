"""The formats that are a folder of two files: npy and projector."""

import gzip

import numpy as np
import pytest

from w2v_cli import run_files
from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "New York", "北京"]
MATRIX = np.array([[0.1, -2.0], [1e-7, 0.0], [16777216.0, np.pi]], dtype=np.float32)
COUNTS = np.array([9, 5, 5])
ROWS = b"0.1\t-2.0\n1e-07\t0.0\n1.6777216e+07\t3.1415927\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def complaint(folder):
    def complaint_about(**members):
        folder.mkdir(exist_ok=True)
        for name, content in members.items():
            (folder / name.replace("_", ".")).write_bytes(content)
        with pytest.raises(VectorsError) as caught:
            read_vectors(folder, strict=True)
        return str(caught.value).replace(str(folder), "out")

    return complaint_about


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_npy_is_written_byte_for_byte_as_numpy_writes_it(tmp_path, folder, monkeypatch):
    monkeypatch.setattr(run_files, "_ROWS", 2)
    np.save(tmp_path / "expected.npy", MATRIX)
    expected = {
        "vectors.npy": (tmp_path / "expected.npy").read_bytes(),
        "vocab.tsv": "the\t9\nNew York\t5\n北京\t5\n".encode(),
    }
    size = write_vectors(WordVectors(WORDS, MATRIX, COUNTS), folder, "npy").size
    assert contents(folder) == expected
    assert size == sum(map(len, expected.values()))
    write_vectors(WordVectors(WORDS, MATRIX), folder, "npy")
    assert (folder / "vocab.tsv").read_bytes() == "the\nNew York\n北京\n".encode()


@pytest.mark.parametrize("counts", [None, COUNTS])
@pytest.mark.parametrize("name", ["npy", "projector"])
def test_folders_are_read_with_their_counts(folder, name, counts):
    write_vectors(WordVectors(WORDS, MATRIX, counts), folder, name)
    found = load_vectors(folder)
    assert found.words == WORDS
    assert found.matrix.tobytes() == MATRIX.tobytes()
    assert (found.counts is None) == (counts is None)
    assert counts is None or found.counts.tolist() == counts.tolist()


def test_npy_is_memory_mapped_and_can_be_written_over_itself(folder):
    write_vectors(WordVectors(WORDS, MATRIX), folder, "npy")
    found = read_vectors(folder)
    assert isinstance(found.matrix.base, np.memmap)
    assert not found.matrix.flags.writeable
    write_vectors(found, folder, "npy")
    assert read_vectors(folder).matrix.tobytes() == MATRIX.tobytes()


@pytest.mark.parametrize("save", [np.asfortranarray, lambda matrix: matrix.astype(">f4")])
def test_npy_of_another_layout_is_read(folder, save):
    folder.mkdir()
    np.save(folder / "vectors.npy", save(MATRIX))
    (folder / "vocab.tsv").write_text("a\nb\nc\n")
    np.testing.assert_array_equal(read_vectors(folder).matrix, MATRIX)


def test_a_matrix_that_declares_terabytes_is_refused(folder, complaint, tmp_path):
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**12, 300)}
    with (tmp_path / "lie.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
    lie = (tmp_path / "lie.npy").read_bytes()
    assert complaint(vectors_npy=lie, vocab_tsv=b"a\n") == (
        "out/vectors.npy: declares 1,000,000,000,000 words of 300 dimensions, which take at least "
        "1,200,000,000,000,000 bytes, found 0: the file is cut short or its header is wrong"
    )


@pytest.mark.parametrize(
    ("vocabulary", "message"),
    [
        (b"a\n\nc\n", "out/vocab.tsv:2: expected a word and the end of the line, found b'\\n'"),
        (b"a\nb\nc", "out/vocab.tsv:3: expected a word and the end of the line, found b'c'"),
        (b"a\xe9\nb\n", "out/vocab.tsv:1: expected a word and the end of the line, found b'a\\xe9"),
    ],
)
def test_a_damaged_list_of_words_is_refused_with_its_line(folder, complaint, vocabulary, message):
    write_vectors(WordVectors(WORDS, MATRIX), folder, "npy")
    assert complaint(vocab_tsv=vocabulary).startswith(message)


def test_projector_has_a_header_exactly_if_it_has_two_columns(folder):
    write_vectors(WordVectors(WORDS, MATRIX), folder, "projector")
    assert contents(folder) == {
        "vectors.tsv": ROWS,
        "metadata.tsv": "the\nNew York\n北京\n".encode(),
    }
    write_vectors(WordVectors(WORDS, MATRIX, COUNTS), folder, "projector")
    assert contents(folder) == {
        "vectors.tsv": ROWS,
        "metadata.tsv": "word\tcount\nthe\t9\nNew York\t5\n北京\t5\n".encode(),
    }


def projector_of(folder, vectors, metadata):
    """The vectors of a new folder with these two files."""
    folder.mkdir()
    (folder / "vectors.tsv").write_bytes(vectors)
    (folder / "metadata.tsv").write_bytes(metadata)
    return read_vectors(folder)


def test_projector_tables_of_other_programs_are_read(folder):
    found = projector_of(
        folder, gzip.compress(b"1\t2\t\r\n3\t-4e0"), b"Word\tsize\tclass\r\na b\t1\tx\r\nc\t2\ty"
    )
    assert found.words == ["a b", "c"]
    assert found.matrix.tolist() == [[1, 2], [3, -4]]
    assert found.counts is None


def test_a_projector_table_of_windows_with_a_mark_is_read(folder):
    found = projector_of(folder, b"\xef\xbb\xbf1\t2\r\n3\t4\r\n", b"\xef\xbb\xbfa\r\nb\r\n")
    assert found.words == ["a", "b"]
    assert found.matrix.tolist() == [[1, 2], [3, 4]]


def test_a_second_column_of_the_projector_that_is_no_count_is_left_alone(folder):
    found = projector_of(folder, b"1\t2\n3\t4\n", b"word\tclass\na\tnoun\nb\tverb\n")
    assert found.words == ["a", "b"]
    assert found.counts is None


@pytest.mark.parametrize(
    ("name", "words"),
    [("npy", b"a\t3\nb\t2\na\t1\n"), ("projector", b"word\tcount\na\t3\nb\t2\na\t1\n")],
)
def test_a_word_that_comes_again_takes_its_count_with_it(folder, name, words):
    write_vectors(WordVectors(["a", "b", "c"], MATRIX, COUNTS), folder, name)
    member = {"npy": "vocab.tsv", "projector": "metadata.tsv"}[name]
    (folder / member).write_bytes(words)
    found = read_vectors(folder)
    assert (found.words, found.counts.tolist()) == (["a", "b"], [3, 2])
    again, first = {"npy": (3, 1), "projector": (4, 2)}[name]
    (odd,) = found.oddities
    assert odd.first.startswith(f"{folder / member}:{again}: the word 'a' is already at")
    assert f"{folder / member}:{first}," in odd.first


RULE = "metadata.tsv has a first line of column names exactly if it has several columns"


@pytest.mark.parametrize(
    ("vectors", "metadata", "message"),
    [
        (
            b"1\t2\n3\n",
            b"a\nb\n",
            "vectors.tsv:2: expected 2 numbers separated by single tabs, found 1",
        ),
        (b"1\t2\n3\tx\n", b"a\nb\n", "vectors.tsv:2: expected a number, found 'x'"),
        (
            b"1.25\t2.5\n3\t4\n",
            b"word\na\nb\n",
            "vectors.tsv: has 2 rows and metadata.tsv 3 words, expected a row for each word: "
            + RULE,
        ),
        (
            b"1.25\t2.5\n3\t4\n5\t6\n",
            b"a\nb\n",
            "vectors.tsv: has 3 rows and metadata.tsv 2 words, expected a row for each word: "
            + RULE,
        ),
        (
            b"1\t2\n3\t4\n",
            b"word\tn\na\t1\nb\n",
            "metadata.tsv:3: expected 2 columns as in the first line, found 1",
        ),
        (
            b"1\t2\n3\t4\n",
            b"word\tcount\na\t1\nb\tx\n",
            "metadata.tsv:3: expected a count, found b'x'",
        ),
        (
            b"1\t2\n3\t4\n",
            b"word\tcount\na\t1\nb\t9999999999999999999\n",
            "metadata.tsv:3: expected a count, found b'9999999999999999999'",
        ),
        (
            b"1\t2\n3\t4\n",
            b"a\na\n",
            "metadata.tsv:2: the word 'a' is already at out/metadata.tsv:1, "
            "expected every word once",
        ),
        (b"1\t2\n3\t4\n", b"a\n\n", "metadata.tsv:2: the word is empty"),
        (
            b"1\t2\n3\tinf\n",
            b"a\nb\n",
            "metadata.tsv:2: the vector of 'b' is not finite (NaN or infinity), "
            "expected finite numbers",
        ),
        (
            b"1\t2\n",
            b"\n".join(b"%d" % i for i in range(1000)),
            "vectors.tsv: declares 1,000 words of 2 dimensions, which take at least 3,000 bytes, "
            "found 4: the file is cut short or its header is wrong",
        ),
    ],
)
def test_damaged_tables_are_refused_with_their_line(complaint, vectors, metadata, message):
    assert complaint(vectors_tsv=vectors, metadata_tsv=metadata) == f"out/{message}"


def test_the_line_of_a_projector_table_is_right_in_a_later_block(complaint, monkeypatch):
    monkeypatch.setattr("w2v_cli.vectors.formats.lines.BLOCK_BYTES", 8)
    message = "out/vectors.tsv:3: expected a number, found 'x'"
    assert complaint(vectors_tsv=b"1\t2\n3\t4\n5\tx\n", metadata_tsv=b"a\nb\nc\n") == message


@pytest.mark.parametrize("name", ["npy", "projector"])
def test_a_folder_is_not_left_behind_by_a_failure(folder, name, monkeypatch):
    monkeypatch.setattr("w2v_cli.vectors.formats.writing._lost", fail)
    with pytest.raises(VectorsError, match="as if the disk had changed it"):
        write_vectors(WordVectors(WORDS, MATRIX), folder, name)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["npy", "projector"])
def test_a_folder_that_was_there_stays_as_it_was_after_a_failure(folder, name, monkeypatch):
    write_vectors(WordVectors(WORDS, MATRIX), folder, name)
    before = contents(folder)
    monkeypatch.setattr("w2v_cli.vectors.formats.writing._lost", fail)
    with pytest.raises(VectorsError, match="as if the disk had changed it"):
        write_vectors(WordVectors(WORDS[:2], -MATRIX[:2]), folder, name)
    assert contents(folder) == before


def fail(*args):
    raise VectorsError("as if the disk had changed it")
