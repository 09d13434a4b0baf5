"""Settings as plain data, and as YAML with and without comments."""

import math
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import yaml

from w2v_cli.config.display import shown
from w2v_cli.config.documents import LARGEST_FILE, NUMBER
from w2v_cli.config.fields import Setting
from w2v_cli.config.loading import LoadedSettings
from w2v_cli.config.registry import SECTION_TITLES, SETTINGS
from w2v_cli.config.settings import Settings
from w2v_cli.errors import UsageError

__all__ = ["commented_yaml", "skeleton", "to_dict", "to_flat_dict", "to_yaml"]

COMMENT_COLUMN = 38  # a longer value pushes its comment to the right
COMMENT_WIDTH = 92
INDENT = "  "


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
    return {
        section: {
            name: list(value) if isinstance(value, tuple) else value for name, value in part.items()
        }
        for section, part in asdict(settings).items()
    }


def to_flat_dict(settings: Settings) -> dict[str, Any]:
    """The same by key path, such as "model.subwords.min"."""
    return _flat(to_dict(settings), "")


def _flat(part: dict[str, Any], prefix: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in part.items():
        inner = _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else None
        found |= {f"{prefix}{name}": value} if inner is None else inner
    return found


def to_yaml(settings: Settings) -> str:
    """The text of a configuration file that loads as exactly these settings.

    Raises:
        UsageError: it would be too large to be loaded again.
    """
    text: str = yaml.dump(
        to_dict(settings), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100
    )
    size = len(text.encode("utf-8", "replace"))
    if size > LARGEST_FILE:
        raise UsageError(
            f"corpus.paths: {len(settings.corpus.paths):,} paths make a configuration of {size:,} "
            f"bytes, and more than {LARGEST_FILE:,} cannot be read again: give a folder or a "
            "glob in quotes"
        )
    return text


def commented_yaml(loaded: LoadedSettings) -> str:
    """A configuration file that loads as these settings, with the origin of each beside it."""
    values = to_flat_dict(loaded.settings)

    def entry(setting: Setting) -> list[str]:
        value, origin = values[setting.key], shown(loaded.origins[setting.key])
        return [f"{_given(setting, value):{COMMENT_COLUMN}}  # {origin}{_meaning(setting, value)}"]

    return _in_sections(entry, lambda key: [])


def _meaning(setting: Setting, value: object) -> str:
    """What null means, in brackets; "" for any other value."""
    null = setting.null
    return f" ({null.replace('`', '')})" if value is None and null else ""


def skeleton() -> str:
    """A configuration file with every setting, its meaning and its default, all commented out."""
    return (
        "# Every setting of `w2v train`, with its default. Take away the # before what you\n"
        "# change; the others, and sections without any, may stay or be left out.\n"
    ) + _in_sections(_explained, lambda key: ["", f"# {SECTION_TITLES[key]}"])


def _explained(setting: Setting) -> list[str]:
    """Its meaning as comments, then the setting, commented out, beside what is allowed."""
    value = None if setting.follows is not None else setting.default
    means = f"; null: {setting.default_text}" if value is None else ""
    meaning = textwrap.wrap(setting.help + means, COMMENT_WIDTH, break_on_hyphens=False)
    flag = f"; {setting.flag}" if setting.flag else ""
    said = f"#{_given(setting, value)}"
    return [
        *(f"# {line}" for line in meaning),
        f"{said:{COMMENT_COLUMN}}  # {setting.allowed}{flag}",
    ]


def _in_sections(
    entry: Callable[[Setting], list[str]], introduction: Callable[[str], list[str]]
) -> str:
    """The lines for each setting, below the names of its sections with their introductions."""
    lines: list[str] = []
    below: list[str] = []  # the sections of the setting before
    for setting in SETTINGS.values():
        sections = setting.key.split(".")[:-1]
        for depth, name in enumerate(sections):
            if sections[: depth + 1] != below[: depth + 1]:
                heading = [*introduction(".".join(sections[: depth + 1])), f"{name}:"]
                lines += [textwrap.indent(line, INDENT * depth) for line in heading]
        below = sections
        lines += [textwrap.indent(line, INDENT * len(sections)) for line in entry(setting)]
    return "".join(f"{line}\n" for line in lines)


def _given(setting: Setting, value: object) -> str:
    """A setting and its value on one line of YAML."""
    plain = list(value) if isinstance(value, tuple) else value
    text: str = yaml.dump(
        [plain], Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=math.inf
    )
    return f"{setting.key.rpartition('.')[2]}: {text.rstrip()[1:-1]}"
