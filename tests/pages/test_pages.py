"""The pages in a browser: that they are drawn, can be used, ask for nothing and obey no word."""

from itertools import combinations

import numpy as np
import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

from w2v_cli.maps.interactive import interactive_map
from w2v_cli.pages.page import page

pytestmark = pytest.mark.slow  # a browser starts

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "<b>bold</b>",
    "'\"&amp;@x{safe}",
    "$index",
]
N = 400

EVERYWHERE = """
    // Elements of the page and of all that Bokeh has put into it.
    function find(selector, root = document) {
        const inside = [...root.querySelectorAll("*")].filter((one) => one.shadowRoot);
        return [...root.querySelectorAll(selector),
            ...inside.flatMap((one) => find(selector, one.shadowRoot))];
    }
"""


def words():
    names = [*HOSTILE, *(f"word{number}" for number in range(len(HOSTILE), N))]
    names[200], names[300] = "Word200", "WORD200"
    return names


def neighbours():
    """The next ten words of each, with falling cosines, and one that is not on the map."""
    names = words()
    return [
        [(names[(row + step) % N], 1 - step / 20) for step in range(1, 10)] + [("far away", -0.5)]
        for row in range(N)
    ]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    points = np.random.default_rng(0).standard_normal((N, 2))
    points[: len(HOSTILE)] = [[4, row] for row in range(len(HOSTILE))]  # far from all others
    content = interactive_map(words(), points, np.arange(N) % 3, neighbours(), ["word7"])
    path = tmp_path_factory.mktemp("pages") / "map.html"
    path.write_text(page(f"map {HOSTILE[0]}", f"<h1>A map</h1>\n{content}"), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, path):
    browser.open(path)
    return browser


def labels(browser):
    """The labels that are shown, as boxes (left, top, right, bottom) in pixels by word."""
    return browser.run("""
        const doc = Bokeh.documents[0], plot = doc.roots()[0], boxes = {};
        const context = document.createElement("canvas").getContext("2d");
        for (const name of ["labels", "near", "chosen"]) {
            const { x, y, word, across, down } = doc.get_model_by_name(name).data;
            context.font = (name == "chosen" ? "bold " : "") + "12px system-ui, sans-serif";
            word.forEach((text, i) => {
                if (!text) return;
                const width = context.measureText(text).width;
                const left = (x[i] - plot.x_range.start) / (plot.x_range.end - plot.x_range.start)
                    * plot.inner_width + across[i];
                const middle = (plot.y_range.end - y[i]) / (plot.y_range.end - plot.y_range.start)
                    * plot.inner_height + down[i];
                boxes[text] = [left, middle - 6, left + width, middle + 6];
            });
        }
        return boxes;
    """)


def leaders(browser):
    """The lines to labels that are off their points, as (x, y) of both ends in pixels."""
    return browser.run("""
        const doc = Bokeh.documents[0];
        const { x_range, y_range, inner_width, inner_height } = doc.roots()[0];
        const { x0, y0, x1, y1 } = doc.get_model_by_name("leaders").data;
        const left = (x) => (x - x_range.start) / (x_range.end - x_range.start) * inner_width;
        const top = (y) => (y_range.end - y) / (y_range.end - y_range.start) * inner_height;
        return x0.map((x, i) => [[left(x), top(y0[i])], [left(x1[i]), top(y1[i])]]);
    """)


def size(browser):
    """Width and height of the map in pixels."""
    return browser.run("const plot = Bokeh.documents[0].roots()[0];"
                       "return [plot.inner_width, plot.inner_height]")  # fmt: skip


def place(browser, row):
    """Where the point of a word is, in pixels from the middle of the map."""
    return browser.run(
        """
        const [row] = arguments, plot = Bokeh.documents[0].roots()[0];
        const { x, y } = Bokeh.documents[0].get_model_by_name("words").data;
        const part = (value, range) => (value - range.start) / (range.end - range.start) - 0.5;
        return [part(x[row], plot.x_range) * plot.inner_width,
            -part(y[row], plot.y_range) * plot.inner_height].map(Math.round);
    """,
        row,
    )


def span(browser):
    """How much of the x axis is shown."""
    return browser.run(
        "const { x_range } = Bokeh.documents[0].roots()[0]; return x_range.end - x_range.start"
    )


def shown(browser):
    """The word whose neighbours are shown, and the rows of the table."""
    return browser.find("caption b").text, browser.texts(".map tbody tr")


def table_of(row):
    """The neighbours of a word as rows of the table, the last marked as not on the map."""
    marks = {"far away": " not on the map"}
    return [f"{word}{marks.get(word, '')} {cosine:.3f}" for word, cosine in neighbours()[row]]


def search(browser, text):
    field = browser.find("input[type=search]")
    field.clear()
    field.send_keys(text, Keys.ENTER)


def overlapping(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_a_page_is_drawn_without_a_complaint_and_asks_for_nothing_but_itself(opened, path):
    assert opened.messages() == []
    assert opened.requests() == [path.as_uri()]
    ink = opened.run("""
        const canvas = Bokeh.index.roots[0].canvas_view.primary.canvas;
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return new Set(pixels).size;
    """)
    assert ink > 10


def test_labels_do_not_overlap_and_zooming_makes_room_for_more(opened):
    wide, before = span(opened), labels(opened)
    assert len(before) > 20
    for _ in range(3):
        opened.find("[data-zoom=in]").click()
    assert span(opened) == pytest.approx(wide / 1.5**3)
    opened.frame()
    after = labels(opened)
    for boxes in (before, after):
        assert not any(overlapping(*pair) for pair in combinations(boxes.values(), 2))
    assert len(set(after) - set(before)) > 20
    opened.find("[data-zoom=all]").click()
    opened.frame()
    assert span(opened) == pytest.approx(wide)
    assert labels(opened) == before


def test_labels_and_their_lines_keep_clear_of_points_and_of_each_other(opened):
    for zooms in (0, 3):
        for _ in range(zooms):
            opened.find("[data-zoom=in]").click()
        opened.frame()
        boxes, lines = np.array(list(labels(opened).values())), np.array(leaders(opened))
        points = np.array([place(opened, row) for row in range(N)]) + np.array(size(opened)) / 2
        nearest = np.clip(points[:, None], boxes[:, :2], boxes[:, 2:])  # (points, boxes, 2)
        assert (np.hypot(*np.moveaxis(nearest - points[:, None], 2, 0)) > 1.5).all()
        for start, end in lines:
            along = start + np.linspace(0.1, 1, 50)[:, None] * (end - start)
            inside = (along[:, None] > boxes[:, :2]) & (along[:, None] < boxes[:, 2:])
            assert not inside.all(axis=2).any()
        if zooms:
            assert len(lines) > 5  # the points in view are few enough


def test_labels_stay_where_they_are_while_the_map_is_dragged(opened):
    before = labels(opened)
    ActionChains(opened.driver).drag_and_drop_by_offset(opened.find("#map"), 40, 0).perform()
    opened.frame()
    after = labels(opened)
    both = set(before) & set(after)
    stayed = [word for word in both if abs(after[word][0] - before[word][0] - 40) < 2]
    assert len(stayed) > 0.9 * len(both) > 20


def test_the_most_frequent_words_come_first_where_not_all_have_room(opened):
    shown = [words().index(word) for word in labels(opened)]
    assert np.mean(shown) < 0.4 * N


def test_the_wheel_zooms_the_map_only_with_ctrl(opened):
    wide = span(opened)
    wheel = ScrollOrigin.from_element(opened.find("#map"))
    actions = ActionChains(opened.driver)
    actions.scroll_from_origin(wheel, 0, -300).perform()
    assert span(opened) == wide
    actions.key_down(Keys.CONTROL).scroll_from_origin(wheel, 0, -300).key_up(Keys.CONTROL)
    actions.perform()
    opened.frame()
    assert span(opened) < 0.9 * wide


def test_dragging_moves_the_map(opened):
    x, _ = place(opened, 9)
    ActionChains(opened.driver).drag_and_drop_by_offset(opened.find("#map"), 60, 0).perform()
    assert place(opened, 9)[0] == pytest.approx(x + 60, abs=2)


def test_the_first_sample_is_shown_with_its_neighbours(opened):
    assert shown(opened) == ("word7", table_of(7))


@pytest.mark.parametrize("zooms", [0, 8])
def test_search_finds_a_word_and_brings_it_to_the_middle(opened, zooms):
    opened.find("[data-zoom=all]").click()
    for _ in range(zooms):
        opened.find("[data-zoom=in]").click()
    search(opened, "WORD123")
    assert shown(opened) == ("word123", table_of(123))
    opened.frame()
    assert place(opened, 123) == pytest.approx([0, 0], abs=1)
    assert "word123" in labels(opened)
    assert "not among" not in opened.find("[role=status]").text


def test_search_finds_a_word_as_it_is_spelt_and_else_in_another_case(opened):
    for typed, found in (("WORD200", "WORD200"), ("word200", "Word200"), ("Word201", "word201")):
        search(opened, typed)
        assert shown(opened)[0] == found


def test_search_says_when_there_is_no_such_word_and_shows_no_other(opened):
    assert shown(opened)[0] == "word7"
    search(opened, "nothing")
    assert opened.find("[role=status]").text == "“nothing” is not among the 400 words of the map."
    assert not opened.find(".map table").is_displayed()
    assert opened.find(".hint").is_displayed()
    chosen = "return Bokeh.documents[0].get_model_by_name(arguments[0]).data.x.length"
    assert [opened.run(chosen, name) for name in ("chosen", "near")] == [0, 0]
    search(opened, "word8")
    assert shown(opened)[0] == "word8"
    assert "not among" not in opened.find("[role=status]").text


def test_typing_offers_the_words_that_begin_so(opened):
    opened.find("input[type=search]").send_keys("Word39")
    offered = opened.run("return [...document.querySelectorAll('option')].map((one) => one.value)")
    assert offered == ["word39", *(f"word{number}" for number in range(390, 399))]


def test_clicking_a_point_shows_its_neighbours_and_clicking_beside_none(opened):
    row = 0  # far from all others
    ActionChains(opened.driver).move_to_element_with_offset(
        opened.find("#map"), *place(opened, row)
    ).click().perform()
    assert shown(opened) == (words()[row], table_of(row))
    assert opened.run("return Bokeh.documents[0].get_model_by_name('near').data.x.length") == 9
    ActionChains(opened.driver).move_to_element_with_offset(
        opened.find("#map"), -opened.find("#map").size["width"] // 2 + 5, 0
    ).click().perform()
    assert not opened.find(".map table").is_displayed()
    assert opened.find(".hint").is_displayed()


def test_clicking_a_neighbour_shows_its_own_and_one_off_the_map_cannot_be_clicked(opened):
    assert len(opened.texts("tbody button")) == 9  # of ten
    opened.find("tbody button").click()
    assert shown(opened) == ("word8", table_of(8))
    assert place(opened, 8) == pytest.approx([0, 0], abs=1)


@pytest.mark.parametrize("row", range(len(HOSTILE)))
def test_a_hostile_word_is_shown_as_it_is_and_does_nothing(opened, row):
    word = HOSTILE[row]
    search(opened, word)
    assert shown(opened) == (word, table_of(row))
    opened.frame()
    ActionChains(opened.driver).move_to_element_with_offset(
        opened.find("#map"), *place(opened, row)
    ).perform()
    tooltip = f"{EVERYWHERE} return find('.bk-tooltip-content')[0]?.textContent"
    assert opened.wait(tooltip) == word
    assert opened.run(f"{EVERYWHERE} return find('img, b').length") == 1  # b: the chosen word
    assert opened.messages() == []


def test_the_title_is_text(opened):
    assert opened.driver.title == f"map {HOSTILE[0]}"


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_as_light_as_the_system_says_and_the_switch_changes_it(browser, path, dark):
    browser.open(path, dark=dark)
    assert (browser.is_dark(), browser.unreadable()) == (dark, [])
    for now in (not dark, dark):
        browser.find("#switch").click()
        assert browser.find("#switch").text == ("Light" if now else "Dark")
        assert (browser.is_dark(), browser.unreadable()) == (now, [])


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_nothing_is_wider_than_the_window(browser, path, width):
    browser.open(path, width=width)
    assert browser.run("return document.documentElement.scrollWidth") <= width
