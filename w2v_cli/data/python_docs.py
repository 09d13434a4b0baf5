"""The built-in corpus: the documentation inside the running Python's standard library."""

import hashlib
import importlib
import inspect
import json
import os
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from w2v_cli.data.reading import Block, cut_blocks
from w2v_cli.errors import CorpusError

__all__ = ["DESCRIPTION", "PythonDocs"]

DESCRIPTION = (
    "the docstrings, comments and help topics of the running Python's standard library: "
    "about 500,000 words of English about programming, read on this machine"
)

# Tests and installed packages differ between machines; the tables in `encodings` are no prose.
_SKIPPED_FOLDERS = {
    "__pycache__",
    "dist-packages",
    "encodings",
    "idle_test",
    "site-packages",
    "test",
    "tests",
}

# All strings and comments of a module, in order. A string in triple quotes that opens a line
# is a docstring. `ast` is far slower, and would find only a few more: those in single quotes.
_STRING_OR_COMMENT = re.compile(
    r"""(?mx)
      ^[ \t]*[rRuU]?(?P<quotes>\"{3}|'{3})(?P<docstring>(?:[^\\]|\\[\s\S])*?)(?P=quotes)
    | (?P<comment>(?:^[ \t]*\#.*\n?)+ | \#.*)
    | \"{3}(?:[^\\]|\\[\s\S])*?\"{3}
    | '{3}(?:[^\\]|\\[\s\S])*?'{3}
    | "(?:[^"\\\n]|\\[\s\S])*"
    | '(?:[^'\\\n]|\\[\s\S])*'
    """
)
_COMMENT_SIGN = re.compile(r"(?m)^[ \t]*#+!?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n")
_DOCTEST = re.compile(r"(?m)^[ \t]*>>>")  # its output ends with the paragraph
_ROLE = re.compile(r":[\w:+-]+:`~?([^`]*)`")


class PythonDocs:
    """The source `builtin:python-docs`: a paragraph a line, every different paragraph once.

    The text is that of the Python that runs, so it depends on its version. Read it with
    the tokenizer `words`.
    """

    name = "builtin:python-docs"

    def __init__(self) -> None:
        self._folder = Path(sysconfig.get_path("stdlib"))
        self._files = _modules_in(self._folder)
        if not self._files:
            raise CorpusError(
                f"{self.name}: the sources of Python's standard library are not in "
                f"{self._folder}: give a corpus of your own"
            )

    @property
    def size(self) -> int:
        """The bytes of the modules that the text is taken from."""
        return sum(path.stat().st_size for path in self._files)

    def digest(self) -> str:
        """The SHA-256 of Python's version and the names and sizes of the modules."""
        modules = [(str(p.relative_to(self._folder)), p.stat().st_size) for p in self._files]
        parts = (sys.version, sys.builtin_module_names, modules)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def blocks(self, size: int, encoding: str, errors: str) -> Iterator[Block]:
        """The text in blocks of about `size` bytes; it is UTF-8 whatever the settings say."""
        text = "\n".join(dict.fromkeys(self._paragraphs())).encode()
        chunks = (text[start : start + size] for start in range(0, len(text), size))
        total = self.size
        return cut_blocks(self.name, chunks, lambda: total, checked=True)

    def _paragraphs(self) -> Iterator[str]:
        for text in chain(map(_documentation, self._files), _docstrings_of_c(), _topics()):
            for paragraph in _BLANK_LINES.split(text):
                prose = _DOCTEST.split(paragraph, maxsplit=1)[0]
                yield " ".join(_ROLE.sub(r"\1", prose).split())


def _modules_in(folder: Path) -> list[Path]:
    """The Python files below `folder`, without tests and installed packages, in order."""
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = set(folders) - _SKIPPED_FOLDERS
        found += [Path(parent, name) for name in names if name.endswith(".py")]
    return sorted(found)


def _documentation(path: Path) -> str:
    """The docstrings and comments of a module as paragraphs; nothing if it is not UTF-8."""
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    matches = _STRING_OR_COMMENT.finditer(source)
    texts = (
        match["docstring"] or _COMMENT_SIGN.sub("", match["comment"] or "") for match in matches
    )
    return "\n\n".join(text for text in texts if text)


def _docstrings_of_c() -> Iterator[str]:
    """The docstrings of the modules that are compiled into the interpreter.

    They have no source to read. Only what such a module defines itself is looked at:
    `sys`, for one, also holds whatever a program puts there.
    """
    for name in sorted(sys.builtin_module_names):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some Pythons have old modules
            module = importlib.import_module(name)
        defined = [vars(module)[key] for key in sorted(vars(module))]
        classes = [value for value in defined if inspect.isclass(value)]
        members = chain.from_iterable(map(_members, classes))
        for documented in chain([module], filter(inspect.isbuiltin, defined), classes, members):
            text = getattr(documented, "__doc__", None)
            if isinstance(text, str):
                yield text


def _members(of_class: type) -> list[object]:
    return [value for _, value in sorted(vars(of_class).items()) if inspect.isroutine(value)]


def _topics() -> Iterator[str]:
    """The help topics; some installations leave them out."""
    try:
        topics = importlib.import_module("pydoc_data.topics").topics
    except ImportError:
        return
    for name in sorted(topics):
        yield topics[name]
