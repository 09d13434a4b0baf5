import contextlib
import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import prompt, questions, w2v
from w2v_cli.cli.rendering import Answer, json_array, json_lines, table, tsv

WORDS = ["king", "queen", "man", "北京", "stone"]
MATRIX = np.array([[1, 0], [1, 1], [0, 2], [4, 3], [-3, 0]], dtype=np.float32)
KING = [("北京", "0.800000"), ("queen", "0.707107"), ("man", "0.000000"), ("stone", "-1.000000")]
UNKNOWN = (
    "w2v: error: 'quen' is not in the vocabulary (5 words, each seen 9 times or more; "
    "vocabulary.min_count leaves rarer words out); "
    "closest spelling: 'queen'\n"
)


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
    monkeypatch.setattr(questions, "READ_BYTES", size)
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


@pytest.mark.parametrize(
    "args",
    [
        *(["king", "-n", "-1"], ["king", "--format", "xml"], ["king", "--restrict", "0"]),
        ["king", "--json", "--format", "table"],
        ["king", "-o", "-"],
    ],
)
def test_options_that_make_no_sense_exit_2(run, args):
    assert nearest(run, *args).exit_code == 2


def test_what_is_no_whole_number_is_called_so(run):
    assert "'1.5' is not a valid whole number" in nearest(run, "king", "-n", "1.5").stderr


@pytest.mark.parametrize("typed", [["help"], ["help", "nearest"], ["help", "me"]])
def test_who_asks_for_help_is_told_how(typed):
    result = CliRunner().invoke(w2v, typed)
    about = "nearest" if "nearest" in typed else "COMMAND"
    assert result.exit_code == 2
    assert result.stderr.endswith(f"Error: no command 'help' (w2v --help, or w2v {about} --help)\n")


@pytest.mark.parametrize(("typed", "meant"), [("context", "outside"), ("input", "centre")])
def test_vectors_have_the_names_of_other_programs_too(run, typed, meant):
    np.save(run / "outside.npy", MATRIX[::-1])
    answers = {name: nearest(run, "king", "--vectors", name).stdout for name in (typed, meant)}
    assert answers[typed] == answers[meant] != ""


def test_a_source_that_cannot_be_read_is_one_line_and_exit_1(tmp_path):
    result = nearest(tmp_path / "absent", "king")
    assert result.exit_code == 1
    assert result.stderr == (
        f"w2v: error: {tmp_path}/absent: no such file or folder, expected the folder of a run, "
        "as `w2v train -o` makes it, or a file of vectors\n"
    )


@pytest.mark.parametrize("metric", ["cosine", "dot"])
@pytest.mark.parametrize("question", ["stone", "king - king", "stone + queen - queen"])
def test_what_has_no_direction_is_an_error_and_the_others_are_answered(run, question, metric):
    np.save(run / "vectors.npy", np.concatenate([MATRIX[:4], np.zeros((1, 2), np.float32)]))
    result = nearest(run, question, "king", "-n", "1", "--format", "tsv", "--metric", metric)
    assert result.exit_code == 0
    assert result.stdout.startswith("king\t北京\t")
    assert result.stderr == (
        f"w2v: error: the vector of {question!r} is zero: it has no direction to compare\n"
    )
    assert nearest(run, question).exit_code == 1


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


@pytest.mark.parametrize(
    ("args", "queries"),
    [
        (["king", "-", "man"], ["king - man"]),
        (["king", "-", "man", "+", "stone"], ["king - man + stone"]),
        (["queen", "king", "-", "man", "stone"], ["queen", "king - man", "stone"]),
        (["king - man", "queen"], ["king - man", "queen"]),
        (["king queen"], ["king queen"]),
        (["-", "king"], ["- king"]),
        (["-", "king", "queen"], ["- king", "queen"]),
        (["+", "king", "-", "man"], ["+ king - man"]),
        (["-"], ["-"]),
        (["-", "-"], ["- -"]),
        (["king", "-", "+", "+", "-"], ["king - + + -"]),
        (["king", "-", "+", "man"], ["king - +", "man"]),
        (["--", "-ing", "king"], ["-ing", "king"]),
    ],
)
def test_an_operator_ties_the_arguments_on_its_sides_together(run, args, queries):
    words = [*WORDS[:3], "stone", "+", "-", "-ing"]
    (run / "vocab.tsv").write_text("".join(f"{word}\t9\n" for word in words), encoding="utf-8")
    np.save(run / "vectors.npy", np.random.default_rng(0).standard_normal((7, 4), np.float32))
    result = nearest(run, "-n", "1", "--format", "tsv", *args)
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == queries
    assert result.stdout == nearest(run, "-n1", "--format=tsv", input="\n".join(queries)).stdout


def test_an_expression_is_answered_without_its_own_words(run):
    result = nearest(run, "queen - king", "--format", "tsv")
    # queen/√2 − king = (−.29, .71): of length one, (−.383, .924).
    assert result.stdout == (
        "queen - king\tman\t0.923880\nqueen - king\tstone\t0.382683\nqueen - king\t北京\t0.248181\n"
    )


def test_dot_products_count_the_length_too(run):
    result = nearest(run, "queen", "-n", "2", "--metric", "dot", "--format", "json")
    assert json.loads(result.stdout) == [
        {
            "query": "queen",
            "neighbours": [{"word": "北京", "dot": 7.0}, {"word": "man", "dot": 2.0}],
        }
    ]


def test_only_frequent_words_answer_a_restricted_question(run):
    result = nearest(run, "北京", "--restrict", "2", "--format", "tsv")
    assert result.stdout == "北京\tqueen\t0.989949\n北京\tking\t0.800000\n"
    assert nearest(run, "king", "--restrict", "99").stdout == nearest(run, "king").stdout


def test_numbers_of_any_width_are_below_each_other():
    lines = table([Answer("q", [("a", 123456.0), ("b", -1.5)])]).splitlines()
    assert lines[1:] == ["  a  123456.0000", "  b      -1.5000"]


def test_words_cannot_break_a_table_or_command_the_terminal():
    answers = [Answer("a\tb", [("\x1b[31m", 0.5), ("c\\d\ne", 0.25)])]
    assert table(answers) == "a\\tb\n  \\x1b[31m   0.5000\n  c\\d\\ne     0.2500\n"
    assert tsv(answers) == "a\\tb\t\\x1b[31m\t0.500000\na\\tb\tc\\\\d\\ne\t0.250000\n"


@pytest.mark.parametrize("code", [0, 7, 27, 0x7F, 0x85, 0x9B, 0x2028, 0x2029, 0xDCFF])
def test_no_form_holds_a_character_that_commands_or_ends_a_line(code):
    answer = [Answer(chr(code), [(f"a{chr(code)}b", 0.5)])]
    for render in (table, tsv, json_lines, json_array):
        text = render(answer)
        assert chr(code) not in text
        text.encode()
    assert json.loads(json_array(answer))[0]["query"] == chr(code)


def test_a_cosine_of_almost_zero_is_never_minus_zero():
    answers = [Answer("a", [("b", -1e-9)])]
    assert tsv(answers) == "a\tb\t0.000000\n"
    assert table(answers) == "a\n  b   0.0000\n"
    assert '"cosine": 0.0}' in json_lines(answers)


def test_accents_made_of_two_characters_keep_the_column():
    lines = table([Answer("q", [("e\u0301e", 0.5), ("ee", 0.5)])]).splitlines()
    assert lines[1:] == ["  e\u0301e   0.5000", "  ee   0.5000"]


def test_an_operator_without_a_word_is_the_same_error_everywhere(run):
    as_arguments, as_lines = nearest(run, "king", "-"), nearest(run, input="king -\n")
    assert as_arguments.exit_code == as_lines.exit_code == 1
    assert as_arguments.stderr == as_lines.stderr
    assert "'king -' ends with an operator, expected a word after it" in as_lines.stderr


def test_words_found_in_another_case_are_answered_and_counted_in_one_warning(run):
    result = nearest(run, "--format", "tsv", "-n", "1", input="KING\nking - Man\nKING\nQueen\n")
    assert [line.split("\t")[0] for line in result.stdout.splitlines()] == [
        "KING",
        "king - Man",
        "KING",
        "Queen",
    ]
    assert result.stderr == (
        "w2v: warning: 3 words were not in the vocabulary as spelt, and found in another case: "
        "'KING' as 'king', 'Man' as 'man', 'Queen' as 'queen'\n"
    )
    one = nearest(run, "King", "-n", "1", "--format", "tsv")
    assert one.stdout == "King\t北京\t0.800000\n"
    assert "1 word was not in the vocabulary as spelt" in one.stderr


def test_json_has_a_flag_of_its_own(run):
    assert nearest(run, "king", "--json").stdout == nearest(run, "king", "--format=json").stdout


def test_answers_are_written_to_a_file_as_to_standard_output(run, tmp_path):
    output = tmp_path / "answers.tsv"
    args = ("king", "man", "--format", "tsv")
    result = nearest(run, *args, "-o", output)
    assert (result.exit_code, result.stdout) == (0, "")
    assert output.read_text("utf-8") == nearest(run, *args).stdout
    again = nearest(run, *args, "--output", output)
    assert again.exit_code == 2
    assert "already exists" in again.stderr
    stream = nearest(run, "-n1", "--format=tsv", "-o", output, "--force", input="king\nstone\n")
    assert stream.exit_code == 0
    assert output.read_text("utf-8") == "king\t北京\t0.800000\nstone\tman\t0.000000\n"


def test_the_outside_vectors_of_a_run_can_be_asked(run):
    np.save(run / "outside.npy", MATRIX[::-1])
    for name in ("centre", "center"):
        assert nearest(run, "king", "--vectors", name).stdout == nearest(run, "king").stdout
    outside = nearest(run, "king", "--vectors", "outside", "-n1", "--format=tsv")
    assert outside.stdout == "king\tman\t0.000000\n"


def test_a_file_after_the_words_is_told(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = nearest("king", run)
    assert result.exit_code == 2
    assert result.stderr == (
        f"w2v: error: king: no such file or folder, but {run} is one: "
        "RUN_OR_FILE comes before the words\n"
    )


@pytest.mark.parametrize("word", ["-king", "-1", "--king", "-"])
def test_how_to_give_a_word_that_begins_with_a_dash_is_told(run, word):
    result = nearest(run, word, "king")
    assert result.exit_code == (0 if word == "-" else 2)
    if word != "-":
        assert f"no option {word!r}; if it is a word, put -- before the words" in result.stderr
        assert f"nearest RUN_OR_FILE -- {word}" in result.stderr
        assert f"{word!r} is not in the vocabulary" in nearest(run, "--", word).stderr


@pytest.mark.parametrize(
    "command", ["nearest", "similarity", "analogy", "odd-one-out", "vector", "plot"]
)
def test_every_command_that_takes_words_tells_of_dashes_and_of_their_order(run, command):
    def asked(*args):
        output = ["--force", "-o", str(run / "map.svg")] if command == "plot" else []
        return CliRunner().invoke(w2v, [command, *output, *map(str, args)])

    assert "Put -- before words that" in " ".join(asked("--help").stdout.split())
    unknown = asked(run, "-king", "man", "stone").stderr
    assert "no option '-king'; if it is a word, put -- before the words" in unknown
    like = asked(run, "--vectrs", "man", "stone").stderr
    assert "no option '--vectrs' (did you mean --vectors" in like
    assert "?); if it is a word, put -- before the words" in like
    words = [run / "dashed.txt", "--", "-king", "man", "stone"]
    words[0].write_text("man 1 0\n-king 1 1\nstone 0 1\n")
    assert asked(*words).exit_code == 0
    swapped = asked("king", run, "man", "stone")
    assert swapped.exit_code == 2
    assert "RUN_OR_FILE comes before the words" in swapped.stderr


def test_a_misspelt_option_is_not_taken_for_a_word(run):
    result = nearest(run, "king", "--restrit", "3")
    assert "no option '--restrit' (did you mean --restrict" in result.stderr


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("neighbors", "nearest"), ("most_similar", "nearest"), ("doesnt_match", "odd-one-out"),
     ("nearst", "nearest"), ("Evaluate", "eval"), ("visualize", "plot")],
)  # fmt: skip
def test_a_command_that_is_called_otherwise_elsewhere_is_named(typed, meant):
    result = CliRunner().invoke(w2v, [typed])
    assert result.exit_code == 2
    assert f"no command {typed!r} (did you mean {meant!r}?)" in result.stderr


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


@pytest.mark.slow
def test_a_reader_that_leaves_early_ends_the_program_quietly(run):
    with program(run, "--format", "tsv") as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"king\n")
        process.stdin.flush()
        assert process.stdout.readline() == "king\t北京\t0.800000\n".encode()
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"king\n" * 5_000)
            process.stdin.close()
        assert process.stderr.read() == b""


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_question_imports_only_what_it_needs(run):
    code = (
        "import sys; from w2v_cli.cli import w2v\n"
        f"try: w2v(['nearest', {str(run)!r}, 'king'])\nexcept SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unneeded = {"yaml", "tqdm", "readline", "concurrent.futures", "multiprocessing"}
    unneeded |= {f"w2v_cli.{part}" for part in ("config", "data", "training", "pipeline")}
    assert "numpy" in done.stderr.split()
    assert not unneeded & set(done.stderr.split())


class Terminal:
    """The program with a terminal on all three streams."""

    def __init__(self, *args):
        import pty  # which Windows lacks

        self.pid, self._file = pty.fork()
        if self.pid == 0:
            os.environ |= {"TERM": "dumb", "INPUTRC": "/dev/null"}
            os.execv(sys.executable, [sys.executable, "-m", "w2v_cli", *map(str, args)])
        self._watchdog = threading.Timer(20, os.kill, (self.pid, signal.SIGKILL))
        self._watchdog.start()

    def read_until(self, end):
        """What the program wrote since the last time, up to and with `end`."""
        seen = b""
        while end.encode() not in seen:
            seen += os.read(self._file, 4096)
        return seen.decode().replace("\r\n", "\n")

    def type(self, keys):
        """Type, and return what appears up to the next prompt."""
        os.write(self._file, keys.encode())
        return self.read_until("\n> ")

    def end(self):
        """Type Ctrl-D and return the exit status."""
        os.write(self._file, b"\x04")
        rest = b""
        with contextlib.suppress(OSError):  # Linux reports a closed terminal as an error
            while data := os.read(self._file, 4096):
                rest += data
        assert rest.strip() == b""
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        self._watchdog.cancel()
        os.close(self._file)
        return status


@pytest.mark.slow
@pytest.mark.posix
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # fork beside a timer
def test_a_prompt_has_history_that_the_next_session_remembers(run):
    first = Terminal("nearest", run, "-n", "1")
    assert "such as: king - man + woman" in first.read_until("> ")
    assert first.type("king\r") == "king\nking\n  北京   0.8000\n> "
    assert "'quen' is not in the vocabulary" in first.type("quen\r")
    assert "man\n  queen   0.7071\n" in first.type("\x10\x10\x01\x0b man \r")
    assert "king\n  北京   0.8000\n" in first.type("\x10\x10\x10\r")  # three lines up
    assert first.end() == 0
    second = Terminal("nearest", run, "-n", "1")
    second.read_until("> ")
    assert "man\n  queen   0.7071\n" in second.type("\x10\x10\r")
    assert second.end() == 0


def test_at_a_prompt_ctrl_c_drops_a_line_and_ctrl_d_ends(monkeypatch):
    lines = iter([KeyboardInterrupt, " king\t", "", "a - b", EOFError])

    def reply(prompt):
        line = next(lines)
        if not isinstance(line, str):
            raise line
        return line

    monkeypatch.setattr("builtins.input", reply)
    assert list(prompt.typed("example")) == [["king"], ["a - b"]]
