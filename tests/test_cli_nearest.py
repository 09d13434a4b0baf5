import contextlib
import json
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import nearest as nearest_module
from w2v_cli.cli import w2v
from w2v_cli.cli.rendering import json_lines, table, tsv

WORDS = ["king", "queen", "man", "北京", "stone"]
MATRIX = np.array([[1, 0], [1, 1], [0, 2], [4, 3], [-3, 0]], dtype=np.float32)
KING = [("北京", "0.800000"), ("queen", "0.707107"), ("man", "0.000000"), ("stone", "-1.000000")]
UNKNOWN = "w2v: error: 'quen' is not in the vocabulary (5 words); closest spelling: 'queen'\n"


@pytest.fixture
def run(tmp_path):
    (tmp_path / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in WORDS), encoding="utf-8")
    np.save(tmp_path / "vectors.npy", MATRIX)
    return tmp_path


def nearest(*args, **options):
    return CliRunner().invoke(w2v, ["nearest", *map(str, args)], **options)


def test_a_table_has_a_header_for_each_word_and_aligned_cosines(run):
    result = nearest(run, "king", "man")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "king\n"
        "  北京    0.8000\n"
        "  queen   0.7071\n"
        "  man     0.0000\n"
        "  stone  -1.0000\n"
        "man\n"
        "  queen   0.7071\n"
        "  北京    0.6000\n"
        "  king    0.0000\n"
        "  stone   0.0000\n"
    )


def test_tsv_has_a_line_for_each_neighbour(run):
    result = nearest(run, "king", "--format", "tsv")
    assert result.stdout == "".join(f"king\t{word}\t{cosine}\n" for word, cosine in KING)


def test_json_of_arguments_is_one_array(run):
    result = nearest(run, "king", "stone", "-n", "1", "--format", "json")
    assert json.loads(result.stdout) == [
        {"query": "king", "neighbours": [{"word": "北京", "cosine": 0.8}]},
        {"query": "stone", "neighbours": [{"word": "man", "cosine": 0.0}]},
    ]
    assert "北京" in result.stdout


def test_json_of_a_stream_is_an_object_a_line(run):
    result = nearest(run, "-n", "1", "--format", "json", input="king\nstone\n")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"query": "king", "neighbours": [{"word": "北京", "cosine": 0.8}]},
        {"query": "stone", "neighbours": [{"word": "man", "cosine": 0.0}]},
    ]


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 16])
def test_queries_are_the_lines_of_standard_input_without_blank_ones(run, monkeypatch, size):
    monkeypatch.setattr(nearest_module, "READ_BYTES", size)
    stream = " king \r\n\n \t\n北京\nstone"
    result = nearest(run, "-n", "1", "--format", "tsv", input=stream)
    assert result.exit_code == 0
    assert result.stdout == "king\t北京\t0.800000\n北京\tqueen\t0.989949\nstone\tman\t0.000000\n"


def test_words_given_as_arguments_and_in_a_stream_have_the_same_neighbours(run):
    arguments = nearest(run, *WORDS, "king", "--format", "tsv").stdout
    stream = nearest(run, "--format", "tsv", input="\n".join([*WORDS, "king"])).stdout
    assert arguments == stream
    assert len(arguments.splitlines()) == 24


def test_unknown_words_are_reported_and_the_others_answered(run):
    for options in ({"args": ["quen", "king"]}, {"args": [], "input": "quen\nking\n"}):
        args = options.pop("args")
        result = nearest(run, *args, "-n", "1", "--format", "tsv", **options)
        assert result.exit_code == 0
        assert result.stdout == "king\t北京\t0.800000\n"
        assert result.stderr == UNKNOWN


@pytest.mark.parametrize(("form", "nothing"), [("table", ""), ("tsv", ""), ("json", "[]\n")])
def test_the_exit_status_is_1_if_nothing_could_be_answered(run, form, nothing):
    result = nearest(run, "quen", "--format", form)
    assert result.exit_code == 1
    assert result.stdout == nothing
    assert result.stderr == UNKNOWN
    assert nearest(run, "--format", form, input="quen\n").exit_code == 1


def test_bytes_that_are_no_text_are_an_unknown_word(run):
    result = nearest(run, input=b"caf\xe9\nking\n")
    assert result.exit_code == 0
    assert "'caf\ufffd' is not in the vocabulary" in result.stderr


def test_a_no_break_space_belongs_to_the_word(run):
    words = ["king", "\u00a0", "man\u00a0", "a", "b"]
    (run / "vocab.tsv").write_text("".join(f"{w}\t1\n" for w in words), encoding="utf-8")
    result = nearest(run, "-n", "1", "--format", "tsv", input="\u00a0\n man\u00a0 \n")
    assert result.stdout == "\u00a0\ta\t0.989949\nman\u00a0\t\u00a0\t0.707107\n"


@pytest.mark.parametrize("stream", ["", "\n\n"])
def test_no_queries_are_no_failure(run, stream):
    result = nearest(run, input=stream)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("table", "king\n"),
        ("tsv", ""),
        ("json", '[\n  {\n    "query": "king",\n    "neighbours": []\n  }\n]\n'),
    ],
)
def test_no_neighbours_are_printed_if_none_are_asked_for(run, form, expected):
    result = nearest(run, "king", "-n", "0", "--format", form)
    assert result.exit_code == 0
    assert result.stdout == expected


def test_more_neighbours_than_words_are_all_other_words(run):
    assert len(nearest(run, "king", "-n", "1000", "--format", "tsv").stdout.splitlines()) == 4


@pytest.mark.parametrize("args", [["king", "-n", "-1"], ["king", "--format", "xml"]])
def test_options_that_make_no_sense_exit_2(run, args):
    assert nearest(run, *args).exit_code == 2


def test_a_source_that_cannot_be_read_is_one_line_and_exit_1(tmp_path):
    result = nearest(tmp_path / "absent", "king")
    assert result.exit_code == 1
    assert result.stderr == (
        f"w2v: error: {tmp_path}/absent: cannot be read: no such file or directory\n"
    )


def test_a_zero_vector_has_cosine_0_with_every_word(run):
    np.save(run / "vectors.npy", np.concatenate([MATRIX[:4], np.zeros((1, 2), np.float32)]))
    result = nearest(run, "stone", "-n", "2", "--format", "tsv")
    assert result.stdout == "stone\tking\t0.000000\nstone\tqueen\t0.000000\n"


def test_a_run_that_diverged_is_an_error_and_not_an_answer(run):
    np.save(run / "vectors.npy", np.full((5, 2), np.nan, dtype=np.float32))
    result = nearest(run, "king")
    assert result.exit_code == 1
    assert result.stderr.startswith("w2v: error: the vectors hold a value that is not finite")


def test_a_vector_file_is_asked_like_a_run(run, tmp_path):
    output = tmp_path / "vectors.bin"
    export = ["export", str(run), "--format", "word2vec-binary", "--output", str(output)]
    assert CliRunner().invoke(w2v, export).exit_code == 0
    assert nearest(output, "king").stdout == nearest(run, "king").stdout


def test_words_cannot_break_a_table_or_command_the_terminal():
    answers = [("a\tb", [("\x1b[31m", 0.5), ("c\\d\ne", 0.25)])]
    assert table(answers) == "a\\tb\n  \\x1b[31m   0.5000\n  c\\d\\ne     0.2500\n"
    assert tsv(answers) == "a\\tb\t\x1b[31m\t0.500000\na\\tb\tc\\\\d\\ne\t0.250000\n"


def test_a_cosine_of_almost_zero_is_never_minus_zero():
    answers = [("a", [("b", -1e-9)])]
    assert tsv(answers) == "a\tb\t0.000000\n"
    assert table(answers) == "a\n  b   0.0000\n"
    assert '"cosine": 0.0}' in json_lines(answers)


def test_accents_made_of_two_characters_keep_the_column():
    lines = table([("q", [("e\u0301e", 0.5), ("ee", 0.5)])]).splitlines()
    assert lines[1:] == ["  e\u0301e   0.5000", "  ee   0.5000"]


@contextlib.contextmanager
def program(*args, **options):
    """The program in a process of its own, killed if a test waits for it in vain."""
    command = [sys.executable, "-m", "w2v_cli", "nearest", *map(str, args)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes, **options) as process:
        watchdog = threading.Timer(20, process.kill)
        watchdog.start()
        try:
            yield process
        finally:
            watchdog.cancel()


def test_a_reader_that_leaves_early_ends_the_program_quietly(run):
    with program(run, "--format", "tsv") as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"king\n")
        process.stdin.flush()
        assert process.stdout.readline() == "king\t北京\t0.800000\n".encode()
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"king\n" * 50_000)
            process.stdin.close()
        assert process.stderr.read() == b""


def test_an_answer_comes_before_the_next_question(run):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"}
    with program(run, "-n", "1", "--format", "tsv", env=environment) as process:
        assert process.stdin and process.stdout
        for word in ("king", "stone", "king"):
            process.stdin.write(f"{word}\n".encode())
            process.stdin.flush()
            assert process.stdout.readline().decode().startswith(f"{word}\t")
        process.stdin.close()
        assert process.wait() == 0
