"""Where results go: standard output, or a file or folder that is refused before the long work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from w2v_cli.errors import UsageError

__all__ = ["check_output", "encoded", "results"]


@contextmanager
def results(output: Path | None, *, force: bool) -> Iterator[Callable[[str], object]]:
    """Yield what writes results: to the file `output`, whole or not at all, or standard output.

    Raises:
        UsageError: the file may not be written.
        W2VError: it cannot be.
    """
    if output is None:
        yield _print
        return
    from w2v_cli.files import replacing

    check_output(output, force=force)
    with replacing(output) as file:
        yield lambda text: file.write(encoded(text))


def _print(text: str) -> None:
    """Write a text to standard output, in UTF-8 whatever the locale says."""
    click.echo(encoded(text), nl=False)


def encoded(text: str) -> bytes:
    r"""A text in UTF-8; what that cannot hold, as names that are not UTF-8, as JSON escapes it.

    >>> encoded("pi π, a byte " + chr(0xDCFF))
    b'pi \xcf\x80, a byte \\udcff'
    """
    return text.encode(errors="backslashreplace")


def check_output(output: Path, *, force: bool, folder: bool = False) -> None:
    """Make sure that a file, or a `folder`, may be written here.

    Raises:
        UsageError: something is there that `force` does not allow to replace, or that is of
            the other kind or a run's own, or there is no folder to write it in.
    """
    from w2v_cli.files import nearest_existing
    from w2v_cli.run_files import RunFiles

    if str(output) == "-":
        raise UsageError(
            "-: expected the name of a file; commands that print results need no --output for it"
        )
    if output.is_dir() and not folder:
        raise UsageError(f"{output}: is a folder, expected the name of a file")
    if output.exists() and not output.is_dir() and not output.is_file():
        raise UsageError(f"{output}: is neither a file nor a folder, and is not replaced")
    if folder and output.exists() and not output.is_dir():
        raise UsageError(f"{output}: is a file, expected the name of a folder")
    if RunFiles(output.parent).owns(output):
        raise UsageError(f"{output}: is a file of the run itself; choose another --output")
    empty = output.is_dir() and not any(output.iterdir())
    if output.exists() and not empty and not force:
        raise UsageError(f"{output}: already exists; choose another --output or add --force")
    there = nearest_existing(output.parent)
    if not there.is_dir():
        raise UsageError(f"{output}: {there} is a file, expected a folder")
    if not output.parent.is_dir():
        raise UsageError(f"{output}: there is no folder {output.parent}; make it first")
