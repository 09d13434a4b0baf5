"""Settings as plain data, as YAML, and as lines for people."""

from dataclasses import asdict
from typing import Any

import yaml

from w2v_cli.config.display import shown
from w2v_cli.config.documents import NUMBER
from w2v_cli.config.loading import LoadedSettings
from w2v_cli.config.registry import SETTINGS
from w2v_cli.config.settings import Settings

__all__ = ["render_settings", "to_dict", "to_flat_dict", "to_yaml"]

WIDEST_COLUMN = 36  # a longer value pushes its origin to the right


class _Dumper(yaml.SafeDumper):
    """Writes text so that our reader, and any other, reads the same text again."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Text in double quotes where it holds odd characters: only there PyYAML escapes all."""
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


# PyYAML would write the text '1e-4' without quotes, which it does not take for a number.
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", NUMBER, list("-+.0123456789"))
_Dumper.add_representer(str, _represented)


def to_dict(settings: Settings) -> dict[str, dict[str, Any]]:
    """The settings by section and name, of types that JSON and YAML have (paths are a list)."""
    sections: dict[str, dict[str, Any]] = asdict(settings)
    sections["corpus"]["paths"] = list(settings.corpus.paths)
    return sections


def to_flat_dict(settings: Settings) -> dict[str, Any]:
    """The same by key path: "section.name"."""
    return _flat(to_dict(settings), "")


def _flat(part: dict[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in part.items():
        inner = _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else None
        found |= {f"{prefix}{name}": value} if inner is None else inner
    return found


def to_yaml(settings: Settings) -> str:
    """The text of a configuration file that loads as exactly these settings."""
    text: str = yaml.dump(
        to_dict(settings), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    return text


def render_settings(loaded: LoadedSettings) -> list[str]:
    """A line for each setting: key path, value and origin, in columns."""
    values = to_flat_dict(loaded.settings)
    key_width = max(map(len, values))
    value_width = min(WIDEST_COLUMN, max(len(shown(value)) for value in values.values()))
    return [
        f"{key:{key_width}}  {shown(value):{value_width}}  {loaded.origins[key]}"
        f"{_meaning(key, value)}"
        for key, value in values.items()
    ]


def _meaning(key: str, value: object) -> str:
    """What null means for that key, in brackets; "" for any other value."""
    null = SETTINGS[key].null
    return f" ({null.replace('`', '')})" if value is None and null else ""
