"""Modules of `w2v_cli/systems` as they are on another system, and stand-ins for what it has."""

import importlib.util
import os
import sys
from pathlib import Path
from unittest import mock

STAND_INS = Path(__file__).resolve().parent / "other_system" / "sitecustomize.py"


def other_system():
    """The stand-ins; nothing is changed in this process."""
    with mock.patch.dict(os.environ):
        os.environ.pop("W2V_TEST_SYSTEM", None)
        return _copy("stand_ins", STAND_INS)


def windows_copy(module, **stand_ins):
    """A second copy of a module as it is on Windows, given stand-ins for modules of Windows."""
    with (
        mock.patch.object(sys, "platform", "win32"),
        mock.patch.dict(sys.modules, stand_ins),
        mock.patch.object(os, "O_BINARY", 0, create=True),
    ):
        return _copy("windows_" + module.__name__.rpartition(".")[2], module.__file__)


def _copy(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy
