"""Every wrong configuration is one line that says where, what, and what would be right."""

import math
from dataclasses import replace

import pytest

from w2v_cli.config import load_settings
from w2v_cli.config.fields import Limits
from w2v_cli.config.registry import SETTINGS
from w2v_cli.config.values import checked
from w2v_cli.errors import ConfigError


def message_for(folder, text):
    file = folder / "tiny.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    return message.removeprefix(f"{file}: ")


def message_for_set(*overrides):
    with pytest.raises(ConfigError) as caught:
        load_settings(overrides=overrides)
    return str(caught.value)


UNKNOWN = {
    "model: {dims: 5}": "unknown key 'model.dims' (did you mean 'model.dim'?)",
    "modell: {dim: 5}": "unknown key 'modell' (did you mean 'model'?)",
    "dim: 5": "unknown key 'dim' (did you mean 'model.dim'?)",
    "model: {epochs: 5}": "unknown key 'model.epochs' (did you mean 'training.epochs'?)",
    "model: {keep: 5}": "unknown key 'model.keep' (did you mean 'checkpoint.keep'?)",
    "Model: {dim: 5}": "unknown key 'Model' (did you mean 'model'?)",
    "model: {Dim: 5}": "unknown key 'model.Dim' (did you mean 'model.dim'?)",
    "subsample: {xyz: 1}": "unknown key 'subsample.xyz' (the keys of 'subsample' are threshold)",
    "xyzzy: 1": "unknown key 'xyzzy' (the sections are corpus, vocabulary, subsample, model, "
    "objective, training, cluster, machine, checkpoint, evaluation)",
    "model.dim: 5": "'model.dim' on one line, expected 'dim' below 'model:'",
    "1: 2": "unknown key '1' (the sections are corpus, vocabulary, subsample, model, objective, "
    "training, cluster, machine, checkpoint, evaluation)",
    "<<: {model: 1}": "unknown key '<<' (the sections are corpus, vocabulary, subsample, model, "
    "objective, training, cluster, machine, checkpoint, evaluation)",
}


@pytest.mark.parametrize(("text", "message"), UNKNOWN.items())
def test_an_unknown_key_is_answered_with_the_nearest_or_with_those_there_are(
    tmp_path, text, message
):
    assert message_for(tmp_path, text) == message


HABITS = {
    "vector_size": "model.dim",
    "size": "model.dim",
    "ws": "model.window",
    "sample": "subsample.threshold",
    "negative": "objective.negatives",
    "iter": "training.epochs",
    "alpha": "training.learning_rate",
    "lr": "training.learning_rate",
    "min-count": "vocabulary.min_count",
    "minCount": "vocabulary.min_count",
    "sg": "model.architecture",
    "threads": "machine.workers",
    "batch_size": "training.tokens_per_step",
    "training.alpha": "training.learning_rate",
    "model.vector_size": "model.dim",
    "vocabulary.min-count": "vocabulary.min_count",
    "optimizer.lr": "training.learning_rate",
}


@pytest.mark.parametrize(("habit", "ours"), HABITS.items())
def test_the_names_of_other_trainers_are_answered_with_ours(habit, ours):
    message = f"--set: unknown key '{habit}' (did you mean '{ours}'?)"
    assert message_for_set(f"{habit}=5") == message


VALUES = {
    "model: {dim: 0}": "'model.dim' is 0, expected an integer from 1 to 65,536",
    "model: {dim: -1}": "'model.dim' is -1, expected an integer from 1 to 65,536",
    "model: {dim: 65537}": "'model.dim' is 65537, expected an integer from 1 to 65,536",
    "model: {dim: 100.0}": "'model.dim' is 100.0, expected an integer from 1 to 65,536",
    "model: {dim: true}": "'model.dim' is true, expected an integer from 1 to 65,536",
    "model: {dim: null}": "'model.dim' is null, expected an integer from 1 to 65,536",
    "model: {dim: '100'}": "'model.dim' is '100', expected an integer from 1 to 65,536 "
    "(leave out the quotes)",
    "model: {dim: 010}": "'model.dim' is '010', expected an integer from 1 to 65,536 "
    "(leave out the zeros before it)",
    "model: {dim: [100]}": "'model.dim' is [100], expected an integer from 1 to 65,536",
    "model: {dim: {a: 1}}": "'model.dim' is {a: 1}, expected an integer from 1 to 65,536",
    "subsample: {threshold: 1.5}": "'subsample.threshold' is 1.5, expected a number from 0 to 1",
    "subsample: {threshold: .nan}": "'subsample.threshold' is nan, expected a number from 0 to 1",
    "subsample: {threshold: nan}": "'subsample.threshold' is 'nan', expected a number from 0 to 1",
    "subsample: {threshold: no}": "'subsample.threshold' is 'no', expected a number from 0 to 1",
    "model: {window: false}": "'model.window' is false, expected an integer from 1 to 1,000",
    "training: {max_pair_rate: .inf}": "'training.max_pair_rate' is inf, expected a "
    "number above 0 and at most "
    "1,000,000,000 or null",
    "training: {max_pair_rate: 1e999}": "'training.max_pair_rate' is inf, expected a "
    "number above 0 and at most "
    "1,000,000,000 or null",
    "training: {max_pair_rate: 0}": "'training.max_pair_rate' is 0, expected a "
    "number above 0 and at most "
    "1,000,000,000 or null",
    "training: {learning_rate: 0}": "'training.learning_rate' is 0, expected a number above 0 and "
    "at most 100 or null",
    "training: {seed: -1}": "'training.seed' is -1, expected an integer from 0 to "
    "9,223,372,036,854,775,807",
    "training: {seed: 9223372036854775808}": "'training.seed' is 9223372036854775808, expected an "
    "integer from 0 to 9,223,372,036,854,775,807",
    "machine: {workers: 0}": "'machine.workers' is 0, expected an integer from 1 to 1,024 or null",
    "training: {max_time: 90}": "'training.max_time' is 90, expected a span of time (90m, 1h30m, "
    "45s) or null (write 90m for 90 minutes)",
    "training: {max_time: '90'}": "'training.max_time' is '90', expected a span of time (90m, "
    "1h30m, 45s) or null (write 90m for 90 minutes)",
    **{
        f"training: {{max_time: '{text}'}}": f"'training.max_time' is {text!r}, expected a span of "
        "time (90m, 1h30m, 45s) or null"
        for text in ("", "1.5h", "m", "30m1h", "-5m", "1h 30m", "٣m", "0s", "9" * 20 + "h")
    },
    "evaluation: {files: []}": "'evaluation.files' is [], expected a path or a list of paths or "
    "null",
    "checkpoint: {every_minutes: true}": "'checkpoint.every_minutes' is true, expected a number "
    "above 0 and at most 1,000,000",
    "training: {schedule: cosine}": "'training.schedule' is 'cosine', expected linear, constant or "
    "step",
    "model: {architecture: skip-gram}": "'model.architecture' is 'skip-gram', expected skipgram or "
    "cbow (did you mean skipgram?)",
    "model: {architecture: SkipGram}": "'model.architecture' is 'SkipGram', expected skipgram or "
    "cbow (did you mean skipgram?)",
    "model: {architecture: 1}": "'model.architecture' is 1, expected skipgram or cbow",
    "model: {dynamic_window: yes}": "'model.dynamic_window' is 'yes', expected true or false "
    "(write true)",
    "model: {dynamic_window: Off}": "'model.dynamic_window' is 'Off', expected true or false "
    "(write false)",
    "training: {learning_rate: '1e-4'}": "'training.learning_rate' is '1e-4', expected a number "
    "above 0 and at most 100 or null (leave out the quotes)",
    "model: {dynamic_window: 1}": "'model.dynamic_window' is 1, expected true or false",
    "corpus: {paths: []}": "'corpus.paths' is [], expected a path or a list of paths",
    "corpus: {paths: [a, 1]}": "'corpus.paths' is [a, 1], expected a path or a list of paths",
    "corpus: {paths: [a, '']}": "'corpus.paths' is [a, ''], expected a path or a list of paths",
    'corpus: {paths: "a\\0b"}': "'corpus.paths' is 'a\\x00b', expected a path or a list of paths",
    "corpus: {paths: null}": "'corpus.paths' is null, expected a path or a list of paths",
    "corpus: {paths: ['-', a, '-']}": "'corpus.paths' is [-, a, -], expected '-' (standard input) "
    "at most once",
    "machine: {cache: 5}": "'machine.cache' is 5, expected text or null (put it in quotes)",
    "machine: {cache: ' '}": "'machine.cache' is ' ', expected text or null",
    "corpus: {encoding: utf-9}": "'corpus.encoding' is 'utf-9', expected a text encoding that "
    "Python knows, such as utf-8, latin-1 or cp1252",
    "corpus: {encoding: rot13}": "'corpus.encoding' is 'rot13', expected a text encoding that "
    "Python knows, such as utf-8, latin-1 or cp1252",
    "model: {subwords: {min: [3, 6]}}": "'model.subwords.min' is [3, 6], expected an integer "
    "from 1 to 100",
    "corpus: {phrases: {file: {a: 1}}}": "'corpus.phrases.file' is {a: 1}, expected a path or null",
    "model: 5": "'model' is 5, expected its settings on lines below it (architecture, dim, window, "
    "dynamic_window, combine, cbow_gradient, "
    "subwords.enabled, subwords.min, subwords.max, subwords.buckets)",
    "model: [dim]": "'model' is [dim], expected its settings on lines below it (architecture, dim, "
    "window, dynamic_window, combine, cbow_gradient, "
    "subwords.enabled, subwords.min, subwords.max, subwords.buckets)",
}


@pytest.mark.parametrize(("text", "message"), VALUES.items())
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path, text, message):
    assert message_for(tmp_path, text) == message


def test_a_long_value_is_cut_short(tmp_path):
    message = message_for(tmp_path, f"model: {{architecture: {'x' * 5000}}}")
    assert len(message) < 200
    assert "xxx…, expected skipgram or cbow" in message


def test_an_integer_too_large_for_a_float_is_out_of_bounds(tmp_path):
    message = message_for(tmp_path, f"checkpoint: {{every_minutes: {'9' * 350}}}")
    assert message.endswith("999…, expected a number above 0 and at most 1,000,000")


BAD_YAML = {
    "model: {dim: 5": "line 1, column 15: not YAML: expected ',' or '}', but got '<stream end>'",
    "model:\n  dim: 5: 6": "line 2, column 9: not YAML: mapping values are not allowed here",
    "model:\n\tdim: 5": "line 2, column 1: not YAML: found character '\\t' that cannot start any "
    "token; indent with spaces, a tab is not accepted",
    "corpus: {paths: *.txt}": "line 1, column 18: not YAML: expected alphabetic or numeric "
    "character, but found '.'; put text that begins with * in quotes",
    'corpus: {paths: "a}': "line 1, column 20: not YAML: found unexpected end of stream; a quote "
    "is not closed",
    "model: {dim: 5}\n x: 3\n": "line 2, column 2: not YAML: expected <block end>, but found "
    "'<block mapping start>'; begin lines of one section at the same column",
    "model:\n  dim: 5\n  dim: 6": "line 3, column 3: key 'model.dim' given again, first in line 2",
    "model: {dim: 5}\nmodel: {window: 6}\n": "line 2, column 1: key 'model' given again, first in "
    "line 1",
    "a: &x 1": "line 1, column 4: anchors and aliases (& and *) are not accepted",
    "a: *x": "line 1, column 4: anchors and aliases (& and *) are not accepted",
    "a: !!python/object/apply:os.system [ls]": "line 1, column 4: tags (!) are not accepted",
    "model: {dim: !!int '5'}": "line 1, column 14: tags (!) are not accepted",
    "? [a]\n: 1": "line 1, column 3: a key that is not a word",
    "a: [[[[[1]]]]]": "line 1, column 8: nested too deeply",
    "model: {}\n---\nmodel: {}": "line 2, column 1: not YAML: expected a single document in the "
    "stream but found another document",
    "a: b\nc: \x07d": "line 2, column 4: control character U+0007, expected plain text",
    'a: "\\Uffffffff"': "not YAML: an escape that is no character",
    f"model: {{dim: {'1' * 401}}}": "line 1, column 14: a number of 401 characters",
    b"model: \xff": "byte 7 is not UTF-8, expected a configuration in UTF-8 (to train on this "
    "file, give it with --corpus)",
    "- model": "holds a list, expected sections of settings such as 'model:' (to train on this "
    "file, give it with --corpus)",
    "the quick brown fox": "holds plain text, expected sections of settings such as 'model:' (to "
    "train on this file, give it with --corpus)",
    "5": "holds plain text, expected sections of settings such as 'model:' (to train on this "
    "file, give it with --corpus)",
}


@pytest.mark.parametrize(("text", "message"), BAD_YAML.items())
def test_what_is_not_plain_yaml_is_refused_with_its_place(tmp_path, text, message):
    assert message_for(tmp_path, text) == message


def test_a_few_lines_that_would_expand_to_gigabytes_are_refused(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "anchors and aliases" in message_for(tmp_path, "\n".join(lines))


def test_a_corpus_given_as_configuration_is_refused_before_it_is_parsed(tmp_path):
    assert message_for(tmp_path, "king queen\n" * 400_000) == (
        "is larger than 4,000,000 bytes, too large for a configuration "
        "(to train on this file, give it with --corpus)"
    )


@pytest.mark.parametrize("key", ["training.seed", "training.learning_rate", "machine.workers"])
@pytest.mark.parametrize("digits", [350, 5000])
def test_an_integer_of_any_length_is_out_of_bounds(key, digits):
    message = message_for_set(f"{key}={'9' * digits}")
    assert "9" * 50 in message or f"a number of {digits:,} characters" in message
    assert len(message) < 250


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused_without_any_bound(number):
    unbounded = replace(SETTINGS["checkpoint.every_minutes"], limits=Limits())
    with pytest.raises(ConfigError, match=r"expected a number$"):
        checked(unbounded, number, "x")


def test_bounds_are_inside_where_they_say_so():
    numbers = (0, 0.5, 1)
    admitted = {
        "at least 0.5": Limits(at_least=0.5),
        "above 0.5": Limits(above=0.5),
        "at most 0.5": Limits(at_most=0.5),
        "from 0.5 to 1": Limits(at_least=0.5, at_most=1),
    }
    found = {str(limits): [limits.admit(n) for n in numbers] for limits in admitted.values()}
    assert list(found) == list(admitted)
    assert list(found.values()) == [
        [False, True, True],
        [False, False, True],
        [True, True, False],
        [False, True, True],
    ]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.yaml: cannot be read: no such file or directory$"):
        load_settings(tmp_path / "no.yaml")


def test_a_folder_is_no_configuration(tmp_path):
    with pytest.raises(ConfigError, match=r"is a folder, expected a configuration file \(a finish"):
        load_settings(tmp_path)


EXAMPLE = "expected key.path=value, for example --set model.dim=200"
BAD_SETS = {
    "model.dim": f"--set 'model.dim': no value, {EXAMPLE}",
    "model.dim=": f"--set 'model.dim=': no value, {EXAMPLE}",
    "=5": f"--set '=5': no value, {EXAMPLE}",
    "": f"--set '': no value, {EXAMPLE}",
    "model=5": "--set: 'model' is a section, expected one of its keys (architecture, dim, window, "
    "dynamic_window, combine, cbow_gradient, "
    "subwords.enabled, subwords.min, subwords.max, subwords.buckets)",
    "model.dim=[1": "--set 'model.dim=[1': line 1, column 3: not YAML: expected ',' or ']', but "
    f"got '<stream end>'; {EXAMPLE}",
    "model.dim=ten": "--set: 'model.dim' is 'ten', expected an integer from 1 to 65,536",
    "model.dim=1 2": "--set: 'model.dim' is '1 2', expected an integer from 1 to 65,536",
    "model.dim=a: 1": "--set: 'model.dim' is {a: 1}, expected an integer from 1 to 65,536",
    "model.dim.x=1": "--set: unknown key 'model.dim.x' (the keys of 'model' are architecture, dim, "
    "window, dynamic_window, combine, cbow_gradient, "
    "subwords.enabled, subwords.min, subwords.max, subwords.buckets)",
}


@pytest.mark.parametrize(("override", "message"), BAD_SETS.items())
def test_a_malformed_set_is_answered_with_an_example(override, message):
    assert message_for_set(override) == message


def test_a_wrong_flag_is_named_with_its_key():
    with pytest.raises(ConfigError) as caught:
        load_settings(flags={"machine.workers": 0})
    assert str(caught.value) == (
        "--workers: 'machine.workers' is 0, expected an integer from 1 to 1,024 or null"
    )


def test_a_flag_with_a_time_without_its_unit_is_told_how_to_write_it():
    with pytest.raises(ConfigError, match=r"is '5', expected a span .* \(write 90m for 90 minutes"):
        load_settings(flags={"training.max_time": "5"})


def test_a_minimum_above_the_learning_rate_is_refused_naming_both():
    given = "training.learning_rate=0.05", "training.min_learning_rate=0.06"
    assert message_for_set(*given) == (
        "--set: 'training.min_learning_rate' is 0.06, expected at most 'training.learning_rate', "
        "which is 0.05 (--set)"
    )


def test_a_minimum_equal_to_the_learning_rate_is_a_constant_one():
    loaded = load_settings(overrides=["training.min_learning_rate=0.05"])
    assert loaded.settings.training.min_learning_rate == 0.05


def test_a_vocabulary_larger_than_the_scan_can_count_is_refused():
    assert message_for_set("vocabulary.max_size=200", "vocabulary.scan_limit=100") == (
        "--set: 'vocabulary.max_size' is 200, expected at most 'vocabulary.scan_limit', "
        "which is 100 (--set)"
    )


@pytest.mark.parametrize(("cluster", "shown"), [("null", "null"), ("inline", "'inline'")])
def test_a_store_where_no_nodes_exchange_files_is_refused(cluster, shown):
    assert message_for_set("machine.store=shared/w2v", f"machine.cluster={cluster}") == (
        f"--set: 'machine.store' is 'shared/w2v', but no nodes exchange files: 'machine.cluster' "
        f"is {shown}; expected nodes, for example --cluster local:2, or no store: --set "
        "machine.store=null"
    )
    assert load_settings(overrides=["machine.store=a", "machine.cluster=local:2"])
