"""How much memory and disk the machine has left for a run."""

import mmap
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from w2v_cli.files import nearest_existing
from w2v_cli.systems.memory import physical_memory

__all__ = ["Resident", "available_memory", "free_disk", "resident_memory"]

_FILE_CACHE = ("inactive_file", "active_file", "total_inactive_file", "total_active_file")


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes that this process and its children may still take; None where the system does not say.

    The least of what the machine has, swap included, and what every control group around
    the process allows. `root` holds proc/ and sys/.
    """
    rooms = [*_machine_room(root), *_group_rooms(root)]
    return max(min(rooms), 0) if rooms else None


@dataclass(frozen=True)
class Resident:
    """Bytes of memory that a process holds."""

    own: int  # in no file
    files: int  # of mapped files and libraries; what n processes share counts as 1/n of it


def resident_memory(root: Path = Path("/")) -> Resident:
    """What this process holds now; zeros where the system does not say."""
    figures = _figures(root / "proc/self/smaps_rollup")
    if "Pss_Anon:" in figures:
        own = figures["Pss_Anon:"] + figures.get("Pss_Shmem:", 0)
        return Resident(own * 1024, figures.get("Pss_File:", 0) * 1024)
    with suppress(OSError, ValueError, IndexError):
        pages, shared = map(int, (root / "proc/self/statm").read_text().split()[1:3])
        return Resident((pages - shared) * mmap.PAGESIZE, shared * mmap.PAGESIZE)
    return Resident(0, 0)


def free_disk(path: Path) -> int | None:
    """Bytes free for this user on the file system where `path` is, or would be.

    None where it does not say: some network disks have a size of 0.
    """
    usage = shutil.disk_usage(nearest_existing(path))
    return usage.free if usage.total else None


def _machine_room(root: Path) -> Iterator[int]:
    """What the kernel says is available, or else the size of the memory."""
    figures = _figures(root / "proc/meminfo")
    if "MemAvailable:" in figures:
        yield (figures["MemAvailable:"] + figures.get("SwapFree:", 0)) * 1024
    elif root == Path("/") and (memory := physical_memory()) is not None:
        yield memory


def _group_rooms(root: Path) -> Iterator[int]:
    """What is left below the limit of each control group around this process."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            top, limit, usage = root / "sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup/memory"
            limit, usage = "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        group = top / path.strip("/")
        for folder in (group, *group.parents):
            yield from _room(folder, limit, usage)
            if folder == top:
                break


def _room(folder: Path, limit: str, usage: str) -> Iterator[int]:
    """What one control group has left, if it has a limit; cached files count as free."""
    with suppress(ValueError):
        most, used = int(_text(folder / limit)), int(_text(folder / usage))
        figures = _figures(folder / "memory.stat")
        # A group of version 1 gives both its own figures and, as totals, those with its children.
        names = _FILE_CACHE[2:] if _FILE_CACHE[2] in figures else _FILE_CACHE[:2]
        yield most - used + sum(figures.get(name, 0) for name in names)


def _figures(path: Path) -> dict[str, int]:
    """The lines `name number …` of a file; none if it cannot be read."""
    fields = [line.split() for line in _text(path).splitlines()]
    return {f[0]: int(f[1]) for f in fields if len(f) > 1 and f[1].isdigit()}


def _text(path: Path) -> str:
    """What a file says; nothing if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
