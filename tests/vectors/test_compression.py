import bz2
import gzip
import io
import lzma
import struct
import tarfile

import numpy as np
import pytest
from gensim.models import KeyedVectors

from w2v_cli.errors import UsageError, VectorsError
from w2v_cli.vectors.formats import read_vectors, write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "naïve", "北京"]
MATRIX = np.array([[0.1, -2.0], [1e-7, 0.0], [16777216.0, np.pi]], dtype=np.float32)
VECTORS = WordVectors(WORDS, MATRIX)
COMPRESSIBLE = ["word2vec-text", "word2vec-binary", "glove", "fasttext"]
MODULES = {".gz": gzip, ".bz2": bz2, ".xz": lzma}


@pytest.mark.parametrize("suffix", MODULES)
@pytest.mark.parametrize("name", COMPRESSIBLE)
def test_a_name_of_a_compressed_file_is_written_so_and_read_by_any_name(tmp_path, name, suffix):
    write_vectors(VECTORS, tmp_path / "plain", name)
    size = write_vectors(VECTORS, tmp_path / f"small{suffix}", name).size
    compressed = (tmp_path / f"small{suffix}").read_bytes()
    assert size == len(compressed)
    assert MODULES[suffix].decompress(compressed) == (tmp_path / "plain").read_bytes()
    (tmp_path / f"small{suffix}").rename(tmp_path / "renamed")
    found = read_vectors(tmp_path / "renamed")
    assert found.words == WORDS
    assert found.matrix.tobytes() == MATRIX.tobytes()


def test_the_same_vectors_give_the_same_gzip_file_on_any_day_and_of_any_name(tmp_path, monkeypatch):
    write_vectors(VECTORS, tmp_path / "a.gz", "glove")
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    write_vectors(VECTORS, tmp_path / "b.gz", "glove")
    content = (tmp_path / "a.gz").read_bytes()
    assert content == (tmp_path / "b.gz").read_bytes()
    assert content[3:8] == b"\0" * 5  # no name, no date


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_and_we_read_each_others_gzip_files(tmp_path, binary):
    name = "word2vec-binary" if binary else "word2vec-text"
    write_vectors(VECTORS, tmp_path / "ours.gz", name)
    found = KeyedVectors.load_word2vec_format(str(tmp_path / "ours.gz"), binary=binary)
    assert found.index_to_key == WORDS
    assert found.vectors.tobytes() == MATRIX.tobytes()
    found.save_word2vec_format(str(tmp_path / "theirs.gz"), binary=binary)
    assert (tmp_path / "theirs.gz").read_bytes().startswith(b"\x1f\x8b")
    assert read_vectors(tmp_path / "theirs.gz").matrix.tobytes() == MATRIX.tobytes()


@pytest.mark.parametrize(("suffix", "kind"), [(".gz", "gzip"), (".bz2", "bzip2"), (".xz", "xz")])
@pytest.mark.parametrize("name", ["npz", "npy", "safetensors", "projector"])
def test_formats_that_no_program_reads_compressed_are_not_written_so(tmp_path, name, suffix, kind):
    with pytest.raises(UsageError, match=rf"out{suffix}: {name} is not written with {kind}"):
        write_vectors(VECTORS, tmp_path / f"out{suffix}", name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", MODULES.values())
def test_an_archive_inside_a_compressed_file_is_named(tmp_path, module):
    with tarfile.open(fileobj=(buffer := io.BytesIO()), mode="w") as archive:
        archive.addfile(tarfile.TarInfo("vectors.txt"))
    path = tmp_path / "vectors.txt"
    path.write_bytes(module.compress(buffer.getvalue()))
    with pytest.raises(
        VectorsError, match=r"vectors\.txt: a tar archive, expected vectors; unpack"
    ):
        read_vectors(path)


@pytest.mark.parametrize("module", MODULES.values())
def test_cut_and_changed_data_are_noticed(tmp_path, module):
    path = tmp_path / "vectors"
    whole = module.compress(b"".join(b"w%d 1.5 2.5\n" % n for n in range(999)))
    for content in (whole[:-9], whole[:200] + bytes([whole[200] ^ 255]) + whole[201:]):
        path.write_bytes(content)
        with pytest.raises(VectorsError, match="damaged compressed file"):
            read_vectors(path)


def test_npz_inside_gzip_is_refused_with_what_to_do(tmp_path):
    write_vectors(VECTORS, tmp_path / "vectors.npz", "npz")
    path = tmp_path / "vectors.npz.gz"
    path.write_bytes(gzip.compress((tmp_path / "vectors.npz").read_bytes()))
    with pytest.raises(VectorsError, match="npz in a compressed file; unpack it first"):
        read_vectors(path)


@pytest.mark.parametrize("name", ["word2vec-text", "word2vec-binary", "glove"])
def test_every_truncation_and_a_changed_byte_of_a_gzip_file_are_noticed(tmp_path, name):
    path = tmp_path / "vectors.gz"
    write_vectors(VECTORS, path, name)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(VectorsError):
            read_vectors(path)
    # The sum of the contents is checked when the end is reached.
    path.write_bytes(whole[:-8] + struct.pack("<I", 1) + whole[-4:])
    with pytest.raises(
        VectorsError, match=r"vectors\.gz: damaged compressed file: CRC check failed"
    ):
        read_vectors(path)


@pytest.mark.parametrize("row", [b"a 1.5 2.5\n", b"a " + b"\0" * 8 + b"\n"])
def test_a_header_inside_gzip_cannot_ask_for_all_memory(tmp_path, row):
    path = tmp_path / "vectors.gz"
    path.write_bytes(gzip.compress(b"99999999999 2\n" + row))
    with pytest.raises(VectorsError, match=r"vectors\.gz:1: declares 99,999,999,999 words"):
        read_vectors(path)


def test_more_is_accepted_from_gzip_than_its_size(tmp_path):
    zeros = WordVectors([f"w{i}" for i in range(500)], np.zeros((500, 50), dtype=np.float32))
    size = write_vectors(zeros, tmp_path / "zeros.gz", "word2vec-binary").size
    assert 20 * size < zeros.matrix.nbytes
    assert read_vectors(tmp_path / "zeros.gz").words == zeros.words
