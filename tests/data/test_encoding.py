"""The encoded corpus against a plain Python loop over the text."""

import gzip
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpora
from w2v_cli.data import encoded, encoding
from w2v_cli.data.encoding import EncodedCorpus

ANY_LIMIT = 10**6


def encode(cache, *paths, **changed) -> EncodedCorpus:
    return corpora.encode(cache, *paths, **{"scan_limit": ANY_LIMIT, **changed})


def sentences(text: str) -> list[list[bytes]]:
    """What the text says, read the plain way."""
    lines = [line.split() for line in text.encode().split(b"\n")]
    return [line for line in lines if line]


def decoded(corpus: EncodedCorpus) -> list[list[bytes]]:
    """What the encoded corpus says."""
    words = corpus.words(np.arange(len(corpus.type_counts)))
    tokens = [words[number].encode() for number in corpus.tokens]
    bounds = corpus.sentence_starts.tolist()
    return [tokens[start:end] for start, end in pairwise(bounds)]


def check(corpus: EncodedCorpus, expected: list[list[bytes]]) -> None:
    """The corpus holds the expected sentences, numbered by first appearance and counted."""
    tokens = [word for sentence in expected for word in sentence]
    types = list(dict.fromkeys(tokens))
    numbers = {word: number for number, word in enumerate(types)}
    assert decoded(corpus) == expected
    assert corpus.tokens.tolist() == [numbers[word] for word in tokens]
    assert corpus.type_counts.tolist() == [tokens.count(word) for word in types]
    assert (corpus.n_tokens, corpus.n_sentences) == (len(tokens), len(expected))
    assert (corpus.tokens.dtype, corpus.sentence_starts.dtype) == (np.int32, np.int64)
    assert corpus.type_counts.dtype == np.int64
    assert (corpus.pruned_types, corpus.pruned_tokens, corpus.undercount) == (0, 0, 0)


def random_text(seed: int, n_words: int = 4000) -> str:
    rng = random.Random(seed)
    words = [f"w{int(rng.paretovariate(0.7))}é" for _ in range(n_words)]
    return "".join(
        word + rng.choice("  \t\n\n\r\v\f ") * rng.choice((1, 1, 1, 3)) for word in words
    )


def test_small_corpus_by_hand(tmp_path):
    (tmp_path / "text").write_text("the cat sat\n\non the mat\nthe end", encoding="utf-8")
    corpus = encode(tmp_path / "cache", tmp_path / "text")
    assert corpus.tokens.tolist() == [0, 1, 2, 3, 0, 4, 0, 5]
    assert corpus.sentence_starts.tolist() == [0, 3, 6, 8]
    assert corpus.words(np.array([5, 0])) == ["end", "the"]
    assert corpus.type_counts.tolist() == [3, 1, 1, 1, 1, 1]


text = st.text(st.sampled_from("abé कि\u00a0\u2028\x1c\n\n\t\r\v\f ")) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=40
)


@pytest.mark.slow
@settings(deadline=None)
@given(text.filter(lambda text: text.encode().split()), st.integers(1, 30))
def test_decoding_gives_back_any_text_for_any_block_size(tmp_path_factory, text, block_size):
    folder = tmp_path_factory.mktemp("text")
    (folder / "text").write_bytes(b"a " + text.encode())  # no byte-order mark first
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", block_size)
        check(encode(folder / "cache", folder / "text"), sentences("a " + text))


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_encoding_is_the_same_for_any_number_of_workers(tmp_path, monkeypatch, workers, compress):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    text = random_text(1)
    (tmp_path / "text").write_bytes(compress(text.encode()))
    check(encode(tmp_path / "cache", tmp_path / "text", workers=workers), sentences(text))


def test_files_follow_each_other_and_end_their_sentences(tmp_path, monkeypatch):
    for block_size in (1, 8, 1 << 20):
        monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", block_size)
        for name, text in (("a", "one two"), ("b", "\n\n \n"), ("c", "three\r\nfour\r\n")):
            (tmp_path / name).write_text(text, newline="")
        corpus = encode(tmp_path / "cache", *(tmp_path / name for name in "abca"))
        check(corpus, [[b"one", b"two"], [b"three"], [b"four"], [b"one", b"two"]])


def test_small_files_are_encoded_together(tmp_path, monkeypatch):
    groups = []
    number_block = encoding.number_block
    monkeypatch.setattr(
        encoding,
        "number_block",
        lambda blocks, **rest: groups.append(1) or number_block(blocks, **rest),
    )
    for number in range(100):
        (tmp_path / f"{number}.txt").write_text("a few words")
    assert encode(tmp_path / "cache", tmp_path / "*.txt").n_sentences == 100
    assert len(groups) == 1


@pytest.mark.slow
def test_line_much_longer_than_a_block_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    (tmp_path / "text").write_text("word another " * 10_000)
    corpus = encode(tmp_path / "cache", tmp_path / "text", workers=2)
    assert corpus.sentence_starts.tolist() == [0, 20_000]


def test_token_much_longer_than_a_block_is_one_token(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    (tmp_path / "text").write_text(f"a {'x' * 1_000_000} a")
    corpus = encode(tmp_path / "cache", tmp_path / "text", workers=2)
    assert corpus.tokens.tolist() == [0, 1, 0]
    assert corpus.words(np.array([1])) == ["x" * 1_000_000]


def test_settings_reach_the_tokenizer_and_the_decoder(tmp_path):
    (tmp_path / "text").write_bytes("Été, ÉTÉ\n".encode("latin-1"))
    cache, path = tmp_path / "cache", tmp_path / "text"
    assert decoded(encode(cache, path, encoding="latin-1")) == [["Été,".encode(), "ÉTÉ".encode()]]
    found = decoded(encode(cache, path, encoding="latin-1", lowercase=True))
    assert found == [["été,".encode(), "été".encode()]]
    found = decoded(encode(cache, path, encoding="latin-1", tokenizer="words"))
    assert found == [["été".encode(), "été".encode()]]
    found = decoded(encode(cache, path, errors="replace"))
    assert found == [["\ufffdt\ufffd,".encode(), "\ufffdT\ufffd".encode()]]


@pytest.mark.slow
def test_progress_ends_at_the_size_of_the_sources(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    contents = [random_text(1).encode(), gzip.compress(random_text(2).encode())]
    for name, content in zip("ab", contents, strict=True):
        (tmp_path / name).write_bytes(content)
    for workers in (1, 2):
        calls = []
        encode(
            tmp_path / f"cache{workers}",
            *(tmp_path / "a", tmp_path / "b"),
            workers=workers,
            progress=lambda *call, calls=calls: calls.append(call),
        )
        total = sum(map(len, contents))
        assert len(calls) > 10
        assert calls == sorted(calls)
        assert calls[-1] == (total, total)
        assert {call[1] for call in calls} == {total}


def pruned(blocks: list[list[list[bytes]]], limit: int) -> tuple[list[list[bytes]], list[int]]:
    """Sentences left by a scan that forgets rare types after each block; the largest forgotten."""
    kept: list[list[bytes]] = []
    largest = []
    for block in blocks:
        kept += block
        tokens = [word for sentence in kept for word in sentence]
        counts = {word: tokens.count(word) for word in dict.fromkeys(tokens)}
        if len(counts) > limit:
            ranked = sorted(counts, key=lambda word: -counts[word])
            largest.append(max(counts[word] for word in ranked[limit // 2 :]))
            frequent = set(ranked[: limit // 2])
            kept = [[word for word in sentence if word in frequent] for sentence in kept]
    return [sentence for sentence in kept if sentence], largest


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("limit", [4, 25, 60])
@pytest.mark.parametrize("rewrite", [17, 1 << 20])
def test_limited_scan_forgets_the_rarest_types_only(tmp_path, monkeypatch, limit, workers, rewrite):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    monkeypatch.setattr("w2v_cli.data.numbering._REWRITE_TOKENS", rewrite)
    rng = random.Random(3)
    block = [
        b" ".join(b"%d" % rng.paretovariate(exponent) for _ in range(rng.randrange(1, 25)))
        for exponent in rng.choices((0.8, 0.1), k=160)  # with 0.1 all are rare
    ]
    lines = [line[:127].ljust(127) + b"\n" for line in block]  # 8 lines make a block of 1,024 bytes
    (tmp_path / "text").write_bytes(b"".join(lines))
    corpus = encode(tmp_path / "cache", tmp_path / "text", workers=workers, scan_limit=limit)
    blocks = [[line.split() for line in lines[i : i + 8]] for i in range(0, 160, 8)]
    expected, largest = pruned(blocks, limit)
    assert len(largest) > 1
    assert decoded(corpus) == expected
    assert corpus.undercount == sum(largest)
    n_tokens = sum(len(line.split()) for line in lines)
    assert corpus.pruned_tokens == n_tokens - corpus.n_tokens
    assert corpus.type_counts.tolist() == np.bincount(corpus.tokens).tolist()


def test_sentence_of_which_nothing_is_left_is_dropped_with_its_words(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.numbering._REWRITE_TOKENS", 3)
    (tmp_path / "text").write_text("a b a\nc d e f g h i j k\na\nl a")
    corpus = encode(tmp_path / "cache", tmp_path / "text", scan_limit=3)
    assert decoded(corpus) == [[b"a", b"a"], [b"a"], [b"a"]]
    assert (corpus.pruned_types, corpus.pruned_tokens, corpus.undercount) == (11, 11, 1)


def test_nothing_is_forgotten_of_as_many_words_as_the_limit(tmp_path):
    (tmp_path / "text").write_text("a b c a")
    corpus = encode(tmp_path / "cache", tmp_path / "text", scan_limit=3)
    assert (all_words(corpus), corpus.pruned_types) == (["a", "b", "c"], 0)


def test_limited_scan_lacks_no_more_of_a_word_than_it_says(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.data.encoding.BLOCK_SIZE", 1 << 10)
    text = random_text(5)
    (tmp_path / "text").write_text(text, encoding="utf-8", newline="")
    exact = encode(tmp_path / "cache", tmp_path / "text")
    limited = encode(tmp_path / "cache", tmp_path / "text", scan_limit=100)
    assert limited.pruned_types > 100
    counted = dict(zip(all_words(limited), limited.type_counts.tolist(), strict=True))
    for word, count in zip(all_words(exact), exact.type_counts.tolist(), strict=True):
        assert count - limited.undercount <= counted.get(word, 0) <= count


def all_words(corpus: EncodedCorpus) -> list[str]:
    return corpus.words(np.arange(len(corpus.type_counts)))


def test_arrays_cannot_be_written(tmp_path):
    (tmp_path / "text").write_text("a b")
    corpus = encode(tmp_path / "cache", tmp_path / "text")
    for array in (corpus.tokens, corpus.sentence_starts, corpus.type_counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_lengths_of_sentences_come_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(encoded, "_SENTENCES_AT_ONCE", 2)
    (tmp_path / "text").write_text("a b c\nd\n\ne f\ng\nh i j k\n")
    corpus = encode(tmp_path / "cache", tmp_path / "text")
    assert [part.tolist() for part in corpus.sentence_lengths()] == [[3, 1], [2, 1], [4]]
