"""Linux as a Python program finds macOS or Windows: less is there, and more is refused.

A process that has this folder in its PYTHONPATH imports this file before anything else, and so
do the processes that it starts. W2V_TEST_SYSTEM says which system: `darwin` or `win32`. What the
standard library and NumPy need to run on Linux stays, so only `w2v` lives on the other system.
"""

import concurrent.futures.process
import fcntl
import importlib
import mmap
import multiprocessing.connection
import multiprocessing.popen_spawn_posix
import multiprocessing.reduction
import multiprocessing.resource_tracker
import multiprocessing.synchronize
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import types
from contextlib import suppress
from pathlib import Path

import click
import numpy
import tqdm
import yaml

__all__ = ["Msvcrt", "WindowsMapping", "imitate", "unless_open"]

USED = [concurrent.futures.process, click, numpy, platform, tempfile, tqdm, yaml]  # as on Linux
MISSING_ON_MACOS = [
    (os, "memfd_create sched_getaffinity sched_setaffinity O_TMPFILE"),
]
MISSING_ON_WINDOWS = [
    *MISSING_ON_MACOS,
    (
        os,
        "fork forkpty register_at_fork uname statvfs fstatvfs fchmod fchown chown chroot getuid "
        "geteuid getgid getpgid killpg setsid mkfifo sched_yield sysconf pread pwrite nice "
        "getloadavg posix_fadvise posix_fallocate ST_RDONLY O_NOFOLLOW O_CLOEXEC O_DIRECTORY "
        "O_NONBLOCK wait waitid",
    ),
    (
        signal,
        "SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGPIPE pthread_sigmask sigwait pause alarm setitimer",
    ),
    (mmap, "MADV_NORMAL MADV_RANDOM MADV_SEQUENTIAL MADV_WILLNEED MADV_DONTNEED MAP_SHARED"),
]
NO_MODULES_ON_WINDOWS = "fcntl grp pty pwd readline resource syslog termios tty"


def imitate(system: str) -> None:
    """Make this process look so to what is imported from now on."""
    if system == "win32":
        _refuse_what_windows_refuses()
        multiprocessing.resource_tracker._HAVE_SIGMASK = False
        os.O_BINARY, subprocess.CREATE_NEW_PROCESS_GROUP = 0, 0
        mmap.mmap = WindowsMapping
        shutil.os = types.SimpleNamespace(**vars(os))  # for its disk_usage
        sys.modules["msvcrt"] = Msvcrt("msvcrt")
        sys.modules |= dict.fromkeys(NO_MODULES_ON_WINDOWS.split())
    for module, names in MISSING_ON_WINDOWS if system == "win32" else MISSING_ON_MACOS:
        for name in names.split():
            vars(module).pop(name, None)
    real, sys.platform = sys.platform, system
    duplicated = vars(multiprocessing.reduction).pop("DupFd") if system == "win32" else None
    try:
        for part in ("files", "locks", "memory", "processes", "shell"):
            module = importlib.import_module(f"w2v_cli.systems.{part}")
            module.sys = types.SimpleNamespace(platform=system, modules=sys.modules)
    finally:
        sys.platform = real
        if duplicated is not None:
            multiprocessing.reduction.DupFd = duplicated  # which the standard library needs


class Msvcrt(types.ModuleType):
    """`msvcrt.locking` as Microsoft and Python document it.

    A lock is of a range of bytes from the file's position on, and of one opening of the file: a
    second one is refused with EACCES in the same process, too. It ends when the file is closed.
    """

    LK_UNLCK, LK_LOCK, LK_NBLCK = 0, 1, 2

    def locking(self, descriptor, mode, length):
        kind = fcntl.F_UNLCK if mode == self.LK_UNLCK else fcntl.F_WRLCK
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            wanted = struct.pack("hhqqi4x", kind, os.SEEK_SET, start, length, 0)
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, wanted)
        except BlockingIOError:
            raise PermissionError(13, "Permission denied") from None


class WindowsMapping(mmap.mmap):
    """`mmap.mmap` as on Windows: memory may have a tag, under which others find it."""

    def __new__(cls, descriptor, length, tagname=None, **more):
        if tagname is None:
            return super().__new__(cls, descriptor, length, **more)
        assert descriptor == -1
        with Path(tempfile.gettempdir(), tagname).open("a+b") as file:  # in the test's folder
            file.truncate(max(length, os.fstat(file.fileno()).st_size))
            return super().__new__(cls, file.fileno(), length)

    @property
    def madvise(self):
        raise AttributeError("madvise")


def _refuse_what_windows_refuses() -> None:
    """A folder cannot be opened, nor what is only read be synced.

    What is open or mapped cannot be renamed, replaced or removed.
    """
    real_open = os.open

    def open_file(path, *arguments, **more):
        if Path(path).is_dir():
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *arguments, **more)

    os.open = open_file
    shutil._use_fd_functions = False
    real_sync = os.fsync

    def sync(descriptor):
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(9, "Bad file descriptor")
        real_sync(descriptor)

    os.fsync = sync
    for name in ("rename", "replace", "unlink", "remove", "rmdir"):
        setattr(os, name, unless_open(getattr(os, name)))


def unless_open(function):
    """A function of paths, refused where this process has one of them, or what is in it, open."""

    def checked(*paths, **more):
        held = _held_files()
        for path in paths:
            path = os.path.realpath(os.fspath(path))
            if any(each == path or each.startswith(path + os.sep) for each in held):
                raise PermissionError(13, "The process cannot access the file", path)
        return function(*paths, **more)

    return checked


def _held_files() -> set[str]:
    """The files that this process has open or mapped."""
    held = set()
    for opened in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # that of the list itself
            held.add(str(opened.readlink()))
    with Path("/proc/self/maps").open(encoding="utf-8") as maps:
        held |= {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if "/" in line}
    return held


if "W2V_TEST_SYSTEM" in os.environ:
    imitate(os.environ["W2V_TEST_SYSTEM"])
