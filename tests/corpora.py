"""Corpora encoded in the process of the test."""

from pathlib import Path

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
