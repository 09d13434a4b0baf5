"""The program on macOS and Windows, as far as Linux can play their part (tests/other_system)."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

TESTS = Path(__file__).resolve().parent.parent
SYSTEMS = ["darwin", "win32"]
IMPORT_ALL = """
import importlib, pkgutil, sys, w2v_cli
from w2v_cli.systems import processes
for found in pkgutil.walk_packages(w2v_cli.__path__, "w2v_cli."):
    if not found.name.endswith("__main__"):
        importlib.import_module(found.name)
print(processes.START_METHOD, len([name for name in sys.modules if name.startswith("w2v_cli.")]))
"""
SETTINGS = (
    "vocabulary.min_count=1",
    "vocabulary.scan_limit=2000",
    "subsample.threshold=0.1",
    "model.dim=4",
    "model.window=2",
    "training.tokens_per_step=8192",
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs Python with these arguments on a system; its output."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def start(system, *arguments, status=0):
        places = [*([TESTS / "other_system"] if system != "linux" else []), TESTS.parent]
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(map(str, places)),
            "OPENBLAS_NUM_THREADS": "1",
            "W2V_CACHE": str(tmp_path / f"{system} cache"),
            "W2V_TEST_SYSTEM": system,
        }
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=tmp_path,
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr

    return start


@pytest.fixture(scope="session")
def text(tmp_path_factory):
    """Enough text for two processes to read it, with more words than will be kept."""
    numbers = np.random.default_rng(3).zipf(1.3, 300_000) % 40_000
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("".join(f"w{n}{chr(10) if i % 9 == 0 else ' '}" for i, n in enumerate(numbers)))
    assert path.stat().st_size > 1 << 20
    return path


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_is_imported(run, system):
    method, modules = run(system, "-c", IMPORT_ALL).split()
    assert method == "spawn"
    assert int(modules) > 150


@pytest.mark.slow
def test_training_gives_the_same_bytes_and_stops_and_goes_on(run, tmp_path, text):
    settings = [part for each in SETTINGS for part in ("--set", each)]
    command = ["-m", "w2v_cli", "train", "--corpus", text, "--workers", "2", *settings]
    found = {}
    for system in ("linux", *SYSTEMS):
        out = tmp_path / system
        run(system, *command, "--out", out, "--quiet", "--epochs", "1")
        more = ["--extend-epochs", "1", "--quiet", "--workers", "2"]
        run(system, "-m", "w2v_cli", "train", "--out", out, *more)
        found[system] = [(out / name).read_bytes() for name in ("vectors.npy", "outside.npy")]
    assert found["darwin"] == found["win32"] == found["linux"]
    for name in ("vectors.bin", "folder"):
        kind = "projector" if name == "folder" else "word2vec-binary"
        export = ["export", tmp_path / "win32", "--format", kind, "--output", name, "--force"]
        for _ in range(2):  # the second replaces what the first has written
            assert "read back" in run("win32", "-m", "w2v_cli", *export)


@pytest.mark.slow
@pytest.mark.parametrize("system", ["linux", *SYSTEMS])
def test_a_run_that_comes_to_nothing_leaves_no_folder(run, tmp_path, system):
    (tmp_path / "text").write_text("a b c d")
    told = run(
        system, "-m", "w2v_cli", "train", "--corpus", "text", "--out", "run", "--workers", "1",
        status=1,
    )  # fmt: skip
    assert "vocabulary.min_count" in told
    assert not (tmp_path / "run").exists()
