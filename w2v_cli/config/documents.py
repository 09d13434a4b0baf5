"""YAML to plain data, strictly: one document of mappings, lists and scalars and nothing clever.

Refused: anchors and aliases (a few lines of them can expand to gigabytes), tags, duplicate
keys, deep nesting. Scalars are read by the rules of YAML 1.2, so that `1e-4` is a number,
`no` is a word and `010` is not eight.
"""

import re
from pathlib import Path

import yaml

from w2v_cli.errors import ConfigError, quoted, reason_of

__all__ = ["LARGEST_FILE", "NUMBER", "parse", "read_document"]

LARGEST_FILE = 4_000_000
"""Bytes: enough for all paths that a command line can hold; a larger YAML file is slow to read."""

DEEPEST = 5  # a mapping of sections, of sections in them, of keys, of lists, of scalars
LONGEST_NUMBER = 400  # characters; no float needs more

NUMBER = re.compile(
    r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\Z"
    r"|[-+]?[0-9]+[eE][-+]?[0-9]+\Z|[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z"
)
TAG = "tag:yaml.org,2002:"

# What to do where PyYAML says this.
_ADVICE = {
    "character '\\t'": "; indent with spaces, a tab is not accepted",
    "an alias": "; put text that begins with * in quotes",
    "an anchor": "; put text that begins with & in quotes",
    "a quoted scalar": "; a quote is not closed",
    "<block": "; begin lines of one section at the same column",
}


class _RefusedError(Exception):
    """What is wrong with a document, and where it says so."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem, mark)
        self.problem, self.mark = problem, mark


class _StrictLoader(yaml.SafeLoader):
    """Composes nodes, without anchors, tags or deep nesting."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 -- PyYAML's own convention; filled below
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node, refusing what a configuration has no use for."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _RefusedError("anchors and aliases (& and *) are not accepted", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise _RefusedError("tags (!) are not accepted", event.start_mark)
        self.depth += 1
        if self.depth > DEEPEST:
            raise _RefusedError("nested too deeply", event.start_mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _kind, _pattern, _first in (
    ("null", re.compile(r"(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""]),
    ("bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")),
    ("int", re.compile(r"[-+]?(?:0|[1-9][0-9_]*)\Z"), list("-+0123456789")),
    ("float", NUMBER, list("-+.0123456789")),
):
    _StrictLoader.add_implicit_resolver(TAG + _kind, _pattern, _first)


def read_document(path: Path) -> dict[str, object]:
    """The mapping in a YAML file; an empty file is an empty mapping.

    Raises:
        ConfigError: no such file, not UTF-8, not YAML, or not a mapping.
    """
    text = _decoded(path, _read(path))
    try:
        document = parse(text)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(
            f"{path}: holds {'a list' if isinstance(document, list) else 'plain text'}, expected "
            "sections of settings such as 'model:' (to train on this file, give it with --corpus)"
        )
    return document


def parse(text: str) -> object:
    """The plain data of a YAML text: None, bool, int, float, str, list or dict with str keys.

    Raises:
        ConfigError: not YAML, or YAML with anchors, tags, duplicate keys or deep nesting;
            it names the line and the column.
    """
    loader = _StrictLoader("")
    try:
        loader = _StrictLoader(text)
        node = loader.get_single_node()
        return None if node is None else _plain(node, "")
    except _RefusedError as error:
        raise _problem(error.mark, error.problem) from None
    except yaml.MarkedYAMLError as error:
        problem = f"{error.problem or error.context}"
        if problem.startswith("but "):  # the rest of a sentence that `context` begins
            problem = f"{error.context} {problem}"
        said = f"{error.context} {problem}"
        advice = next((advice for sign, advice in _ADVICE.items() if sign in said), "")
        mark = error.problem_mark or error.context_mark
        raise _problem(mark, f"not YAML: {problem}{advice}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - text.rfind("\n", 0, error.position)
        raise ConfigError(
            f"line {line}, column {column}: control character U+{error.character:04X}, "
            "expected plain text"
        ) from None
    except (ValueError, OverflowError):  # PyYAML on "\U7fffffff"
        raise ConfigError("not YAML: an escape that is no character") from None
    finally:
        loader.dispose()


def _problem(mark: yaml.Mark | None, problem: str) -> ConfigError:
    """The error for a problem at a place in the text."""
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    return ConfigError(f"{where}{problem}")


def _read(path: Path) -> bytes:
    """The bytes of a file that is small enough to be a configuration."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except IsADirectoryError:
        raise ConfigError(
            f"{path}: is a folder, expected a configuration file "
            "(a finished run's is config.yaml in its folder)"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {reason_of(error)}") from None
    if len(content) > LARGEST_FILE:
        raise ConfigError(
            f"{path}: is larger than {LARGEST_FILE:,} bytes, too large for a configuration "
            "(to train on this file, give it with --corpus)"
        )
    return content


def _decoded(path: Path, content: bytes) -> str:
    """UTF-8 bytes as text; PyYAML skips the byte order mark that some editors put first."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: byte {error.start} is not UTF-8, expected a configuration in UTF-8 "
            "(to train on this file, give it with --corpus)"
        ) from None


def _plain(node: yaml.Node, path: str) -> object:
    """A node as plain data; `path` is the key path that leads to it."""
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, path) for item in node.value]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: str) -> dict[str, object]:
    """A mapping whose keys are text and differ."""
    mapping: dict[str, object] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _RefusedError("a key that is not a word", key_node.start_mark)
        key = str(key_node.value)
        full = f"{path}.{key}" if path else key
        if key in mapping:
            problem = f"key {quoted(full)} given again, first in line {lines[key]}"
            raise _RefusedError(problem, key_node.start_mark)
        mapping[key] = _plain(value_node, full)
        lines[key] = key_node.start_mark.line + 1
    return mapping


def _scalar(node: yaml.Node) -> object:
    """A scalar as what it looks like."""
    text, kind = str(node.value), node.tag.removeprefix(TAG)
    if kind == "str":
        return text
    if len(text) > LONGEST_NUMBER:
        raise _RefusedError(f"a number of {len(text):,} characters", node.start_mark)
    if kind == "int":
        return int(text.replace("_", ""))
    if kind == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return None if kind == "null" else text.lower() == "true"
