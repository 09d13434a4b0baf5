"""Settings from a file, `--set` and flags, with where each value came from."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast, get_type_hints

from w2v_cli.config.display import described
from w2v_cli.config.documents import parse, read_document
from w2v_cli.config.fields import Value
from w2v_cli.config.registry import (
    RECOMMENDED,
    SECTION_TITLES,
    SECTIONS,
    SETTINGS,
    SHORT,
    dependent_on,
)
from w2v_cli.config.rules import check_together
from w2v_cli.config.settings import Settings
from w2v_cli.config.suggestions import instead_of, names_in
from w2v_cli.config.values import checked
from w2v_cli.errors import ConfigError, quoted

__all__ = ["LoadedSettings", "load_settings", "settings_of"]

Given = dict[str, tuple[Value, str]]  # key path: value, origin

EXAMPLE = "expected key.path=value, for example --set model.dim=200"


@dataclass(frozen=True)
class LoadedSettings:
    """Complete settings, and the origin of each by its key path.

    An origin is `default`, the file's path, `--set`, a flag such as `--seed`,
    `follows KEY`, or the corpus that recommends the value (`builtin:python-docs`).
    """

    settings: Settings
    origins: dict[str, str]


def load_settings(
    file: Path | None = None,
    overrides: Sequence[str] = (),
    flags: Mapping[str, object] | None = None,
    *,
    base: Path | None = None,
    renew: bool = False,
    above_base: Mapping[str, tuple[object, str]] | None = None,
) -> LoadedSettings:
    """The settings of a run, from several sources; each overrides those before it.

    They are: the defaults; `base`, a file; `above_base`, values and their origins by key path;
    `file`; `overrides`, the texts after `--set`; `flags`, what flags gave, by key path. With
    `renew`, what `base` says of settings that depend on changed ones does not count.

    Raises:
        ConfigError: anything that is wrong, each with its file or flag and its key path.
    """
    said = _Said()
    if base is not None:
        said.in_file(base)
    before = dict(said.given)
    for key, (value, origin) in (above_base or {}).items():
        said.take(key, value, origin)
    if file is not None:
        said.in_file(file)
    said.in_overrides(overrides)
    said.in_flags(flags or {})
    said.check()
    given = _renewed(before, said.given) if renew else said.given
    resolved = _resolved(_recommended(given) | given)
    values = {key: value for key, (value, _) in resolved.items()}
    origins = {key: origin for key, (_, origin) in resolved.items()}
    check_together(values, origins)
    return LoadedSettings(_built(values), origins)


def settings_of(
    source: Mapping[str, object] | str | PathLike[str] | None,
    flags: Mapping[str, object] | None = None,
) -> Settings:
    """The settings of a dictionary by key path, or of a YAML file; `flags` override them.

    Raises:
        ConfigError: as for `load_settings`.
    """
    if isinstance(source, Mapping):
        values = {str(key): (_plain(value), "settings") for key, value in source.items()}
        return load_settings(flags=flags, above_base=values).settings
    if source is None or isinstance(source, str | PathLike):
        return load_settings(None if source is None else Path(source), flags=flags).settings
    raise ConfigError(
        f"settings: got {source!r}, expected a dictionary such as {{'model.dim': 50}}, a YAML file "
        "or a Settings object"
    )


def _plain(value: object) -> object:
    """A value as YAML has it: a path is text, and a number of NumPy one of Python."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Real) and not isinstance(value, bool):
        return int(value) if isinstance(value, Integral) else float(value)
    return fspath(value) if isinstance(value, PathLike) else value


class _Said:
    """What somebody said about settings, and all that is wrong with it."""

    def __init__(self) -> None:
        self.given: Given = {}
        self._problems: list[str] = []

    def check(self) -> None:
        """Raise ConfigError if anything is wrong."""
        if self._problems:
            raise ConfigError(*self._problems)

    def in_file(self, path: Path) -> None:
        """Take what a configuration file says."""
        with self._noted():
            for section, content in read_document(path).items():
                if section in SECTIONS:
                    self._in_section(str(path), section, content)
                else:
                    self._problems += _unknown(str(path), section).problems

    def _in_section(self, source: str, section: str, content: object) -> None:
        with self._noted():
            if content is not None and not isinstance(content, dict):
                raise ConfigError(
                    f"{source}: '{section}' is {described(content)}, expected its settings on "
                    f"lines below it ({', '.join(names_in(section))})"
                )
            for name, value in (content or {}).items():
                key = f"{section}.{name}"
                if key in SECTION_TITLES and (key not in SHORT or isinstance(value, dict | None)):
                    self._in_section(source, key, value)
                else:
                    self.take(key, value, source)

    def in_overrides(self, overrides: Sequence[str]) -> None:
        """Take what the `--set key.path=value` say; the last one of a key counts."""
        for override in overrides:
            with self._noted():
                self.take(*_key_and_value(override), "--set")

    def in_flags(self, flags: Mapping[str, object]) -> None:
        """Take what the flags with a name of their own say."""
        for key, value in flags.items():
            self.take(key, value, SETTINGS[key].flag or key)

    def take(self, key: str, value: object, source: str) -> None:
        """Take one setting, checked."""
        with self._noted():
            key = SHORT.get(key, key)
            if key not in SETTINGS:
                raise _unknown(source, key)
            self.given[key] = (checked(SETTINGS[key], value, source), source)

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Note what is wrong and keep reading, so that all of it can be told at once."""
        try:
            yield
        except ConfigError as error:
            self._problems += error.problems


def _key_and_value(override: str) -> tuple[str, object]:
    """The two sides of the text after a `--set`."""
    key, _, text = (part.strip() for part in override.partition("="))
    if not (key and text):
        raise ConfigError(f"--set {quoted(override)}: no value, {EXAMPLE}")
    try:
        return key, parse(text)
    except ConfigError as error:
        raise ConfigError(f"--set {quoted(override)}: {error}; {EXAMPLE}") from None


def _unknown(source: str, key: str) -> ConfigError:
    """The error for a key that is no setting, or not where settings are."""
    if key in SETTINGS:  # 'model.dim: 5' at the top level of a file
        section, name = key.rsplit(".", 1)
        return ConfigError(f"{source}: '{key}' on one line, expected '{name}' below '{section}:'")
    if key in SECTION_TITLES:  # --set model=5
        names = ", ".join(names_in(key))
        return ConfigError(f"{source}: '{key}' is a section, expected one of its keys ({names})")
    return ConfigError(f"{source}: unknown key {quoted(key)} {instead_of(key)}")


def _renewed(before: Given, now: Given) -> Given:
    """What is given now, less what was given before of settings that depend on changed ones."""
    dependent = dependent_on({key for key in now if now[key][0] != before.get(key, (None,))[0]})
    return {
        key: each for key, each in now.items() if each != before.get(key) or key not in dependent
    }


def _recommended(given: Given) -> Given:
    """The settings that suit the corpus, where it is one we know."""
    paths, _ = given.get("corpus.paths", (SETTINGS["corpus.paths"].default, ""))
    if not isinstance(paths, tuple) or len(paths) != 1:
        return {}
    return {key: (value, paths[0]) for key, value in RECOMMENDED.get(paths[0], {}).items()}


def _resolved(given: Given) -> Given:
    """Every setting: as given, as it follows from another one, or by default.

    A field is declared after those it follows, so one walk in order is enough.
    """
    resolved: Given = {}
    for key, setting in SETTINGS.items():
        follows = setting.follows
        default = setting.default if follows is None else None
        value, origin = given.get(key, (default, "default"))
        if value is None and follows is not None:
            value = follows.rule(*(resolved[source][0] for source in follows.keys))
            origin = f"follows {', '.join(follows.keys)}"
        resolved[key] = (value, origin)
    return resolved


def _built(values: Mapping[str, Value], root: type = Settings, prefix: str = "") -> Any:
    """The dataclasses with the `values` of all settings, which have been checked."""
    hints = get_type_hints(root)
    return root(
        **{
            name: _built(values, cast(type, hint), f"{prefix}{name}.")
            if is_dataclass(hint)
            else values[f"{prefix}{name}"]
            for name, hint in hints.items()
        }
    )
