"""A whole page from its parts: what it says, how it looks, and what it can do."""

import base64
import hashlib
from html import escape
from importlib.resources import files

from w2v_cli.extras import package

__all__ = ["page"]

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="w2v">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<button type="button" id="switch" hidden></button>
<main>
{content}<noscript><p>The charts need JavaScript; the text does not.</p></noscript>
</main>
{scripts}</body>
</html>
"""

# Nothing can be fetched, and no script can run but those of the page itself, by their hashes:
# not one that a word of the corpus might carry. Bokeh writes styles into its own elements.
POLICY = (
    "default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
    "base-uri 'none'; form-action 'none'"
)


def page(title: str, content: str) -> str:
    """A page of HTML that needs no other file and no network; `content` is HTML, `title` text.

    Raises:
        W2VError: Bokeh is not installed.
    """
    scripts = [*_bokeh(), _asset("labels.js"), _asset("map.js"), _asset("page.js")]
    return PAGE.format(
        policy=POLICY.format(hashes=" ".join(map(_hash, scripts))),
        title=escape(title),
        style=_asset("page.css"),
        content=content,
        scripts="".join(f"<script>{script}</script>\n" for script in scripts),
    )


def _bokeh() -> list[str]:
    """The scripts that draw: the smallest part of Bokeh that is enough."""
    resources = package("bokeh.resources").Resources(
        mode="inline", minified=True, components=["bokeh"]
    )
    scripts: list[str] = resources.js_raw[:1]  # after it comes only the level of its log
    return scripts


def _asset(name: str) -> str:
    """The text of a file beside this module."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """The hash that lets the page's policy admit a script."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
