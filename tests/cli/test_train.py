"""`w2v train` as a user meets it: real processes, real signals, exact outputs."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from waiting import wait_for

SETTINGS = [
    "--set",
    "vocabulary.min_count=1",
    "--set",
    "model.dim=10",
    "--set",
    "training.epochs=2",
]
SLOW = ["--set", "training.epochs=2000", "--set", "training.tokens_per_step=64"]


def invoke(*arguments):
    return CliRunner().invoke(w2v, ["train", *map(str, arguments)])


def start(*arguments, stdin=None):
    """A real process, in a session of its own as a terminal or a cluster would give it."""
    return subprocess.Popen(
        [sys.executable, "-m", "w2v_cli", "train", *map(str, arguments)],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def workers_of(process):
    """Living child processes."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "--ppid", str(process)], capture_output=True, text=True
    ).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if "Z" not in line.split()[1]]


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def training_has_begun(run):
    metrics = run / "metrics.jsonl"
    return metrics.is_file() and metrics.stat().st_size > 0


def test_a_finished_run_leaves_what_the_readme_shows(tmp_path, planted_corpus):
    result = invoke("--corpus", planted_corpus, "--out", tmp_path / "run", *SETTINGS)
    assert result.exit_code == 0
    assert result.stdout == f"{tmp_path / 'run'}\n"
    files = {file.name for file in (tmp_path / "run").iterdir()}
    assert files == {
        *("config.yaml", "vocab.tsv", "vectors.npy", "outside.npy", "metrics.jsonl"),
        *("left_out.tsv", "run.json", "checkpoint", ".lock"),
    }
    words = (tmp_path / "run" / "vocab.tsv").read_text().splitlines()
    vectors = np.load(tmp_path / "run" / "vectors.npy", mmap_mode="r")
    assert vectors.shape == (len(words), 10) == (40, 10)
    assert "untrained 4.159" in result.stderr
    assert re.search(r"vocabulary  40 words \(min_count 1\), 4,000 of 4,000 tokens", result.stderr)


@pytest.mark.slow
def test_config_yaml_of_a_run_repeats_it(tmp_path, planted_corpus):
    invoke("--corpus", planted_corpus, "--out", tmp_path / "a", "--seed", 7, *SETTINGS)
    invoke(tmp_path / "a" / "config.yaml", "--out", tmp_path / "b")
    first, second = ((tmp_path / name / "vectors.npy").read_bytes() for name in "ab")
    assert first == second


@pytest.mark.slow
def test_json_is_one_object_a_line_and_quiet_is_quiet(tmp_path, planted_corpus):
    result = invoke("--corpus", planted_corpus, "--out", tmp_path / "a", "--json", *SETTINGS)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [event["event"] for event in events[:-1]] == ["progress"] * (len(events) - 1)
    assert events[-1]["event"] == "finished"
    assert events[-1]["words"] == 4000
    assert result.stderr == ""
    result = invoke("--corpus", planted_corpus, "--out", tmp_path / "b", "--quiet", *SETTINGS)
    assert (result.stdout, result.stderr) == (f"{tmp_path / 'b'}\n", "")


def test_show_config_prints_values_and_origins_and_trains_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = invoke("--show-config", "--seed", 5, "--set", "model.architecture=cbow")
    assert re.search(r"  seed: 5 +# --seed", result.stdout)
    assert re.search(r"  tokens_per_step: 32768 +# follows objective.name, model", result.stdout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_holds_a_run_is_not_overwritten_unless_forced(tmp_path, planted_corpus):
    arguments = ("--corpus", planted_corpus, "--out", tmp_path / "run", *SETTINGS)
    invoke(*arguments)
    before = (tmp_path / "run" / "run.json").read_bytes()
    refused = invoke(*arguments)
    assert refused.exit_code == 2
    assert (
        "already holds a run; continue it with --resume, replace it with --force" in refused.stderr
    )
    assert (tmp_path / "run" / "run.json").read_bytes() == before
    assert invoke(*arguments, "--force").exit_code == 0
    assert (tmp_path / "run" / "run.json").read_bytes() != before


def test_what_is_not_a_run_is_never_touched(tmp_path, planted_corpus):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("precious")
    for force in ([], ["--force"]):
        result = invoke("--corpus", planted_corpus, "--out", tmp_path / "thesis", *force, *SETTINGS)
        assert result.exit_code == 2
        assert "not empty and not a run" in result.stderr
    assert [file.name for file in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


def test_forced_over_a_run_a_bad_corpus_destroys_nothing(tmp_path, planted_corpus):
    invoke("--corpus", planted_corpus, "--out", tmp_path / "run", *SETTINGS)
    before = (tmp_path / "run" / "vectors.npy").read_bytes()
    result = invoke("--corpus", tmp_path / "missing.txt", "--out", tmp_path / "run", "--force")
    assert result.exit_code == 1
    assert (tmp_path / "run" / "vectors.npy").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--corpus", "missing.txt"], 1, r"missing.txt"),
        (["--corpus", "rare.txt"], 1, r"min_count"),
        (["missing.yaml"], 2, r"missing.yaml"),
        (["--set", "model.dims=5"], 2, r"unknown key 'model.dims' .*'model.dim'"),
        (["--set", "model.dim=zero"], 2, r"'model.dim' is 'zero'"),
        (["--workers", "0"], 2, r"machine.workers"),
        (["--seed", "-1"], 2, r"training.seed"),
        (["--resume"], 2, r"--resume needs -o RUN"),
        (["--resume", "--force", "--out", "x"], 2, r"contradict"),
        (["--resume", "--out", "nowhere"], 1, r"nowhere: no run to continue"),
        (["--out", "rare.txt"], 2, r"rare.txt: is a file"),
    ],
)
def test_wrong_usage_is_one_line_and_leaves_nothing(
    tmp_path, monkeypatch, arguments, status, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rare.txt").write_text("each word occurs once\n")
    result = invoke(*arguments)
    assert result.exit_code == status
    [said] = [line for line in result.stderr.splitlines() if "rror" in line]
    assert said.startswith("w2v: error: ")
    assert re.search(message, said)
    assert "Traceback" not in result.output and "Usage" not in result.output
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["rare.txt"]


@pytest.mark.slow
def test_without_out_each_run_gets_a_folder_of_its_own(tmp_path, monkeypatch, planted_corpus):
    monkeypatch.chdir(tmp_path)
    for expected in ("runs/planted", "runs/planted-2"):
        result = invoke("--corpus", planted_corpus, "--quiet", *SETTINGS)
        assert result.stdout == f"{expected}\n"


@pytest.mark.posix
@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_saves_and_the_printed_command_resumes_to_the_same_bytes(
    tmp_path, planted_corpus, number, status, workers
):
    common = ("--corpus", planted_corpus, *SETTINGS, "--set", "training.epochs=30")
    whole, parts = tmp_path / "whole", tmp_path / "a part"
    assert invoke(*common, "--out", whole).exit_code == 0
    process = start(*common, "--out", parts, "--workers", workers, "--set", "checkpoint.keep=9")
    wait_for(lambda: training_has_begun(parts))
    os.killpg(process.pid, number)  # all processes of the group, as a terminal does
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == status
    assert "Traceback" not in stderr
    command = stderr.splitlines()[-1].strip()
    assert command == f"w2v train --resume --out '{parts}'"
    resumed = subprocess.run(
        command.replace("w2v", f"{sys.executable} -m w2v_cli", 1),
        shell=True,
        capture_output=True,
        text=True,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert "resuming    after step" in resumed.stderr
    assert (parts / "vectors.npy").read_bytes() == (whole / "vectors.npy").read_bytes()
    again = invoke("--resume", "--out", parts)
    assert again.exit_code == 0
    assert "is finished; there is nothing left to do" in again.stderr


@pytest.mark.posix
@pytest.mark.slow
def test_a_run_on_standard_input_is_resumed_with_its_text(tmp_path, planted_corpus):
    common = (*SETTINGS, "--set", "training.epochs=30")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert invoke("--corpus", planted_corpus, *common, "--out", whole).exit_code == 0
    with planted_corpus.open("rb") as text:
        process = start("--corpus", "-", *common, "--out", parts, stdin=text)
    wait_for(lambda: training_has_begun(parts))
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    told, command = map(str.strip, stderr.splitlines()[-2:])
    assert told.endswith("continue with, where TEXT holds what it read:")
    assert command == f"w2v train --resume --out {parts} < TEXT"
    program = command.replace("w2v", f"{sys.executable} -m w2v_cli", 1)
    subprocess.run(program.replace("TEXT", str(planted_corpus)), shell=True, check=True)
    assert (parts / "vectors.npy").read_bytes() == (whole / "vectors.npy").read_bytes()


@pytest.mark.slow
@pytest.mark.posix
def test_a_killed_worker_ends_the_run_with_an_error(tmp_path, planted_corpus):
    run = tmp_path / "run"
    process = start("--corpus", planted_corpus, "--out", run, *SETTINGS, *SLOW, "--workers", 2)
    wait_for(lambda: training_has_begun(run))
    (worker,) = workers_of(process.pid)
    os.kill(worker, signal.SIGKILL)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.search(r"w2v worker 1 .* ended unexpectedly with status -9", stderr)
    assert "Traceback" not in stderr


@pytest.mark.posix
@pytest.mark.slow
def test_a_killed_parent_leaves_no_workers_and_a_run_that_resumes(tmp_path, planted_corpus):
    run = tmp_path / "run"
    common = ("--corpus", planted_corpus, *SETTINGS, "--set", "training.epochs=30")
    process = start(*common, "--out", run, "--workers", 2, "--set", "checkpoint.every_steps=5")
    wait_for(lambda: training_has_begun(run))
    workers = workers_of(process.pid)
    process.kill()
    process.communicate()
    assert workers
    wait_for(lambda: not any(is_alive(pid) for pid in workers), seconds=10)
    assert invoke("--resume", "--out", run).exit_code == 0
    assert invoke(*common, "--out", tmp_path / "whole").exit_code == 0
    whole = (tmp_path / "whole" / "vectors.npy").read_bytes()
    assert (run / "vectors.npy").read_bytes() == whole


@pytest.mark.slow
def test_a_second_process_on_the_same_run_is_told_so(tmp_path, planted_corpus):
    run = tmp_path / "run"
    process = start("--corpus", planted_corpus, "--out", run, *SETTINGS, *SLOW)
    try:
        wait_for(lambda: training_has_begun(run))
        second = invoke("--resume", "--out", run)
        assert second.exit_code == 1
        assert "another process is training here" in second.stderr
    finally:
        process.kill()
        process.communicate()


def test_a_run_folder_that_cannot_be_written_is_one_line(tmp_path, planted_corpus):
    (tmp_path / "file").write_text("")
    result = invoke("--corpus", planted_corpus, "--out", tmp_path / "file" / "run", *SETTINGS)
    assert result.exit_code == 2
    said = f"w2v: error: {tmp_path / 'file'}: is a file, expected a folder for the run\n"
    assert result.stderr == said


def test_run_inside_the_folder_of_its_corpus_does_not_learn_from_itself(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.txt").write_text("one two three four\n" * 50)
    first = invoke("--corpus", ".", "--out", "runs/run", *SETTINGS)
    assert first.exit_code == 0, first.output
    words = (tmp_path / "runs/run/vocab.tsv").read_bytes()
    assert len(words.splitlines()) == 4
    (tmp_path / "runs/run/run.json").unlink()
    resumed = invoke("--resume", "--out", "runs/run")
    assert resumed.exit_code == 0, resumed.output
    assert re.search(
        r"^w2v: warning: left out of the corpus: a file of a run \(runs/run/\S+ and \d more\)$",
        resumed.output,
        re.MULTILINE,
    )
    assert (tmp_path / "runs/run/vocab.tsv").read_bytes() == words


def test_markup_is_read_and_told(tmp_path):
    (tmp_path / "page").write_text("<html><body>\n" + "<p> some words </p>\n" * 50)
    result = invoke("--corpus", tmp_path / "page", "--out", tmp_path / "run", *SETTINGS)
    assert result.exit_code == 0, result.output
    assert f"the corpus has a web page or XML ({tmp_path}/page): tags become words" in result.output


@pytest.mark.posix
@pytest.mark.slow
def test_settings_of_thousands_of_files_are_read_again(tmp_path):
    (tmp_path / "text").write_text("one two three four\n" * 50)
    (tmp_path / ("a-name-of-a-file" * 8)).symlink_to("text")
    paths = ["--corpus", tmp_path / ("a-name-of-a-file" * 8)] * 2000
    out = tmp_path / "run"
    assert invoke(*paths, "--out", out, *SETTINGS).exit_code == 0
    assert (out / "config.yaml").stat().st_size > 250_000
    resumed = invoke("--resume", "--out", out)
    assert resumed.exit_code == 0, resumed.output
    assert "nothing left to do" in resumed.output


def test_settings_too_large_to_be_read_again_are_refused_first(tmp_path, monkeypatch):
    monkeypatch.setattr("w2v_cli.config.rendering.LARGEST_FILE", 3000)
    paths = ["--corpus", "not-even-looked-for"] * 200
    result = invoke(*paths, "--out", tmp_path / "run", *SETTINGS)
    assert result.exit_code == 2
    assert "corpus.paths: 200 paths make a configuration of" in result.output
    assert not (tmp_path / "run").exists()


def test_advice_on_the_text_is_given_once_and_not_again_when_resumed(tmp_path):
    (tmp_path / "text").write_text("The end. A beginning, the end\n" * 50)
    out, told = tmp_path / "run", "w2v: warning: 17% of the tokens end in punctuation, such as"
    arguments = ["--corpus", tmp_path / "text", "--out", out, "--tokenizer", "whitespace"]
    assert invoke(*arguments, *SETTINGS, "--plan").output.count(told) == 1
    assert invoke(*arguments, *SETTINGS).output.count(told) == 1
    (out / "run.json").unlink()
    resumed = invoke("--resume", "--out", out)
    assert resumed.exit_code == 0
    assert "warning" not in resumed.output


def test_advice_comes_before_the_error_that_it_explains(tmp_path):
    (tmp_path / "text").write_text("".join(f"我爱北京天安门{n}\n" for n in range(50)))
    result = invoke("--corpus", tmp_path / "text", "--out", tmp_path / "run")
    assert result.exit_code == 1
    warning, error = result.output.splitlines()[-2:]
    assert warning.startswith("w2v: warning: 100% of the lines are one token")
    assert error.startswith("w2v: error: no word occurs 5 times or more")
