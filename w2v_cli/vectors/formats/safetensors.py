r"""safetensors: two tensors, `vectors` (V, D) F32, and `words`, the UTF-8 of all, one a line.

There is no usual place for words in such a file; `__metadata__` of the file says where ours are.

tensors = safetensors.numpy.load_file("vectors.safetensors")
words = tensors["words"].tobytes().decode().split("\n")
"""

import re
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from w2v_cli.errors import VectorsError
from w2v_cli.extras import package
from w2v_cli.vectors.formats.base import FileFormat
from w2v_cli.vectors.formats.checks import check_size, checked, decode_words
from w2v_cli.vectors.oddities import Oddities
from w2v_cli.vectors.word_vectors import WordVectors

__all__ = ["SAFETENSORS"]

UNFIT = re.compile(r"\A\Z|[\n\ud800-\udfff]")
RULE = "valid Unicode without newline, and not empty"

LONGEST_HEADER = 100_000_000  # bytes; what the package itself allows
# One entry only: the package writes several in any order.
METADATA = {"w2v": "vectors: a row for each word; words: UTF-8, separated by newlines"}
FLOATS = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


def sniff(head: bytes) -> bool:
    """Whether a file begins with the length of a JSON object and its first brace."""
    return head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= LONGEST_HEADER


def read(file: IO[bytes], name: str, oddities: Oddities) -> WordVectors:
    """The vectors of a safetensors file with the two tensors.

    Raises:
        W2VError: the package safetensors is not installed.
        VectorsError: the file is damaged, or does not hold the tensors.
    """
    safetensors = package("safetensors", "safetensors")
    try:
        tensors = dict(safetensors.deserialize(file.read()))
    except safetensors.SafetensorError as error:
        raise VectorsError(f"{name}: damaged safetensors file: {error}") from error
    matrix = _matrix(_tensor(tensors, "vectors", [*FLOATS], 2, name))
    words = bytes(_tensor(tensors, "words", ["U8"], 1, name)["data"]).split(b"\n")
    if len(words) != len(matrix):
        raise VectorsError(
            f"{name}: `words` has {len(words):,} lines and `vectors` the shape {matrix.shape}, "
            "expected a row for each word"
        )
    check_size(name, (matrix.shape[0], matrix.shape[1]), 0, 0)

    def where(row: int) -> str:
        return f"{name}: row {row + 1}"

    text = decode_words(words, where, oddities)
    return checked(WordVectors(text, matrix), where, oddities)


def write(file: IO[bytes], vectors: WordVectors) -> None:
    """Write the two tensors.

    Raises:
        W2VError: the package safetensors is not installed.
    """
    numpy_tensors = package("safetensors.numpy", "safetensors")
    words = np.frombuffer("\n".join(vectors.words).encode(), dtype=np.uint8)
    matrix = np.ascontiguousarray(vectors.matrix, dtype="<f4")
    file.write(numpy_tensors.save({"vectors": matrix, "words": words}, METADATA))


def _tensor(
    tensors: dict[str, Any], key: str, kinds: list[str], ndim: int, name: str
) -> dict[str, Any]:
    """The tensor `key` as the package describes it, of one of the `kinds` and of `ndim` axes."""
    if key not in tensors:
        found = ", ".join(sorted(tensors)) or "nothing"
        raise VectorsError(f"{name}: expected a tensor `{key}`, found {found[:200]}")
    tensor: dict[str, Any] = tensors[key]
    if tensor["dtype"] not in kinds or len(tensor["shape"]) != ndim:
        raise VectorsError(
            f"{name}: expected `{key}` as {' or '.join(kinds)} with {ndim} axes, "
            f"found {tensor['dtype']} of shape {tensor['shape']}"
        )
    return tensor


def _matrix(tensor: dict[str, Any]) -> NDArray[np.float32]:
    """The values of a float tensor (V, D) as float32."""
    values = np.frombuffer(tensor["data"], dtype=FLOATS[tensor["dtype"]])
    with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite: found later
        matrix: NDArray[np.float32] = values.reshape(tensor["shape"]).astype(np.float32, copy=False)
    return matrix


SAFETENSORS = FileFormat("safetensors", UNFIT, RULE, False, sniff, read, write)
