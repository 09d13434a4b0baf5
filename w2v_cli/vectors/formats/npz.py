"""npz: a zip archive of two NumPy arrays, `words` (V,) UTF-8 bytes and `vectors` (V, D) float32.

Words that NumPy keeps as text (<U), and other floats, are read, too.

archive = numpy.load("vectors.npz")
words = [word.decode() for word in archive["words"]]
"""

import re
import zipfile
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.resources import available_memory
from w2v_cli.vectors.formats.base import FileFormat
from w2v_cli.vectors.formats.checks import check_size, checked, decode_words
from w2v_cli.vectors.formats.npy import declared_bytes
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["NPZ"]

# NumPy pads byte strings with NUL, and drops them all when a string is read.
UNFIT = re.compile(r"\A\Z|\0\Z|[\ud800-\udfff]")
RULE = "valid Unicode that does not end in NUL, and not empty"

SHOWN_MEMBERS = 5
COPIES = 2  # of an array that are in memory while it is read
LONGEST_PADDING = 1 << 31  # bytes that `words` may take, at the length of the longest for each


def sniff(head: bytes) -> bool:
    """Whether a file begins as a zip archive does."""
    return head.startswith(b"PK\x03\x04")


def read(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of an npz file. Nothing in it is run: arrays of objects are refused.

    Raises:
        VectorsError: the archive is damaged, or does not hold the two arrays.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            words = _read_array(archive, "words", name)
            matrix = _read_array(archive, "vectors", name)
    except VectorsError:
        raise
    except Exception as error:  # a damaged archive can raise almost anything
        raise VectorsError(f"{name}: damaged npz file: {error}") from error
    if words.dtype.kind not in "SU" or words.ndim != 1:
        raise VectorsError(
            f"{name}: expected `words` as one row of bytes or text, found {_kind(words)}"
        )
    if matrix.dtype.kind != "f" or matrix.ndim != 2 or len(matrix) != len(words):
        raise VectorsError(
            f"{name}: expected `vectors` as {len(words)} rows of floats, found {_kind(matrix)}"
        )
    check_size(name, (matrix.shape[0], matrix.shape[1]), 0, 0)

    def where(row: int) -> str:
        return f"{name}: row {row + 1}"

    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite: found below
        matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    text = decode_words(_as_bytes(words), where, oddities)
    return checked(WordVectors(text, matrix), where, oddities)


def _as_bytes(words: NDArray[Any]) -> list[bytes]:
    """The words as UTF-8; a lone surrogate becomes bytes that are not."""
    found: list[Any] = words.tolist()
    if words.dtype.kind == "S":
        return found
    return [word.encode(errors="surrogatepass") for word in found]


def write(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the two arrays, uncompressed.

    Raises:
        VectorsError: one word is so long that padding the others to it would fill memory.
    """
    words = [word.encode() for word in vectors.words]
    longest = max(words, key=len)
    if len(longest) * len(words) > LONGEST_PADDING:
        raise VectorsError(
            f"npz takes {len(longest):,} bytes for every word because of {longest[:40]!r}…; "
            "leave that word out or choose another format"
        )
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _write_array(archive, "words", np.array(words))
        _write_array(archive, "vectors", np.ascontiguousarray(vectors.matrix, dtype="<f4"))


def _read_array(archive: zipfile.ZipFile, key: str, name: str) -> NDArray[Any]:
    """The array `key`, after a look at its header: it must not be larger than its file."""
    member = f"{key}.npy"
    if member not in archive.namelist():
        raise VectorsError(f"{name}: {_other_contents(archive.namelist())}")
    with archive.open(member) as stream:
        declared = declared_bytes(stream)
        available = archive.getinfo(member).file_size - stream.tell()
    if declared != available:
        raise VectorsError(
            f"{name}: `{key}` declares {declared:,} bytes of values, found {available:,}"
        )
    memory = available_memory()
    if memory is not None and declared > memory // COPIES:
        raise VectorsError(
            f"{name}: `{key}` takes {declared:,} bytes of memory, found {memory:,} for two of it: "
            "use a smaller file, or a machine with more memory"
        )
    with archive.open(member) as stream:
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    return array


def _other_contents(members: list[str]) -> str:
    """What is wrong with an archive that lacks one of the arrays."""
    listed = ", ".join(name.removesuffix(".npy") for name in members[:SHOWN_MEMBERS])
    listed += ", …" * bool(members[SHOWN_MEMBERS:])
    if any(name.endswith(".npy") for name in members):
        return f"expected the arrays `words` and `vectors` in the npz file, found {listed}"
    if any(name.endswith("/data.pkl") for name in members):
        return "a PyTorch file, expected vectors; it is never opened, because that can run code"
    return f"a zip archive of {listed}, expected vectors; unpack it and give a file"


def _write_array(archive: zipfile.ZipFile, key: str, array: NDArray[Any]) -> None:
    """Add an array to the archive as `numpy.savez` would."""
    entry = zipfile.ZipInfo(f"{key}.npy")  # dated 1980: the same vectors are the same bytes
    with archive.open(entry, "w", force_zip64=True) as stream:
        npy.write_array(stream, array, allow_pickle=False)


def _kind(array: NDArray[Any]) -> str:
    """The shape and type of an array, for a message."""
    return f"{array.dtype} of shape {array.shape}"


NPZ = FileFormat("npz", UNFIT, RULE, False, sniff, read, write)
