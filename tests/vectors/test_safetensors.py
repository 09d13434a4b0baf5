import struct
import sys

import numpy as np
import pytest
from safetensors.numpy import save

from w2v_cli.errors import VectorsError, W2VError
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "New York"]
MATRIX = np.array([[0.1, -2.0], [1e-7, np.pi]], dtype=np.float32)
HEADER = (
    b'{"__metadata__":{"w2v":"vectors: a row for each word; words: UTF-8, separated by newlines"},'
    b'"vectors":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},'
    b'"words":{"dtype":"U8","shape":[12],"data_offsets":[16,28]}}'
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "vectors.safetensors"


def test_safetensors_is_written_byte_for_byte(path):
    write_vectors(WordVectors(WORDS, MATRIX), path, "safetensors")
    header = HEADER.ljust(-(-len(HEADER) // 8) * 8)  # to a multiple of 8
    values = struct.pack("<4f", 0.1, -2.0, 1e-7, np.pi)
    expected = struct.pack("<Q", len(header)) + header + values + b"the\nNew York"
    assert path.read_bytes() == expected


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_of_all_sizes_are_read(path, dtype):
    words = np.frombuffer(b"the\nNew York", dtype=np.uint8)
    path.write_bytes(save({"vectors": MATRIX.astype(dtype), "words": words}))
    found = read_vectors(path)
    assert found.words == WORDS
    np.testing.assert_array_equal(found.matrix, MATRIX.astype(dtype).astype(np.float32))


def tensors(words=b"a\nb", **others):
    return {"vectors": MATRIX, "words": np.frombuffer(words, dtype=np.uint8), **others}


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        ({"weights": MATRIX}, "expected a tensor `vectors`, found weights"),
        ({"vectors": MATRIX}, "expected a tensor `words`, found vectors"),
        (tensors(b"a"), "`words` has 1 lines and `vectors` the shape (2, 2), expected a row for"),
        (tensors(b"a\na"), "row 2: the word 'a' is already at "),
        (tensors(b"a\n\xe9"), "row 2: the word b'\\xe9' is not valid UTF-8"),
        (
            tensors(vectors=MATRIX.astype(np.int32)),
            "expected `vectors` as F16 or F32 or F64 with 2 axes, found I32 of shape [2, 2]",
        ),
        (tensors(vectors=MATRIX[0]), "with 2 axes, found F32 of shape [2]"),
        (tensors(vectors=MATRIX.astype(np.float64) * 1e300), "row 1: the vector of 'a' is not f"),
    ],
)
def test_other_contents_are_refused(path, contents, message):
    path.write_bytes(save(contents))
    with pytest.raises(VectorsError) as caught:
        read_vectors(path, strict=True)
    assert message in str(caught.value)


def test_every_truncation_is_noticed(path):
    write_vectors(WordVectors(WORDS, MATRIX), path, "safetensors")
    whole = path.read_bytes()
    for length in range(9, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(VectorsError, match=r"safetensors: damaged safetensors file: "):
            read_vectors(path)


def test_a_shape_of_terabytes_is_refused(path):
    header = HEADER.replace(b"[2,2]", b"[1000000000000,300]").replace(b"[0,16]", b"[0,12%014d]" % 0)
    header = header.replace(b"[16,28]", b"[12%014d,12%014d]" % (0, 12))
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 28)
    with pytest.raises(VectorsError, match="damaged safetensors file"):
        read_vectors(path)


def test_without_the_package_the_error_names_the_extra(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(W2VError, match=r"-m pip install 'w2v-cli\[safetensors\]'$") as caught:
        write_vectors(WordVectors(WORDS, MATRIX), path, "safetensors")
    assert caught.value.exit_status == 1
    assert sys.executable in str(caught.value)
    assert not path.exists()
