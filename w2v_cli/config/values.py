"""A value against its setting: converted and within bounds, or an error that helps."""

import math
from difflib import get_close_matches

from w2v_cli.config.display import described
from w2v_cli.config.documents import NUMBER
from w2v_cli.config.fields import Place, Setting, Span, Value
from w2v_cli.durations import seconds
from w2v_cli.errors import ConfigError

__all__ = ["checked"]

# What other readers of YAML take for true and false.
_YES_OR_NO = {
    **dict.fromkeys(("yes", "on", "y"), "true"),
    **dict.fromkeys(("no", "off", "n"), "false"),
}


def checked(setting: Setting, value: object, source: str) -> Value:
    """`value` as the type of `setting`.

    A whole number will do for a number, one path for a list of paths; nothing else is
    converted.

    Raises:
        ConfigError: the wrong type, out of bounds, not finite, or not one of the choices;
            it names `source` (a file or a flag), the key path, the value and what is allowed.
    """
    if value is None and setting.nullable:
        return None
    converted = _converted(setting.kind, value)
    if converted is None or not _admitted(setting, converted):
        raise ConfigError(
            f"{source}: '{setting.key}' is {described(value)}, "
            f"expected {setting.allowed}{_advice(setting, value)}"
        )
    return converted


def _converted(kind: object, value: object) -> Value:
    """`value` as a `kind`, or None where it is something else."""
    if kind in (float, float | str) and isinstance(value, int) and not isinstance(value, bool):
        return _float(value)
    if kind in (str, Span, Place):
        return value if type(value) is str else None
    if kind == float | str:
        return value if isinstance(value, float | str) else None
    if kind in (bool, int, float):
        return value if type(value) is kind else None
    items = [value] if isinstance(value, str) else value
    if isinstance(items, list | tuple) and all(type(item) is str for item in items):
        return tuple(items)
    return None


def _float(value: int) -> float:
    """An integer as a float; infinite where no float is as large."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _admitted(setting: Setting, value: Value) -> bool:
    """Whether a value of the right type is within bounds, and text is not empty."""
    if setting.kind is Span:
        return seconds(str(value)) is not None
    if isinstance(value, tuple):
        return bool(value) and all(_is_text(item) for item in value)
    if isinstance(value, str):
        return value in setting.choices if setting.choices else _is_text(value)
    if isinstance(value, bool) or value is None:
        return True
    finite = isinstance(value, int) or math.isfinite(value)  # which fails on a very long integer
    return finite and setting.limits.admit(value)


def _is_text(value: str) -> bool:
    """Whether text can name something: it is not blank and has no NUL."""
    return bool(value.strip()) and "\0" not in value


def _advice(setting: Setting, value: object) -> str:
    """What to do about the commonest slips; "" for the others."""
    if setting.choices:
        near = get_close_matches(str(value).lower(), setting.choices, n=1)
        return f" (did you mean {near[0]}?)" if near else ""
    if setting.kind is bool and str(value).lower() in _YES_OR_NO:
        return f" (write {_YES_OR_NO[str(value).lower()]})"
    if setting.kind in (int, float) and isinstance(value, str):
        if not (value.strip().isdigit() or NUMBER.match(value)):
            return ""
        zeros = len(value) > 1 and value.startswith("0")  # which YAML takes for text
        return " (leave out the zeros before it)" if zeros else " (leave out the quotes)"
    if setting.kind is Span and str(value).replace(".", "").isdigit():
        return " (write 90m for 90 minutes)"
    if setting.kind is str and isinstance(value, bool | int | float):
        return " (put it in quotes)"
    return ""
