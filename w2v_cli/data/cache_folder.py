"""The cache folder: corpora already encoded, and the digests of files already hashed.

corpora/KEY/    an encoded corpus; KEY is the SHA-256 of its sources and settings
digests.json    the digests of files that have not changed since they were hashed
.corpora.lock   held by whoever puts entries in or takes them out
.tmp-…/         work in progress, removed at its end, or a day after it was killed
"""

import os
from pathlib import Path

from w2v_cli.errors import W2VError

__all__ = ["CORPORA", "DIGESTS", "LOCK", "default_cache", "entry_folder"]

CORPORA, DIGESTS, LOCK = "corpora", "digests.json", ".corpora.lock"


def default_cache() -> Path:
    """The cache of this user: $W2V_CACHE, else $XDG_CACHE_HOME/w2v, else ~/.cache/w2v.

    Raises:
        W2VError: none of them is known.
    """
    if own := os.environ.get("W2V_CACHE"):
        return Path(own)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared, "w2v")
    try:
        return Path.home() / ".cache" / "w2v"
    except RuntimeError:
        raise W2VError("there is no home folder to hold the cache: set W2V_CACHE") from None


def entry_folder(cache: Path, key: str) -> Path:
    """Where the encoded corpus of that key is, or would be."""
    return cache / CORPORA / key
