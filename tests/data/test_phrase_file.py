import pytest

from w2v_cli.data.collocations import Phrase
from w2v_cli.data.phrase_file import phrase_lines, read_phrases
from w2v_cli.errors import CorpusError


def read(tmp_path, content):
    path = tmp_path / "phrases.tsv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_phrases(path)


def test_what_is_written_is_read(tmp_path):
    phrases = [
        [Phrase(("new", "york"), 7, 12.5), Phrase(("bank", "of", "america"), 5, 11.0)],
        [Phrase(("new_york", "city"), 5, 10.5)],
    ]
    lines = "".join(phrase_lines(phrases))
    assert lines == (
        "phrase\tscore\tcount\tpass\nnew york\t12.5\t7\t1\nbank of america\t11\t5\t1\n"
        "new_york city\t10.5\t5\t2\n"
    )
    assert read(tmp_path, lines) == [[phrase.words for phrase in each] for each in phrases]


def test_a_list_by_hand_needs_no_more_than_words(tmp_path):
    content = "\ufeffnew york\r\n\nphrase book\t9.5\t7\nnew_york city\t\t\t2\n"
    assert read(tmp_path, content) == [
        [("new", "york"), ("phrase", "book")],
        [("new_york", "city")],
    ]


def test_passes_are_in_the_order_of_their_numbers(tmp_path):
    assert read(tmp_path, "new_york city\t\t\t2\nnew york\t\t\t1\n") == [
        [("new", "york")],
        [("new_york", "city")],
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no phrase"),
        ("phrase\tscore\n", "holds no phrase"),
        ("a b\nphrase\tscore\n", "line 2: 'phrase' is no phrase"),
        ("a b\nword\n", "line 2: 'word' is no phrase, expected two words"),
        ("a b\t1\t1\tx\n", "line 1: the pass is 'x', expected 1 to 100"),
        ("a b\t1\t1\t0\n", "line 1: the pass is '0', expected 1 to 100"),
        (b"a b\n\xff", "byte 5 is not UTF-8"),
        (f"{'a' * 999}\n", f"line 1: '{'a' * 59}… is no phrase"),
        (f"a b {'c' * 999}\nb d\n", f"'b' is inside 'a b {'c' * 55}… and at an end of 'b d'"),
        ("a b c\nd b\n", "'b' is inside 'a b c' and at an end of 'd b'"),
        ("a b c\nb d\n", "'b' is inside 'a b c' and at an end of 'b d': give one of them another"),
    ],
)
def test_another_file_is_refused(tmp_path, content, message):
    with pytest.raises(CorpusError, match=r"phrases\.tsv.*") as error:
        read(tmp_path, content)
    assert message in str(error.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(CorpusError, match="cannot be read: no such file"):
        read_phrases(tmp_path / "absent")
