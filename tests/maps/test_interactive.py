"""The interactive map as text; what a browser makes of it, tests/pages/test_pages.py says."""

import json
import re
import sys

import numpy as np
import pytest

from w2v_cli.errors import W2VError
from w2v_cli.maps.interactive import interactive_map
from w2v_cli.pages.page import page

WORDS = ["the", "</script>", "<b>"]
POINTS = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
NEIGHBOURS = [[("<b>", 0.5)], [("the", -0.25)], []]


def whole():
    return page("<title>", interactive_map(WORDS, POINTS, None, NEIGHBOURS, WORDS))


@pytest.mark.slow
def test_the_same_map_is_the_same_bytes():
    assert whole() == whole()


@pytest.mark.slow
def test_data_in_the_page_are_what_was_given():
    html = interactive_map(WORDS, POINTS, None, NEIGHBOURS)
    (data,) = re.findall("<script [^>]* data-neighbours>(.*?)</script>", html)
    assert json.loads(data) == [[list(pair) for pair in row] for row in NEIGHBOURS]
    (chart,) = re.findall("<script [^>]* data-chart>(.*?)</script>", html)
    assert WORDS in [value for _, value in find_entries(json.loads(chart))]


def find_entries(value):
    """All pairs in the maps of a document of Bokeh."""
    inside = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and value.get("type") == "map":
        yield from value["entries"]
    if isinstance(value, dict | list):
        for item in inside:
            yield from find_entries(item)


@pytest.mark.slow
def test_no_word_can_begin_or_end_an_element():
    html = interactive_map(WORDS, POINTS, None, NEIGHBOURS, WORDS)
    assert html.count("</script>") == html.count("<script ") == 2
    assert html.count("<b>") == 1  # of the heading of the table
    assert "&lt;/script&gt;" in html


@pytest.mark.slow
def test_only_the_page_s_own_scripts_may_run_and_nothing_may_be_fetched():
    html = whole()
    policy = re.search('Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert len(re.findall("sha256-", policy)) == html.count("<script>") == 4
    assert "unsafe-eval" not in policy
    assert "<title>&lt;title&gt;</title>" in html


@pytest.mark.slow
def test_groups_beyond_the_colours_begin_again():
    html = interactive_map(WORDS, POINTS, np.array([0, 8, 9]))
    (chart,) = re.findall("<script [^>]* data-chart>(.*?)</script>", html)
    assert ["group", ["0", "0", "1"]] in list(find_entries(json.loads(chart)))


def test_without_bokeh_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh.plotting", None)
    with pytest.raises(W2VError, match=r"-m pip install 'w2v-cli\[plot\]'"):
        interactive_map(WORDS, POINTS)
