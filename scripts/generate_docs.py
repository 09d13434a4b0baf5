"""Write the parts of the documentation that come from the code; see scripts/docs.

A part stands between `<!-- generated: NAME -->` and `<!-- end of NAME -->`; the rest of a page
is written by hand. The pages of docs/commands/ are generated as a whole. Measurements come from
docs/measured/.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import imports_table
import measured_parts
from command_pages import command_pages
from w2v_cli.config import commented_yaml, load_settings
from w2v_cli.config.display import shown
from w2v_cli.config.fields import Setting
from w2v_cli.config.peers import PEERS
from w2v_cli.config.registry import RECOMMENDED, SECTIONS, SETTINGS
from w2v_cli.errors import W2VError
from w2v_cli.files import replacing

ROOT = Path(__file__).resolve().parent.parent
PART = re.compile(r"(<!-- generated: ([\w-]+) -->\n)(.*?)(<!-- end of \2 -->)", re.DOTALL)

# What a name alone does not say. Facts of gensim 4.4, word2vec.c of 2017, fastText of 2024.
DIFFERENCES = {
    "corpus.paths": "they read one file (gensim also takes any iterable of sentences)",
    "vocabulary.scan_limit": "word2vec.c and fastText: a table of 30 million, fixed",
    "subsample.threshold": "fastText's default is 1e-4; in gensim 1 and more is a count of words",
    "model.architecture": "`sg=1` and `-cbow 0` are skip-gram, neither is their default; "
    "fastText has the commands `skipgram` and `cbow`",
    "model.dynamic_window": "word2vec.c and fastText: always",
    "model.combine": "all three average, and do not divide the gradient; gensim's "
    "`cbow_mean=0` sums; for ours see `model.cbow_gradient`",
    "objective.name": "`hs=1` and `-loss hs` are hierarchical softmax, which `w2v` does not have; "
    "`-loss softmax` is `naive_softmax`",
    "objective.noise_exponent": "word2vec.c: 0.75, fixed; fastText: 0.5, fixed",
    "training.learning_rate": "gensim: 0.025 for both models; fastText: 0.05 for both",
    "training.min_learning_rate": "gensim: 0.0001; word2vec.c: the start × 0.0001; fastText: 0",
    "training.tokens_per_step": "gensim: the text that a worker takes at once; its vectors move "
    "after every word",
    "training.seed": "word2vec.c has none; the others repeat a run only with one thread",
    "machine.workers": "threads; 3, 12 and 12 by default",
}


def settings_tables() -> str:
    """A table of settings for each section."""
    return "\n".join(f"### {section}\n\n{_settings_table(section)}" for section in SECTIONS)


def _settings_table(section: str) -> str:
    """Key, flag, default, what is allowed, and meaning, of a section's settings."""
    return _table(
        ("key", "flag", "default", "allowed", "meaning"),
        (
            (
                f"`{setting.key}`",
                f"`{setting.flag}`" if setting.flag else "",
                _default(setting),
                setting.allowed,
                setting.help,
            )
            for setting in SETTINGS.values()
            if setting.key.startswith(f"{section}.")
        ),
    )


def _default(setting: Setting) -> str:
    """The default as the table shows it: a value, what it follows, or what null means."""
    if setting.follows is not None:
        return setting.follows.text
    if setting.default is None:
        return f"null: {setting.null}"
    return f"`{setting.default_text}`"


def recommended() -> str:
    """What known corpora recommend."""
    return _table(
        ("corpus", "setting", "recommended", "otherwise"),
        (
            (f"`{corpus}`", f"`{key}`", f"`{shown(value)}`", _default(SETTINGS[key]))
            for corpus, values in RECOMMENDED.items()
            for key, value in values.items()
        ),
    )


def other_names() -> str:
    """Our names beside those of other trainers."""
    return _table(
        ("w2v", "gensim", "word2vec.c", "fastText", "differences"),
        (
            (f"`{key}`", *(f"`{name}`" if name else "" for name in peer), DIFFERENCES.get(key, ""))
            for key, peer in PEERS.items()
        ),
    )


def show_config() -> str:
    """Some lines of `w2v train --show-config`."""
    file = Path("configs/cbow-negative-sampling.yaml")
    overrides = ["model.combine=sum"]
    loaded = load_settings(file, overrides, {"training.seed": 7})
    lines = commented_yaml(loaded).splitlines()
    first, last = lines.index("model:"), lines.index("machine:")
    command = f"w2v train {file} --set {overrides[0]} --seed 7 --show-config"
    return "\n".join(["```console", f"$ {command}", "…", *lines[first:last], "…", "```", ""])


def decisions() -> str:
    """The records of docs/decisions/, by number and title."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    titles = [record.read_text(encoding="utf-8").partition("\n")[0] for record in records]
    rows = [title.removeprefix("# ").split(" ", 1) for title in titles]
    return _table(
        ("", "decision"),
        (
            (f"[{number}]({record.name})", title)
            for record, (number, title) in zip(records, rows, strict=True)
        ),
    )


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings_tables,
    "recommended": recommended,
    "other-names": other_names,
    "show-config": show_config,
    "decisions": decisions,
    "imports": imports_table.imports_table,
    **measured_parts.PARTS,
}


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines
    )


def regenerated(text: str) -> str:
    """A page with its generated parts written anew."""
    return PART.sub(lambda part: f"{part[1]}\n{PARTS[part[2]]()}\n{part[4]}", text)


def pages() -> dict[Path, str | None]:
    """Each page with what it should say; None for one of docs/ that should not be there."""
    docs = ROOT / "docs"
    commands = {docs / path: text for path, text in command_pages().items()}
    found = dict.fromkeys((docs / "commands").glob("*.md"))
    by_hand = {
        page: regenerated(page.read_text(encoding="utf-8"))
        for page in (*ROOT.glob("*.md"), *docs.rglob("*.md"))
        if page not in found
    }
    return {**by_hand, **found, **commands}


def main(arguments: list[str] | None = None) -> int:
    """0 if every page is up to date now; with --check, 1 if one was stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args(arguments).check
    stale = 0
    for page, new in sorted(pages().items()):
        old = page.read_text(encoding="utf-8") if page.exists() else None
        if new == old:
            continue
        name = page.relative_to(ROOT)
        if check:
            print(f"{name} is stale: run scripts/docs", file=sys.stderr)
            stale = 1
        elif new is None:
            page.unlink()
            print(f"{name} removed")
        else:
            with replacing(page, "w") as file:
                file.write(new)
            print(f"{name} rewritten")
    return stale


if __name__ == "__main__":
    try:
        sys.exit(main())
    except W2VError as error:
        sys.exit(f"scripts/docs: {error}")
