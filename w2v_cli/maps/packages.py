"""The packages of the extra `plot`, imported when a map needs them and not before."""

import importlib
from typing import Any

from w2v_cli.errors import W2VError

__all__ = ["package"]


def package(name: str) -> Any:
    """The module `name`, as "sklearn.manifold", of a package that the extra `plot` installs.

    Raises:
        W2VError: the package, or one that it needs, cannot be imported.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise W2VError(
            f'this map needs more packages ({error}): pip install "w2v-cli[plot]"'
        ) from error
