"""Arrays that several processes share, in memory that has no name and leaves nothing behind.

A forked process has them anyway. A fresh process gets a copy of the objects that work on them;
in the copy, an array over shared memory or a mapped file is again over the same memory or file
(docs/decisions/0011).
"""

import io
import math
import mmap
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v_cli.errors import W2VError
from w2v_cli.systems.memory import shared_zeros

__all__ = ["HandedOver", "shared_array"]


def shared_array(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array of zeros that this process and its workers share.

    Raises:
        W2VError: there is no memory for it.
    """
    numbers = math.prod(shape)
    size = numbers * np.dtype(dtype).itemsize
    try:
        memory = shared_zeros(max(size, 1))
    except (OSError, OverflowError, ValueError) as error:
        raise W2VError(
            f"no memory for {size / 2**30:,.1f} GiB; lower training.tokens_per_step, model.dim or "
            "vocabulary.max_size"
        ) from error
    return np.frombuffer(memory, dtype, numbers).reshape(shape)


class HandedOver:
    """What a fresh process is given, as an argument of `multiprocessing.Process`."""

    def __init__(self, content: Any) -> None:
        self.content = content

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by `_ArrayPickler`; the bytes go from this process to its child alone."""
        stream = io.BytesIO()
        _ArrayPickler(stream).dump(self.content)
        return _received, (stream.getvalue(),)


def _received(data: bytes) -> HandedOver:
    return HandedOver(ForkingPickler.loads(data))


class _ArrayPickler(ForkingPickler):
    """Pickles arrays so that those that share memory still do when unpickled."""

    def reducer_override(self, value: Any) -> Any:
        """Let a view be a view again, and a mapped file be mapped again."""
        if isinstance(value, np.memmap) and isinstance(value.base, mmap.mmap):
            parts = value.filename, value.dtype, "r", value.offset, value.shape
            return np.memmap, parts
        if isinstance(value, np.ndarray) and value.base is not None:
            owner = _owner(value)
            start = value.__array_interface__["data"][0] - _address(owner)
            return _view, (owner, value.dtype, start, value.shape, value.strides)
        return NotImplemented


def _owner(view: npt.NDArray[Any]) -> Any:
    """The array or the memory that a view looks at."""
    owner: Any = view
    while not isinstance(owner, np.memmap) and getattr(owner, "base", None) is not None:
        owner = owner.base
    return owner.obj if isinstance(owner, memoryview) else owner


def _address(owner: Any) -> int:
    array = owner if isinstance(owner, np.ndarray) else np.frombuffer(owner, np.uint8)
    address: int = array.__array_interface__["data"][0]
    return address


def _view(
    owner: Any, dtype: Any, start: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> npt.NDArray[Any]:
    view: npt.NDArray[Any] = np.ndarray(shape, dtype, owner, start, strides)
    return view
