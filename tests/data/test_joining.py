"""Phrases joined in encoded text, beside the real gensim and a plain loop."""

import numpy as np
import pytest
from gensim.models.phrases import Phrases
from hypothesis import given, settings
from hypothesis import strategies as st

from corpora import encode
from w2v_cli.data import pairs
from w2v_cli.data.collocations import Rule, find_phrases
from w2v_cli.data.joining import join_phrases, text_of

WORDS = ["a", "b", "c", "d", "of", "the"]
LINES = st.lists(st.lists(st.sampled_from(WORDS), max_size=12), max_size=12).filter(any)
LINES_WITH_JOINED = st.lists(
    st.lists(st.sampled_from([*WORDS, "a_b", "b_of_c"]), max_size=12), max_size=12
).filter(any)
ENDS, INSIDE = st.sampled_from(["a", "b", "c", "absent"]), st.sampled_from(["of", "the", "d"])
PHRASES = st.lists(
    st.tuples(ENDS, st.lists(INSIDE, max_size=3), ENDS).map(lambda p: (p[0], *p[1], p[2]))
)


def text(lines):
    return "".join(" ".join(line) + "\n" for line in lines if line)


def encoded(folder, name, lines):
    (folder / name).write_text(text(lines))
    return encode(folder / "cache", folder / name)


def joined(corpus, phrases):
    return join_phrases(corpus, phrases, scan_limit=1000, cache=corpus.folder.parent.parent)


def joined_line(line, phrases):
    """The longest is no better than the first: a phrase is taken where its first word stands."""
    inner = {word for phrase in phrases for word in phrase[1:-1]}
    rest, done = list(line), []
    while rest:
        size = next((n for n in range(2, len(rest) + 1) if rest[n - 1] not in inner), 0)
        if size and rest[0] not in inner and tuple(rest[:size]) in phrases:
            done.append("_".join(rest[:size]))
            del rest[:size]
        else:
            done.append(rest.pop(0))
    return done


def check_same(corpus, expected):
    assert corpus.tokens.tolist() == expected.tokens.tolist()
    assert corpus.sentence_starts.tolist() == expected.sentence_starts.tolist()
    assert corpus.type_counts.tolist() == expected.type_counts.tolist()
    types = np.arange(len(expected.type_counts))
    assert corpus.words(types) == expected.words(types)


@pytest.mark.slow
@settings(max_examples=80)
@given(lines=LINES_WITH_JOINED, phrases=PHRASES, piece=st.integers(2, 30))
def test_the_joined_corpus_is_that_of_the_joined_text(tmp_path_factory, lines, phrases, piece):
    folder = tmp_path_factory.mktemp("text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "PIECE", piece)
        found = joined(encoded(folder, "text", lines), phrases)
        written = "".join(text_of(found))
    expected = [joined_line(line, phrases) for line in lines]
    assert written == text(expected)
    check_same(found, encoded(folder, "joined", expected))


@pytest.mark.parametrize("piece", range(2, 12))
def test_phrases_are_joined_wherever_a_piece_of_the_text_ends(tmp_path, monkeypatch, piece):
    monkeypatch.setattr(pairs, "PIECE", piece)
    phrases = [("a", "b"), ("b", "c"), ("b", "of", "the", "c"), ("c", "a")]
    lines = [list("abcab"), ["b", "of", "the", "c"], ["b", "of", "c"], ["b", "the", "c"]]
    lines += [list("aab"), ["b"], ["c"]]
    found = joined(encoded(tmp_path, "text", lines), phrases)
    assert "".join(text_of(found)) == text(joined_line(line, phrases) for line in lines)


@pytest.mark.slow
@settings(max_examples=40)
@given(lines=LINES, piece=st.integers(2, 30), connectors=st.sampled_from([(), ("of", "the")]))
def test_gensim_joins_the_same(tmp_path_factory, lines, piece, connectors):
    folder, rule = tmp_path_factory.mktemp("text"), Rule("npmi", 0.1, 1, connectors)
    corpus = encoded(folder, "text", lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "PIECE", piece)
        found = joined(corpus, [phrase.words for phrase in find_phrases(corpus, rule)])
    of_gensim = Phrases(
        lines, min_count=1, threshold=0.1, scoring="npmi", connector_words=frozenset(connectors)
    )
    assert "".join(text_of(found)) == text(of_gensim[line] for line in lines)


def test_a_joined_phrase_is_the_same_word_as_one_that_was_joined_in_the_text(tmp_path):
    corpus = encoded(tmp_path, "text", [["new_york"], ["new", "york", "city"]])
    found = joined(corpus, [("new", "york"), ("york", "city")])
    assert "".join(text_of(found)) == "new_york\nnew_york city\n"
    assert found.type_counts.tolist() == [2, 1]


def test_the_joined_corpus_is_in_the_cache_under_its_text_and_phrases(tmp_path):
    corpus = encoded(tmp_path, "text", [["a", "b", "c"]])
    first = joined(corpus, [("a", "b"), ("b", "c")])
    assert first.folder.parent == corpus.folder.parent
    assert joined(corpus, [("b", "c"), ("a", "b"), ("a", "b")]).digest == first.digest
    digests = {corpus.digest, first.digest, joined(corpus, [("a", "b")]).digest}
    digests.add(joined(encoded(tmp_path, "other", [["a", "b"]]), [("a", "b")]).digest)
    assert len(digests) == 4


def test_rare_words_beyond_the_limit_are_forgotten_and_counted(tmp_path):
    lines = [["a", "b"]] * 4 + [["c", "d"]] * 2
    corpus = encoded(tmp_path, "text", lines)
    found = join_phrases(corpus, [("a", "b")], scan_limit=2, cache=tmp_path / "cache")
    assert "".join(text_of(found)) == "a_b\n" * 4
    assert (found.pruned_types, found.pruned_tokens, found.undercount) == (2, 4, 2)
    again = join_phrases(found, [("a", "a")], scan_limit=9, cache=tmp_path / "cache")
    assert (again.pruned_types, again.pruned_tokens, again.undercount) == (2, 4, 2)
