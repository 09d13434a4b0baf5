import ast
import sysconfig
from pathlib import Path

import pytest

from w2v_cli.data import python_docs
from w2v_cli.data.encoding import encode_corpus
from w2v_cli.data.python_docs import DESCRIPTION, PythonDocs
from w2v_cli.data.tokenizers import spaced_words
from w2v_cli.errors import CorpusError


@pytest.fixture(scope="module")
def real_text() -> str:
    return text_of(PythonDocs())


def text_of(docs: PythonDocs) -> str:
    return b"".join(block.data for block in docs.blocks(1 << 20, "utf-8", "strict")).decode()


def words_of(text: str) -> list[str]:
    return [word.decode() for word in spaced_words(text.encode()).split()]


@pytest.fixture
def library(tmp_path, monkeypatch) -> Path:
    """A standard library of our own, empty."""
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr("w2v_cli.data.python_docs._docstrings_of_c", lambda: iter(()))
    monkeypatch.setattr("w2v_cli.data.python_docs._topics", lambda: iter(()))
    return tmp_path


def paragraphs(library: Path, source: str) -> list[str]:
    (library / "module.py").write_text(source, encoding="utf-8")
    return [line for line in text_of(PythonDocs()).split("\n") if line]


def test_docstrings_and_comments_become_paragraphs_on_lines_of_their_own(library):
    source = '''#!/usr/bin/python
# A comment of
# two lines.
#
# Another.
"""A module.

It has two
paragraphs.
"""
def f():
    r"""A function."""  # a remark
    #: Marked.
    return "# no comment"
class C:
    \'\'\'A class with "quotes" and \\'\'\' in it.\'\'\'
'''
    assert paragraphs(library, source) == [
        "/usr/bin/python A comment of two lines.",
        "Another.",
        "A module.",
        "It has two paragraphs.",
        "A function.",
        "a remark",
        ": Marked.",
        "A class with \"quotes\" and \\''' in it.",
    ]


def test_strings_that_are_values_are_not_taken(library):
    source = '''x = """
no # docstring
"""
y = f("""a""", \'\'\'
b \\\\\'\'\', "it's", 'say "hi"', 'a\\'b', "\\\\")
"""Yes."""
'''
    assert paragraphs(library, source) == ["Yes."]


def test_doctests_are_left_out_with_their_output(library):
    source = '''"""Before.

    As in:
    >>> 1 + 1
    2

    >>> for i in x:
    ...     pass

After.
"""
'''
    assert paragraphs(library, source) == ["Before.", "As in:", "After."]


def test_markup_of_roles_is_reduced_to_its_words(library):
    source = '"""See :class:`~collections.abc.Set`, :py:meth:`list.append` and ``x``."""'
    assert paragraphs(library, source) == ["See collections.abc.Set, list.append and ``x``."]


def test_paragraph_that_occurs_again_is_left_out(library):
    assert paragraphs(library, "# one\n\n# two\n\n# one\n") == ["one", "two"]


def test_tests_and_installed_packages_are_left_out(library):
    folders = ["json", "test", "json/tests", "site-packages", "idlelib/idle_test", "encodings"]
    for folder in folders:
        (library / folder).mkdir(parents=True, exist_ok=True)
        (library / folder / "module.py").write_text(f"# text of {folder}")
    (library / "json" / "data.txt").write_text("# no module")
    assert text_of(PythonDocs()).split("\n")[0] == "text of json"
    assert PythonDocs().size == len("# text of json")


def test_modules_come_in_the_order_of_their_names(library):
    for name in ("c", "a", "b/z", "d"):
        (library / name).parent.mkdir(exist_ok=True)
        (library / f"{name}.py").write_text(f"# {name}")
    assert text_of(PythonDocs()).split() == ["a", "b/z", "c", "d"]


def test_module_that_is_not_utf8_is_left_out(library):
    (library / "latin.py").write_bytes(b"# caf\xe9")
    assert paragraphs(library, "# text") == ["text"]


def test_digest_changes_with_the_modules(library):
    (library / "a.py").write_text("# text")
    first = PythonDocs().digest()
    assert PythonDocs().digest() == first
    (library / "a.py").write_text("# longer text")
    second = PythonDocs().digest()
    (library / "a.py").rename(library / "b.py")
    assert len({first, second, PythonDocs().digest()}) == 3


def test_missing_library_is_an_error(library):
    with pytest.raises(CorpusError) as caught:
        PythonDocs()
    assert str(caught.value) == (
        "builtin:python-docs: the sources of Python's standard library are not in "
        f"{library}: give a corpus of your own"
    )


@pytest.mark.slow
@pytest.mark.parametrize("module", ["argparse", "textwrap", "collections/__init__", "difflib"])
def test_docstrings_are_those_that_the_parser_finds(real_text, module):
    source = Path(sysconfig.get_path("stdlib"), f"{module}.py").read_text(encoding="utf-8")
    nodes = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    found = [ast.get_docstring(n) for n in ast.walk(ast.parse(source)) if isinstance(n, nodes)]
    docstrings = [text for text in found if text and "\n" in text and "\\" not in text]
    assert len(docstrings) > 5
    for text in docstrings:
        first = " ".join(text.split("\n\n")[0].split(">>>")[0].split())
        assert first in real_text or ":`" in first


@pytest.mark.slow
def test_corpus_is_english_of_the_size_it_says(real_text):
    words = words_of(real_text)
    assert "about 500,000 words" in DESCRIPTION
    assert 300_000 < len(words) < 800_000
    assert {"the", "list", "tuple", "dict", "string", "exception", "thread"} <= set(words)
    assert sum(word == "the" for word in words) > 0.04 * len(words)


@pytest.mark.slow
def test_docstrings_written_in_c_and_help_topics_are_in_it(real_text):
    assert "Built-in mutable sequence." in real_text  # list
    assert "Remove and return item at index (default last)." in real_text  # list.pop
    assert 'The "assert" statement' in real_text


class LeftBehind:
    """Something that a program has put into sys."""


def test_a_module_that_python_will_drop_is_read_without_a_warning(tmp_path, monkeypatch):
    (tmp_path / "dropped.py").write_text(
        '"""Soon gone."""\nimport warnings\nwarnings.warn("soon gone", DeprecationWarning)\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("sys.builtin_module_names", ("dropped",))
    assert list(python_docs._docstrings_of_c()) == ["Soon gone."]


@pytest.mark.slow
def test_text_is_the_same_every_time(real_text, monkeypatch):
    monkeypatch.setattr("sys.last_value", LeftBehind(), raising=False)
    assert text_of(PythonDocs()) == real_text


def test_corpus_can_be_encoded(library, tmp_path_factory):
    (library / "module.py").write_text("# Some words\n\n# Some more words")
    corpus = encode_corpus(
        ["builtin:python-docs"],
        encoding="utf-16",
        errors="strict",
        tokenizer="words",
        lowercase=False,
        scan_limit=1000,
        cache=tmp_path_factory.mktemp("cache"),
        workers=1,
    )
    assert corpus.sentence_starts.tolist() == [0, 2, 5]
    assert corpus.words(corpus.tokens) == ["some", "words", "some", "more", "words"]
