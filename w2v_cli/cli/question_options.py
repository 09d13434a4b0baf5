"""The options of commands that ask vectors: how much is answered, by what measure, in what form."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from w2v_cli.cli.options import (
    WholeNumber,
    check_not_given,
    force_option,
    json_option,
    output_option,
)
from w2v_cli.cli.rendering import RENDERERS

__all__ = ["Form", "form_options", "metric_option", "n_option", "restrict_option"]

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(RENDERERS)),
    default="table",
    show_default=True,
    help="A table to read; tsv (query, word, number) or json for programs.",
)
n_option = click.option(
    "-n",
    "n",
    type=WholeNumber(min=0),
    metavar="N",
    default=10,
    show_default=True,
    help="How many words each answer has.",
)
restrict_option = click.option(
    "--restrict",
    type=WholeNumber(min=1),
    metavar="N",
    help="Answer with the N most frequent words only; a question may hold any word. Default: all.",
)
metric_option = click.option(
    "--metric",
    type=click.Choice(["cosine", "dot"]),
    default="cosine",
    show_default=True,
    help="cosine compares directions alone; dot, the product, lengths too.",
)


class Form(NamedTuple):
    """How answers are written, and where: a file, or None for standard output."""

    name: str
    output: Path | None
    force: bool


def form_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a form; it is called with `form`."""

    @functools.wraps(command)
    def called(
        *arguments: Any,
        format_name: str,
        as_json: bool,
        output: Path | None,
        force: bool,
        **rest: Any,
    ) -> None:
        if as_json and format_name != "json":
            ctx = click.get_current_context()
            check_not_given(ctx, {"format_name"}, "--json", "give one of them")
        form = Form("json" if as_json else format_name, output, force)
        command(*arguments, form=form, **rest)

    for option in (force_option, output_option, json_option, format_option):
        called = option(called)
    return called
