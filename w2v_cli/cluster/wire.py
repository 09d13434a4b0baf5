"""Messages over a pipe: a line of JSON, then arrays as plain bytes. Nothing is unpickled."""

import json
import math
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt

__all__ = ["Array", "Closed", "receive", "send"]

Array = npt.NDArray[Any]


class Closed(Exception):
    """The other end is gone."""


def send(stream: IO[bytes], header: dict[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Write a message.

    Raises:
        Closed: nobody reads it.
    """
    shapes = [(array.dtype.str, array.shape) for array in arrays]
    try:
        stream.write(json.dumps({"header": header, "arrays": shapes}).encode() + b"\n")
        for array in arrays:
            stream.write(np.ascontiguousarray(array).data.cast("B") if array.size else b"")
        stream.flush()
    except (OSError, ValueError) as error:
        raise Closed from error


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[Array]]:
    """The next message.

    Raises:
        Closed: no more will come.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise Closed
    message = json.loads(line)
    return message["header"], [_array(stream, *each) for each in message["arrays"]]


def _array(stream: IO[bytes], dtype: str, shape: list[int]) -> Array:
    size = math.prod(shape) * np.dtype(dtype).itemsize
    data = stream.read(size)
    if len(data) != size:
        raise Closed
    return np.frombuffer(data, dtype).reshape(shape)
