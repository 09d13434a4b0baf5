"""A fastText model as large as the published ones: how soon it answers, beside gensim's loading.

`OPENBLAS_NUM_THREADS=1 PYTHONPATH=scripts python -m benchmark.published_model [FOLDER]` makes a
model with the sizes of the 157 published languages (2,000,000 words, as many buckets, D 300,
n-grams of 5 characters), 7.2 GB, or uses the one that is in the folder. Its numbers are random:
the answers mean nothing. The work is the same or more, because bounds rule out fewer words.
"""

import argparse
import os
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.processes import run
from benchmark.record import add_record_options, described, new_record, write_record

DIM, NGRAMS, ROWS_AT_ONCE = 300, 5, 1 << 16
SYLLABLES = [c + v for c in "bdfghklmnprstvz" for v in "aeiou"]

GENSIM = """
import sys
from gensim.models.fasttext import load_facebook_vectors
vectors = load_facebook_vectors(sys.argv[1])
"""
QUESTIONS = {
    "vector of a seen word": ["vector", "WORD"],
    "vector of a word never seen": ["vector", "WORDxyz"],
    "neighbours of a seen word": ["nearest", "WORD"],
    "neighbours of a word never seen": ["nearest", "WORDxyz"],
}
THEIRS = "gensim's load_facebook_vectors, without a question"


def words(count: int) -> Iterator[str]:
    """Different words of two to five syllables, and about nine characters."""
    base = len(SYLLABLES)
    for number in range(count):
        text, rest = "", (number * 7919 + 12345) % (base**4)
        while rest or len(text) < 4:
            rest, syllable = divmod(rest, base)
            text += SYLLABLES[syllable]
        yield text + "n" * (number % 2)


def make_model(path: Path, count: int, buckets: int) -> None:
    """Write the model in the layout of fastText's `saveModel`, version 12."""
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        file.write(struct.pack("<ii", 793712314, 12))
        arguments = (DIM, 5, 5, 5, 10, 1, 2, 1, buckets, NGRAMS, NGRAMS, 100, 1e-5)
        file.write(struct.pack("<12id", *arguments))
        file.write(struct.pack("<iiiqq", count, count, 0, 30_000_000_000, -1))
        for number, word in enumerate(words(count)):
            file.write(word.encode() + b"\0" + struct.pack("<qb", 10**9 // (number + 1) + 5, 0))
        for rows in (count + buckets, count):
            file.write(struct.pack("<?qq", False, rows, DIM))
            for start in range(0, rows, ROWS_AT_ONCE):
                size = min(ROWS_AT_ONCE, rows - start)
                file.write(rng.standard_normal((size, DIM), np.float32).tobytes())


def forget(path: Path) -> None:
    """Drop a file from the page cache, as after a start of the machine."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(model: Path, *, cold: bool, theirs: bool = True) -> dict[str, dict[str, float]]:
    """Seconds and processor seconds of each question and of gensim's loading.

    Each is a process of its own, measured from its start to its end.
    """
    word = next(words(1))
    commands = {
        name: ["-m", "w2v_cli", command, str(model), asked.replace("WORD", word)]
        for name, (command, asked) in QUESTIONS.items()
    }
    if theirs:
        commands[THEIRS] = ["-c", GENSIM, str(model)]
    found = {}
    for name, command in commands.items():
        if cold:
            forget(model)
        done = run(command, {}, model.with_suffix(".log"))
        found[name] = {
            "seconds": round(done.seconds, 2),
            "cpu_seconds": round(done.cpu_seconds, 2),
        }
    return found


def table(record: dict[str, Any]) -> str:
    """The record as Markdown: seconds, and how many times as many gensim takes."""
    lines = []
    for cache in ("cold", "warm"):
        lines += ["", f"| {cache} page cache | s | CPU s | gensim's s ÷ ours |"]
        lines.append("|---|---|---|---|")
        for name, each in record[cache].items():
            ratio = record[cache].get(THEIRS, each)["seconds"] / each["seconds"]
            seconds = f"{each['seconds']} | {each['cpu_seconds']}"
            lines.append(f"| {name} | {seconds} | {ratio:.1f} |")
    return described(record) + "\n".join(lines)


def main() -> None:
    """Make the model, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs"))
    parser.add_argument("--words", type=int, default=2_000_000)
    parser.add_argument("--buckets", type=int, default=2_000_000)
    add_record_options(parser, "docs/measured/published_model.json")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    model = options.folder / f"published-{options.words}-{options.buckets}.bin"
    if not model.exists():
        need = 4 * DIM * (2 * options.words + options.buckets)
        free = shutil.disk_usage(options.folder).free
        if free < 1.2 * need:
            raise SystemExit(f"{options.folder}: {need:,} bytes needed, {free:,} free")
        make_model(model, options.words, options.buckets)
    record = new_record(model.name, options.words, options.machine)
    record |= {"cold": measure(model, cold=True), "warm": measure(model, cold=False)}
    print(table(record))
    if options.json is not None:
        write_record(record, options.json)


if __name__ == "__main__":
    main()
