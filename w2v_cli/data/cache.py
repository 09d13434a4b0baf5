"""Putting entries into the cache, finding and removing them; `cache_folder` has the names.

Everything appears under its name by a rename, when it is complete. So any number of
processes may use one cache at the same time, and any of them may be killed.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from w2v_cli.data.cache_folder import CORPORA, DIGESTS, LOCK
from w2v_cli.data.remote_source import RemoteSource
from w2v_cli.data.sources import FileSource, Source
from w2v_cli.errors import W2VError, reason_of
from w2v_cli.files import replacing
from w2v_cli.systems.locks import FileLock

__all__ = [
    "cache_errors",
    "content_digests",
    "mark_used",
    "publish",
    "publishing",
    "remove_unused",
    "temporary_folder",
]

_TEMPORARY = ".tmp-"
_STALE_SECONDS = 24 * 3600
_IDLE_SECONDS = 24 * 3600
_REMEMBERED_FILES = 10_000
_SETTLED_NANOSECONDS = 2_000_000_000
"""A file changed more recently might change again without its time of change showing it."""


@contextmanager
def cache_errors(cache: Path) -> Iterator[None]:
    """Turn a failure to write in the cache into an error that says so.

    Raises:
        W2VError: in place of an OSError.
    """
    try:
        yield
    except OSError as error:
        reason = "it is a file, expected a folder" if cache.is_file() else reason_of(error)
        raise W2VError(
            f"{cache}: the cache cannot be written: {reason}; name another folder with "
            "--set machine.cache=FOLDER, or with W2V_CACHE in the environment"
        ) from error


@contextmanager
def temporary_folder(cache: Path) -> Iterator[Path]:
    """Yield a new folder in the cache, removed at the end; remove what killed processes left."""
    # The name is known before the folder is made, so that no signal can come in between.
    folder = cache / f"{_TEMPORARY}{os.urandom(8).hex()}"
    try:
        with cache_errors(cache):
            cache.mkdir(parents=True, exist_ok=True)
            for left in cache.glob(f"{_TEMPORARY}*"):
                if time.time() - _last_change(left) > _STALE_SECONDS:
                    shutil.rmtree(left, ignore_errors=True)
            folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def publishing(cache: Path) -> Iterator[None]:
    """Let no other process put entries into the cache, or take any out, until the block ends."""
    (cache / CORPORA).mkdir(exist_ok=True)
    with FileLock(cache / LOCK) as lock:
        with suppress(OSError):  # some network disks have no locks; a race is still unlikely
            lock.take(wait=True)
        yield


def publish(made: Path, entry: Path) -> None:
    """Move a complete folder to `entry`, in place of a damaged one if there is one."""
    with suppress(FileNotFoundError):
        entry.rename(made.with_name("replaced"))
    made.rename(entry)


def mark_used(entry: Path) -> None:
    """Note that an entry is used now, for `remove_unused`."""
    with suppress(OSError):  # a cache that may only be read does not grow either
        os.utime(entry)


def remove_unused(cache: Path, limit: int, temporary: Path) -> None:
    """Remove the entries unused for longest, so that the others take at most `limit` bytes.

    Those used within the last day stay in any case: a run may be reading them. Entries are
    moved to `temporary`, so that none is ever there in part.
    """
    with suppress(OSError):
        entries = {path: path.stat().st_mtime for path in (cache / CORPORA).iterdir()}
        total = 0
        for entry, used in sorted(entries.items(), key=lambda item: -item[1]):
            total += sum(file.stat().st_size for file in entry.glob("*"))
            if total > limit and time.time() - used > _IDLE_SECONDS:
                with suppress(OSError):  # the next call tries again
                    entry.rename(temporary / entry.name)


def content_digests(cache: Path, sources: Sequence[Source]) -> list[str]:
    """The digest of every source; a file unchanged since it was last hashed is not read."""
    index = cache / DIGESTS
    known = _read_digests(index)
    settled = time.time_ns() - _SETTLED_NANOSECONDS
    digests = [known.get(_identity(source)) or source.digest() for source in sources]
    new = {
        _identity(source): digest
        for source, digest in zip(sources, digests, strict=True)
        if _is_sure(source, settled)
    }
    if not new.keys() <= known.keys():
        others = {file: digest for file, digest in known.items() if file not in new}
        most = max(_REMEMBERED_FILES, len(new))  # or some would be read again each time
        remembered = list({**others, **new}.items())[-most:]
        with replacing(index, "w") as file:
            json.dump(dict(remembered), file, indent=0)
    return digests


def _identity(source: Source) -> str:
    """What changes when a file is changed or replaced."""
    if isinstance(source, FileSource):
        parts = (source.size, source.modified, source.changed, source.device, source.inode)
        return ":".join([str(source.path.absolute()), *map(str, parts)])
    if isinstance(source, RemoteSource):
        return f"{source.name}:{source.size}:{source.version.mark}"
    return source.name


def _is_sure(source: Source, settled: int) -> bool:
    """Whether the next change must change the identity: not if the last was after `settled`, in ns.

    Then both may have the same time.
    """
    if isinstance(source, FileSource):
        return max(source.modified, source.changed) < settled
    return isinstance(source, RemoteSource) and source.version.is_sure


def _read_digests(index: Path) -> dict[str, str]:
    """The digests remembered; none if the file is missing or damaged."""
    try:
        known = json.loads(index.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict) or not all(isinstance(value, str) for value in known.values()):
        return {}
    return known


def _last_change(folder: Path) -> float:
    """When something in the folder was last written, in seconds since the epoch.

    Another process may be removing it: what is gone by now counts as never written.
    """
    latest = 0.0
    with suppress(OSError):
        latest = folder.stat().st_mtime
        for path in folder.iterdir():
            latest = max(latest, _last_change(path) if path.is_dir() else path.stat().st_mtime)
    return latest
