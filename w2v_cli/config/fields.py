"""What a setting is: its type, default, help and bounds, all stated once on a dataclass field."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields, is_dataclass
from functools import reduce
from operator import or_
from types import NoneType
from typing import Any, NewType, TypeVar, get_args, get_type_hints

from w2v_cli.config.display import shown

__all__ = [
    "Follows",
    "Limits",
    "Place",
    "Setting",
    "Span",
    "Value",
    "section_titles",
    "setting",
    "settings_by_key",
]

Value = bool | int | float | str | tuple[str, ...] | None

Span = NewType("Span", str)  # a span of time as `durations` reads it
Place = NewType("Place", str)  # a file or folder

T = TypeVar("T")

NOUNS: dict[object, str] = {
    bool: "true or false",
    int: "an integer",
    float: "a number",
    str: "text",
    Span: "a span of time (90m, 1h30m, 45s)",
    Place: "a path",
    float | str: "a path or a number",
    tuple[str, ...]: "a path or a list of paths",
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The numbers a setting may take.

    >>> str(Limits(at_least=1, at_most=10_000)), str(Limits(above=0, at_most=9)), str(Limits())
    ('from 1 to 10,000', 'above 0 and at most 9', '')
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None

    def admit(self, number: float) -> bool:
        """Whether `number` lies within; a bound that is None excludes nothing."""
        return (
            (self.at_least is None or number >= self.at_least)
            and (self.above is None or number > self.above)
            and (self.at_most is None or number <= self.at_most)
        )

    def __str__(self) -> str:
        if self.at_least is not None and self.at_most is not None:
            return f"from {self.at_least:,} to {self.at_most:,}"
        bounds = (
            ("at least", self.at_least),
            ("above", self.above),
            ("at most", self.at_most),
        )
        return " and ".join(f"{word} {bound:,}" for word, bound in bounds if bound is not None)


@dataclass(frozen=True)
class Follows:
    """How a setting that nobody gave follows from those of `keys`; `text` is its default."""

    keys: tuple[str, ...]
    rule: Callable[..., float | None]
    text: str


@dataclass(frozen=True, kw_only=True)
class _Stated:
    """What `setting` writes on a field."""

    help: str
    limits: Limits
    choices: Collection[str]
    null: str | None
    follows: Follows | None
    flag: str | None


@dataclass(frozen=True, kw_only=True)
class Setting(_Stated):
    """One setting, with its key path and the type of its values, `kind`; the rest as `setting`."""

    key: str
    kind: object
    default: Value

    @property
    def allowed(self) -> str:
        """What may be written for it, to end a sentence with 'expected …'."""
        text = _either(self.choices) or f"{NOUNS[self.kind]} {self.limits}".rstrip()
        return f"{text} or null" if self.nullable else text

    @property
    def default_text(self) -> str:
        """The default in words: a value, what it follows, or what null means."""
        if self.follows is not None:
            return self.follows.text
        if self.null is not None and self.default is None:
            return self.null
        value = self.default
        return ", ".join(value) if isinstance(value, tuple) else shown(value)

    @property
    def nullable(self) -> bool:
        """Whether null may be written for it."""
        return self.null is not None or self.follows is not None


def setting(
    default: T,
    help: str,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    choices: Collection[str] = (),
    null: str | None = None,
    follows: Follows | None = None,
    flag: str | None = None,
) -> T:
    """A dataclass field with everything there is to know about a setting.

    `null` says what null means, if the setting may be null. `follows` says which value it has if
    nobody gives one; `default` must then be what follows from the defaults. `flag` is an option
    of `w2v train` of its own, for the settings that people change often.
    """
    limits = Limits(at_least=at_least, above=above, at_most=at_most)
    stated = _Stated(
        help=help, limits=limits, choices=choices, null=null, follows=follows, flag=flag
    )
    return field(default=default, metadata={"setting": stated})


def settings_by_key(root: type, prefix: str = "") -> dict[str, Setting]:
    """Every setting of a dataclass of dataclasses by its key path, in the order of the fields."""
    found: dict[str, Setting] = {}
    types = get_type_hints(root)
    for item in fields(root):
        key, hint = f"{prefix}{item.name}", types[item.name]
        if is_dataclass(hint):
            assert isinstance(hint, type)
            found |= settings_by_key(hint, f"{key}.")
            continue
        stated, kind = item.metadata["setting"], _without_none(hint)
        default: Value = vars(root)[item.name]  # a dataclass keeps them on the class
        found[key] = Setting(key=key, kind=kind, default=default, **vars(stated))
    return found


def section_titles(root: type, prefix: str = "") -> dict[str, str]:
    """The first line of what each section says of itself, by key path."""
    found: dict[str, str] = {}
    for name, hint in get_type_hints(root).items():
        if is_dataclass(hint):
            key = f"{prefix}{name}"
            assert isinstance(hint, type)
            found[key] = str(hint.__doc__).splitlines()[0]
            found |= section_titles(hint, f"{key}.")
    return found


def _either(choices: Collection[str]) -> str:
    """Choices as a phrase: 'a, b or c'; "" for none."""
    *others, last = choices or ("",)
    return f"{', '.join(others)} or {last}" if others else last


def _without_none(hint: Any) -> object:
    """The type `T` of a hint `T` or `T | None`."""
    arguments = get_args(hint)
    if NoneType not in arguments:
        return hint
    kinds = [argument for argument in arguments if argument is not NoneType]
    return reduce(or_, kinds)
