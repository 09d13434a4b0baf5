"""Spans of time as people write them."""

import re

__all__ = ["duration", "seconds"]

_SPAN = re.compile(r"(?=.)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)


def seconds(text: str) -> int | None:
    """The seconds in a text such as 90m, 45s, 2h or 1h30m; None if it is no span of time.

    >>> seconds("1h30m"), seconds("45s"), seconds("90"), seconds("0s")
    (5400, 45, None, None)
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest or None


def duration(seconds: float) -> str:
    """A span of time in the form that options take: 4s, 1m23s or 1h02m; below a second, 0.4s.

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
