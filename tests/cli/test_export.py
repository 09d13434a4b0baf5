import gzip
import json
import os
import stat

import numpy as np
import pytest
from click.testing import CliRunner

from w2v_cli.cli import w2v
from w2v_cli.cli.options import FORMAT_NAMES
from w2v_cli.vectors import formats
from w2v_cli.vectors.formats import FORMATS, Written, read_vectors

CENTER = np.array([[1.0, 2.0], [-3.0, 0.25], [0.0, 4.0]], dtype=np.float32)
OUTSIDE = np.array([[3.0, 2.0], [1.0, 0.75], [1.0, 0.0]], dtype=np.float32)
TEXT = b"3 2\nthe 1.0 2.0\nof -3.0 0.25\n\xe5\x8c\x97 0.0 4.0\n"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "vocab.tsv").write_text("the\t12\nof\t5\n北\t5\n", encoding="utf-8")
    np.save(folder / "vectors.npy", CENTER)
    np.save(folder / "outside.npy", OUTSIDE)
    return folder


def export(*args):
    return CliRunner().invoke(w2v, ["export", *map(str, args)])


def test_the_formats_in_the_help_are_the_formats_there_are():
    assert sorted(FORMAT_NAMES) == sorted(FORMATS)


def test_a_run_is_exported_and_one_line_says_what_was_written(run, tmp_path):
    output = tmp_path / "out.txt"
    result = export(run, "--format", "word2vec-text", "--output", output)
    assert result.exit_code == 0
    assert output.read_bytes() == TEXT
    assert result.stdout == ""
    assert result.stderr == (
        f"wrote {output}: 3 words, 2 dimensions, 41 bytes, word2vec-text, read back and identical\n"
    )


def test_what_was_written_is_told_in_json_and_quiet_tells_nothing(run, tmp_path):
    output = tmp_path / "out.txt"
    result = export(run, "--format", "glove", "-o", output, "--json", "--quiet")
    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "output": str(output),
        "format": "glove",
        "words": 3,
        "dim": 2,
        "bytes": output.stat().st_size,
        "largest_error": 0.0,
    }
    result = export(run, "--format", "glove", "-o", output, "--force", "--quiet", "--no-verify")
    assert result.output == ""
    result = export(run, "--format", "glove", "-o", output, "--force", "--json", "--no-verify")
    assert json.loads(result.stdout)["largest_error"] is None


@pytest.mark.slow
@pytest.mark.parametrize("first", FORMAT_NAMES)
@pytest.mark.parametrize("second", FORMAT_NAMES)
def test_every_format_is_converted_to_every_other(run, tmp_path, first, second):
    assert export(run, "--format", first, "--output", tmp_path / "a").exit_code == 0
    assert export(tmp_path / "a", "--format", second, "--output", tmp_path / "b").exit_code == 0
    found = read_vectors(tmp_path / "b")
    assert found.words == ["the", "of", "北"]
    np.testing.assert_array_equal(found.matrix, CENTER)


@pytest.mark.parametrize(
    ("which", "matrix"),
    [("center", CENTER), ("outside", OUTSIDE), ("mean", (CENTER + OUTSIDE) / 2)],
)
def test_the_vectors_asked_for_are_written(run, tmp_path, which, matrix):
    args = ("--format", "npz", "--output", tmp_path / "out", "--vectors", which)
    assert export(run, *args).exit_code == 0
    np.testing.assert_array_equal(read_vectors(tmp_path / "out").matrix, matrix)


@pytest.mark.parametrize(("top", "written"), [(1, 1), (2, 2), (3, 3), (99, 3)])
def test_top_keeps_the_most_frequent_words(run, tmp_path, top, written):
    result = export(run, "--format", "glove", "--output", tmp_path / "out", "--top", top)
    assert result.exit_code == 0
    assert read_vectors(tmp_path / "out").words == ["the", "of", "北"][:written]
    assert f": {written} words, " in result.stderr


def test_an_existing_file_is_kept_unless_forced(run, tmp_path):
    output = tmp_path / "out"
    output.write_text("precious")
    args = (run, "--format", "word2vec-text", "--output", output)
    result = export(*args)
    assert result.exit_code == 2
    assert result.stderr == (
        f"w2v: error: {output}: already exists; choose another --output or add --force\n"
    )
    assert output.read_text() == "precious"
    assert export(*args, "--force").exit_code == 0
    assert output.read_bytes() == TEXT


@pytest.mark.posix
def test_a_replaced_file_keeps_its_permissions_and_a_device_is_not_replaced(run, tmp_path):
    secret, device = tmp_path / "secret", tmp_path / "device"
    secret.touch(mode=0o600)
    os.mkfifo(device)
    for output, status in ((secret, 0), (device, 2)):
        arguments = ["export", run, "--format", "glove", "--output", output, "--force"]
        result = CliRunner().invoke(w2v, [str(argument) for argument in arguments])
        assert result.exit_code == status
    assert f"{device}: is neither a file nor a folder, and is not replaced" in result.stderr
    assert (stat.S_IMODE(secret.stat().st_mode), secret.stat().st_size > 0) == (0o600, True)
    assert device.is_fifo()


def test_a_file_can_be_forced_to_replace_itself(run, tmp_path):
    output = tmp_path / "out"
    export(run, "--format", "word2vec-binary", "--output", output)
    assert export(output, "--format", "word2vec-text", "--output", output, "--force").exit_code == 0
    assert output.read_bytes() == TEXT


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("absent/out", "there is no folder {folder}/absent; make it first"),
        ("run/vocab.tsv/out", "{folder}/run/vocab.tsv is a file, expected a folder"),
        ("run/vocab.tsv/deep/out", "{folder}/run/vocab.tsv is a file, expected a folder"),
        ("run", "is a folder, expected the name of a file"),
        ("run/vectors.npy", "is a file of the run itself; choose another --output"),
        ("run/run.json", "is a file of the run itself; choose another --output"),
    ],
)
def test_an_impossible_output_is_refused_before_anything_is_read(tmp_path, run, output, message):
    (run / "config.yaml").touch()
    args = ("--format", "glove", "--output", tmp_path / output, "--force")
    result = export(tmp_path / "unread", *args)
    assert result.exit_code == 2
    expected = message.format(folder=tmp_path)
    assert result.stderr == f"w2v: error: {tmp_path / output}: {expected}\n"


@pytest.mark.parametrize(
    ("args", "status", "message"),
    [
        (["--vectors", "mean"], 2, "holds one vector a word and no mean vectors"),
        (["--top", "0"], 2, "Invalid value for '--top'"),
        (["--format", "excel"], 2, "Invalid value for '--format'"),
        ([], 1, "cannot hold the word 'New York'"),
    ],
)
def test_wrong_use_exits_2_and_bad_contents_exit_1(tmp_path, args, status, message):
    source = tmp_path / "source"
    np.savez(
        source.with_suffix(".npz"), words=np.array([b"New York"]), vectors=np.ones((1, 2), "f4")
    )
    output = tmp_path / "out"
    base = (source.with_suffix(".npz"), "--format", "glove", "--output", output)
    result = export(*base, *args)
    assert result.exit_code == status
    assert message in result.stderr
    assert not output.exists()


def test_words_that_do_not_fit_are_left_out_or_escaped_on_request(tmp_path):
    source, output = tmp_path / "source.npz", tmp_path / "out"
    words = [b"the", b"New York", b"a b", b"c d", b"e f", b"g h", b"i j"]
    np.savez(source, words=np.array(words), vectors=np.ones((7, 1), "f4"))
    args = (source, "--format", "glove", "--output", output, "--force", "--on-bad-token")
    result = export(*args, "skip")
    assert result.exit_code == 0
    assert output.read_text() == "the 1.0\n"
    shown = "'New York', 'a b', 'c d', 'e f', 'g h', …"
    assert result.stderr.startswith(
        f"w2v: warning: left out 6 words that glove cannot hold: {shown}\nwrote {output}: 1 words,"
    )
    result = export(*args, "escape")
    assert output.read_text().startswith("the 1.0\nNew\\u0020York 1.0\na\\u0020b 1.0\n")
    assert "w2v: warning: wrote with escapes 6 words that glove cannot hold: " in result.stderr


@pytest.mark.parametrize(
    ("args", "verdict"),
    [
        (["--no-verify"], "glove, not read back"),
        (["--digits", "2"], "glove, read back, largest error 0.25 (2 digits)"),
        (["--digits", "2", "--no-verify"], "glove, not read back"),
        (["--digits", "4"], "glove, read back and identical"),
    ],
)
def test_the_line_says_what_is_known_of_the_file(run, tmp_path, args, verdict):
    np.save(run / "vectors.npy", CENTER + np.float32([[0, 0], [0, 0], [0, 8.25]]))
    result = export(run, "--format", "glove", "--output", tmp_path / "out", *args)
    assert result.exit_code == 0
    assert result.stderr.endswith(f", {verdict}\n")


def test_only_what_is_identical_is_called_so(run, tmp_path, monkeypatch):
    for error, verdict in ((0.0, "read back and identical"), (2.5e-7, "largest error 2.5e-07")):
        monkeypatch.setattr(formats, "write_vectors", lambda *_, e=error, **__: Written(9, e))
        result = export(run, "--format", "fasttext-model", "--output", tmp_path / "out")
        assert result.stderr.endswith(f"{verdict}\n")
        assert "digits" not in result.stderr


def test_a_name_that_ends_in_gz_is_compressed(run, tmp_path):
    output = tmp_path / "out.txt.gz"
    assert export(run, "--format", "word2vec-text", "--output", output).exit_code == 0
    assert gzip.decompress(output.read_bytes()) == TEXT
    result = export(tmp_path / "unread", "--format", "npz", "--output", tmp_path / "out.gz")
    assert result.exit_code == 2
    assert "out.gz: npz is not written with gzip; choose a name without .gz" in result.stderr


def test_a_folder_replaces_only_a_folder_of_its_own_kind(run, tmp_path):
    output = tmp_path / "out"
    args = (run, "--format", "projector", "--output", output)
    output.mkdir()
    assert export(*args).exit_code == 0
    assert sorted(file.name for file in output.iterdir()) == ["metadata.tsv", "vectors.tsv"]
    assert "already exists" in export(*args).stderr
    assert export(*args, "--force").exit_code == 0
    result = export(run, "--format", "npy", "--output", output, "--force")
    assert result.exit_code == 2
    assert result.stderr == (
        f"w2v: error: {output}: holds metadata.tsv, expected a new folder, or one with no more "
        "than vectors.npy and vocab.tsv\n"
    )
    (tmp_path / "file").touch()
    result = export(run, "--format", "npy", "--output", tmp_path / "file", "--force")
    assert "file: is a file, expected the name of a folder" in result.stderr


def test_the_help_ends_with_an_example():
    result = CliRunner().invoke(w2v, ["export", "--help"])
    assert result.exit_code == 0
    assert "  Example:\n    w2v export runs/first --format word2vec-binary" in result.stdout
