"""The value of an option that is a span of time."""

import re

import click

__all__ = ["read_minutes"]

_TIME = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


def read_minutes(
    ctx: click.Context | None, option: click.Parameter | None, text: str | None
) -> float | None:
    """Minutes of a text such as 90m, 45s, 2h or 1h30m; None for none.

    Raises:
        click.BadParameter: it is something else.
    """
    if text is None:
        return None
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(
            f"{text!r}, expected hours, minutes or seconds, such as 90m, 1h30m or 45s", ctx, option
        )
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 60 + minutes + seconds / 60
