"""Values and what users wrote, on one line of an error or a listing."""

__all__ = ["described", "quoted", "shown"]

WIDEST = 60  # characters of what a user wrote that an error shows


def shown(value: object) -> str:
    """A value on one line, as people write it in a configuration file.

    >>> shown(None), shown(True), shown(1e-5), shown(("a", "b")), shown({"a": [1]})
    ('null', 'true', '1e-05', '[a, b]', '{a: [1]}')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{shown(key)}: {shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, str) and not (value.isprintable() and value.strip()):
        return repr(value)
    return str(value)


def quoted(text: str) -> str:
    r"""Text in quotes that fits on one line of an error, whatever is in it.

    >>> print(quoted("tab" + chr(9)), quoted("x" * 99)[-4:])
    'tab\t' xxx…
    """
    return _shortened(repr(text))


def described(value: object) -> str:
    """A wrong value as an error shows it: text in quotes, so that its type can be told."""
    return quoted(value) if isinstance(value, str) else _shortened(shown(value))


def _shortened(text: str) -> str:
    """As much of `text` as an error shows."""
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
