"""fastText models, written for the real fastText and gensim and read from them; unseen words."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from gensim.models.fasttext import load_facebook_model, load_facebook_vectors

import w2v_cli
from runs import open_run, settings_for, train, vectors
from w2v_cli.cli import w2v
from w2v_cli.core.subwords import NgramRange, find_ngrams, spell_ngrams
from w2v_cli.errors import VectorsError
from w2v_cli.vectors.formats import FORMATS, fasttext_model, read_vectors, write_vectors
from w2v_cli.vectors.formats.fasttext_model import FASTTEXT_MODEL, sniff
from w2v_cli.vectors.formats.writing import write_vectors_as
from w2v_cli.vectors.search import neighbours
from w2v_cli.vectors.source import load_vectors
from w2v_cli.vectors.word_vectors import WordVectors

fasttext = pytest.importorskip("fasttext", reason="cannot be built for this Python")

TEXT = "straße naïve 北京 hello world < > a <a> bb unseen c1 c2\n" * 30
UNSEEN = ["worlds", "北京市", "straßen", "hell"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("corpus") / "text"
    path.write_text(TEXT)
    return path


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory):
    choice = ("model.subwords.enabled=true", "model.subwords.buckets=50000", "model.dim=6")
    path = tmp_path_factory.mktemp("run") / "run"
    opened = open_run(settings_for(corpus, *choice), path)
    train(opened)
    vectors(opened)
    return path


def trained(corpus, **arguments):
    chosen = {"minCount": 1, "bucket": 300, "dim": 6, "epoch": 2, "thread": 1, "verbose": 0}
    return fasttext.train_unsupervised(str(corpus), **(chosen | arguments))


@pytest.mark.slow
@pytest.mark.parametrize(("shortest", "longest"), [(3, 6), (1, 4), (2, 2), (1, 1), (5, 60)])
def test_ngrams_and_their_numbers_are_those_of_fasttext(corpus, shortest, longest):
    model = trained(corpus, minn=shortest, maxn=longest)
    words = [*model.get_words(), *UNSEEN]
    counted, known = NgramRange(shortest, longest, 300), len(model.get_words())
    ngrams = find_ngrams(words, counted)
    numbers = np.split(ngrams.buckets + known, np.cumsum(ngrams.sizes)[:-1])
    for place, (word, ours) in enumerate(zip(words, numbers, strict=True)):
        theirs = [*zip(*model.get_subwords(word), strict=True)][place < known :]
        assert [*zip(spell_ngrams(word, counted), ours, strict=True)] == theirs


@pytest.mark.parametrize("model", ["skipgram", pytest.param("cbow", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("shortest", "longest"), [(2, 4), (0, 3), (0, 0), (5, 2_000_000_000)])
def test_a_model_of_fasttext_gives_the_vectors_that_fasttext_gives(
    corpus, tmp_path, model, shortest, longest
):
    theirs = trained(corpus, model=model, minn=shortest, maxn=longest)
    theirs.save_model(str(tmp_path / "model.bin"))
    ours = read_vectors(tmp_path / "model.bin")
    assert ours.words == theirs.get_words()
    assert ours.counts.tolist() == theirs.get_words(include_freq=True)[1].tolist()
    for word in [*ours.words, *(UNSEEN if longest else ())]:
        np.testing.assert_allclose(
            ours.vector(word), theirs.get_word_vector(word), rtol=1e-4, atol=1e-7
        )
    np.testing.assert_array_equal(ours.outside, theirs.get_output_matrix())


def test_a_run_is_written_as_a_model_that_fasttext_and_gensim_load(run, tmp_path):
    ours, path = load_vectors(run), tmp_path / "model.bin"
    write_vectors(ours, path, "fasttext-model")
    assert sniff(path.read_bytes()[:100])
    theirs, keyed = fasttext.load_model(str(path)), load_facebook_vectors(str(path))
    again = read_vectors(path)
    for word in [*ours.words, *UNSEEN]:
        for other in (theirs.get_word_vector(word), keyed[word], again.vector(word)):
            np.testing.assert_allclose(ours.vector(word), other, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(theirs.get_output_matrix(), ours.outside)


def test_a_model_is_a_mapping_that_has_the_words_it_can_compose_as_gensims_is(run, tmp_path):
    path = tmp_path / "model.bin"
    write_vectors(load_vectors(run), path, "fasttext-model")
    ours, theirs = w2v_cli.load(path), load_facebook_vectors(str(path))
    assert list(ours) == ours.words == theirs.index_to_key
    assert not set(UNSEEN) & set(ours.words)
    for word in UNSEEN:
        assert (word in ours) is (word in theirs) is True
        np.testing.assert_allclose(ours[word], theirs[word], rtol=1e-3, atol=1e-5)
        found, expected = ours.most_similar(word, topn=3), theirs.most_similar(word, topn=3)
        assert [near.word for near in found] == [near for near, _ in expected]
    np.testing.assert_allclose(ours.vectors, theirs.vectors, rtol=1e-3, atol=1e-5)


def test_gensim_goes_on_training_from_a_model(run, tmp_path):
    ours, path = load_vectors(run), tmp_path / "model.bin"
    write_vectors(ours, path, "fasttext-model")
    model = load_facebook_model(str(path))
    sentences = [line.split() for line in TEXT.splitlines()]
    model.train(sentences, total_examples=len(sentences), epochs=2)
    assert np.isfinite(model.wv["hello"]).all()
    assert not np.allclose(model.wv["hello"], ours.vector("hello"), atol=1e-6)


def test_vectors_without_ngrams_are_a_model_without_ngrams(corpus, tmp_path):
    opened = open_run(settings_for(corpus), tmp_path / "run")
    train(opened)
    vectors(opened)
    ours = load_vectors(tmp_path / "run")
    write_vectors(ours, tmp_path / "model.bin", "fasttext-model")
    theirs = fasttext.load_model(str(tmp_path / "model.bin"))
    for word in ours.words:
        np.testing.assert_array_equal(theirs.get_word_vector(word), ours.vector(word))


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("top", "digits"), [(None, None), (3, None), (None, 3)])
def test_a_model_of_fasttext_is_written_in_every_format(corpus, tmp_path, name, top, digits):
    trained(corpus).save_model(str(tmp_path / "model.bin"))
    vectors = read_vectors(tmp_path / "model.bin")
    vectors = vectors if top is None else vectors.top(top)
    written = write_vectors(vectors, tmp_path / "out", name, digits=digits)
    found = read_vectors(tmp_path / "out")
    assert found.words == vectors.words
    largest = np.abs(found.vectors - vectors.vectors).max()
    assert (
        largest <= written.error <= (1e-5 if digits is None else 1e-2) * np.abs(found.vectors).max()
    )
    assert name == "fasttext-model" or (digits is None) == (written.error == 0)


def test_rounded_vectors_are_written_with_their_ngrams_and_outside_vectors(run, tmp_path):
    ours = load_vectors(run)
    write_vectors(ours, tmp_path / "model.bin", "fasttext-model", digits=2)
    found = read_vectors(tmp_path / "model.bin")
    np.testing.assert_array_equal(found.vector("worlds"), ours.vector("worlds"))
    np.testing.assert_array_equal(found.outside, ours.outside)


@pytest.mark.parametrize("lost", ["outside", "subwords", "their lengths", "counts"])
def test_a_model_that_does_not_keep_everything_is_no_success(run, tmp_path, lost):
    ours = load_vectors(run)
    changed = {
        "outside": lambda: replace(ours, outside=np.zeros_like(ours.outside)),
        "subwords": lambda: replace(
            ours, subwords=replace(ours.subwords, matrix=np.zeros_like(ours.subwords.matrix))
        ),
        "their lengths": lambda: replace(
            ours, subwords=replace(ours.subwords, counted=NgramRange(3, 7, 50_000))
        ),
        "counts": lambda: replace(ours, counts=ours.counts + 1),
    }[lost]()
    faulty = replace(FASTTEXT_MODEL, write=lambda file, _: FASTTEXT_MODEL.write(file, changed))
    with pytest.raises(VectorsError, match="not kept"):
        write_vectors_as(faulty, ours, tmp_path / "model.bin", verify=True, digits=None)
    assert not (tmp_path / "model.bin").exists()


def test_words_cut_within_a_character_have_the_vectors_that_fasttext_gives(tmp_path):
    """They are in published models; fastText finds their n-grams in their bytes."""
    cut = [b"\xba", b"\xaa", "北".encode()[:2], "\ud800".encode("utf-8", "surrogatepass")]
    others = [b"word%d" % number for number in range(400)]  # so many that the few are an accident
    (tmp_path / "text").write_bytes(b" ".join([*cut, *others, b"\n"]) * 30)
    model = trained(tmp_path / "text", minn=1, maxn=3)
    model.save_model(str(tmp_path / "model.bin"))
    found = read_vectors(tmp_path / "model.bin")
    assert "4 words that are not UTF-8 (\\xNN put for bad bytes)" in map(str, found.oddities)
    for word in cut:
        theirs = fasttext.FastText.fasttext.Vector(6)
        model.f.getWordVector(theirs, word)
        shown = word.decode(errors="backslashreplace")
        np.testing.assert_allclose(found[shown], np.array(theirs), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("version", [11, 12])
def test_models_of_both_versions_are_read(run, tmp_path, version):
    path = tmp_path / "model.bin"
    write_vectors(load_vectors(run), path, "fasttext-model")
    path.write_bytes(struct.pack("<ii", 793712314, version) + path.read_bytes()[8:])
    theirs = fasttext.load_model(str(path)).get_word_vector("worlds")
    np.testing.assert_allclose(read_vectors(path)["worlds"], theirs, rtol=1e-5, atol=1e-7)


def test_a_model_of_another_version_is_refused_by_name(run, tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(struct.pack("<ii", 793712314, 13) + bytes(100))
    with pytest.raises(VectorsError, match="a fastText model of version 13, expected 11 or 12"):
        read_vectors(path)


def test_supervised_and_quantised_models_are_refused_by_name(tmp_path):
    labelled = tmp_path / "labelled"
    labelled.write_text("__label__a one two\n__label__b three four\n" * 20)
    model = fasttext.train_supervised(str(labelled), verbose=0, dim=4, epoch=1)
    model.save_model(str(tmp_path / "supervised.bin"))
    with pytest.raises(VectorsError, match="a supervised fastText model"):
        read_vectors(tmp_path / "supervised.bin")


def test_a_model_that_is_cut_short_is_refused(corpus, tmp_path):
    trained(corpus).save_model(str(tmp_path / "model.bin"))
    whole = (tmp_path / "model.bin").read_bytes()
    for size in (5, 40, 70, 100, 200, len(whole) // 2, len(whole) - 1):
        (tmp_path / "cut.bin").write_bytes(whole[:size])
        with pytest.raises(VectorsError, match=r"cut\.bin"):
            read_vectors(tmp_path / "cut.bin")


def test_the_command_prints_seen_and_composed_vectors_and_names_the_others(run):
    result = CliRunner().invoke(w2v, ["vector", str(run), "hello", "worlds", "zzz"])
    assert result.exit_code == 0
    assert "'zzz' is not in the vocabulary" in result.stderr
    lines = [line.split(" ") for line in result.stdout.splitlines()]
    assert [line[0] for line in lines] == ["hello", "worlds"]
    for word, *numbers in lines:
        expected = load_vectors(run).vector(word)
        np.testing.assert_array_equal(np.array(numbers, np.float32), expected)
    piped = CliRunner().invoke(w2v, ["vector", str(run), "--json"], input="hello\n\nworlds\n")
    assert [line.count('"composed": true') for line in piped.stdout.splitlines()] == [0, 1]
    assert CliRunner().invoke(w2v, ["vector", str(run), "zzz"]).exit_code == 1


@pytest.mark.parametrize("pruned", [1 << 40, (1 << 62) + 1])
def test_a_table_of_ngrams_that_goes_beyond_the_file_is_refused(run, tmp_path, pruned):
    path = tmp_path / "model.bin"
    write_vectors(load_vectors(run), path, "fasttext-model")
    data = path.read_bytes()
    place = 8 + 12 * 4 + 8 + 12 + 8  # after magic, version, arguments, and four of five numbers
    path.write_bytes(data[:place] + struct.pack("<q", pruned) + data[place + 8 :])
    with pytest.raises(VectorsError, match=r"n-grams kept: the file is damaged or cut short"):
        read_vectors(path)


@pytest.mark.parametrize("count", [b"\x01" * 8 + b"\x01", b"\x01" * 20])
def test_a_word_list_that_is_damaged_is_refused(run, tmp_path, count):
    path = tmp_path / "model.bin"
    write_vectors(load_vectors(run), path, "fasttext-model")
    data = path.read_bytes()
    place = data.index(b"hello\0") + len(b"hello\0")
    path.write_bytes(data[:place] + count + data[place + len(count) :])
    with pytest.raises(VectorsError, match=r"model.bin: word \d+: .*damaged|is not"):
        read_vectors(path)


def write_unchecked(words, matrix, path):
    with path.open("wb") as file:
        FASTTEXT_MODEL.write(file, WordVectors(words, np.float32(matrix)))


@pytest.mark.parametrize("size", [1, 8, 30])
def test_the_words_of_a_model_are_read_wherever_a_block_ends(tmp_path, monkeypatch, size):
    monkeypatch.setattr(fasttext_model, "_BYTES_AT_ONCE", size)
    words = ["a", "naïve", "a b"]  # zeros after them look like the end of a word
    write_unchecked(words, np.zeros((3, 10)), tmp_path / "model.bin")
    assert read_vectors(tmp_path / "model.bin").words == words


@pytest.mark.parametrize(
    ("words", "matrix", "message"),
    [
        (["a", "a"], [[1, 2], [3, 4]], "word 2: the word 'a' is already at .*word 1"),
        (["a", "b"], [[1, 2], [3, np.nan]], "word 2: the vector of 'b' is not finite"),
    ],
)
def test_a_model_without_ngrams_that_is_damaged_is_refused(tmp_path, words, matrix, message):
    write_unchecked(words, matrix, tmp_path / "model.bin")
    with pytest.raises(VectorsError, match=message):
        read_vectors(tmp_path / "model.bin")


@pytest.mark.slow
@pytest.mark.parametrize("by_bounds", [False, True])
def test_neighbours_of_seen_and_unseen_words_are_those_of_fasttext(
    corpus, tmp_path, monkeypatch, by_bounds
):
    monkeypatch.setattr(neighbours, "bounds_pay", lambda *_: by_bounds)
    path = tmp_path / "model.bin"
    model = trained(corpus, minn=2, maxn=4)
    model.save_model(str(path))
    for word in ("hello", *UNSEEN):
        result = CliRunner().invoke(w2v, ["nearest", str(path), word, "-n", "5", "--json"])
        (answer,) = json.loads(result.stdout)
        assert answer.get("composed", []) == [word] * (word in UNSEEN)
        theirs = {near: score for score, near in model.get_nearest_neighbors(word, k=5)}
        ours = {near["word"]: near["cosine"] for near in answer["neighbours"]}
        assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("longest", "place", "value"), [(6, 10, 0), (0, 8, -1)])
def test_a_model_whose_ngrams_have_no_characters_has_the_words_own_vectors(
    corpus, tmp_path, longest, place, value
):
    """Its longest n-gram has 0 characters though it has 300 rows for them, or it has -1 rows."""
    path = tmp_path / "model.bin"
    trained(corpus, maxn=longest).save_model(str(path))
    theirs = fasttext.load_model(str(path))
    data = bytearray(path.read_bytes())
    struct.pack_into("<i", data, 8 + 4 * place, value)  # after magic and version
    path.write_bytes(data)
    found = read_vectors(path)
    own = theirs.get_input_matrix()[: len(found)]
    for word, row in zip(theirs.get_words(), own, strict=True):
        np.testing.assert_array_equal(found[word], row)
