"""Everything that w2v reads, each with sound samples of it and a way to read a damaged one."""

import bz2
import gzip
import json
import lzma
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import yaml
from click.testing import CliRunner

from reliability.mutations import TOKENS, damaged
from w2v_cli.cli import w2v
from w2v_cli.config import load_settings, to_dict, to_yaml
from w2v_cli.config.registry import SETTINGS
from w2v_cli.core.subwords import NgramRange
from w2v_cli.data.encoding import encode_corpus
from w2v_cli.errors import W2VError
from w2v_cli.evaluation.benchmarks import read_benchmark
from w2v_cli.evaluation.scoring import score
from w2v_cli.training.engine.portions import Position
from w2v_cli.training.run.checkpoint import Checkpoint, CheckpointFolder
from w2v_cli.training.run.state import TrainingState
from w2v_cli.vectors.formats import FORMATS, read_vectors, write_vectors
from w2v_cli.vectors.source import Which, load_vectors
from w2v_cli.vectors.subword_vectors import SubwordVectors
from w2v_cli.vectors.word_vectors import WordVectors

MAPPED = ("npy", "fasttext-model")  # their values are checked when they are used

Reader = Callable[[Path, random.Random], None]

TEXT = "".join(f"the cat{n % 7} sat on mat{n % 5} .\n" for n in range(60))


def read_config(folder: Path, draws: random.Random) -> None:
    """A configuration file, damaged or made up, and `--set`."""
    file = folder / "config.yaml"
    file.write_bytes(draws.choice([_damaged_config, _made_up_config])(draws))
    overrides = [_made_up_override(draws)] if draws.random() < 0.3 else []
    to_yaml(load_settings(file, overrides).settings)


def _damaged_config(draws: random.Random) -> bytes:
    return damaged(to_yaml(load_settings().settings).encode(), draws)


def _made_up_config(draws: random.Random) -> bytes:
    """Some settings, one or none of them strange."""
    default = to_dict(load_settings().settings)
    made = {
        section: {name: part[name] for name in draws.sample(sorted(part), 1)}
        for section, part in default.items()
        if draws.random() < 0.5
    }
    text = yaml.safe_dump(made).encode()
    lines = text.split(b"\n")
    if draws.random() < 0.7:
        at = draws.randrange(len(lines))
        lines[at] = lines[at].partition(b":")[0] + b": " + draws.choice(TOKENS)
    return b"\n".join(lines)


def _made_up_override(draws: random.Random) -> str:
    key = draws.choice(sorted(SETTINGS))
    return f"{key}={damaged(b'100', draws).decode(errors='surrogateescape')}"


def read_corpus(folder: Path, draws: random.Random) -> None:
    """Text, plain or compressed, in any encoding, with any settings."""
    compress, suffix = draws.choice(
        [(bytes, ".txt"), (gzip.compress, ".gz"), (lzma.compress, ".xz"), (bz2.compress, ".bz2")]
    )
    file = folder / f"corpus{suffix}"
    text = TEXT.encode(draws.choice(["utf-8", "utf-8", "utf-16", "utf-8-sig", "latin-1"]))
    text = damaged(text, draws) if draws.random() < 0.6 else text
    data = compress(text)
    file.write_bytes(damaged(data, draws) if draws.random() < 0.6 else data)
    encode_corpus(
        [str(file)],
        encoding=draws.choice(["utf-8", "utf-8", "latin-1", "utf-16", "ascii", "cp1252"]),
        errors=draws.choice(["strict", "replace"]),
        tokenizer=draws.choice(["whitespace", "words"]),
        lowercase=draws.random() < 0.5,
        scan_limit=draws.choice([1, 5, 1000]),
        cache=folder / "cache",
        workers=1,
    )


def read_phrase_file(folder: Path, draws: random.Random) -> None:
    """A file of phrases, joined in a text."""
    file, text = folder / "phrases.tsv", folder / "text.txt"
    lines = "phrase\tscore\tcount\nthe cat1\t3\t9\nsat on mat1\t2\t5\t1\nthe_cat1 sat\t1\t1\t2\n"
    file.write_bytes(damaged(lines.encode(), draws))
    text.write_text(TEXT)
    cache = f"machine.cache={folder / 'cache'}"
    command = ["phrases", str(text), "--apply", str(file), "--set", cache]
    joined = CliRunner().invoke(w2v, command)
    assert isinstance(joined.exception, SystemExit | None), joined.exception


def read_vector_file(folder: Path, draws: random.Random) -> None:
    """A damaged vector file of any format, or a folder with one file damaged."""
    path, name = _damaged_vectors(folder, draws)
    read = read_vectors(path)
    if name not in MAPPED:
        assert np.isfinite(read.matrix).all()
    assert len(read.words) == len(read.matrix) == len(set(read.words))


def _damaged_vectors(folder: Path, draws: random.Random) -> tuple[Path, str]:
    """A vector file or a folder of vectors, damaged, and its format."""
    name = draws.choice(sorted(FORMATS))
    words = ["the", "cat", "sät", "日本", "on-mat", "1", "2.5"]
    matrix = np.arange(7 * 3, dtype=np.float32).reshape(7, 3) / 7 - 1
    path = folder / "vectors"
    write_vectors(WordVectors(words, matrix, None), path, name)
    file = draws.choice(sorted(path.iterdir())) if path.is_dir() else path
    data = damaged(file.read_bytes(), draws)
    if draws.random() < 0.2:
        data = damaged(draws.choice([gzip.compress, bz2.compress, lzma.compress])(data), draws)
    file.write_bytes(data)
    return path, name


def read_checkpoint(folder: Path, draws: random.Random) -> None:
    """A checkpoint with damage to the file, or with a state that makes no sense."""
    parameters = np.ones((5, 2, 3), np.float32)
    saved = CheckpointFolder(folder / "checkpoint", keep=2)
    state = TrainingState(words=7, epoch_losses=[0.3, None], reports=2)
    file = saved.save(
        Checkpoint(
            {"corpus": "abc"}, [3], Position(1, 2, 3, 4, 5), state, {"parameters": parameters}
        )
    )
    if draws.random() < 0.5:
        file.write_bytes(damaged(file.read_bytes(), draws))
    else:
        with np.load(file) as archive:
            state = damaged(archive["state"].tobytes(), draws)
        np.savez(file, state=np.frombuffer(state, np.uint8), parameters=parameters)
    found = saved.load_newest({"parameters": np.zeros_like(parameters)}, lambda fingerprint: None)
    assert found is not None
    json.dumps([found.plans, found.fingerprint, found.state.epoch_losses])
    assert (found.arrays["parameters"] == 1).all()


def read_run(folder: Path, draws: random.Random) -> None:
    """A run folder with damage to one of its files: resumed, exported and asked."""
    run, file = _damaged_run(folder, draws)
    if draws.random() < 0.5:
        (run / "run.json").unlink(missing_ok=True)
    for which in get_args(Which):
        try:
            load_vectors(run, which)
        except W2VError:
            continue
    _command("nearest", run, "the")
    if file.name != "config.yaml":  # which may now ask for the work of a year
        _command("train", "--resume", "--out", run)
        _command("train", "--extend-epochs", 1, "--out", run)


def _damaged_run(folder: Path, draws: random.Random) -> tuple[Path, Path]:
    """A run with one file damaged or gone, and that file."""
    run = folder / "run"
    shutil.copytree(_sound_run(folder.parent), run)
    files = sorted(file for file in run.rglob("*") if file.is_file() and file.stat().st_size)
    file = draws.choice(files)
    if draws.random() < 0.1:
        file.unlink()
    else:
        file.write_bytes(damaged(file.read_bytes(), draws))
    return run, file


def read_for_a_command(folder: Path, draws: random.Random) -> None:
    """Damaged vectors or a damaged run, given to one of the commands that take either."""
    source, _ = draws.choice([_damaged_vectors, _damaged_run])(folder, draws)
    pairs, made = folder / "pairs.txt", folder / "made"
    pairs.write_text("the\tcat1\t1\ncat\t1\t2\nmat1\tsat\t4\n1\t2.5\t3\n")
    common = ("machine.workers=1", "training.epochs=1", f"machine.cache={folder.parent / 'cache'}")
    sets = [argument for text in common for argument in ("--set", text)]
    train = ("train", "--corpus", _sound_run(folder.parent).with_suffix(".txt"), "--out", made)
    small = ("--set", "model.dim=3", "--set", "vocabulary.min_count=1")
    commands: list[tuple[object, ...]] = [
        *(("info", source), ("info", source, "--json"), ("info", source, "--strict")),
        *(("similarity", source, "the", "cat"), ("vector", source, "the", "cat")),
        *(("analogy", source, "the", "cat", "1"), ("odd-one-out", source, "the", "cat", "1")),
        *(("eval", source, pairs), ("compare", source, source)),
        ("export", source, "--format", draws.choice(sorted(FORMATS)), "-o", made),
        *(("plot", source, "-o", f"{made}.html"), ("report", source, "-o", f"{made}.html")),
        *((*train, "--init", source, *small, *sets), (*train, "--continue", source, *sets)),
    ]
    _command(*draws.choice(commands))


def _sound_run(folder: Path) -> Path:
    """A finished run, trained when first asked for."""
    run, corpus = folder / "sound", folder / "sound.txt"
    if not (run / "run.json").exists():
        corpus.write_text(TEXT)
        sets = ("vocabulary.min_count=1", "model.dim=3", "training.epochs=2", "machine.workers=1")
        arguments = [argument for text in sets for argument in ("--set", text)]
        cache = f"machine.cache={folder / 'cache'}"
        _command("train", "--corpus", corpus, "--out", run, "--set", cache, *arguments)
        assert (run / "run.json").exists()
    return run


def _command(*arguments: object) -> None:
    """Run `w2v`, which must end as commands end."""
    result = CliRunner().invoke(w2v, [str(argument) for argument in arguments])
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert result.exit_code in (0, 1, 2), result.exit_code


BENCHMARKS = (
    '"";"word1";"word2";"score"\n"1";"cat0";"mat1";3,94\n"2";"cat1";"New York";1\n'.encode(
        "utf-16"
    ),
    b"\tw1\tw2\tPOS\tscore\n0\tcat0\tmat1\tN\t3.94\n1\tcat1\tmat2\tN\t1e-3\n",
    b"# pairs\ncat0 mat1 7 1 2\ncat1 sat 3.5 2 2\nthe on 1 0 1\n",
    b": capitals\nthe cat0 on mat1\n: gram1\nsat on cat1 cat2\n",
    b"the\tcat0/cat1\non\tmat1\nsat\t/c/en/mat\n",
)


def read_benchmarks(folder: Path, draws: random.Random) -> None:
    """Word pairs, analogies and relations, a file or a folder of them, and their scores."""
    names = ["a.txt", "b.txt"] if draws.random() < 0.3 else ["a.txt"]
    for name in names:
        sample = draws.choice(BENCHMARKS)
        (folder / name).write_bytes(damaged(sample, draws) if draws.random() < 0.9 else sample)
    words = [word for word in dict.fromkeys(TEXT.split()) if draws.random() < 0.8] or ["the"]
    matrix = np.random.default_rng(0).standard_normal((len(words), 4), dtype=np.float32)
    benchmark = read_benchmark(folder if names[1:] else folder / "a.txt")
    score(WordVectors(words, matrix), [benchmark], intervals=False)


def read_ngrams(folder: Path, draws: random.Random) -> None:
    """A fastText model with n-grams, asked for words seen and not; the lines that ask it."""
    words = ["the", "cat", "sät", "日本", "on-mat"]
    rng = np.random.default_rng(0)
    matrix, parts = (rng.standard_normal((n, 3), np.float32) for n in (len(words), 20))
    subwords = SubwordVectors(NgramRange(2, 4, 20), None, parts)
    path, listed = folder / "model.bin", folder / "words.txt"
    write_vectors(WordVectors(words, matrix, None, subwords), path, "fasttext-model")
    if draws.random() < 0.7:
        path.write_bytes(damaged(path.read_bytes(), draws))
    listed.write_bytes(damaged("cat\n日本語\nunseen\n".encode(), draws))
    lines = b'cat 0 1 2\n{"word": "a", "vector": [1, 2, 3]}\n[1, 2, 3]\n'
    asked = CliRunner().invoke(w2v, ["nearest", str(path), "--vector"], input=damaged(lines, draws))
    assert isinstance(asked.exception, SystemExit | None), asked.exception
    _command("nearest", path, "unseen", "--subwords")
    _command("analogy", path, "cat", "cats", "日本語")
    _command("export", path, "--words", listed, "--format", "npz", "-o", folder / "some.npz")


READERS: dict[str, Reader] = {
    "benchmarks": read_benchmarks,
    "config": read_config,
    "corpus": read_corpus,
    "phrases": read_phrase_file,
    "ngrams": read_ngrams,
    "vectors": read_vector_file,
    "checkpoint": read_checkpoint,
    "run": read_run,
    "commands": read_for_a_command,
}
