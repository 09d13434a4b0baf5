"""Parts of a text that are read apart: together they are the text."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora import encode
from w2v_cli.data import parts as parts_module
from w2v_cli.data.corpus import find_sources
from w2v_cli.data.numbering import CorpusWriter, joined, number_block
from w2v_cli.data.parts import blocks_of, group_parts, parts_of, unseen
from w2v_cli.data.tokenizers import find_tokenizer
from w2v_cli.errors import CorpusError


def parts(paths, tmp_path, encoding="utf-8"):
    sources = find_sources([str(path) for path in paths], encoding=encoding, spool=tmp_path)
    return parts_of(sources, encoding)


def numbered(part, size=16, errors="strict"):
    tokenize = find_tokenizer("whitespace")
    blocks = blocks_of(part, size, "utf-8", errors)
    return joined(number_block([block], tokenize, errors) for block in blocks)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    texts=st.lists(
        st.text(st.sampled_from("ab é\n\t\u2003\r"), min_size=1, max_size=60),
        min_size=1,
        max_size=3,
    ),
    cut=st.integers(1, 40),
)
def test_parts_cut_anywhere_give_the_corpus_in_one_piece(tmp_path, texts, cut):
    """Blocks and parts of a few bytes, so that cuts fall on every kind of byte."""
    paths = [tmp_path / f"{n}.txt" for n in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.encode())
    kept, parts_module.PART = parts_module.PART, cut
    try:
        found = parts(paths, tmp_path)
        grouped = [part for group in group_parts(found) for part in group]
    finally:
        parts_module.PART = kept
    assert grouped == found
    folder = tmp_path / "written"
    if folder.exists():
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    writer = CorpusWriter(folder, 1000)
    for part in found:
        writer.add(numbered(part))
    writer.finish()
    try:
        whole = encode(tmp_path / "cache", *paths)
    except CorpusError:
        assert writer.n_tokens == 0
        return
    for file in ("tokens.i32", "sentence_starts.i64", "types.txt", "type_counts.i64"):
        assert (folder / file).read_bytes() == (whole.folder / file).read_bytes()


@pytest.mark.parametrize("cut", range(1, 14))
def test_no_cut_loses_a_token_a_line_or_a_mark_inside_the_text(tmp_path, monkeypatch, cut):
    text = "\ufeffa bb\n\nccccccccccccc \ufeffd e\n\ufeffggggggggggggg"
    (tmp_path / "text").write_text(text)
    (whole,) = parts([tmp_path / "text"], tmp_path)
    monkeypatch.setattr(parts_module, "PART", cut)
    found = joined(numbered(part) for part in parts([tmp_path / "text"], tmp_path))
    expected = numbered(whole)
    assert (
        found.types
        == expected.types
        == text[1:].replace(" ", "\n").replace("\n\n", "\n").encode() + b"\n"
    )
    assert found.tokens.tolist() == expected.tokens.tolist()
    assert {*found.sentence_ends.tolist()} == {*expected.sentence_ends.tolist()} == {2, 5, 6}


def test_a_byte_order_mark_is_dropped_and_offsets_are_those_of_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(parts_module, "PART", 10)
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfone two three four fi\xffve six")
    first, *others = parts([tmp_path / "text"], tmp_path)
    assert numbered(first).types == b"one\n"
    with pytest.raises(CorpusError, match=r"text: byte 24 \(0xFF\) is not valid UTF-8"):
        for part in others:
            numbered(part)


def test_what_cannot_be_cut_is_one_part_and_what_only_this_machine_has_is_none(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(parts_module, "PART", 10)
    text = b"one two three four five six seven eight"
    (tmp_path / "packed").write_bytes(gzip.compress(text))
    (tmp_path / "latin").write_bytes(text)
    (whole,) = parts([tmp_path / "packed"], tmp_path)
    assert numbered(whole).counts.tolist() == [1] * 8
    assert len(parts([tmp_path / "latin"], tmp_path, "latin-1")) == 1
    assert len(parts([tmp_path / "latin"], tmp_path)) == 4
    assert parts(["builtin:python-docs"], tmp_path) is None
    monkeypatch.setattr(parts_module, "LARGEST", 10)
    assert parts([tmp_path / "packed"], tmp_path) is None


def test_a_file_that_is_not_seen_is_told(tmp_path):
    (tmp_path / "text").write_bytes(b"one two")
    found = parts([tmp_path / "text"], tmp_path)
    assert unseen(found) is None
    (tmp_path / "text").write_bytes(b"another text")
    assert unseen(found) == f"{tmp_path}/text: is another file"
    (tmp_path / "text").unlink()
    assert unseen(found) == f"{tmp_path}/text: no such file or folder"


def test_small_parts_are_read_together(tmp_path, monkeypatch):
    monkeypatch.setattr(parts_module, "PART", 10)
    for name, size in (("a", 4), ("b", 4), ("c", 4), ("d", 25)):
        (tmp_path / name).write_bytes(b"x" * size)
    found = parts([tmp_path / name for name in "abcd"], tmp_path)
    groups = [[part.size for part in group] for group in group_parts(found)]
    assert groups == [[4, 4, 4], [8, 8], [9]]
