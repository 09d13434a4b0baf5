import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.cli.plot import FORMATS
from w2v_cli.maps import canvas
from w2v_cli.maps.groups import clusters
from w2v_cli.maps.projection import project
from w2v_cli.vectors.search.similarity import exact_unit_rows

SVG = "{http://www.w3.org/2000/svg}"
WORDS = [
    "king",
    "queen",
    "man",
    "woman",
    "paris",
    "rome",
    "france",
    "italy",
    "$x$",
    "北京",
    "a=b",
    "\x1b",
]
MATRIX = np.random.default_rng(5).standard_normal((len(WORDS), 6)).astype(np.float32)
MATRIX[4:8] += 4  # four words near each other
UNKNOWN = (
    "w2v: error: 'quen' is not in the vocabulary (12 words, each seen 9 times or more; "
    "vocabulary.min_count leaves rarer words out); "
    "closest spelling: 'queen'\n"
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("words.npz", words=np.array([word.encode() for word in WORDS]), vectors=MATRIX)
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "vocab.tsv").write_text("".join(f"{w}\t9\n" for w in WORDS), encoding="utf-8")
    np.save(folder / "vectors.npy", MATRIX)
    np.save(folder / "outside.npy", MATRIX[::-1])
    return "run"


def plot(*args):
    return CliRunner().invoke(w2v, ["plot", *map(str, args)])


def mapped(*args):
    """The JSON object of a map that was drawn."""
    result = plot(*args, "-o", "map.svg", "--json", "--quiet", "--force")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def groups_of(found):
    """The words of each group, by its name."""
    members = {name: [] for name in found["groups"]}
    for word in found["words"]:
        members[found["groups"][word["group"]]].append(word["word"])
    return members


def texts(path="map.svg"):
    return ["".join(text.itertext()) for text in ET.parse(path).iter(f"{SVG}text")]


def test_the_formats_of_pictures_are_those_there_are():
    assert (*canvas.FORMATS, "html") == FORMATS


def test_the_most_frequent_words_are_mapped_without_a_word(run, tmp_path):
    result = plot(run, "--top", 8, "-o", "map.svg")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "wrote map.svg: 8 words, 8 with a label\n"
    assert set(WORDS[:8]) <= set(texts())
    assert "The 8 most frequent words" in texts()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["map.svg", "run", "words.npz"]


@pytest.mark.slow
def test_words_lie_where_the_projection_of_their_unit_vectors_puts_them(run):
    words = ["king", "paris", "man", "rome"]
    rows = [WORDS.index(word) for word in words]
    for method in ("pca", "tsne"):
        found = mapped(run, *words, "--method", method)
        expected = project(exact_unit_rows(MATRIX[rows]), method)
        points = [[word["x"], word["y"]] for word in found["words"]]
        np.testing.assert_allclose(points, expected, atol=1e-5)
        assert [word["word"] for word in found["words"]] == words
        assert found["method"] == method
        assert (found["variance"] is None) == (method == "tsne")
    assert any("t-SNE, seed 1" in text for text in texts())


def test_the_vectors_asked_for_are_mapped(run):
    outside = mapped(run, "king", "man", "paris", "--vectors", "outside")
    mirrored = mapped(run, "\x1b", "北京", "france")
    for one, other in zip(outside["words"][:2], mirrored["words"], strict=False):
        assert one["word"] != other["word"]
    expected = project(exact_unit_rows(MATRIX[::-1][[0, 2, 4]]))
    points = [[word["x"], word["y"]] for word in outside["words"]]
    np.testing.assert_allclose(points, expected, atol=1e-5)


def test_words_are_one_group_and_lists_are_others_with_a_name_or_without(run):
    found = mapped(run, "king", "towns=paris,rome", "france,italy", "queen", "a=b", "x=man")
    assert groups_of(found) == {
        "king, queen, a=b": ["king", "queen", "a=b"],
        "towns": ["paris", "rome"],
        "france, italy": ["france", "italy"],
        "x": ["man"],
    }
    assert {"towns", "france, italy"} <= set(texts())
    assert "king, queen, a=b, towns, france, italy, x" in texts()


def test_the_title_is_what_the_map_shows_or_what_is_asked_for(run):
    mapped(run, *WORDS[:7])
    assert "king, queen, man, woman, paris, …" in texts()
    mapped(run, *WORDS[:3], "--groups", 2)
    assert "king, queen, man" in texts()
    mapped(run, *WORDS[:3], "--title", "Three $words$")
    assert "Three $words$" in texts()


@pytest.mark.slow
@pytest.mark.parametrize("extension", FORMATS)
def test_a_title_may_be_no_utf8_and_keeps_its_joiners(run, tmp_path, extension):
    title = "caf\udce9 می\u200cخواهم"
    result = plot(run, "--top", 5, "-o", f"map.{extension}", "--title", title)
    assert (result.exit_code, result.exception) == (0, None)
    if extension in ("svg", "html"):
        written = (tmp_path / f"map.{extension}").read_text(encoding="utf-8")
        assert "caf\\udce9 می\u200cخواهم" in written


def test_a_word_in_two_groups_belongs_to_the_first(run):
    found = mapped(run, "one=king,queen", "two=queen,man,man")
    assert groups_of(found) == {"one": ["king", "queen"], "two": ["man"]}


def test_words_bring_their_neighbours_as_a_group_of_their_own(run):
    found = mapped(run, "paris", "king", "--neighbours", 2)
    units = exact_unit_rows(MATRIX)
    expected = {}
    for word in ("paris", "king"):
        ranked = np.argsort(-(units @ units[WORDS.index(word)]), kind="stable")
        expected[word] = [WORDS[row] for row in ranked[:3]]
    found_groups = groups_of(found)
    assert set(found_groups["paris"]) == set(expected["paris"])
    assert set(found_groups["king"]) == set(expected["king"]) - set(expected["paris"])
    assert [word["word"] for word in found["words"]][:2] == ["paris", "king"]
    assert "paris, king and their nearest neighbours" in texts()


def test_a_word_asked_for_stays_in_its_own_group_though_it_is_a_neighbour(run):
    found = mapped(run, "paris", "rome", "--neighbours", 3)
    assert groups_of(found)["rome"][0] == "rome"
    assert "rome" not in groups_of(found)["paris"]


def test_neighbours_can_be_restricted_to_frequent_words(run):
    found = mapped(run, "北京", "--neighbours", 4, "--restrict", 4)
    assert {word["word"] for word in found["words"]} == {"北京", *WORDS[:4]}


def test_words_with_fewer_neighbours_than_asked_for_bring_those(run):
    found = mapped(run, WORDS[0], WORDS[5], "--neighbours", 3, "--restrict", 2)
    assert {word["word"] for word in found["words"]} == {WORDS[0], WORDS[5], WORDS[1]}


def test_clusters_take_the_place_of_groups_and_are_named_by_their_words(run):
    found = mapped(run, *WORDS[:8], "--groups", 2)
    near, rest = sorted(groups_of(found).values(), key=len)
    assert (near, rest) == (WORDS[4:8], WORDS[:4]) or (near, rest) == (WORDS[:4], WORDS[4:8])
    for name, members in groups_of(found).items():
        assert set(name.split(", ")) <= set(members)
    assert found["words"][0]["group"] == 0


def test_clusters_are_no_more_than_there_are_different_vectors():
    numbers, names = clusters(["a", "b", "c", "d"], np.array([[0.0], [0.0], [1.0], [1.0]]), 8)
    assert (numbers, names) == ([0, 0, 1, 1], ["a, b", "c, d"])


@pytest.mark.slow
@pytest.mark.parametrize("extension", FORMATS)
def test_the_same_question_writes_the_same_file(run, tmp_path, extension):
    contents = []
    for name in ("one", "two"):
        result = plot(run, "--top", 6, "--method", "tsne", "-o", f"{name}.{extension}")
        assert (result.exit_code, result.stdout) == (0, "")
        contents.append((tmp_path / f"{name}.{extension}").read_bytes())
    assert contents[0] == contents[1]
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "html": b"<!doctype html>"}
    assert contents[0].startswith(start[extension])


@pytest.mark.slow
def test_a_page_has_title_notes_groups_and_every_word(run, tmp_path):
    result = plot(run, "towns=paris,rome", "king,<b>", "queen", "-o", "map.html")
    assert "'<b>' is not in the vocabulary" in result.stderr
    text = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "<h1>queen, towns, king</h1>" in text
    assert "12 words in 6 dimensions, scaled to length one" in text
    assert ">towns</li>" in text
    assert "<b></b>" in text  # the page's own, where a neighbour's name will go
    assert "<b>," not in text
    for word in ("paris", "rome", "king", "queen"):
        assert f'"{word}"' in text


def test_an_unknown_word_is_reported_and_the_others_are_mapped(run):
    result = plot(run, "quen", "king", "man", "-o", "map.svg")
    assert result.exit_code == 0
    assert result.stderr == UNKNOWN + "wrote map.svg: 2 words, 2 with a label\n"


def test_nothing_is_written_where_no_word_is_known_or_too_few(run, tmp_path):
    result = plot(run, "quen", "quen", "-o", "map.svg")
    assert (result.exit_code, result.stderr) == (1, UNKNOWN * 2)
    result = plot(run, "king", "-o", "map.svg")
    assert result.exit_code == 1
    assert result.stderr == "w2v: error: a map needs at least 2 words, got 1; give more\n"
    assert not (tmp_path / "map.svg").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["-o", "map.jpg"], "map.jpg: ends in .jpg, expected .svg, .png, .pdf or .html"),
        (["-o", "map"], "map: ends in no extension, expected .svg, .png, .pdf or .html"),
        (["-o", "absent/a.svg"], "absent/a.svg: there is no folder absent; make it first"),
        (["-o", "old.svg"], "old.svg: already exists; choose another --output or add --force"),
        (["king", "--top", "5", "-o", "a.svg"], "--top maps the most frequent words; "),
        (["--neighbours", "5", "-o", "a.svg"], "--neighbours adds to the words given, "),
        (["king", "--restrict", "5", "-o", "a.svg"], "--restrict chooses among neighbours; "),
    ],
)
def test_wrong_use_is_refused_before_anything_is_read(tmp_path, monkeypatch, args, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.svg").write_text("precious")
    result = plot("unread", *args)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"w2v: error: {message}")
    assert (tmp_path / "old.svg").read_text() == "precious"


@pytest.mark.slow
def test_an_existing_picture_is_replaced_on_request_only_by_a_whole_one(run, tmp_path, monkeypatch):
    (tmp_path / "map.svg").write_text("precious")
    with monkeypatch.context() as patch:
        patch.setattr(canvas.Canvas, "save", lambda *_: 1 / 0)
        assert isinstance(plot(run, "-o", "map.svg", "--force").exception, ZeroDivisionError)
    assert (tmp_path / "map.svg").read_text() == "precious"
    assert plot(run, "-o", "map.svg", "--force").exit_code == 0
    assert "king" in texts()


def test_words_that_would_break_a_picture_are_shown_as_they_are_or_with_escapes(run):
    assert plot(run, "--groups", 1, "-o", "map.svg").exit_code == 0
    assert {"$x$", "北京", "a=b", "\\x1b"} <= set(texts())


def test_a_group_without_words_is_told_and_spaces_around_words_are_none(run):
    result = plot(run, "royal=", "-o", "map.svg")
    assert result.exit_code == 1
    assert result.stderr == "w2v: error: the group 'royal' is empty, expected NAME=WORD,WORD\n"
    found = mapped(run, "royal= king, queen ", "paris,,rome")
    assert [word["word"] for word in found["words"]] == ["king", "queen", "paris", "rome"]


@pytest.mark.slow
def test_boxes_in_place_of_characters_are_no_success(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("w2v_cli.maps.fonts._others", tuple)
    np.savez("words.npz", words=np.array([b"king", "ไทย".encode()]), vectors=np.eye(2, dtype="f4"))
    result = plot("words.npz", "-o", "map.png")
    assert result.exit_code == 1
    assert result.stderr == (
        "wrote map.png: 2 words, 2 with a label\n"
        "w2v: error: map.png: written, with boxes in place of characters in 1 word: no font found "
        "here has Thai (ไทย); install fonts that have, such as Noto Sans (Debian, Ubuntu: apt-get "
        "install fonts-noto-core), or write an .svg or .html, which is shown in the fonts of its "
        "reader\n"
    )
    assert (tmp_path / "map.png").stat().st_size > 1000
    for other in ("map.svg", "map.html"):
        result = plot("words.npz", "-o", other)
        assert (result.exit_code, result.stderr.count("\n")) == (0, 1)


@pytest.mark.slow
def test_joiners_stay_and_other_characters_that_do_not_show_are_written_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = np.array(
        [word.encode() for word in ("می\u200cخواهم", "soft\u00adware", "ok\U0001f3fd")]
    )
    np.savez("words.npz", words=words, vectors=np.eye(3, dtype=np.float32))
    assert plot("words.npz", "-o", "map.svg", "--groups", 1).exit_code == 0
    assert {"می\u200cخواهم", "soft\\xadware", "ok\U0001f3fd"} <= set(texts())
    assert plot("words.npz", "می\u200cخواهم", "ok\U0001f3fd", "-o", "title.svg").exit_code == 0
    assert "می\u200cخواهم, ok\U0001f3fd" in texts("title.svg")
    result = plot("words.npz", "-o", "map.png")
    assert (result.exit_code, result.stderr.count("\n")) == (0, 1)


@pytest.mark.parametrize(("extension", "package"), [("svg", "matplotlib"), ("html", "bokeh")])
def test_a_missing_extra_is_one_line_that_says_how_to_get_it(
    run, tmp_path, monkeypatch, extension, package
):
    monkeypatch.setitem(sys.modules, package, None)
    result = plot("unread", "-o", f"map.{extension}")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("w2v: error: this needs more packages (")
    assert result.stderr.endswith(f"): {sys.executable} -m pip install 'w2v-cli[plot]'\n")
    assert not (tmp_path / f"map.{extension}").exists()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["plot", "--help"], ["nearest", "run", "king"]])
def test_drawing_packages_are_imported_by_nobody_who_draws_nothing(run, arguments):
    code = (
        "import sys; from w2v_cli.cli import w2v\n"
        f"try: w2v({arguments})\nexcept SystemExit: pass\n"
        "print(sorted({'matplotlib', 'sklearn', 'bokeh'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_the_help_ends_with_an_example():
    result = CliRunner().invoke(w2v, ["plot", "--help"])
    assert result.exit_code == 0
    assert "  Example:\n    w2v plot runs/first -o map.svg\n" in result.stdout
