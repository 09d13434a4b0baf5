"""Files by URL, through fsspec: object stores such as S3, HDFS, and whatever else it knows.

fsspec takes credentials and addresses from where the package of each file system has them, such
as `AWS_ACCESS_KEY_ID` and `AWS_ENDPOINT_URL`, or `~/.config/fsspec`.
"""

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from w2v_cli.errors import W2VError
from w2v_cli.extras import package
from w2v_cli.files import partial_name

__all__ = ["Remote", "Version", "is_url", "local_path"]

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_LOCAL = ("file", "local")
_EXTRAS = {"s3": "s3", "s3a": "s3"}  # our extra for each scheme
_WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "oss"}
"""Object stores: an object is there when all of it has arrived, and not before."""
_VERSIONS = ("ETag", "etag", "md5Hash", "generation", "VersionId")
_TIMES = ("mtime", "LastModified", "last_modified", "created")
_BUFFER = 1 << 16  # bytes
_SETTLED = 2.0  # seconds; a file changed more recently may change again with the same time


def is_url(text: str) -> bool:
    """Whether the text is a URL.

    >>> is_url("s3://bucket/corpus.txt.gz"), is_url("corpus/a:b.txt")
    (True, False)
    """
    return _URL.match(text) is not None


def local_path(location: str) -> Path | None:
    """The path of a file of this machine, given as a path or a URL; None if it is elsewhere.

    >>> local_path("file:///data/a.txt").as_posix(), local_path("s3://bucket/a.txt")
    ('/data/a.txt', None)
    """
    found = _URL.match(location)
    if found is None:
        return Path(location)
    return Path(location[found.end() :]) if found[1].lower() in _LOCAL else None


class Version(NamedTuple):
    """A mark that changes with a file; unless `is_sure`, two changes may give the same mark."""

    mark: str
    is_sure: bool


@dataclass(frozen=True)
class Remote:
    """A file or folder of another system.

    Every error of the file system becomes an OSError; its `strerror` says what went wrong.
    """

    url: str
    system: Any  # an fsspec.AbstractFileSystem
    path: str  # in the system

    def __str__(self) -> str:
        return self.url

    @classmethod
    def at(cls, url: str) -> "Remote":
        """What the URL names, whether it is there or not.

        Raises:
            W2VError: a package is missing, or nobody knows such URLs.
        """
        fsspec = package("fsspec", "remote")
        scheme = url.partition(":")[0].lower()
        try:
            system, path = fsspec.core.url_to_fs(url)
        except ImportError as error:
            extra = _EXTRAS.get(scheme)
            how = f": pip install 'w2v-cli[{extra}]'" if extra else ""
            raise W2VError(f"{url}: this needs one more package ({error}){how}") from error
        except Exception as error:
            raise W2VError(f"{url}: cannot be used: {_reason(error)}") from error
        return cls(url, system, path)

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def is_pattern(self) -> bool:
        """Whether it is a glob."""
        return any(sign in self.path for sign in "*?[")

    def child(self, name: str) -> "Remote":
        """What is at a path below it."""
        return Remote(f"{self.url.rstrip('/')}/{name}", self.system, f"{self.path}/{name}")

    def open(self, mode: str = "rb") -> BinaryIO:
        """The file, open for reading its bytes."""
        with _os_errors():
            return io.BufferedReader(_Reader(self.system.open(self.path, mode)), _BUFFER)

    def state(self) -> tuple[int, Version]:
        """The size of the file in bytes, 0 if unknown, and its version."""
        with _os_errors():
            self.system.invalidate_cache(self.path)
            facts = self.system.info(self.path)
        marks = [f"{key} {facts[key]}" for key in _VERSIONS if facts.get(key) is not None]
        if marks:
            return facts.get("size") or 0, Version(" ".join(marks), is_sure=True)
        times = [facts[key] for key in _TIMES if facts.get(key) is not None]
        seconds = [at for at in map(_seconds, times) if at is not None]
        settled = bool(seconds) and max(seconds) < _now() - _SETTLED
        return facts.get("size") or 0, Version(f"times {seconds}", is_sure=settled)

    def is_folder(self) -> bool:
        """Whether it is a folder."""
        with _os_errors():
            return bool(self.system.isdir(self.path))

    def matching(self) -> list["Remote"]:
        """What a glob names, files and folders, in order."""
        with _os_errors():
            return [self._named(path) for path in sorted(self.system.glob(self.path))]

    def files(self) -> list["Remote"]:
        """The files directly in the folder, in order."""
        with _os_errors():
            self.system.invalidate_cache(self.path)
            found = self.system.ls(self.path, detail=True)
            paths = sorted(facts["name"] for facts in found if facts["type"] == "file")
            return [self._named(path) for path in paths]

    def below(self) -> list["Remote"]:
        """The files in the folder at any depth, in order."""
        with _os_errors():
            self.system.invalidate_cache(self.path)
            return [self._named(path) for path in sorted(self.system.find(self.path))]

    def _named(self, path: str) -> "Remote":
        return Remote(self.system.unstrip_protocol(path), self.system, path)

    def read(self) -> bytes:
        """All bytes of the file."""
        with _os_errors():
            data: bytes = self.system.cat_file(self.path)
            return data

    def write(self, data: bytes) -> None:
        """Write the file: it has all of these bytes, or is as it was."""
        with _os_errors(), self._replaced() as path:
            self.system.pipe_file(path, data)

    def put(self, source: Path) -> None:
        """Copy a file of this machine to it, wholly or not at all."""
        with _os_errors(), self._replaced() as path:
            self.system.put_file(str(source), path)

    def get(self, target: Path) -> None:
        """Copy the file to this machine."""
        with _os_errors():
            self.system.get_file(self.path, str(target))

    def remove(self) -> None:
        """Remove the file; nothing happens where there is none."""
        with _os_errors(), suppress(FileNotFoundError):
            self.system.rm_file(self.path)

    @contextmanager
    def _replaced(self) -> Iterator[str]:
        """Yield the path to write to; at the end its file takes the place of this one."""
        protocols = self.system.protocol
        names = {protocols} if isinstance(protocols, str) else set(protocols)
        if names & _WHOLE:
            yield self.path
            return
        folder, _, name = self.path.rpartition("/")
        self.system.makedirs(folder, exist_ok=True)
        temporary = f"{folder}/{partial_name(name)}"
        try:
            yield temporary
            self.system.mv(temporary, self.path)
        except BaseException:
            with suppress(Exception):  # there may be none, and the first error is told
                self.system.rm_file(temporary)
            raise


class _Reader(io.RawIOBase):
    """A file of another system; its errors are OSErrors."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _os_errors():
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        with _os_errors():
            return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def close(self) -> None:
        if not self.closed:
            with suppress(Exception):  # nothing was written
                self._file.close()
        super().close()


@contextmanager
def _os_errors() -> Iterator[None]:
    """Turn whatever a file system raises into an OSError that says why."""
    try:
        yield
    except FileNotFoundError as error:  # its text is a path, or a sentence
        text = _reason(error)
        is_sentence = " " in text and "/" not in text
        reason = text if is_sentence else os.strerror(errno.ENOENT)
        raise FileNotFoundError(errno.ENOENT, reason) from error
    except Exception as error:
        number = getattr(error, "errno", None) or errno.EIO
        raise OSError(number, _reason(error)) from error


def _reason(error: Exception) -> str:
    """What a file system says, in one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())


def _seconds(time: Any) -> float | None:
    """A time as a file system gives it, in seconds since the epoch."""
    if isinstance(time, datetime):
        return time.timestamp()
    return float(time) if isinstance(time, int | float) else None


def _now() -> float:
    return datetime.now().timestamp()
