"""Arrays in a zip archive, as `numpy.savez` writes them; the sizes it declares are checked.

Reading raises ValueError, or whatever a damaged archive makes `zipfile` raise.
"""

import zipfile
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

__all__ = ["read_bytes", "read_into", "write_array"]

_BUFFER = 1 << 20  # bytes read at a time


def write_array(archive: zipfile.ZipFile, name: str, array: npt.NDArray[Any]) -> None:
    """Add an array in C order as `numpy.savez` would, but without a copy."""
    with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as stream:
        npy.write_array_header_1_0(stream, npy.header_data_from_array_1_0(array))
        stream.write(array.reshape(-1).view(np.uint8).data)


def read_bytes(archive: zipfile.ZipFile, name: str, at_most: int) -> bytes:
    """The contents of an array of bytes, which may have `at_most` so many."""
    with archive.open(f"{name}.npy") as stream:
        (size,) = _header(stream, np.dtype(np.uint8), 1)
        if size > at_most:
            raise ValueError(f"its {name} declares {size:,} bytes")
        data = _exactly(stream, size)
        _check_end(stream)
    return data


def read_into(archive: zipfile.ZipFile, name: str, out: npt.NDArray[Any]) -> None:
    """Read an array into `out`, which has its shape and type."""
    with archive.open(f"{name}.npy") as stream:
        shape = _header(stream, out.dtype, out.ndim)
        if shape != out.shape:
            raise ValueError(f"{name} {shape}, expected {out.shape}")
        into = out.data.cast("B")
        for start in range(0, len(into), _BUFFER):
            into[start : start + _BUFFER] = _exactly(stream, min(_BUFFER, len(into) - start))
        _check_end(stream)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """The next `size` bytes."""
    data = stream.read(size)
    if len(data) != size:
        raise ValueError("an array in it is cut short")
    return data


def _header(stream: IO[bytes], dtype: npt.DTypeLike, dimensions: int) -> tuple[int, ...]:
    """The shape in the header of an npy stream of this type, with so many dimensions."""
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("an array in it has an unknown version")
    shape, fortran, found = npy.read_array_header_1_0(stream)
    if fortran or found != dtype or len(shape) != dimensions:
        raise ValueError(f"an array in it is {found} of shape {shape}")
    return shape


def _check_end(stream: IO[bytes]) -> None:
    """Nothing may follow."""
    if stream.read(1):
        raise ValueError("an array in it is too long")
