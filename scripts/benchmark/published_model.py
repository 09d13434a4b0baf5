"""A fastText model as large as the published ones: how soon it answers, beside gensim's loading.

    PYTHONPATH=scripts python -m benchmark.published_model [--words N] [--buckets N] [FOLDER]

It makes a model with the sizes of the 157 published languages (2,000,000 words, as many
buckets, D 300, n-grams of 5 characters), 7.2 GB with its output matrix, or uses the one that is
there. Numbers are random, so the answers mean nothing; the work is the same.
"""

import argparse
import json
import shutil
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.processes import run

DIM, NGRAMS, ROWS_AT_ONCE = 300, 5, 1 << 16
SYLLABLES = [c + v for c in "bdfghklmnprstvz" for v in "aeiou"]

GENSIM = """
import sys
from gensim.models.fasttext import load_facebook_vectors
vectors = load_facebook_vectors(sys.argv[1])
if sys.argv[2:] == ["vector"]:
    vectors[sys.argv[3]]
print("{}")
"""
QUESTIONS = {
    "vector of a seen word": ["vector", "WORD"],
    "vector of an unseen word": ["vector", "WORDxyz"],
    "neighbours of a seen word": ["nearest", "WORD"],
    "neighbours of an unseen word": ["nearest", "WORDxyz"],
}


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
    """Leave nothing of a file in the page cache, as after a start of the machine."""
    import os

    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(model: Path, cold: bool) -> dict[str, float]:
    """Seconds of each question, and of gensim's loading, all as processes of their own."""
    log = model.with_suffix(".log")
    word = next(words(1))
    seconds = {}
    for name, (command, asked) in QUESTIONS.items():
        if cold:
            forget(model)
        asked = asked.replace("WORD", word)
        began = time.perf_counter()
        run(["-m", "w2v_cli", command, str(model), asked], {}, log)
        seconds[name] = time.perf_counter() - began
    if cold:
        forget(model)
    found = run(["-c", GENSIM, str(model)], {}, log)
    return {**seconds, "gensim load_facebook_vectors": found.seconds}


def main() -> None:
    """Make, measure, print as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path("runs"))
    parser.add_argument("--words", type=int, default=2_000_000)
    parser.add_argument("--buckets", type=int, default=2_000_000)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    model = options.folder / f"published-{options.words}-{options.buckets}.bin"
    need = 4 * DIM * (2 * options.words + options.buckets)
    if not model.exists():
        free = shutil.disk_usage(options.folder).free
        if free < 1.2 * need:
            raise SystemExit(f"{options.folder}: {need:,} bytes needed, {free:,} free")
        make_model(model, options.words, options.buckets)
    for name, cold in (("cold page cache", True), ("warm page cache", False)):
        print(json.dumps({name: measure(model, cold)}, indent=2))


if __name__ == "__main__":
    main()
