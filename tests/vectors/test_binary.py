import struct

import numpy as np
import pytest

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import binary, read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "北京"]
MATRIX = np.array([[0.1, -2.0], [1e-7, 0.0], [16777216.0, np.pi]], dtype=np.float32)
GOLDEN = (
    b"3 2\n"
    b"the \xcd\xcc\xcc\x3d\x00\x00\x00\xc0\n"
    b"na\xc3\xafve \x95\xbf\xd6\x33\x00\x00\x00\x00\n"
    b"\xe5\x8c\x97\xe4\xba\xac \x00\x00\x80\x4b\xdb\x0f\x49\x40\n"
)


def binary_rows(words, matrix, end=b"\n"):
    """Rows as struct packs them."""
    return b"".join(
        word.encode() + b" " + struct.pack(f"<{len(row)}f", *row) + end
        for word, row in zip(words, matrix, strict=True)
    )


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, *, strict=False):
        path = tmp_path / "vectors.bin"
        path.write_bytes(content)
        return read_vectors(path, strict=strict)

    return read_bytes


@pytest.fixture
def complaint(read, tmp_path):
    def complaint_about(content):
        with pytest.raises(VectorsError) as caught:
            read(content, strict=True)
        return str(caught.value).replace(f"{tmp_path}/", "")

    return complaint_about


def test_binary_is_written_byte_for_byte(tmp_path):
    path = tmp_path / "out"
    assert write_vectors(WordVectors(WORDS, MATRIX), path, "word2vec-binary").size == len(GOLDEN)
    assert path.read_bytes() == GOLDEN == b"3 2\n" + binary_rows(WORDS, MATRIX)


@pytest.mark.parametrize("end", [b"\n", b""], ids=["as word2vec.c writes it", "as gensim does"])
def test_binary_is_read_with_and_without_newlines_after_rows(read, end):
    for content in (b"3 2\n" + binary_rows(WORDS, MATRIX, end), b"3 2 \r\n" + GOLDEN[4:]):
        vectors = read(content)
        assert vectors.words == WORDS
        assert vectors.matrix.dtype == np.float32
        np.testing.assert_array_equal(vectors.matrix, MATRIX)


def test_a_missing_newline_after_the_last_row_is_allowed(read):
    np.testing.assert_array_equal(read(GOLDEN[:-1]).matrix, MATRIX)


@pytest.mark.parametrize("end", [b"\n", b""])
def test_values_whose_bytes_are_spaces_and_newlines_are_read_as_values(read, end):
    values = b"\n\n\n\n    \n \n 1 2\n" + b"1\n\0\0    \n\n\n\n \n \n"
    matrix = np.frombuffer(values, dtype="<f4").reshape(2, 4)
    for rows in (matrix, matrix[::-1]):
        vectors = read(b"2 4\n" + binary_rows(["a", "b"], rows, end))
        assert vectors.words == ["a", "b"]
        assert vectors.matrix.tobytes() == rows.tobytes()


def test_rows_are_written_in_blocks_without_a_seam(tmp_path, monkeypatch):
    monkeypatch.setattr(binary, "BLOCK_ROWS", 3)
    words = [f"w{i}" for i in range(10)]
    matrix = np.arange(20, dtype=np.float32).reshape(10, 2)
    write_vectors(WordVectors(words, matrix), tmp_path / "out", "word2vec-binary")
    assert (tmp_path / "out").read_bytes() == b"10 2\n" + binary_rows(words, matrix)


@pytest.mark.parametrize("end", [b"\n", b""])
@pytest.mark.parametrize("block", range(8, 20))
def test_rows_are_read_wherever_a_block_ends(read, monkeypatch, block, end):
    monkeypatch.setattr(binary, "BLOCK_BYTES", block)
    words = [f"w{i}" for i in range(40)]
    matrix = np.arange(40, dtype=np.float32).reshape(40, 1)
    vectors = read(b"40 1\n" + binary_rows(words, matrix, end))
    assert vectors.words == words
    np.testing.assert_array_equal(vectors.matrix, matrix)


def test_what_has_no_space_for_long_is_not_read_to_its_end(complaint, monkeypatch):
    monkeypatch.setattr(binary, "BLOCK_BYTES", 64)
    monkeypatch.setattr(binary, "LONGEST_WORD", 100)
    assert complaint(b"2 1\na \0\0\0\0" + b"x" * 5000 + b" \0\0\0\0") == (
        "vectors.bin: row 2 of the 2 that the header declares: expected a word, a space and "
        "4 bytes, found no space in 100 bytes: the file is damaged"
    )


def test_every_truncation_is_noticed(complaint):
    # Without the last newline the file is whole; a header alone is text with rows missing.
    for length in range(5, len(GOLDEN) - 1):
        assert "cut short" in complaint(GOLDEN[:length]), length


COMPLAINTS = {
    "a file that ends inside a row": (
        b"2 2\n" + b"longword " + b"\0" * 8 + b"\nlongword " + b"\0" * 5,
        "vectors.bin: row 2 of the 2 that the header declares: expected a word, a space and "
        "8 bytes, found the end of the file: it is cut short",
    ),
    "a header that asks for all memory": (
        b"99999999999 300\na " + b"\0" * 1200,
        "vectors.bin:1: declares 99,999,999,999 words of 300 dimensions, which take at least "
        "120,199,999,998,798 bytes, found 1,202: the file is cut short or its header is wrong",
    ),
    "a header that declares too few rows, which gensim believes": (
        b"1 1\na \0\0\0\0\nb \0\0\0\0\n",
        "vectors.bin: expected the end of the file after the 1 rows that the header declares, "
        "found more",
    ),
    "a word twice": (
        b"2 1\na \0\0\0\0\na \0\0\0\0\n",
        "vectors.bin: row 2: the word 'a' is already at vectors.bin: row 1, "
        "expected every word once",
    ),
    "an empty word": (
        b"2 1\naa \0\0\0\0\n \0\0\0\0\n",
        "vectors.bin: row 2: the word is empty",
    ),
    "a word cut in the middle of a character, as word2vec.c does": (
        b"1 1\n\xe5\x8c \0\0\0\0\n",
        "vectors.bin: row 1: the word b'\\xe5\\x8c' is not valid UTF-8",
    ),
    "a NaN": (
        b"1 1\na \x00\x00\xc0\x7f\n",
        "vectors.bin: row 1: the vector of 'a' is not finite (NaN or infinity), "
        "expected finite numbers",
    ),
    "a word with a space where each row ends in a newline": (
        b"3 1\nthe \0\0\0\0\nx y \0\0\0\0\nof \0\0\0\0\n",
        "vectors.bin: row 2: expected a newline after the values of b'x', found "
        "b'\\x00\\x00\\nof': the word holds a space, or the file is damaged",
    ),
    "a NaN in a row that a space in a word has moved": (
        b"2 1\nx y \0\xc0\x7fof \0\0\xc0\x7f",
        "vectors.bin: row 2: the vector of b'\\x7fof' has values of up to nan, as none has: "
        f"{binary.REASON}",
    ),
    "another number of dimensions than the header says": (
        b"3 3\n" + binary_rows(["a", "b", "c"], np.zeros((3, 4))),
        "vectors.bin: row 2: the word b'\\x00\\x00\\x00\\x00\\nb' holds a newline: "
        "the header declares other dimensions than the rows have",
    ),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_damaged_binary_is_refused_with_its_row(complaint, case):
    content, message = COMPLAINTS[case]
    assert complaint(content) == message


@pytest.mark.parametrize("row", [b"abc \0\0\0\0", b"ab \0\0\0\0\n"])
def test_a_row_too_many_is_noticed_where_a_block_ends_with_the_last_row(
    complaint, monkeypatch, row
):
    monkeypatch.setattr(binary, "BLOCK_BYTES", len(row))
    assert "found more" in complaint(b"1 1\n" + row + row)


@pytest.mark.parametrize("D", [1, 2, 3, 50, 300])
def test_small_binary_files_are_not_taken_for_text(read, D):
    begins_as_a_number = struct.unpack("<f", b"1\x80\x90\x3f")[0]
    for value in (0.1, -0.1, 0.0, 1.0, 3.4e38, begins_as_a_number):
        matrix = np.full((2, D), value, dtype=np.float32)
        found = read(b"2 %d\n" % D + binary_rows(["a", "b"], matrix))
        np.testing.assert_array_equal(found.matrix, matrix)
