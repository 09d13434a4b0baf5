"""Spans of time as people write them."""

__all__ = ["duration"]


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
