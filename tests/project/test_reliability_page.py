"""docs/reliability.md: every test and script that it names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text()
ROWS = re.findall(r"^\| (.+) \| (.+) \|$", PAGE, re.MULTILINE)


def named(cell):
    """The files that a cell names, and the beginning of the tests in each; … is the same file."""
    file = None
    for name in re.findall(r"`([^`]+)`", cell):
        found = re.fullmatch(r"((?:[a-z]+/)?test_[a-z_*]+\.py|…)?(?:::(test_[a-z0-9_]+)…?)?", name)
        if found:
            file = file if found[1] == "…" else found[1]
            yield file, found[2]


@pytest.mark.parametrize("shown", [shown for promise, shown in ROWS if promise != "promise"])
def test_a_promise_names_a_test_or_a_script_that_exists(shown):
    tests = list(named(shown))
    scripts = [ROOT / name for name in re.findall(r"`(scripts/[a-z]+)", shown)]
    assert tests or scripts
    assert all(script.is_file() for script in scripts)
    for pattern, test in tests:
        files = list((ROOT / "tests").glob(pattern))
        assert files, pattern
        assert test is None or any(f"def {test}" in file.read_text() for file in files), test
