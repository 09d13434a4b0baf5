"""Packages of an optional extra, imported only when they are needed."""

import importlib
import sys
from typing import Any

from w2v_cli.errors import W2VError
from w2v_cli.systems.shell import command_line

__all__ = ["package"]


def package(name: str, extra: str = "plot") -> Any:
    """The module `name`, of a package that the extra installs.

    Raises:
        W2VError: the package, or one that it needs, cannot be imported; the message says how to
            install them for the Python that runs.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        pip = command_line([sys.executable, "-m", "pip", "install", f"w2v-cli[{extra}]"])
        raise W2VError(f"this needs more packages ({error}): {pip}") from error
