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
    """The arguments as typed in a shell, each in quotes where it needs them."""
    return subprocess.list2cmdline(arguments) if sys.platform == "win32" else shlex.join(arguments)


def can_move_cursor() -> bool:
    """Whether the terminal can, by its name in the environment; Windows names none, and can."""
    unnamed = "windows" if sys.platform == "win32" else "dumb"
    return os.environ.get("TERM", unnamed) != "dumb"


def line_editor() -> Any:
    """The module `readline`, which gives `input` a history; None where there is none."""
    try:
        return importlib.import_module("readline")
    except ImportError:
        return None
