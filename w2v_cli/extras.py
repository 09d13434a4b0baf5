"""Packages of an optional extra, imported when they are needed and not before."""

import importlib
import shlex
import sys
from typing import Any

from w2v_cli.errors import W2VError

__all__ = ["package"]


def package(name: str, extra: str = "plot") -> Any:
    """The module `name`, of a package that the extra installs.

    Raises:
        W2VError: the package, or one that it needs, cannot be imported; it says how to install
            them for the Python that runs.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        pip = f"{shlex.quote(sys.executable)} -m pip"
        raise W2VError(
            f"this needs more packages ({error}): {pip} install 'w2v-cli[{extra}]'"
        ) from error
