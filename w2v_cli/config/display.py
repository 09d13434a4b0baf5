"""Values and what users wrote, on one line of an error or a listing."""

from w2v_cli.errors import quoted, shortened

__all__ = ["described", "shown"]


def shown(value: object) -> str:
    """A value on one line, as people write it in a configuration file.

    >>> shown(None), shown(True), shown(1e-5), shown(("a", "b")), shown({"a": [1]})
    ('null', 'true', '1e-05', '[a, b]', '{a: [1]}')

    The last bit of a product is left out:

    >>> shown(0.035 * 1e-4)
    '3.5e-06'
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{shown(key)}: {shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, str) and not (value.isprintable() and value.strip()):
        return repr(value)
    return str(float(f"{value:.15g}") if isinstance(value, float) else value)


def described(value: object) -> str:
    """A wrong value as an error shows it: text in quotes, so that its type can be told."""
    return quoted(value) if isinstance(value, str) else shortened(shown(value))
