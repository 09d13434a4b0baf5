"""The pages of docs/commands/, one a command, made of what its --help says."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from w2v_cli.cli import w2v

GENERATED = "<!-- Generated from `--help` by scripts/docs. -->\n"


def command_pages() -> dict[Path, str]:
    """Each page that there should be, below docs/, with its text."""
    context = click.Context(w2v, info_name="w2v")
    pages = {Path("commands/README.md"): _index(context)}
    for name, command in _commands(context):
        own = click.Context(command, context, info_name=name)
        pages[Path(f"commands/{name}.md")] = _page(command, own)
    return pages


def _commands(context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in w2v.list_commands(context):
        command = w2v.get_command(context, name)
        assert command is not None
        yield name, command


def _index(context: click.Context) -> str:
    """All commands, and what holds for all of them."""
    rows = "".join(
        f"| [`w2v {name}`]({name}.md) | {command.get_short_help_str(limit=200)} |\n"
        for name, command in _commands(context)
    )
    return f"# Commands\n\n{GENERATED}\n{_prose(w2v.help or '')}\n| | |\n|---|---|\n{rows}"


def _page(command: click.Command, context: click.Context) -> str:
    """Usage, description, options, exit status."""
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    records = [option.get_help_record(context) for option in command.params]
    rows = "".join(
        f"| `{_cell(record[0])}` | {_cell(record[1])} |\n"
        for record in records
        if record and record[1]
    )
    title = f"# {context.command_path}\n\n{GENERATED}\n```\n{usage}\n```\n\n"
    options = f"\n| option | |\n|---|---|\n{rows}\n"
    return title + _prose(command.help or "") + options + _prose(command.epilog or "")


def _prose(text: str) -> str:
    """The help as Markdown; text that click does not wrap is a code block, below its title."""
    return "\n".join(map(_paragraph, inspect.cleandoc(text).split("\n\n")))


def _paragraph(text: str) -> str:
    if not text.startswith("\b\n"):
        return " ".join(text.split()) + "\n"
    lines = text.splitlines()[1:]
    title = ""
    if lines[0].endswith(":"):
        title, lines = f"{lines[0]}\n\n", [line.removeprefix("  ") for line in lines[1:]]
    block = "\n".join(lines)
    return f"{title}```\n{block}\n```\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
