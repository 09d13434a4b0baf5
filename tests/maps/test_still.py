import io
import itertools
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import matplotlib.backends.backend_agg
import numpy as np
import pytest

from w2v_cli.maps import labels
from w2v_cli.maps.canvas import FORMATS, PNG_DPI, Canvas
from w2v_cli.maps.labels import place_labels
from w2v_cli.maps.palette import COLORS, color, marker, text_color
from w2v_cli.maps.still import RADIUS, draw_map
from w2v_cli.maps.word_map import WordMap

SVG = "{http://www.w3.org/2000/svg}"
HARD = ["$x$", "$\\alpha", "a_b^{c", "北京", "العربية", "😀", "<b>&amp;", "a" * 90, "'", "%d {}"]


def word_map(words, seed=0, groups=1, asked=0, spread=None):
    """A map of words at random points, in that many groups."""
    rng = np.random.default_rng(seed)
    points = rng.standard_normal((len(words), 2)) * (spread or (3, 1))
    numbers = [i % groups for i in range(len(words))]
    names = [f"group {group}" for group in range(groups)] if groups > 1 else [""]
    return WordMap(
        list(range(len(words))), words, points, numbers, names, asked, (0.5, 0.25), ("a note",)
    )


def drawn(found, format_name="svg", title="A title", notes=("first note", "second note")):
    file = io.BytesIO()
    return draw_map(found, title, notes, file, format_name), file.getvalue()


def texts_of(svg):
    return ["".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture
def figures(monkeypatch):
    """The Matplotlib figures of all canvases that are saved, after that."""
    seen = []
    save = Canvas.save

    def spy(self, *args):
        save(self, *args)
        seen.append(self._figure)

    monkeypatch.setattr(Canvas, "save", spy)
    return seen


def boxes_of(figure):
    """The text and the box (left, bottom, right, top) in pixels of everything written."""
    figure.set_dpi(PNG_DPI)
    renderer = mpl.backends.backend_agg.FigureCanvasAgg(figure).get_renderer()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")
        texts = figure.axes[0].texts
        return [(text.get_text(), text.get_window_extent(renderer).extents) for text in texts]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "groups", "asked"),
    [
        ([f"word{i}" for i in range(60)], 1, 0),
        ([f"word{i}" for i in range(60)], 9, 20),
        ([f"w{i}" for i in range(150)], 3, 0),
        (HARD, 10, 2),
        (["a", "b"], 2, 0),
    ],
)
def test_no_two_texts_overlap_and_all_are_inside_the_picture(figures, words, groups, asked):
    found = word_map(words, groups=groups, asked=asked)
    title, notes = "A title of many words " * 8, ["a note of many words " * 12, "x" * 300]
    result, _ = drawn(found, "png", title=title.strip(), notes=notes)
    boxes = boxes_of(figures[0])
    assert len(boxes) > sum(result.labelled)
    for (one, first), (other, second) in itertools.combinations(boxes, 2):
        apart = np.any((first[2:] <= second[:2] + 0.5) | (second[2:] <= first[:2] + 0.5))
        assert apart, (one, other)
    canvas = figures[0].bbox.extents
    for text, box in boxes:
        assert (box[:2] >= canvas[:2]).all(), text
        assert (box[2:] <= canvas[2:]).all(), text


@pytest.mark.slow
def test_no_label_covers_a_point_or_a_leader_line(figures):
    found = word_map([f"word{i}" for i in range(80)], spread=(1, 1))
    result, _ = drawn(found, "png")
    assert 40 < sum(result.labelled) <= 80
    axes = figures[0].axes[0]
    boxes = [box for text, box in boxes_of(figures[0]) if text.startswith("word")]
    pixels = axes.transData.transform(
        np.concatenate([dots.get_offsets() for dots in axes.collections])
    )
    assert len(pixels) == 80
    radius = RADIUS * PNG_DPI / 72
    for left, bottom, right, top in boxes:
        x, y = np.clip(pixels, (left, bottom), (right, top)).T
        assert (np.hypot(x - pixels[:, 0], y - pixels[:, 1]) >= radius).all()
    lines = [axes.transData.transform(line.get_xydata()) for line in axes.lines[:-2]]
    assert lines  # some labels are far from their points, in this crowd
    for start, end in lines:
        along = start + np.linspace(0.01, 0.98, 200)[:, np.newaxis] * (end - start)
        for left, bottom, right, top in boxes:
            inside = (along > (left, bottom)).all(axis=1) & (along < (right, top)).all(axis=1)
            assert not inside.any()


def test_the_points_keep_their_proportions_and_all_are_drawn(figures):
    found = word_map(list("abcdefgh"), groups=2)
    drawn(found)
    dots = [dots.get_offsets() for dots in figures[0].axes[0].collections[:2]]
    points = np.empty((8, 2))
    points[::2], points[1::2] = dots
    scale = (points[1] - points[0]) / (found.points[1] - found.points[0])
    assert scale[0] == pytest.approx(scale[1])
    np.testing.assert_allclose(points - points[0], (found.points - found.points[0]) * scale)


@pytest.mark.slow
def test_labels_without_room_are_left_out_and_counted_in_the_notes():
    found = word_map([f"word{i}" for i in range(60)])
    found.points[:] = found.points[0]  # all at one place
    result, svg = drawn(found)
    shown = [text for text in texts_of(svg) if text.startswith("word")]
    assert 0 < sum(result.labelled) == len(shown) < 60
    note = f"{60 - len(shown)} of 60 labels left out"
    assert note in " ".join(texts_of(svg))
    assert result.labelled[0]  # the most important come first
    assert "left out" not in " ".join(texts_of(drawn(word_map(["a", "b"]))[1]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_placed_labels_and_their_lines_keep_clear_of_all_others(seed):
    rng = np.random.default_rng(seed)
    canvas, n = np.array([150.0, 120.0]), 30
    points = rng.uniform(2, canvas - 2, (n, 2))
    sizes = np.column_stack([rng.uniform(10, 34, n), np.full(n, 9.0)])
    placed = place_labels(points, sizes, tuple(canvas), 2.0, 40.0)
    boxes = {i: (p.corner, p.corner + sizes[i]) for i, p in enumerate(placed) if p is not None}
    assert len(boxes) > 5
    for i, (low, high) in boxes.items():
        assert (np.array(low) >= 0).all() and (high <= canvas).all()
        for j, (other_low, other_high) in boxes.items():
            assert i == j or (high <= other_low).any() or (other_high <= low).any()
        for line, label in enumerate(placed):
            if label is not None and label.leader is not None:
                steps = np.linspace(0, 1, 100)[:, np.newaxis]
                along = points[line] + steps * (np.array(label.leader) - points[line])
                assert not ((along > low) & (along < high)).all(axis=1).any()


def test_labels_that_find_no_place_go_first_where_they_are_few(monkeypatch):
    rng = np.random.default_rng(90)
    points = rng.uniform(20, [130, 100], (24, 2))
    sizes = np.column_stack([rng.uniform(10, 34, 24), np.full(24, 9.0)])
    crowd = (points, sizes, (150.0, 120.0), 2.0, 18.0)
    assert None not in place_labels(*crowd)
    monkeypatch.setattr(labels, "FEW", 0.0)
    assert place_labels(*crowd).count(None) == 1


@pytest.mark.slow
@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_map_gives_the_same_bytes_whatever_the_users_settings(format_name, monkeypatch):
    found = word_map(HARD, groups=3)
    first = drawn(found, format_name)[1]
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.bbox": "tight"}):
        assert drawn(found, format_name)[1] == first


@pytest.mark.slow
def test_each_format_is_what_its_name_says():
    found = word_map(["北京", "king", "queen"])
    png = drawn(found, "png")[1]
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    assert width == 470 * PNG_DPI // 72
    assert 0.5 < height / width < 1.1
    svg = ET.fromstring(drawn(found)[1])
    assert (svg.tag, svg.get("width")) == (f"{SVG}svg", "470pt")
    pdf = drawn(found, "pdf")[1]
    assert pdf.startswith(b"%PDF-1.")
    assert b"/Type0" in pdf or b"/Type /Font" in pdf


def test_the_words_of_an_svg_are_text_that_can_be_searched():
    shown = texts_of(drawn(word_map(HARD))[1])
    for word in HARD:
        assert (word if len(word) <= 40 else "a" * 39 + "…") in shown


def test_title_notes_and_variance_are_written():
    shown = texts_of(drawn(word_map(["a", "b"]))[1])
    assert "A title" in shown
    assert "first note · second note" in shown
    assert "first component, 50% of the variance" in shown
    assert "second component, 25% of the variance" in shown


def test_axes_are_left_out_where_they_mean_nothing():
    found = word_map(["a", "b"])
    found = WordMap(**{**vars(found), "shares": None})
    assert not any("component" in text for text in texts_of(drawn(found)[1]))


@pytest.mark.slow
def test_groups_have_a_colour_and_a_name_and_one_group_has_neither():
    svg = drawn(word_map(["a", "b", "c", "d"], groups=2))[1].decode()
    for group in range(2):
        assert f"fill: {color(group).lower()}" in svg
        assert f"fill: {text_color(group).lower()}" in svg
    assert {"group 0", "group 1"} <= set(texts_of(svg))
    alone = drawn(word_map(["a", "b"]))[1].decode()
    assert text_color(0).lower() not in alone.replace(f"fill: {color(0).lower()}; stroke", "")
    assert texts_of(alone).count("") == 0


def test_the_words_asked_for_are_bold_among_others():
    svg = drawn(word_map(["a", "b", "c"], asked=1))[1].decode()
    bold = [
        t.text
        for t in ET.fromstring(svg).iter(f"{SVG}text")
        if "700" in t.get("style", "") or "bold" in t.get("style", "")
    ]
    assert bold == ["a", "A title"]


@pytest.mark.slow
def test_characters_that_no_font_has_are_told_and_no_warning_escapes():
    result, _ = drawn(word_map(["北京", "king", "\U000e0fff"]), "png")
    assert "\U000e0fff" in result.missing
    assert "k" not in result.missing
    assert drawn(word_map(["king", "é", "жить"]), "png")[0].missing == ""


def test_colours_are_different_and_dark_enough_to_read():
    def luminance(code):
        channels = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(
            channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
        )
        return linear @ [0.2126, 0.7152, 0.0722]

    for group in range(len(COLORS)):
        assert 1.05 / (luminance(text_color(group)) + 0.05) >= 4.45
    looks = [(color(group), marker(group)) for group in range(64)]
    assert len(set(looks)) == 64
