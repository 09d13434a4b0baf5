import json

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.config import load_settings, to_yaml
from w2v_cli.vectors.formats import write_vectors
from w2v_cli.vectors.word_vectors import WordVectors

WORDS = ["the", "\x1b[31m", "king", "queen"]
MATRIX = np.array([[3, 4], [0, 0], [1, 0], [1, 0]], dtype=np.float32)

RECORD = {
    "workers": 2,
    "words": 900,
    "corpus": {"paths": ["a.txt"], "tokens": 1000, "sentences": 50},
    "steps": 7,
    "epoch_losses": [4.0, None, 2.5],
    "baseline": 4.159,
    "words_per_second": 12345.6,
    "timings": {"train_seconds": 3.2},
}
METRICS = {"epoch": 2, "step": 7, "words": 1800, "loss": 3.5, "baseline": 4.159}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A run that was stopped."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "run"
    folder.mkdir()
    settings = load_settings(overrides=["corpus.paths=[a.txt]", "training.epochs=3"]).settings
    (folder / "config.yaml").write_text(to_yaml(settings))
    (folder / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in WORDS))
    (folder / "metrics.jsonl").write_text(f'{{"epoch": 1}}\n{json.dumps(METRICS)}\n')
    return folder


@pytest.fixture
def finished(run):
    np.save(run / "vectors.npy", MATRIX)
    (run / "run.json").write_text(json.dumps(RECORD))
    return run


def info(*args):
    return CliRunner().invoke(w2v, ["info", *map(str, args)])


VECTORS_AND_HEALTH = """\
vectors     4 × 2
norms       0.0000 to 5.0000, median 1.0000, mean 1.7500
health      1 vector of zeros; 1 vector equal to that of a more frequent word
            zero: \\x1b[31m
            equal: king = queen
cosine      0.3667 between two words on average
directions  1.9 of 2 in which they differ
hubs        unknown
"""


def test_a_run_is_described_in_lines(finished):
    result = info("run")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "run         run: finished\n"
        "setting     corpus.paths [a.txt]\n"
        "setting     training.epochs 3\n"
        "epochs      3\n"
        "corpus      50 sentences, 1,000 tokens, 900 of them in the vocabulary\n"
        "loss        4.000, unknown, 2.500 nats a pair, epoch by epoch (untrained 4.159)\n"
        "trained     12,346 words/s, 7 steps, 3 s, 2 workers\n"
        "vocabulary  4 words for 36 tokens, the first of them the, \\x1b[31m, king, queen\n"
        + VECTORS_AND_HEALTH
    )


def test_a_vector_file_is_described_in_lines(tmp_path):
    write_vectors(WordVectors(WORDS, MATRIX), tmp_path / "vectors.npz", "npz")
    result = info(tmp_path / "vectors.npz")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "vocabulary  4 words, the first of them the, \\x1b[31m, king, queen\n" + VECTORS_AND_HEALTH
    )


def test_a_run_that_was_stopped_says_how_far_it_has_come(run):
    result = info("run")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "run         run: unfinished\n"
        "setting     corpus.paths [a.txt]\n"
        "setting     training.epochs 3\n"
        "progress    1 of 3 epochs done, in epoch 2 at step 7, 1,800 words, loss 3.500 "
        "(untrained 4.159)\n"
    )
    (run / "metrics.jsonl").write_text(json.dumps({**METRICS, "epoch_ended": True}))
    assert "progress    2 of 3 epochs done, in epoch 2 at step 7" in info("run").stdout
    (run / "metrics.jsonl").unlink()
    assert info("run").stdout.endswith("progress    nothing reported yet\n")


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({}, "3 of 3"),
        ({"epochs": 9, "ended_early": "training.patience", "best_epoch": 2},
         "3 of 9: training.patience ended it early; the vectors are those of epoch 2, the best"),
        ({"epochs": 9, "ended_early": "training.max_time"},
         "3 of 9, the last perhaps in part: training.max_time ended it"),
        ({"extended_from": [1, 2]}, "3 of 3, extended from 1 and 2"),
    ],
)  # fmt: skip
def test_epochs_are_told_as_they_were(finished, facts, line):
    (finished / "run.json").write_text(json.dumps({**RECORD, "epochs": 3, **facts}))
    assert f"\nepochs      {line}\n" in info("run").stdout


def test_losses_that_are_left_out_are_counted(finished):
    losses = [4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0]
    (finished / "run.json").write_text(json.dumps({**RECORD, "epoch_losses": losses}))
    said = "3.000, 2.500, 2.000, 1.500, 1.000 nats a pair, the last 5 of 7 epochs (untrained 4.159)"
    assert f"\nloss        {said}\n" in info("run").stdout


def test_vectors_that_say_little_are_warned_of(tmp_path):
    matrix = np.random.default_rng(0).standard_normal((30, 20), dtype=np.float32) + 9
    words = ["\x1b[31m", *(f"w{i}" for i in range(29))]
    write_vectors(WordVectors(words, matrix), tmp_path / "vectors.npz", "npz")
    assert (
        "\nwarning     nearly all vectors point the same way"
        in info(tmp_path / "vectors.npz").stdout
    )
    doubts = json.loads(info(tmp_path / "vectors.npz", "--json").stdout)["health"]["doubts"]
    assert doubts[0].startswith("nearly all vectors point the same way")


def test_json_has_every_setting_and_the_whole_record(finished):
    found = json.loads(info("run", "--json").stdout)
    assert found["source"] == "run"
    assert found["run"]["finished"] is True
    assert found["run"]["record"] == RECORD
    assert found["run"]["newest_metrics"] == METRICS
    assert found["run"]["settings"]["model.dim"] == 100
    assert found["run"]["changed"] == ["corpus.paths", "training.epochs"]
    assert found["vectors"] == {"words": 4, "dim": 2, "tokens": 36, "first_words": WORDS}
    assert found["health"]["norms"] == {"smallest": 0, "median": 1, "mean": 1.75, "largest": 5}
    assert found["health"]["duplicates"] == [["king", "queen"]]
    assert found["health"]["problems"] == [
        "1 vector of zeros",
        "1 vector equal to that of a more frequent word",
    ]


def test_vectors_that_are_not_finite_are_described_too(finished):
    np.save(finished / "vectors.npy", np.full_like(MATRIX, np.nan))
    result = info("run")
    assert result.exit_code == 0
    assert "norms       unknown to unknown" in result.stdout
    assert "health      4 vectors with a value that is not finite\n" in result.stdout
    assert json.loads(info("run", "--json").stdout)["health"]["norms"]["mean"] is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "run.json",
            "{",
            "run/run.json: damaged: expected a JSON object, found '{'; if the run has a "
            "checkpoint, remove this file, and --resume writes it again\n",
        ),
        ("run.json", b"\xff", "run/run.json: cannot be read: it is not utf-8"),
        ("metrics.jsonl", "{}\n[1]\n", "run/metrics.jsonl:2: damaged: expected a JSON object"),
    ],
)
def test_a_damaged_record_is_an_error(finished, name, content, message):
    (finished / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    result = info("run")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"w2v: error: {message}")


@pytest.mark.posix
def test_a_record_that_the_system_does_not_give_need_not_be_removed(finished):
    (finished / "run.json").unlink()
    (finished / "run.json").mkdir()
    result = info("run")
    assert result.exit_code == 1
    assert result.stderr == "w2v: error: run/run.json: cannot be read: is a directory\n"


@pytest.mark.parametrize("content", ["{}", '{"corpus": 3}', '{"corpus": {}, "epoch_losses": []}'])
def test_a_record_of_another_form_is_an_error_in_lines_and_shown_as_json(finished, content):
    (finished / "run.json").write_text(content)
    result = info("run")
    assert result.exit_code == 1
    assert result.stderr.startswith("w2v: error: run: run.json is damaged or of another version")
    shown = json.loads(info("run", "--json").stdout)
    assert shown["run"]["record"] == json.loads(content)


def test_neither_run_nor_file_is_an_error(tmp_path):
    result = info(tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"w2v: error: {tmp_path}: ")


def test_hubs_are_named_with_their_shares(tmp_path):
    matrix = np.random.default_rng(0).standard_normal((60, 50), dtype=np.float32) + 0.7
    matrix[33] = 1  # the direction that all have in common
    vectors = WordVectors([f"w{i}" for i in range(60)], matrix)
    write_vectors(vectors, tmp_path / "vectors.npz", "npz")
    path = tmp_path / "vectors.npz"
    last = next(line for line in info(path).stdout.splitlines() if line.startswith("hubs"))
    assert last.startswith("hubs        w33 98.3%, w")
    assert last.endswith(" of 60 words have it among their nearest ten")
    assert json.loads(info(path, "--json").stdout)["health"]["hubs"][0] == {
        "word": "w33",
        "share": 59 / 60,
    }
