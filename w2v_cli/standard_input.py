"""Standard input as bytes, which a shell may have closed."""

import sys
from typing import BinaryIO

from w2v_cli.errors import W2VError

__all__ = ["standard_input"]


def standard_input() -> BinaryIO:
    """The bytes of standard input.

    Raises:
        W2VError: it is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise W2VError(
            "standard input is closed: give a file or arguments, or send text into the command"
        )
    return sys.stdin.buffer
