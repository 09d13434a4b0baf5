"""Files with something odd: what can be used is read, and what was odd is counted."""

import bz2
import gzip
import lzma
import struct

import numpy as np
import pytest

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import checks, read_vectors, write_vectors
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors


@pytest.fixture
def read(tmp_path):
    def read_bytes(content, **options):
        path = tmp_path / "vectors"
        path.write_bytes(content)
        return read_vectors(path, **options)

    return read_bytes


def binary(words, matrix, end=b"", declared=None):
    """A word2vec binary file as struct packs it."""
    rows = [
        word + b" " + struct.pack(f"<{len(row)}f", *row) + end
        for word, row in zip(words, matrix, strict=True)
    ]
    return b"%d %d\n" % (declared or len(words), len(matrix[0])) + b"".join(rows)


SWAPPED = np.float32([[0.1, 2], [3, 0.7]]).view("<u4").byteswap().view("<f4")
ODD = {
    "a word that comes again": (
        b"3 2\na 1 2\nb 3 4\na 5 6\n",
        (["a", "b"], [[1, 2], [3, 4]]),
        "1 repeated word (the first counts)",
    ),
    "two that come again, without a header": (
        b"a 1 2\na 3 4\nb 5 6\na 7 8\n",
        (["a", "b"], [[1, 2], [5, 6]]),
        "2 repeated words (the first counts)",
    ),
    "spaces inside words": (
        b"the 1 2\n. . . 3 4\nat name@domain.com 5 6\n",
        (["the", ". . .", "at name@domain.com"], [[1, 2], [3, 4], [5, 6]]),
        "2 words with a separator inside (kept whole)",
    ),
    "a space inside the first word, and numbers": (
        b"3 2\nr$ 0,0 1 2 \nthe 3 4 \nfor 5 5 6 \n",
        (["r$ 0,0", "the", "for 5"], [[1, 2], [3, 4], [5, 6]]),
        "2 words with a separator inside (kept whole)",
    ),
    "an empty word": (
        b"3 2\na 1 2\n 3 4\nb 5 6\n",
        (["a", "b"], [[1, 2], [5, 6]]),
        "1 empty word (left out)",
    ),
    "a word that is a space": (
        b"a 1 2\n  3 4\nb 5 6\n",
        (["a", "b"], [[1, 2], [5, 6]]),
        "1 word with a separator inside (kept whole), 1 empty word (left out)",
    ),
    "a word cut inside a character": (
        b"2 2\na 1 2\n\xe4\xb8 3 4\n",
        (["a", "\ufffd"], [[1, 2], [3, 4]]),
        "1 word that is not UTF-8 (U+FFFD put for bad bytes)",
    ),
    "a header one too many": (
        b"3 2\na 1 2\nb 3 4\n",
        (["a", "b"], [[1, 2], [3, 4]]),
        "1 row more or fewer than the header declares (those found are read)",
    ),
    "a header one too few": (
        b"2 2\na 1 2\nb 3 4\nc 5 6\n",
        (["a", "b", "c"], [[1, 2], [3, 4], [5, 6]]),
        "1 row more or fewer than the header declares (those found are read)",
    ),
    "blank lines": (
        b"2 2\na 1 2\n\nb 3 4\n\n \n\t\r\n",
        (["a", "b"], [[1, 2], [3, 4]]),
        "4 blank lines (left out)",
    ),
    "absurd values": (
        b"a 1 2\nb 3 4e33\nc -4e33 3\n",
        (["a", "b", "c"], [[1, 2], [3, 4e33], [-4e33, 3]]),
        "2 vectors with a value beyond 1e10 (kept)",
    ),
    "binary: a control character": (
        binary([b"a", b"b\x7f"], [[1, 2], [3, 4]]),
        (["a", "b\x7f"], [[1, 2], [3, 4]]),
        "1 row that seems out of place (kept)",
    ),
    "binary: again, empty, cut": (
        binary([b"a", b"", b"a", b"\xe4\xb8"], [[1, 2], [3, 4], [5, 6], [7, 8]], b"\n"),
        (["a", "\ufffd"], [[1, 2], [7, 8]]),
        "1 word that is not UTF-8 (U+FFFD put for bad bytes), 1 empty word (left out), "
        "1 repeated word (the first counts)",
    ),
    "binary: a header one too few": (
        binary([b"a", b"b", b"c"], [[1, 2], [3, 4], [5, 6]], b"\n", declared=2),
        (["a", "b", "c"], [[1, 2], [3, 4], [5, 6]]),
        "1 row more or fewer than the header declares (those found are read)",
    ),
    "binary: numbers of another byte order": (
        binary([b"a", b"b"], SWAPPED, b"\n"),
        (["a", "b"], SWAPPED),
        "2 rows that seem out of place (kept)",
    ),
    "binary: a header one too many": (
        binary([b"a", b"b"], [[1, 2], [3, 4]], declared=3),
        (["a", "b"], [[1, 2], [3, 4]]),
        "1 row more or fewer than the header declares (those found are read)",
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_one_odd_row_is_counted_and_the_rest_is_read(read, case):
    content, (words, matrix), said = ODD[case]
    found = read(content)
    assert found.words == words
    np.testing.assert_array_equal(found.matrix, np.float32(matrix))
    assert str(found.oddities) == said
    with pytest.raises(VectorsError):
        read(content, strict=True)


SOUND = {
    "a byte order mark": b"\xef\xbb\xbf2 2\na 1 2\nb 3 4\n",
    "a byte order mark and no header": b"\xef\xbb\xbfa 1 2\nb 3 4\n",
    "tabs": b"a\t1\t2\nb\t3\t4\n",
    "tabs and a header": b"2\t2\na\t1\t2\nb\t3\t4\n",
    "a tab after the word": b"2 2\na\t1 2\nb\t3 4\n",
    "commas": b"a,1,2\r\nb,3,4\r\n",
    "commas and a header": b"2,2\na,1,2\nb,3,4\n",
    "semicolons": b"a;1;2\nb;3;4\n",
    "semicolons and a header": b"2;2;\na;1;2;\nb;3;4;\n",
    "quotes": b'"a",1,2\n"b",3,4\n',
    "numbered rows": b"0,a,1,2\n1,b,3,4\n",
    "bzip2": bz2.compress(b"a 1 2\nb 3 4\n"),
    "xz": lzma.compress(b"\xef\xbb\xbfa 1 2\nb 3 4\n"),
}


@pytest.mark.parametrize("case", SOUND)
def test_other_separators_and_wrappings_are_not_odd(read, case):
    found = read(SOUND[case], strict=True)
    assert found.words == ["a", "b"]
    assert found.matrix.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    "content",
    [
        b",0,1\na,1,2\nb,3,4\n",
        b",word,0,1\n0,a,1,2\n1,b,3,4\n",
        b"word\t0\t1\na\t1\t2\nb\t3\t4\n",
        b'"V1" "V2"\n"a" 1 2\n"b" 3 4\n',
    ],
)
def test_tables_of_pandas_and_r_are_read_without_the_names_of_their_columns(read, content):
    found = read(content)
    assert found.words == ["a", "b"]
    assert found.matrix.tolist() == [[1, 2], [3, 4]]
    assert str(found.oddities) == "1 line of column names (left out)"


def test_names_of_columns_are_left_out(read):
    for names in (b'"","V1","V2"', b"word,x,y"):
        found = read(names + b'\n"a",1,2\n"b, c",3,4\n"d ""e""",5,6\n')
        assert found.words == ["a", "b, c", 'd "e"']
        assert found.matrix.tolist() == [[1, 2], [3, 4], [5, 6]]
        assert "1 line of column names (left out)" in str(found.oddities)


TOLD = {
    "sparse rows": (b"2 9\nthe 0:0.1 3:0.2\nof 1:0.4 2:.1\n", ":2: sparse rows of index:value"),
    "sparse rows without a header": (b"the 0:0.1 3:0.2\nof 1:0.4\n", ": sparse rows of"),
    "decimal commas": (b"der 0,1 0,2\nof 0,4 0,5\n", ": numbers with a decimal comma"),
    "a long line that has text after decimal commas": (
        (b"der" + b" 0,1" * 20_000 + b" x\n") * 3,
        ": not a vector file, expected one of: ",
    ),
    "word pairs": (b'"w1","w2","score"\n"gem","jewel",3.9\n', ": pairs of words with a score"),
    "numbered word pairs": (b"1\tboy\tlad\t3.8\n2\tcar\tdog\t1.2\n", ": pairs of words"),
    "a header with fewer dimensions": (
        b"2 2\na 1 2 3\nb 4 5 6\n",
        ":2: expected 2 numbers separated by single spaces, found 3",
    ),
    "many words that are not UTF-8": (
        b"a\xe9 1\nb\xe9 2\nc 3\n",
        ":1: not valid UTF-8: b'a\\xe9'; convert the file to UTF-8; 2 of 3 words are not UTF-8",
    ),
    "binary with many words that are not UTF-8": (
        binary([b"a\xe9", b"b\xe9", b"c"], [[1], [2], [3]], b"\n"),
        r": row 1: the word b'a\xe9' is not valid UTF-8; 2 of 3 words are not UTF-8",
    ),
    "two rows missing": (b"4 1\nab 1.25\ncd 2.25\n", ":4: expected the 4 rows that the header"),
    "two rows too many": (b"1 1\na 1\nb 2\nc 3\n", ":3: expected the end of the file"),
    "carriage returns alone": (b"a 1 2\rb 3 4\r", ": lines end in a carriage return alone"),
    "unknown binary data": (b"\xd1\r\x93\0\r\xaa", ": unknown binary data, expected one of: "),
    "several spaces": (b"a  1  2\nb  3  4\n", ": expected single spaces between the numbers"),
    "binary with numbers of another type": (
        binary([b"a", b"b", b"c"], np.float32([[1e-9, 3e4], [5, 1e-13], [1e-10, 4e3]])),
        ": row 1: the vector of b'a' has values between 1e-09 and 3e+04: ",
    ),
    "no word at all": (b" 1\n 2\n", ":1: the word is empty, as all are"),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_no_accident_is_refused_with_its_reason(read, tmp_path, case):
    content, reason = TOLD[case]
    with pytest.raises(VectorsError) as caught:
        read(content)
    assert str(caught.value).startswith(f"{tmp_path / 'vectors'}{reason}")


@pytest.mark.parametrize("word", [b"x y", b"x yz", b"x yzzz", b"New York", b"new york city hall"])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_no_binary_with_a_space_in_a_word_is_read_silently(read, word, end):
    rng = np.random.default_rng(3)
    for place in range(4):
        words = [b"the", b"of", b"na\xc3\xafve"]
        words.insert(place, word)
        matrix = rng.standard_normal((4, 20), dtype=np.float32)
        try:
            assert read(binary(words, matrix, end)).oddities
        except VectorsError:
            continue


def test_values_out_of_place_in_a_binary_file_are_the_reason_for_refusing_it(read):
    matrix = np.random.default_rng(3).standard_normal((3, 20), dtype=np.float32)
    with pytest.raises(VectorsError, match=r"row 2: the vector of b'x' has values .* as none has"):
        read(binary([b"the", b"x y", b"of"], matrix))


@pytest.mark.parametrize("name", ["npz", "npy", "safetensors", "projector"])
def test_words_that_come_again_are_found_in_every_format(tmp_path, name, monkeypatch):
    vectors = WordVectors(["a", "b", "a"], np.float32([[1, 2], [3, 4], [5, 6]]))
    with monkeypatch.context() as patch:
        patch.setattr("w2v_cli.vectors.formats.writing.check_unique", lambda *_: None)
        write_vectors(vectors, tmp_path / "out", name, verify=False)
    found = load_vectors(tmp_path / "out")
    assert found.words == ["a", "b"]
    assert found.matrix.tolist() == [[1, 2], [3, 4]]
    assert str(found.oddities) == "1 repeated word (the first counts)"


def test_a_run_with_a_word_twice_is_damaged(tmp_path):
    (tmp_path / "config.yaml").touch()
    (tmp_path / "vocab.tsv").write_text("a\t2\na\t1\n")
    np.save(tmp_path / "vectors.npy", np.ones((2, 2), np.float32))
    with pytest.raises(VectorsError, match="the word 'a' is already at"):
        load_vectors(tmp_path)


def test_a_small_file_cannot_fill_memory_with_one_line(read, monkeypatch):
    monkeypatch.setattr("w2v_cli.vectors.formats.lines.LONGEST_ROW", 1 << 20)
    monkeypatch.setattr("w2v_cli.vectors.formats.lines.BLOCK_BYTES", 1 << 18)
    with pytest.raises(VectorsError, match="line 1 is longer than 1,048,576 bytes"):
        read(gzip.compress(b"a" + b" 1" * (1 << 20)))


@pytest.mark.parametrize("declared", ["1000000000000 100", "1 999999999999", "999999999999 1"])
def test_a_compressed_header_cannot_ask_for_all_memory(read, declared):
    with pytest.raises(VectorsError, match="declares"):
        read(gzip.compress(declared.encode() + b"\nthe 1 2\n"))


def test_a_small_archive_cannot_fill_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.vectors.formats.npz.available_memory", lambda: 1 << 20)
    np.savez_compressed(tmp_path / "x.npz", words=np.array([b"a"]), vectors=np.zeros((1, 1 << 19)))
    with pytest.raises(VectorsError, match="`vectors` takes 4,194,304 bytes of memory"):
        read_vectors(tmp_path / "x.npz")


def test_a_matrix_that_is_mapped_needs_no_memory(tmp_path, monkeypatch):
    write_vectors(WordVectors(["a"], np.ones((1, 1000), np.float32)), tmp_path / "out", "npy")
    monkeypatch.setattr(checks, "available_memory", lambda: 1000)
    assert read_vectors(tmp_path / "out").dim == 1000


def test_memory_of_the_words_counts_too(monkeypatch):
    monkeypatch.setattr(checks, "available_memory", lambda: 1000)
    checks.check_memory("x", 10, 9)
    with pytest.raises(VectorsError, match=r"take 1,000,064 bytes|take 1,0\d\d bytes"):
        checks.check_memory("x", 10, 11)


def test_a_header_may_be_wrong_by_one_row_in_a_hundred(read):
    rows = b"".join(b"w%d 1\n" % i for i in range(200))
    assert str(read(b"202 1\n" + rows).oddities).startswith("2 rows more or fewer")
    with pytest.raises(VectorsError, match="203 rows that the header declares, found 200"):
        read(b"203 1\n" + rows)


def test_a_row_longer_than_any_is_refused_before_it_is_read():
    widest = checks.LONGEST_ROW // 4
    checks.check_size("x", (1, widest), 0, None, mapped=True)
    with pytest.raises(VectorsError, match=r"declares 4,194,305 dimensions, expected no more"):
        checks.check_size("x", (1, widest + 1), 0, None, mapped=True)


def test_a_row_with_a_strange_value_is_named_in_a_later_block_and_after_one_left_out(
    read, monkeypatch
):
    monkeypatch.setattr(checks, "CHECKED_ROWS", 2)
    found = read(b"a 1\nb 2\n 3\nc 4\nd 5e20\n")
    assert "vectors:5: the vector of 'd' has a value of 5e+20" in [*found.oddities][-1].first
    with pytest.raises(VectorsError, match=r"vectors:4: the vector of 'c' is not finite"):
        read(b"a 1\n 2\na 3\nc nan\n")


def test_odd_lines_have_their_numbers_after_lines_that_were_left_out(read, monkeypatch, tmp_path):
    monkeypatch.setattr("w2v_cli.vectors.formats.lines.BLOCK_BYTES", 16)
    found = read(b"9 1\nw1 1\n\nw2 2\nw3 3\n\n\nw4 4\nw5 5\nw6 6\nw7 7\nw8 8\nw3 9\n")
    first = {odd.kind.many: odd.first for odd in found.oddities}
    path = tmp_path / "vectors"
    assert first["repeated words"].startswith(f"{path}:13: the word 'w3' is already at {path}:5")
    assert first["blank lines"].startswith(f"{path}:3: ")
