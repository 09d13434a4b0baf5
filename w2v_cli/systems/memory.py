"""Memory that processes share and that leaves no file behind, and advice on mapped files."""

import mmap
import os
import sys
from pathlib import Path
from typing import Any

from w2v_cli.systems import processes

__all__ = ["HandedMemory", "advise", "physical_memory", "shared_zeros"]

if sys.platform == "win32":
    import secrets

    class _SharedMemory(mmap.mmap):
        """Memory that Windows knows by a tag for as long as a process maps it."""

        tag: str

        def __new__(cls, tag: str, size: int) -> "_SharedMemory":
            self = super().__new__(cls, -1, size, tag)
            self.tag = tag
            return self

        def __reduce__(self) -> tuple[Any, ...]:
            return _SharedMemory, (self.tag, len(self))

    def _new_memory(size: int) -> mmap.mmap:
        return _SharedMemory(_new_tag(), size)

    def _new_tag() -> str:
        return f"w2v-{secrets.token_hex(16)}"

    class HandedMemory:
        """Memory of this process and of another program that it starts."""

        def __init__(self, name: str | None = None) -> None:
            """`name` is what the other process was told; without, the memory is new."""
            self.name = name or _new_tag()
            self.starting: dict[str, Any] = {}  # arguments for `subprocess`

        def map(self, size: int) -> mmap.mmap:
            """Map so many bytes; both processes give the same number, and each maps once."""
            return mmap.mmap(-1, size, self.name)

        def close(self) -> None:
            """Give up what is not mapped; what is mapped stays."""

else:

    class _SharedMemory(mmap.mmap):
        """Memory that a descriptor stands for."""

        descriptor: int

        def __new__(cls, descriptor: int, size: int) -> "_SharedMemory":
            self = super().__new__(cls, descriptor, size)
            self.descriptor = descriptor
            return self

        def __reduce__(self) -> tuple[Any, ...]:
            from multiprocessing.reduction import DupFd  # slow, and only trainers need it

            return _received, (DupFd(self.descriptor), len(self))

        def __del__(self) -> None:
            os.close(self.descriptor)

    def _received(passed: Any, size: int) -> _SharedMemory:
        return _SharedMemory(passed.detach(), size)

    def _new_memory(size: int) -> mmap.mmap:
        descriptor = _file_without_name()
        try:
            os.ftruncate(descriptor, size)
        except BaseException:
            os.close(descriptor)
            raise
        return _SharedMemory(descriptor, size)

    class HandedMemory:
        """Memory of this process and of another program that it starts."""

        def __init__(self, name: str | None = None) -> None:
            """`name` is what the other process was told; without, the memory is new."""
            self._descriptor = _file_without_name() if name is None else int(name)
            self.name = str(self._descriptor)
            self.starting: dict[str, Any] = {"pass_fds": (self._descriptor,)}

        def map(self, size: int) -> mmap.mmap:
            """Map so many bytes; both processes give the same number, and each maps once."""
            os.ftruncate(self._descriptor, size)
            return mmap.mmap(self._descriptor, size)

        def close(self) -> None:
            """Give up what is not mapped; what is mapped stays."""
            os.close(self._descriptor)

    def _file_without_name() -> int:
        if sys.platform == "linux":
            return os.memfd_create("w2v")
        import tempfile

        descriptor, name = tempfile.mkstemp(prefix="w2v-")
        Path(name).unlink()
        return descriptor


def shared_zeros(size: int) -> mmap.mmap:
    """So many bytes of zeros, at least one, that workers started from now on share.

    A forked process has them anyway; a fresh one gets them pickled, which maps them again.

    Raises:
        OSError, OverflowError, ValueError: there is no room for them.
    """
    return mmap.mmap(-1, size) if processes.START_METHOD == "fork" else _new_memory(size)


def advise(mapping: mmap.mmap, advice: str, start: int = 0, length: int | None = None) -> None:
    """Tell the system how a part of a mapped file will be read; `advice` is a constant of `mmap`.

    Windows takes no such advice; there nothing happens.
    """
    if sys.platform != "win32":
        mapping.madvise(
            getattr(mmap, advice), start, len(mapping) - start if length is None else length
        )


def physical_memory() -> int | None:
    """Bytes of memory that the machine has; None where the system does not say."""
    if sys.platform == "win32":
        return None
    try:
        return os.sysconf("SC_PHYS_PAGES") * mmap.PAGESIZE
    except (OSError, ValueError):
        return None
