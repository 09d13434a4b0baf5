"""What holds for every configuration, right or wrong."""

import json

import pytest
import yaml
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from w2v_cli.config import commented_yaml, load_settings, to_dict, to_flat_dict, to_yaml
from w2v_cli.config.documents import parse
from w2v_cli.config.fields import Span
from w2v_cli.config.registry import SECTIONS, SETTINGS
from w2v_cli.errors import ConfigError

quick = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

names = st.text(st.characters(exclude_characters="\0"), min_size=1).filter(str.strip)
odd_names = st.sampled_from(
    ["1e-4", "no", "null", "~", "-", "0x1", ".inf", "a: b", "# c", "'", "\u2028", "a\x85b"]
)


def values_of(setting):
    """Values that a setting allows, taken from its bounds rather than from its checker."""
    if setting.key == "corpus.encoding":
        return st.sampled_from(["utf-8", "latin-1", "utf-16"])
    if setting.key == "machine.cluster":
        return st.sampled_from([None, "inline", "local:2", "tcp://host:8786", "file:a b.json"])
    limits = setting.limits
    kinds = {
        bool: st.booleans(),
        int: st.integers(limits.at_least, limits.at_most),
        float: st.floats(
            limits.at_least if limits.above is None else limits.above,
            limits.at_most,
            exclude_min=limits.above is not None,
        ),
        str: st.sampled_from(list(setting.choices) or ("a", "b")) if setting.choices else names,
        Span: st.from_regex(r"([0-9]{1,3}h)?[1-9][0-9]?m([0-9]{1,2}s)?", fullmatch=True),
    }
    values = kinds.get(setting.kind, st.lists(names | odd_names, min_size=1, max_size=4))
    return st.none() | values if setting.nullable else values


any_settings = st.fixed_dictionaries(
    {}, optional={key: values_of(s) for key, s in SETTINGS.items()}
)


def loaded_or_none(**given_settings):
    try:
        return load_settings(**given_settings)
    except ConfigError as error:
        assert "\n" not in str(error)
        return None


@pytest.mark.slow
@quick
@given(any_settings)
@example({"machine.cache": "0\x85"})
@example({"corpus.paths": ["1e-4", "no"]})
@example({"corpus.paths": ["a # b", "[c", "d: e", "a, b"]})
def test_a_written_configuration_loads_as_the_same_settings(tmp_path, flags):
    loaded = loaded_or_none(flags=flags)
    assume(loaded is not None)
    file = tmp_path / "config.yaml"
    for text in (to_yaml(loaded.settings), commented_yaml(loaded)):
        file.write_text(text, encoding="utf-8")
        assert load_settings(file).settings == loaded.settings


@pytest.mark.slow
@quick
@given(any_settings)
@example({"machine.cache": "0\x85"})
@example({"corpus.paths": ["1e-4", "no"]})
def test_other_readers_of_yaml_find_the_same_values_in_a_written_configuration(flags):
    loaded = loaded_or_none(flags=flags)
    assume(loaded is not None)
    assert yaml.safe_load(to_yaml(loaded.settings)) == to_dict(loaded.settings)


@pytest.mark.slow
@quick
@given(any_settings)
def test_settings_as_a_dictionary_survive_json(flags):
    loaded = loaded_or_none(flags=flags)
    assume(loaded is not None)
    assert json.loads(json.dumps(to_dict(loaded.settings))) == to_dict(loaded.settings)


marks = r"""model dim training max_pair_rate corpus paths
: [ ] { } , ' " - ? # & * ! | > ~ << &a *a !!int --- ... %YAML 1 -1 1e9 .nan true \x \Uffffffff"""
fragments = st.sampled_from([*marks.split(), ": ", " ", "\n", "\n  ", "\n- ", "\t", "\0", "\u2028"])
pieces = st.lists(fragments, max_size=25).map("".join)


@quick
@given(st.binary(max_size=200) | pieces.map(str.encode) | st.text().map(str.encode))
def test_no_bytes_in_a_file_raise_anything_but_our_error(tmp_path, content):
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    loaded_or_none(file=file)


@quick
@given(st.lists(pieces | st.text(), max_size=3))
def test_no_text_after_set_raises_anything_but_our_error(overrides):
    loaded_or_none(overrides=overrides)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
trees = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)
keys = st.sampled_from([key.split(".")[1] for key in SETTINGS])
sections = st.dictionaries(
    st.sampled_from(SECTIONS) | st.text(),
    trees | st.dictionaries(keys | st.text(), trees, max_size=3),
    max_size=3,
)


@pytest.mark.slow
@quick
@given(sections)
def test_no_values_in_a_well_formed_file_raise_anything_but_our_error(tmp_path, tree):
    file = tmp_path / "x.yaml"
    file.write_text(yaml.safe_dump(tree), encoding="utf-8")
    loaded_or_none(file=file)


@quick
@given(st.sampled_from(sorted(SETTINGS)), scalars)
def test_a_value_is_either_accepted_within_its_bounds_or_refused_by_name(key, value):
    try:
        loaded = load_settings(flags={key: value})
    except ConfigError as error:
        assert f"'{key}' is " in str(error)
    else:
        accepted = to_flat_dict(loaded.settings)[key]
        if value is not None:
            assert accepted in (value, [value])


@quick
@given(st.integers(-(10**30), 10**30))
def test_integers_are_read_as_they_are_written(number):
    assert parse(str(number)) == number


@quick
@given(st.floats(allow_nan=False))
def test_numbers_are_read_as_python_and_yaml_write_them(number):
    text = repr(number).replace("inf", ".inf")
    assert parse(text) == number
    assert parse(yaml.safe_dump(number)) == number
