"""Texts for tests, and corpora encoded in the process of the test."""

import functools
from pathlib import Path

import numpy as np

from w2v_cli.data.encoding import EncodedCorpus, encode_corpus

SETTINGS = {
    "encoding": "utf-8",
    "errors": "strict",
    "tokenizer": "whitespace",
    "lowercase": False,
    "scan_limit": 1000,
    "workers": 1,
}


def encode(cache: Path, *paths: object, **changed: object) -> EncodedCorpus:
    """The corpus at the paths, encoded; UTF-8 and the plain tokenizer unless a test says else."""
    return encode_corpus([str(path) for path in paths], cache=cache, **{**SETTINGS, **changed})


@functools.cache
def planted_text() -> str:
    """4,000 tokens of 4 topics with 10 words each; a line has words of one topic only."""
    rng = np.random.default_rng(0)
    lines = []
    for _ in range(500):
        topic = rng.integers(4)
        lines.append(" ".join(f"{'abcd'[topic]}{word}" for word in rng.integers(0, 10, 8)))
    return "\n".join(lines) + "\n"
