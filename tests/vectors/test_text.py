import numpy as np
import pytest

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import lines, read_vectors, rows, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "北京"]
MATRIX = np.array([[0.1, -2.0], [1e-7, 0.0], [16777216.0, 0.0123456789]], dtype=np.float32)
ROWS = "the 0.1 -2.0\nnaïve 1e-07 0.0\n北京 1.6777216e+07 0.012345679\n".encode()


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, *, strict=False):
        path = tmp_path / "vectors.txt"
        path.write_bytes(content)
        return read_vectors(path, strict=strict)

    return read_bytes


@pytest.fixture
def complaint(read, tmp_path):
    def complaint_about(content):
        with pytest.raises(VectorsError) as caught:
            read(content, strict=True)
        return str(caught.value).removeprefix(f"{tmp_path}/")

    return complaint_about


@pytest.mark.parametrize(
    ("name", "golden"),
    [("word2vec-text", b"3 2\n" + ROWS), ("glove", ROWS)],
    ids=["word2vec-text", "glove"],
)
def test_text_is_written_byte_for_byte(tmp_path, name, golden):
    path = tmp_path / "out"
    assert write_vectors(WordVectors(WORDS, MATRIX), path, name).size == len(golden)
    assert path.read_bytes() == golden


@pytest.mark.parametrize("content", [b"the\t7257\nof\t3392\n", b"x\t1\r\ny\t1\r\n"])
def test_a_vocabulary_is_not_taken_for_vectors(complaint, content):
    assert "expected a vector after each word, found a count" in complaint(content)


@pytest.mark.parametrize(
    "content", [b"x\t7.5\ny\t3\n", b"x\t3\ny\t0\n", b"x\t3\t1\ny\t2\t1\n", b"x 3\ny 2\n"]
)
def test_numbers_that_are_no_counts_are_vectors(read, content):
    assert len(read(content)) == 2


@pytest.mark.parametrize("header", [b"3 2\n", b""], ids=["word2vec-text", "glove"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: text.replace(b"\n", b" \n"),  # as word2vec.c and fastText write
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.replace(b"\n", b" \r\n"),
        lambda text: text[:-1],
        lambda text: text[:-1] + b" ",
    ],
    ids=[
        "plain",
        "trailing space",
        "CRLF",
        "space and CRLF",
        "no last newline",
        "no newline, space",
    ],
)
def test_text_is_read_in_every_form_that_programs_write(read, header, change):
    vectors = read(change(header + ROWS))
    assert vectors.words == WORDS
    assert vectors.matrix.dtype == np.float32
    np.testing.assert_array_equal(vectors.matrix, MATRIX)


def test_a_file_of_word2vec_c_with_its_end_of_sentence_row_is_read(read):
    vectors = read(b"2 3\n</s> 0.002001 0.002210 -0.001915 \nthe 1.5 -0.000001 2.000000 \n")
    assert vectors.words == ["</s>", "the"]
    np.testing.assert_array_equal(
        vectors.matrix, np.float32([[0.002001, 0.00221, -0.001915], [1.5, -1e-6, 2.0]])
    )


def test_only_a_newline_ends_a_row_and_only_a_space_ends_a_word(read):
    words = ["a\u2028b", "c\u0085", "\u00a0", "\x1cd", "e\u3000"]
    rows = "".join(f"{word} 1.5 2.5\n" for word in words)
    assert read(f"5 2\n{rows}".encode()).words == words
    assert read(rows.encode()).words == words


def test_a_file_larger_than_a_block_is_read_whole(read, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 40)
    rows = "".join(f"w{i} {i}.5 -{i}.25\n" for i in range(100))
    for header in ("100 2\n", ""):
        vectors = read((header + rows).encode())
        assert vectors.words == [f"w{i}" for i in range(100)]
        assert vectors.matrix.tolist() == [[i + 0.5, -i - 0.25] for i in range(100)]


@pytest.mark.parametrize("values", [7, 2])  # 2 are fewer than a row has
def test_rows_are_written_in_blocks_without_a_seam(tmp_path, monkeypatch, values):
    monkeypatch.setattr(rows, "BLOCK_VALUES", values)
    matrix = np.arange(30, dtype=np.float32).reshape(10, 3)
    write_vectors(WordVectors([f"w{i}" for i in range(10)], matrix), tmp_path / "out", "glove")
    lines = [f"w{i} {3 * i}.0 {3 * i + 1}.0 {3 * i + 2}.0\n" for i in range(10)]
    assert (tmp_path / "out").read_text() == "".join(lines)


COMPLAINTS = {
    "a row with too few numbers": (
        b"2 3\na 1 2 3\nb 1 2\n",
        "vectors.txt:3: expected 3 numbers separated by single spaces, found 2",
    ),
    "a row of one value, which gensim spreads over the row": (
        b"3 3\na 1.5 2.5 3.5\nb 1\nc 4 5 6\n",
        "vectors.txt:3: expected 3 numbers separated by single spaces, found 1",
    ),
    "only rows of one value": (
        b"2 3\naaaaa 1\nbbbbb 1\n",
        "vectors.txt:2: expected 3 numbers separated by single spaces, found 1",
    ),
    "a row with too many numbers": (
        b"1 2\na 1 2 3\n",
        "vectors.txt:2: expected 2 numbers separated by single spaces, found 3: "
        "a word must not hold a space",
    ),
    "a word with a space": (
        b"a 1 2\nNew York 1 2\n",
        "vectors.txt:2: expected 2 numbers separated by single spaces, found 3: "
        "a word must not hold a space",
    ),
    "a word that is not followed by anything": (
        b"a 1 2\nb\n",
        "vectors.txt:2: expected 2 numbers separated by single spaces, found 0",
    ),
    "two spaces between numbers": (
        b"1 2\na 1  2\n",
        "vectors.txt:2: expected single spaces between the numbers, found two together",
    ),
    "not a number in the first of two rows": (
        b"2 2\na 1 x2\nb 1 2\n",
        "vectors.txt:2: expected a number, found 'x2'",
    ),
    "two spaces and a number missing": (
        b"1 2\na  1\n",
        "vectors.txt:2: expected single spaces between the numbers, found two together",
    ),
    "a number with a comment after it": (
        b"a 1 2\nb 1 2#\n",
        "vectors.txt:2: expected a number, found '2#'",
    ),
    "not a number": (b"a 1 2\nb 1 x2\n", "vectors.txt:2: expected a number, found 'x2'"),
    "a number as Python writes it": (
        b"a 1 2\nb 1_0 2\n",
        "vectors.txt:2: expected a number, found '1_0'",
    ),
    "an empty line": (
        b"2 2\na 1.25 2.25\n\nb 1 2\n",
        "vectors.txt:3: expected a word and 2 numbers, found an empty line",
    ),
    "an empty line at the end": (
        b"a 1 2\n\n",
        "vectors.txt:2: expected a word and 2 numbers, found an empty line",
    ),
    "an empty word": (
        b"a 1 2\n 1 2\n",
        "vectors.txt:2: the word is empty",
    ),
    "too few rows": (
        b"3 2\nlong 1.25 2.25\nwords 1.25 2.25\n",
        "vectors.txt:4: expected the 3 rows that the header declares, found 2: "
        "the file is cut short or its header is wrong",
    ),
    "too many rows, which gensim drops": (
        b"1 2\na 1 2\nb 1 2\n",
        "vectors.txt:3: expected the end of the file after the 1 rows that the header declares, "
        "found more",
    ),
    "a header that asks for all memory": (
        b"999999999999 300\na 1 2\n",
        "vectors.txt:1: declares 999,999,999,999 words of 300 dimensions, which take at least "
        "600,999,999,999,399 bytes, found 6: the file is cut short or its header is wrong",
    ),
    "a header that declares nothing": (
        b"0 100\n",
        "vectors.txt:1: declares 0 words of 100 dimensions, expected some",
    ),
    "a header with no dimensions": (
        b"1 0\na\n",
        "vectors.txt:1: declares 1 words of 0 dimensions, expected some",
    ),
    "a word twice": (
        b"3 1\na 1\nb 2\na 3\n",
        "vectors.txt:4: the word 'a' is already at vectors.txt:2, expected every word once",
    ),
    "a NaN": (
        b"a 1 2\nb 1 nan\n",
        "vectors.txt:2: the vector of 'b' is not finite (NaN or infinity), expected finite numbers",
    ),
    "a number beyond float32": (
        b"2 1\na 1\nb 1e39\n",
        "vectors.txt:3: the vector of 'b' is not finite (NaN or infinity), expected finite numbers",
    ),
    "Latin-1": (
        b"2 2\nthe 1.5 2.5\ncaf\xe9 1.5 2.5\n",
        "vectors.txt:3: not valid UTF-8: b'caf\\xe9'; convert the file to UTF-8",
    ),
    "Latin-1 in the first row": (
        b"2 2\ncaf\xe9 1.5 2.5\nthe 1.5 2.5\n",
        "vectors.txt:2: not valid UTF-8: b'caf\\xe9'; convert the file to UTF-8",
    ),
    "an empty file": (b"", "vectors.txt: the file is empty, expected vectors"),
    "prose": (
        b"It was a bright cold day in chapter fifty\nand the clocks were striking any\n",
        "vectors.txt: not a vector file, expected one of: "
        "fasttext-model, npz, safetensors, word2vec-text, fasttext, word2vec-binary, glove, npy, "
        "projector; it reads like text: `w2v train --corpus vectors.txt` makes vectors of it",
    ),
    "no prose either": (
        b"%% 1 $$\n## 2 &&\n",
        "vectors.txt: not a vector file, expected one of: "
        "fasttext-model, npz, safetensors, word2vec-text, fasttext, word2vec-binary, glove, npy, "
        "projector",
    ),
}


@pytest.mark.parametrize("case", COMPLAINTS)
def test_damaged_text_is_refused_with_its_line(complaint, tmp_path, case):
    content, message = COMPLAINTS[case]
    assert complaint(content).replace(f"{tmp_path}/", "") == message


@pytest.mark.parametrize("block", [1, 16, 40, 1 << 20])
def test_surplus_rows_are_noticed_wherever_a_block_ends(complaint, monkeypatch, block):
    monkeypatch.setattr(lines, "BLOCK_BYTES", block)
    for surplus in (b"cc 3.5\n", b"cc 3.5\ndd 4.5\nee 5.5\nff 6.5\ngg 7.5\n"):
        found = complaint(b"2 1\naa 1.5\nbb 2.5\n" + surplus)
        assert found.startswith("vectors.txt:4: expected the end")


def test_a_number_too_long_for_a_header_is_no_header(complaint):
    assert complaint(b"9" * 50_000 + b" 2\na 1 2\n").startswith("vectors.txt:2: expected 1 numbers")


def test_the_line_is_right_in_a_later_block(complaint, monkeypatch):
    monkeypatch.setattr(lines, "BLOCK_BYTES", 40)
    rows = b"".join(b"w%d 1.5 2.5\n" % i for i in range(50))
    assert complaint(b"51 2\n" + rows + b"bad 1.5\n").startswith("vectors.txt:52: expected 2")
    assert complaint(rows + b"bad 1.5\n").startswith("vectors.txt:51: expected 2")
    assert complaint(rows + b"w7 1 2\n").startswith("vectors.txt:51: the word 'w7' is already at")
    assert complaint(b"50 2\n" + rows + b"w50 1 2\n").startswith("vectors.txt:52: expected the end")


def test_a_first_word_that_could_name_a_column_is_a_word_where_a_header_counts_the_rows(read):
    vectors = read(b"2 2\nword 0 1\nb 3 4\n", strict=True)
    assert vectors.words == ["word", "b"]


def test_a_row_that_is_wrong_has_its_line_after_names_of_columns(read):
    with pytest.raises(VectorsError, match=r"vectors\.txt:3: expected 2 numbers"):
        read(b"word,x,y\na,1,2\nb,1\nc,5,6\n")


def test_text_whose_first_row_is_wrong_is_text_where_its_head_ends_inside_a_character(
    complaint, monkeypatch
):
    head = "2 2\nnaïve 1.5 x\n北".encode()
    monkeypatch.setattr("w2v_cli.vectors.formats.HEAD_BYTES", len(head) - 1)
    assert complaint(head + b" 1 2\n") == "vectors.txt:2: expected a number, found 'x'"


def test_text_without_a_header_that_needs_too_much_memory_is_refused(complaint, monkeypatch):
    monkeypatch.setattr("w2v_cli.vectors.formats.checks.available_memory", lambda: 100)
    assert "which take 136 bytes of memory, found 100" in complaint(b"a 1 2\nb 3 4\n")


def test_a_missing_file_is_an_error_and_not_a_traceback(tmp_path):
    with pytest.raises(VectorsError, match=r"absent: cannot be read: no such file or directory$"):
        read_vectors(tmp_path / "absent")
