"""The command line: one command a file, and the only place that prints or draws a bar.

A command's module is imported when the command is asked for, and imports NumPy only
inside the function that needs it, so that `w2v --help` costs little more than click.
"""

import errno
import importlib
import os
import sys
from contextlib import suppress
from traceback import walk_tb
from typing import Any

import click

from w2v_cli import __version__
from w2v_cli.cli.messages import show_error, show_interruption
from w2v_cli.cli.streams import discard_output, prepare_streams
from w2v_cli.errors import W2VError, reason_of

__all__ = ["main", "w2v"]

COMMANDS = (
    "train",
    "phrases",
    "init-config",
    "gradcheck",
    "export",
    "nearest",
    "vector",
    "analogy",
    "similarity",
    "odd-one-out",
    "eval",
    "compare",
    "plot",
    "info",
    "report",
)

# What other programs call our commands, and what people call them.
HABITS = {
    "accuracy": "eval",
    "analogies": "analogy",
    "check": "gradcheck",
    "compute-accuracy": "eval",
    "convert": "export",
    "describe": "info",
    "diff": "compare",
    "distance": "nearest",
    "doesnt-match": "odd-one-out",
    "evaluate": "eval",
    "fit": "train",
    "knn": "nearest",
    "map": "plot",
    "most-similar": "nearest",
    "neighbors": "nearest",
    "neighbours": "nearest",
    "nn": "nearest",
    "bigrams": "phrases",
    "collocations": "phrases",
    "query": "nearest",
    "save": "export",
    "similar": "nearest",
    "skipgram": "train",
    "cbow": "train",
    "show": "info",
    "test": "eval",
    "visualize": "plot",
    "visualise": "plot",
    "word-analogy": "analogy",
    "word2phrase": "phrases",
    "word2vec": "train",
}
ADVICE = {
    errno.EMFILE: "; raise the limit (`ulimit -n`)",
    errno.ENFILE: "; close other programs",
    errno.ENOSPC: "; make room on the disk and in /dev/shm",
    errno.EROFS: "; /dev/shm and the folder for temporary files must be writable",
    errno.EAGAIN: "; raise the limit on processes (`ulimit -u`)",
}


class CommandGroup(click.Group):
    """A group that finds the command NAME in the module `w2v_cli.cli.NAME`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order a user meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"w2v_cli.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for; instead of an unknown one, the nearest is named."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            if args[0] == "help":
                about = args[1] if args[1:] and args[1] in COMMANDS else "COMMAND"
                ctx.fail(f"no command 'help' (w2v --help, or w2v {about} --help)")
            nearest = _nearest_command(args[0])
            instead = f"did you mean '{nearest}'?" if nearest else "w2v --help lists them"
            ctx.fail(f"no command {args[0]!r} ({instead})")
        return super().resolve_command(ctx, args)

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """The context of a call; click itself would answer Ctrl-C with status 1."""
        try:
            return super().make_context(*arguments, **settings)
        except KeyboardInterrupt:
            show_interruption()
            sys.exit(130)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours becomes one line and its exit status."""
        try:
            return super().invoke(ctx)
        except W2VError as error:
            show_error(error)
            ctx.exit(error.exit_status)
        except click.ClickException as error:
            with suppress(OSError):  # where standard error fails, nobody can be told
                error.show()
            ctx.exit(error.exit_code)
        except MemoryError as error:
            show_error(f"not enough memory ({error})")
            ctx.exit(1)
        except KeyboardInterrupt:
            show_interruption()
            ctx.exit(130)
        except OSError as error:
            _show_failure(error)
            ctx.exit(1)


def _nearest_command(name: str) -> str | None:
    """The command that is meant by a name, or None where nothing is like it."""
    from difflib import get_close_matches

    name = name.lower().replace("_", "-")
    names = {command: command for command in COMMANDS} | HABITS
    return next((names[close] for close in get_close_matches(name, names, n=1)), None)


def _show_failure(error: OSError) -> None:
    """Say what failed, unless whoever read the output has gone."""
    discard_output()
    if error.errno != errno.EPIPE:
        show_error(_reason(error))


def _reason(error: OSError) -> str:
    """What failed: a file that has a name, a stream, or something that the system refused."""
    reason = reason_of(error)
    if error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {reason}"
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    echo = next((frame for frame in frames if frame.f_code is click.echo.__code__), None)
    if echo is not None:
        stream = "standard error" if echo.f_locals["err"] else "standard output"
        return f"{stream}: cannot be written: {reason}"
    return f"the system refused: {reason}{ADVICE.get(error.errno or 0, '')}"


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="w2v")
def w2v() -> None:
    """Train word vectors from text, check the maths, export and query them.

    \b
    Example:
      w2v train --corpus corpus.txt -o runs/first
      w2v nearest runs/first king queen
      w2v export runs/first --format word2vec-binary -o vectors.bin

    Results are written to standard output, all else to standard error. `w2v COMMAND
    --help` describes a command, its exit status and examples.
    """


def main() -> None:
    """Run the program."""
    # Every worker is a process of its own: threads of the BLAS would fight over the same
    # processors. NumPy reads these when it is imported, which has not happened yet.
    for library in ("OPENBLAS_NUM", "OMP_NUM", "MKL_NUM", "VECLIB_MAXIMUM", "BLIS_NUM"):
        os.environ[f"{library}_THREADS"] = "1"
    prepare_streams()
    try:
        sys.exit(w2v())
    except OSError as error:  # of what click itself writes, like help
        _show_failure(error)
        sys.exit(1)
    finally:
        discard_output()
