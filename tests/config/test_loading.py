"""What settings come out of files, --set and flags, and where they say they come from."""

from pathlib import Path

import pytest

from w2v_cli.config import Settings, load_settings, to_dict
from w2v_cli.config.registry import RECOMMENDED, SETTINGS
from w2v_cli.config.values import checked
from w2v_cli.durations import seconds

OWN_CORPUS = {"corpus.paths": ("mine.txt",)}


def written(folder: Path, text: str) -> Path:
    file = folder / "x.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_nothing_given_on_a_corpus_of_ones_own_is_the_dataclass_defaults():
    loaded = load_settings(flags=OWN_CORPUS)
    expected = to_dict(Settings())
    expected["corpus"]["paths"] = ["mine.txt"]
    assert to_dict(loaded.settings) == expected


def test_the_dataclass_defaults_are_those_that_follow_from_each_other():
    training = Settings().training
    assert training.tokens_per_step == 32_768
    assert training.min_learning_rate is None  # until the text is known


def test_every_setting_has_an_origin():
    assert list(load_settings().origins) == list(SETTINGS)


def test_flag_beats_set_beats_file_beats_recommendation_beats_default(tmp_path):
    file = written(tmp_path, "training: {epochs: 3}")
    key = "training.epochs"
    steps = [
        (load_settings(flags=OWN_CORPUS), 5, "default"),
        (load_settings(), RECOMMENDED["builtin:python-docs"][key], "builtin:python-docs"),
        (load_settings(file), 3, str(file)),
        (load_settings(file, ["training.epochs=4"]), 4, "--set"),
        (load_settings(file, ["training.epochs=4"], {key: 6}), 6, "--epochs"),
    ]
    for loaded, epochs, origin in steps:
        assert (loaded.settings.training.epochs, loaded.origins[key]) == (epochs, origin)


def test_the_flag_of_a_corpus_is_named_corpus_and_of_a_seed_seed():
    origins = load_settings(flags=OWN_CORPUS | {"training.seed": 7}).origins
    assert origins["corpus.paths"] == "--corpus"
    assert origins["training.seed"] == "--seed"


def test_a_setting_without_a_flag_may_be_given_like_one():
    origins = load_settings(flags={"checkpoint.keep": 3}).origins
    assert origins["checkpoint.keep"] == "checkpoint.keep"


def test_null_from_a_flag_is_a_value(tmp_path):
    loaded = load_settings(
        written(tmp_path, "machine: {workers: 3}"), flags={"machine.workers": None}
    )
    assert loaded.settings.machine.workers is None


def test_zero_from_a_flag_is_a_value():
    loaded = load_settings(flags={"training.seed": 0})
    assert (loaded.settings.training.seed, loaded.origins["training.seed"]) == (0, "--seed")


def test_the_last_set_of_a_key_counts():
    loaded = load_settings(overrides=["model.dim=10", "model.dim=20"])
    assert loaded.settings.model.dim == 20


@pytest.mark.parametrize(
    ("objective", "model", "subwords", "tokens"),
    [
        ("negative_sampling", "skipgram", "false", 32_768),
        ("negative_sampling", "skipgram", "true", 16_384),
        ("negative_sampling", "cbow", "true", 32_768),
        ("naive_softmax", "skipgram", "false", 1_024),
        ("naive_softmax", "cbow", "true", 1_024),
    ],
)
def test_the_tokens_of_a_step_follow_the_objective_and_subwords(objective, model, subwords, tokens):
    overrides = [f"objective.name={objective}", f"model.subwords.enabled={subwords}"]
    overrides.append(f"model.architecture={model}")
    loaded = load_settings(overrides=overrides)
    assert loaded.settings.training.tokens_per_step == tokens
    origin = loaded.origins["training.tokens_per_step"]
    assert origin == "follows objective.name, model.architecture, model.subwords.enabled"


def test_a_given_learning_rate_follows_nothing_but_its_minimum_follows_it():
    loaded = load_settings(overrides=["model.architecture=cbow", "training.learning_rate=0.3"])
    assert loaded.settings.training.learning_rate == 0.3
    assert loaded.settings.training.min_learning_rate == pytest.approx(3e-5, rel=1e-12)
    assert loaded.origins["training.learning_rate"] == "--set"
    assert loaded.origins["training.min_learning_rate"] == "follows training.learning_rate"


def test_null_means_follow_even_where_a_file_gave_a_number(tmp_path):
    file = written(tmp_path, "training: {learning_rate: 0.3, min_learning_rate: 0.1}")
    loaded = load_settings(file, ["training.min_learning_rate=null"])
    assert loaded.settings.training.min_learning_rate == pytest.approx(3e-5, rel=1e-12)


def test_a_minimum_of_zero_is_kept_and_does_not_follow():
    loaded = load_settings(overrides=["training.min_learning_rate=0"])
    assert loaded.settings.training.min_learning_rate == 0.0
    assert loaded.origins["training.min_learning_rate"] == "--set"


@pytest.mark.parametrize(
    ("paths", "recommended"),
    [
        ("[builtin:python-docs]", True),
        ("builtin:python-docs", True),
        ("[builtin:python-docs, mine.txt]", False),
        ("mine.txt", False),
    ],
)
def test_recommendations_count_only_for_the_whole_corpus(paths, recommended):
    loaded = load_settings(overrides=[f"corpus.paths={paths}"])
    assert (loaded.settings.corpus.tokenizer == "words") is recommended


def test_recommended_values_are_ones_a_user_could_give():
    for corpus, values in RECOMMENDED.items():
        for key, value in values.items():
            assert checked(SETTINGS[key], value, corpus) == value


def test_defaults_are_values_a_user_could_give():
    for setting in SETTINGS.values():
        assert checked(setting, setting.default, "default") == setting.default


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "model:\n", "model: {}\n", "\ufeff"])
def test_an_empty_file_or_section_changes_nothing(tmp_path, text):
    assert load_settings(written(tmp_path, text)) == load_settings()


def test_a_file_with_carriage_returns_and_a_byte_order_mark_is_read(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes("\ufeffmodel:\r\n  dim: 7\r\n".encode())
    assert load_settings(file).settings.model.dim == 7


@pytest.mark.parametrize("text", ["1e-4", "1.0e-4", "0.0001", ".0001", "1E-04", "+1e-4"])
def test_small_numbers_are_read_however_they_are_written(text):
    assert load_settings(
        overrides=[f"subsample.threshold={text}"]
    ).settings.subsample.threshold == (0.0001)


def test_a_whole_number_will_do_for_a_number_and_becomes_one():
    threshold = load_settings(overrides=["subsample.threshold=0"]).settings.subsample.threshold
    assert threshold == 0.0
    assert type(threshold) is float


def test_underscores_may_group_digits():
    loaded = load_settings(overrides=["vocabulary.scan_limit=1_000_000"])
    assert loaded.settings.vocabulary.scan_limit == 1_000_000


def test_paths_may_be_one_path_or_a_list():
    one = load_settings(overrides=["corpus.paths=a.txt"]).settings.corpus.paths
    two = load_settings(overrides=["corpus.paths=[a.txt, 'b c.txt']"]).settings.corpus.paths
    assert (one, two) == (("a.txt",), ("a.txt", "b c.txt"))


def test_a_set_may_hold_an_equals_sign_in_its_value():
    assert load_settings(overrides=["corpus.paths=a=b.txt"]).settings.corpus.paths == ("a=b.txt",)


@pytest.mark.parametrize("name", ["no", "on", "12:30", "2024-01-01", "0x10", "010"])
def test_words_that_older_yaml_takes_for_something_else_are_words(name):
    assert load_settings(overrides=[f"corpus.paths={name}"]).settings.corpus.paths == (name,)


@pytest.mark.parametrize(
    ("text", "expected"), [("90m", 5400), ("45s", 45), ("2h", 7200), ("1h30m", 5400), ("1m1s", 61)]
)
def test_a_span_of_time_is_text_that_says_its_units(text, expected):
    loaded = load_settings(overrides=[f"training.max_time={text}"])
    assert loaded.settings.training.max_time == text
    assert seconds(text) == expected
    assert load_settings(flags={"training.max_time": text}).settings == loaded.settings


def test_a_base_counts_before_the_defaults_and_after_all_else(tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text("training: {epochs: 3, patience: 2, held_out: 0.1}\nmodel: {dim: 9}")
    loaded = load_settings(written(tmp_path, "training: {epochs: 4}"), ["model.dim=8"], base=base)
    assert loaded.settings.training.patience == 2
    assert (loaded.settings.training.epochs, loaded.settings.model.dim) == (4, 8)
    assert loaded.origins["training.held_out"] == str(base)
