"""Spans of time as people write them."""

import re

import click

__all__ = ["duration", "read_minutes"]

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


def duration(seconds: float) -> str:
    """A span of time as `read_minutes` reads it: 4s, 1m23s or 1h02m; below a second, 0.4s.

    >>> duration(0.44), duration(83.2), duration(3720)
    ('0.4s', '1m23s', '1h02m')
    """
    if seconds < 0.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}h{minutes % 60:02}m"
