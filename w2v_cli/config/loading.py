"""Settings from a file, `--set` and flags, with where each value came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from pathlib import Path
from typing import Any, cast, get_type_hints

from w2v_cli.config.display import described, quoted
from w2v_cli.config.documents import parse, read_document
from w2v_cli.config.fields import Value
from w2v_cli.config.registry import RECOMMENDED, SECTIONS, SETTINGS
from w2v_cli.config.rules import check_together
from w2v_cli.config.settings import Settings
from w2v_cli.config.suggestions import instead_of, names_in
from w2v_cli.config.values import checked
from w2v_cli.errors import ConfigError

__all__ = ["LoadedSettings", "load_settings"]

Given = dict[str, tuple[Value, str]]  # key path: value, origin

EXAMPLE = "expected key.path=value, for example --set model.dim=200"


@dataclass(frozen=True)
class LoadedSettings:
    """Settings in which nothing is left to follow, and the origin of each by its key path.

    An origin is `default`, the file's path, `--set`, a flag such as `--seed`,
    `follows KEY`, or the corpus that recommends the value (`builtin:python-docs`).
    """

    settings: Settings
    origins: dict[str, str]


def load_settings(
    file: Path | None = None,
    overrides: Sequence[str] = (),
    flags: Mapping[str, object] | None = None,
) -> LoadedSettings:
    """The settings of a run: flags before `overrides` before `file` before the defaults.

    `overrides` are the texts after `--set`. `flags` maps key paths to what a flag of its own
    gave; None and () mean that the flag was not given.

    Raises:
        ConfigError: anything that is wrong, with its file or flag and its key path.
    """
    given = (
        (_from_file(file) if file is not None else {})
        | _from_overrides(overrides)
        | _from_flags(flags or {})
    )
    resolved = _resolved(_recommended(given) | given)
    values = {key: value for key, (value, _) in resolved.items()}
    origins = {key: origin for key, (_, origin) in resolved.items()}
    check_together(values, origins)
    return LoadedSettings(_built(values), origins)


def _from_file(path: Path) -> Given:
    """What a configuration file says."""
    source = str(path)
    given: Given = {}
    for section, content in read_document(path).items():
        if section not in SECTIONS:
            raise _unknown(source, section)
        if content is not None and not isinstance(content, dict):
            raise ConfigError(
                f"{source}: '{section}' is {described(content)}, expected its settings on lines "
                f"below it ({', '.join(names_in(section))})"
            )
        for key, value in _by_key(section, content or {}):
            given |= _one(key, value, source)
    return given


def _by_key(path: str, content: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The settings of a section, and those of sections within it, by key path."""
    for name, value in content.items():
        key = f"{path}.{name}"
        if isinstance(value, dict) and any(known.startswith(f"{key}.") for known in SETTINGS):
            yield from _by_key(key, value)
        else:
            yield key, value


def _from_overrides(overrides: Sequence[str]) -> Given:
    """What the `--set key.path=value` say; the last one of a key counts."""
    given: Given = {}
    for override in overrides:
        key, _, text = (part.strip() for part in override.partition("="))
        if not (key and text):
            raise ConfigError(f"--set {quoted(override)}: no value, {EXAMPLE}")
        try:
            value = parse(text)
        except ConfigError as error:
            raise ConfigError(f"--set {quoted(override)}: {error}; {EXAMPLE}") from None
        given |= _one(key, value, "--set")
    return given


def _from_flags(flags: Mapping[str, object]) -> Given:
    """What the flags with a name of their own say."""
    given: Given = {}
    for key, value in flags.items():
        if value is not None and value != ():
            given |= _one(key, value, _flag(key))
    return given


def _flag(key: str) -> str:
    """The flag that stands for a key path: its last word, but a corpus is one corpus."""
    others = {"corpus.paths": "--corpus", "training.max_minutes": "--max-time"}
    return others.get(key, f"--{key.split('.')[-1].replace('_', '-')}")


def _one(key: str, value: object, source: str) -> Given:
    """One setting somebody gave, checked."""
    if key not in SETTINGS:
        raise _unknown(source, key)
    return {key: (checked(SETTINGS[key], value, source), source)}


def _unknown(source: str, key: str) -> ConfigError:
    """The error for a key that is no setting, or not where settings are."""
    if key in SETTINGS:  # 'model.dim: 5' at the top level of a file
        section, name = key.rsplit(".", 1)
        return ConfigError(f"{source}: '{key}' on one line, expected '{name}' below '{section}:'")
    if key in SECTIONS:  # --set model=5
        names = ", ".join(names_in(key))
        return ConfigError(f"{source}: '{key}' is a section, expected one of its keys ({names})")
    return ConfigError(f"{source}: unknown key {quoted(key)} {instead_of(key)}")


def _recommended(given: Given) -> Given:
    """The settings that suit the corpus, where it is one we know."""
    paths, _ = given.get("corpus.paths", (SETTINGS["corpus.paths"].default, ""))
    if not isinstance(paths, tuple) or len(paths) != 1:
        return {}
    return {key: (value, paths[0]) for key, value in RECOMMENDED.get(paths[0], {}).items()}


def _resolved(given: Given) -> Given:
    """Every setting: as given, or following another one, or by default.

    Fields are declared after the ones they follow, so one walk in order is enough.
    """
    resolved: Given = {}
    for key, setting in SETTINGS.items():
        follows = setting.follows
        default = setting.default if follows is None else None
        value, origin = given.get(key, (default, "default"))
        if value is None and follows is not None:
            followed = [resolved[other][0] for other in follows.keys]
            value, origin = follows.rule(*followed), f"follows {' and '.join(follows.keys)}"
        resolved[key] = (value, origin)
    return resolved


def _built(values: Mapping[str, Value], root: type = Settings, prefix: str = "") -> Any:
    """The dataclasses that hold `values`, which are all there and checked."""
    hints = get_type_hints(root)
    return root(
        **{
            name: _built(values, cast(type, hint), f"{prefix}{name}.")
            if is_dataclass(hint)
            else values[f"{prefix}{name}"]
            for name, hint in hints.items()
        }
    )
