"""Lists of words that people write by hand."""

import pytest

from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats.word_list import read_words


@pytest.fixture
def path(tmp_path):
    return tmp_path / "words.txt"


@pytest.mark.parametrize(
    "content",
    [
        "New York\nder\n",
        "New York\nder",
        "New York\r\nder\r\n",
        "\ufeffNew York\nder\n",
        "\n  New York \n\n\tder\n \n",
    ],
)
def test_a_list_of_words_is_read_as_editors_of_any_system_write_it(path, content):
    path.write_bytes(content.encode())
    assert read_words(path) == ["New York", "der"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\xe9\n", ":2: not valid UTF-8, expected a word"),
        (b"\n \n", ": holds no word, expected one a line"),
        (None, ": cannot be read: no such file or directory"),
    ],
)
def test_what_is_wrong_with_a_list_of_words_is_said(path, content, message):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VectorsError) as caught:
        read_words(path)
    assert str(caught.value) == f"{path}{message}"
