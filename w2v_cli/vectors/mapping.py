"""Memory-mapped arrays, and how to tell the system that one will be read as a whole."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from w2v_cli.systems.memory import advise

__all__ = ["mapping_of", "read_in_order"]


def mapping_of(array: NDArray[Any]) -> mmap.mmap | None:
    """The mapping of a file that holds the numbers of an array, or None if memory holds them."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    return base


@contextmanager
def read_in_order(array: NDArray[Any]) -> Iterator[None]:
    """While an array is read from its start to its end, let the system read far ahead.

    Otherwise a file that is not in the page cache is read in small parts, which is slow.
    Afterwards the system reads as before.
    """
    mapping = mapping_of(array)
    if mapping is None:
        yield
        return
    advise(mapping, "MADV_SEQUENTIAL")
    try:
        yield
    finally:
        advise(mapping, "MADV_NORMAL")
