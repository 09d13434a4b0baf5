"""Settings written as YAML: with origins for those there are, with meanings for those to come."""

import re

from w2v_cli.config import Settings, commented_yaml, load_settings, skeleton
from w2v_cli.config.registry import SETTINGS


def origins_in(text):
    """Key: (value as written, comment beside it)."""
    found, sections = {}, []
    for line in text.splitlines():
        indent, name, rest = re.fullmatch(r"( *)(\w+):(.*)", line).groups()
        sections = [*sections[: len(indent) // 2], name]
        if rest:
            found[".".join(sections)] = re.fullmatch(r" (.*?) +# (.*)", rest).groups()
    return found


def test_every_setting_has_its_value_and_its_origin(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("model: {architecture: cbow}\nobjective: {noise_exponent: 1}")
    loaded = load_settings(file, ["checkpoint.keep=9"], {"training.seed": 3})
    found = origins_in(commented_yaml(loaded))
    assert list(found) == list(SETTINGS)
    assert found["model.architecture"] == ("cbow", str(file))
    assert found["objective.noise_exponent"] == ("1.0", str(file))
    assert found["training.tokens_per_step"] == (
        "32768",
        "follows objective.name, model.architecture, model.subwords.enabled",
    )
    assert found["corpus.tokenizer"] == ("words", "builtin:python-docs")
    assert found["checkpoint.keep"] == ("9", "--set")
    assert found["training.seed"] == ("3", "--seed")
    assert found["machine.workers"] == ("null", "default (all processors this process may use)")


def test_many_paths_are_on_one_line():
    paths = tuple(f"folder/file-{number}.txt" for number in range(99))
    loaded = load_settings(flags={"corpus.paths": paths})
    value, origin = origins_in(commented_yaml(loaded))["corpus.paths"]
    assert (value, origin) == (f"[{', '.join(paths)}]", "--corpus")


def test_an_origin_with_a_line_break_in_its_name_stays_a_comment(tmp_path):
    file = tmp_path / "a\nmodel: {dim: 3}"
    file.write_text("model: {dim: 4}")
    again = tmp_path / "again.yaml"
    again.write_text(commented_yaml(load_settings(file)))
    assert load_settings(again).settings.model.dim == 4


def test_the_skeleton_changes_nothing_and_is_every_default_once_its_marks_are_gone(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(skeleton())
    assert load_settings(file) == load_settings()
    file.write_text(re.sub("^( +)#(?! )", r"\1", skeleton(), flags=re.MULTILINE))
    assert load_settings(file).settings == Settings()


def test_the_skeleton_says_of_every_setting_what_it_is_and_what_is_allowed():
    text = " ".join(skeleton().replace("#", " ").split())
    for setting in SETTINGS.values():
        assert " ".join(setting.help.split()) in text
        assert setting.allowed in text
        assert (setting.flag or "") in text
    assert max(map(len, skeleton().splitlines())) < 110
