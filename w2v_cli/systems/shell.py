"""The shell: how a command is written for it, and what its terminal and its prompt can do."""

import importlib
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

__all__ = ["can_move_cursor", "command_line", "line_editor"]


def command_line(arguments: Sequence[str]) -> str:
    """The arguments as they are typed, each in quotes where it needs them."""
    return subprocess.list2cmdline(arguments) if sys.platform == "win32" else shlex.join(arguments)


def can_move_cursor() -> bool:
    """Whether the terminal that the environment names can; Windows names none, and its can."""
    unnamed = "windows" if sys.platform == "win32" else "dumb"
    return os.environ.get("TERM", unnamed) != "dumb"


def line_editor() -> Any:
    """The module `readline`, with which `input` has a history; None where there is none."""
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None
