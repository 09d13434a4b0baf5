"""The configurations that come with the package, and the page about them."""

import ast
import importlib.util
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import generate_docs
from w2v_cli import pipeline
from w2v_cli.config import Settings, load_settings, to_dict, to_flat_dict
from w2v_cli.config.peers import PEERS
from w2v_cli.config.registry import SETTINGS
from w2v_cli.errors import ConfigError
from w2v_cli.vectors.source import load_vectors

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
PAGE = ROOT / "docs" / "configuration.md"


def names(paths):
    return [path.stem for path in paths]


def test_there_is_a_configuration_for_each_model_with_each_objective():
    found = set()
    for file in CONFIGS:
        chosen = load_settings(file).settings
        found.add((chosen.model.architecture, chosen.objective.name))
        if "-" in file.stem:
            architecture, objective = file.stem.split("-", 1)
            assert chosen.model.architecture == architecture
            assert chosen.objective.name == objective.replace("-", "_")
    assert len(found) == 4
    assert {"quickstart", "cs224n"} < set(names(CONFIGS))


@pytest.mark.parametrize("file", CONFIGS, ids=names(CONFIGS))
def test_a_configuration_loads_is_short_and_opens_with_why_it_exists(file):
    load_settings(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    assert 10 <= len(lines) <= 25
    assert lines[0].startswith("# Why: ")
    assert any(line.startswith("# Should reach: ") for line in lines[:6])
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("file", CONFIGS, ids=names(CONFIGS))
def test_a_configuration_lists_its_sections_in_the_order_of_the_settings(file):
    given = [key for key, origin in load_settings(file).origins.items() if origin == str(file)]
    sections = re.findall(r"^(\w+):", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert list(dict.fromkeys(key.split(".")[0] for key in given)) == sections


def test_the_quickstart_is_what_training_does_when_given_nothing():
    assert load_settings(ROOT / "configs" / "quickstart.yaml").settings == load_settings().settings


def mapped_words(config):
    """The groups of words that the configuration has drawn, from its own comment."""
    command = re.search(r"#   w2v plot (.*?) -o", config.read_text(encoding="utf-8"), re.DOTALL)[1]
    groups = re.findall(r"(\w+)=([\w,]+)", command)
    return {word: group for group, words in groups for word in words.split(",")}


@pytest.mark.slow
def test_the_groups_of_the_assignment_stand_apart(tmp_path):
    """The picture at its end shows something; half of its words may be rare in other Pythons."""
    config = ROOT / "configs" / "cs224n.yaml"
    pipeline.start(load_settings(config).settings, tmp_path / "run")
    vectors = load_vectors(tmp_path / "run")
    groups = mapped_words(config)
    known = {word: group for word, group in groups.items() if word in vectors.row_of}
    assert len(known) > len(groups) / 2 > 8
    matrix = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    assert np.square(matrix.mean(axis=0)).sum() < 0.6  # the mean cosine of any two words
    chosen = matrix[[vectors.row_of[word] for word in known]]
    nearest = (chosen @ chosen.T - 2 * np.eye(len(chosen))).argmax(axis=1)
    of_word = np.array(list(known.values()))
    assert (of_word[nearest] == of_word).mean() >= 0.9


def test_a_stale_page_is_noticed_and_then_healed(tmp_path, monkeypatch, capsys):
    page = PAGE.read_text(encoding="utf-8")
    stale = tmp_path / "docs" / "configuration.md"
    (stale.parent / "commands").mkdir(parents=True)
    stale.write_text(page.replace("an integer from 1 to 65,536", "anything"), encoding="utf-8")
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    assert generate_docs.main(["--check"]) == 1
    assert "docs/configuration.md is stale: run scripts/docs" in capsys.readouterr().err.split("\n")
    assert generate_docs.main([]) == 0
    assert stale.read_text(encoding="utf-8") == page
    assert generate_docs.main(["--check"]) == 0


def test_the_pages_have_every_part_and_every_setting():
    paths = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
    pages = [path.read_text("utf-8") for path in paths]
    parts = re.findall(r"<!-- generated: ([\w-]+) -->", "".join(pages))
    assert sorted(parts) == sorted(generate_docs.PARTS)
    page = PAGE.read_text(encoding="utf-8")
    for setting in SETTINGS.values():
        (row,) = re.findall(
            rf"^\| `{re.escape(setting.key)}` \|.*\| .* \|$", settings_of(page), re.M
        )
        assert setting.help in row


def settings_of(page):
    return page.split("<!-- generated: settings -->")[1].split("<!-- end of settings -->")[0]


def test_differences_are_about_settings_that_have_a_counterpart():
    assert set(generate_docs.DIFFERENCES) <= set(PEERS) <= set(SETTINGS)


def test_the_configurations_printed_on_the_page_load(tmp_path):
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        file = tmp_path / "block.yaml"
        file.write_text(block, encoding="utf-8")
        load_settings(file)


def test_the_overrides_printed_on_the_page_do_what_it_says():
    page = PAGE.read_text(encoding="utf-8")
    commands = re.findall(r"^\$ w2v train (--set .*)\n(?:w2v: error: (.*))?", page, re.M)
    assert len(commands) == 4
    for command, message in commands:
        overrides = [
            quoted or bare for quoted, bare in re.findall(r"--set (?:'(.*?)'|(\S+))", command)
        ]
        if message:
            with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
                load_settings(overrides=overrides)
        else:
            load_settings(overrides=overrides)


def test_the_names_of_gensim_are_parameters_of_its_constructor():
    package = Path(importlib.util.find_spec("gensim").origin).parent
    tree = ast.parse((package / "models" / "word2vec.py").read_text(encoding="utf-8"))
    (trainer,) = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Word2Vec"]
    (init,) = [n for n in trainer.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
    parameters = {argument.arg for argument in init.args.args}
    assert {peer.gensim for peer in PEERS.values() if peer.gensim} <= parameters


def test_every_section_of_the_settings_says_what_it_is():
    for section in fields(Settings):
        assert section.default_factory.__doc__.strip()


def test_reading_settings_does_not_import_numpy():
    code = "import sys, w2v_cli.config; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_settings_as_a_dictionary_have_every_key():
    assert list(to_flat_dict(Settings())) == list(SETTINGS)
    assert to_dict(Settings())["model"]["subwords"]["max"] == 6
