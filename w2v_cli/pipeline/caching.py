"""The cache that the settings name."""

from pathlib import Path

from w2v_cli.config import Settings
from w2v_cli.data.cache_folder import default_cache

__all__ = ["cache_bytes", "cache_folder"]


def cache_folder(settings: Settings) -> Path:
    """The folder of encoded corpora.

    Raises:
        W2VError: it is not set, and the user's is not known.
    """
    cache = settings.machine.cache
    return default_cache() if cache is None else Path(cache)


def cache_bytes(settings: Settings) -> int:
    """How many bytes it may take."""
    return round(settings.machine.cache_gib * 2**30)
