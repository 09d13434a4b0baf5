"""The options of `w2v train` that give settings, and what becomes of names from elsewhere."""

import json
import re
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.config import display, load_settings
from w2v_cli.config.peers import PEERS
from w2v_cli.config.registry import SETTINGS

FLAGS = {setting.flag: setting for setting in SETTINGS.values() if setting.flag}
VALUES = {
    "--corpus": ("a.txt", ["a.txt"]),
    "--tokenizer": ("words", "words"),
    "--phrases": ("phrases.tsv", "phrases.tsv"),
    "--min-count": ("1_000", 1000),
    "--threshold": ("1e-4", 1e-4),
    "--architecture": ("cbow", "cbow"),
    "--dim": ("300", 300),
    "--window": ("7", 7),
    "--objective": ("naive_softmax", "naive_softmax"),
    "--negatives": ("15", 15),
    "--epochs": ("2", 2),
    "--optimizer": ("adagrad", "adagrad"),
    "--learning-rate": (".01", 0.01),
    "--valid": ("0.1", 0.1),
    "--patience": ("3", 3),
    "--max-time": ("1h30m", "1h30m"),
    "--init": ("runs/old", "runs/old"),
    "--cluster": ("local:2", "local:2"),
    "--store": ("s3://bucket/runs", "s3://bucket/runs"),
    "--seed": ("0", 0),
    "--workers": ("null", None),
    "--eval": ("pairs.tsv", ["pairs.tsv"]),
}

NEEDED = {"--patience": ("--valid", "0.1"), "--store": ("--cluster", "local:2")}


def train(*arguments):
    return CliRunner().invoke(w2v, ["train", *map(str, arguments)])


def shown(*arguments):
    result = train(*arguments, "--show-config", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_every_setting_with_a_flag_is_tried_here():
    assert {*VALUES, "--subwords"} == set(FLAGS)


def test_what_a_file_turned_on_a_flag_turns_off(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("model: {subwords: {enabled: true}}")
    assert shown(file)["model.subwords.enabled"]["value"] is True
    assert shown(file, "--no-subwords")["model.subwords.enabled"]["value"] is False


@pytest.mark.parametrize(
    ("flag", "given", "expected"),
    [(flag, [given], expected) for flag, (given, expected) in VALUES.items()]
    + [("--subwords", [], True)],
)
def test_a_flag_gives_its_setting_and_comes_before_set(flag, given, expected):
    key = FLAGS[flag].key
    others = NEEDED.get(flag, ())
    default = display.shown(FLAGS[flag].default)
    settings = shown(flag, *given, *others, "--set", f"{key}={default}")
    assert settings[key] == {"value": expected, "origin": flag}


def test_a_path_is_text_whatever_it_looks_like():
    found = shown("--corpus", "1e-4", "--corpus", "null", "--corpus", "-")["corpus.paths"]["value"]
    assert found == ["1e-4", "null", "-"]


def test_the_help_has_each_flag_with_the_words_of_its_field():
    text = " ".join(train("--help").stdout.split())
    for flag, setting in FLAGS.items():
        assert f" {flag} " in text
        meaning = " ".join(setting.help.replace("`", "").split())[1:]
        for name, other in FLAGS.items():
            meaning = meaning.replace(other.key, name)
        assert re.search(re.sub(r"(\\?[- ])", r"\1 ?", re.escape(meaning)), text), flag
    options, _, settings = text.partition(" Settings: ")
    assert " --resume " in options
    assert " --resume " not in settings.partition("Exit status")[0]


def test_the_help_calls_other_settings_by_their_flags():
    text = train("--help").stdout
    assert "With --valid: stop after" in text
    assert "or after --epochs. The first seconds" in " ".join(text.split())
    options = text.partition("Options:")[2]
    assert "CONFIG]" not in options  # the argument is no option


def test_all_that_is_wrong_is_told_at_once_each_on_a_line(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("model: {dim: zero, windw: 5}\nmodell: {}\ntraining: 7\n")
    result = train(file, "--window", "x: y", "--set", "a", "--set", "b.c=1", "--seed", "9" * 500)
    assert result.exit_code == 2
    assert [line.split(",")[0] for line in result.stderr.splitlines()] == [
        f"w2v: error: {file}: 'model.dim' is 'zero'",
        f"w2v: error: {file}: unknown key 'model.windw' (did you mean 'model.window'?)",
        f"w2v: error: {file}: unknown key 'modell' (did you mean 'model'?)",
        f"w2v: error: {file}: 'training' is 7",
        "w2v: error: --set 'a': no value",
        "w2v: error: --set: unknown key 'b.c' (the sections are corpus",
        "w2v: error: --window: 'model.window' is {x: y}",
        f"w2v: error: --seed: 'training.seed' is '{'9' * 59}…",
    ]


def test_settings_that_contradict_each_other_are_all_told():
    rates = ["training.learning_rate=1", "training.min_learning_rate=9"]
    arguments = [*rates, "corpus.encoding=utf-9", "training.patience=1"]
    result = train(*[text for argument in arguments for text in ("--set", argument)])
    assert len(result.stderr.splitlines()) == 3


def test_a_damaged_file_does_not_hide_what_else_is_wrong(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text("model: {dim: 5")
    first, second = train(file, "--dim", "0").stderr.splitlines()
    assert "line 1, column 15: not YAML" in first
    assert "--dim: 'model.dim' is 0" in second


WORD2VEC_C = "-train text8 -output v.bin -size 200 -iter 3 -binary 1 -save-vocab v.txt"
ANSWERS = {
    WORD2VEC_C: "-train; use --corpus|-output; use -o RUN|-size; use --dim|-iter; use --epochs|"
    "-binary; use `w2v export RUN --format word2vec-binary -o FILE`|"
    "-save-vocab; a run always leaves vocab.tsv",
    "-input data.txt -ws 5 -lr 0.05 -t 1e-4 -minCount 5": "-input; use --corpus|-ws; use --window|"
    "-lr; use --learning-rate|-t; use --threshold|-minCount; use --min-count",
    "--vector_size=100 --alpha 0.025 --ns-exponent 0.5": "--vector_size; use --dim|"
    "--alpha; use --learning-rate|--ns-exponent; use --set objective.noise_exponent=…",
    "--tokens-per-step 5": "--tokens-per-step; use --set training.tokens_per_step=…",
}


@pytest.mark.parametrize(("command", "answers"), ANSWERS.items())
def test_options_of_other_trainers_are_answered_with_ours(command, answers):
    result = train(*command.split())
    assert result.exit_code == 2
    expected = [f"w2v: error: no option {answer}" for answer in answers.split("|")]
    assert result.stderr.splitlines() == expected


def test_every_option_of_the_table_of_names_is_answered():
    for key, peer in PEERS.items():
        for name in (peer.word2vec_c, peer.fasttext):
            if name:
                answer = SETTINGS[key].flag or f"--set {key}=…"
                assert train(name, "1").stderr == f"w2v: error: no option {name}; use {answer}\n"


def test_an_option_that_nobody_has_is_refused_with_the_nearest():
    result = train("--epoch-s", "3")
    assert result.exit_code == 2
    assert "No such option '--epoch-s'" in result.stderr.replace(": --", " '--")
    assert "--epochs" in result.stderr


def test_behind_two_dashes_names_are_files():
    assert "-size: cannot be read" in train("--", "-size").stderr


def test_choices_are_completed_in_the_shell():
    completed = ShellComplete(w2v, {}, "w2v", "_W2V_COMPLETE").get_completions
    found = completed(["train", "--architecture"], "")
    assert [item.value for item in found] == ["skipgram", "cbow"]
    assert [item.type for item in completed(["train", "--corpus"], "a")] == ["file"]


def test_what_show_config_prints_train_accepts(tmp_path):
    file = tmp_path / "x.yaml"
    result = train("--architecture", "cbow", "--corpus", "a b.txt", "--show-config")
    file.write_text(result.stdout)
    assert (
        load_settings(file).settings
        == load_settings(overrides=["model.architecture=cbow", "corpus.paths=a b.txt"]).settings
    )
    again = train(file, "--show-config").stdout
    # A minimum that is null there follows the learning rate, as it did before.
    assert again.count(str(file)) == len(SETTINGS) - 1


@pytest.mark.slow
def test_out_is_still_understood(tmp_path, planted_corpus):
    for name in ("--out", "--output", "-o"):
        run = tmp_path / name
        result = train("--corpus", planted_corpus, name, run, "--epochs", 1, "--min-count", 1)
        assert result.stdout == f"{run}\n"
    assert "--out " not in train("--help").stdout


def test_every_choice_of_a_run_survives_its_resumption(tmp_path, planted_corpus):
    run, pairs, config = tmp_path / "run", tmp_path / "pairs.tsv", tmp_path / "x.yaml"
    pairs.write_text("a1\ta2\t9\na1\tb2\t1\nc3\tc4\t8\n")
    config.write_text("checkpoint: {keep: 5}\n")
    small = ["--epochs", 2, "--min-count", 1, "--dim", 8]
    result = train("--corpus", planted_corpus, "-o", run, "--eval", pairs, "--workers", 1, *small)
    assert result.exit_code == 0, result.stderr
    result = train(config, "--extend-epochs", 1, "-o", run)
    assert result.exit_code == 0, result.stderr
    reports = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [r["epoch"] for r in reports if str(pairs) in r.get("scores", ())] == [1, 2, 3]
    kept = load_settings(run / "config.yaml").settings
    assert (kept.checkpoint.keep, kept.machine.workers, kept.model.dim) == (5, 1, 8)
    assert kept.evaluation.files == (str(pairs),)


def test_the_example_on_the_page_is_what_is_said():
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    command, answers = re.search(
        r"^\$ w2v train (-train .*)\n((?:w2v: error: .*\n)+)", page, re.M
    ).groups()
    assert train(*command.split()).stderr == answers
