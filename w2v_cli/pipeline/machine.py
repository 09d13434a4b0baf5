"""What the settings of the machine come to: where the cache is, how large, how many processes."""

from pathlib import Path

from w2v_cli.config import Settings
from w2v_cli.data.cache_folder import default_cache
from w2v_cli.systems.processes import usable_processors

__all__ = ["available_workers", "cache_bytes", "cache_folder", "workers_of_node"]


def cache_folder(settings: Settings) -> Path:
    """The folder of encoded corpora.

    Raises:
        W2VError: it is not set, and the user's is not known.
    """
    cache = settings.machine.cache
    return default_cache() if cache is None else Path(cache)


def cache_bytes(settings: Settings) -> int:
    """How many bytes the cache may take."""
    return round(settings.machine.cache_gib * 2**30)


def available_workers(settings: Settings) -> int:
    """The number of workers that was asked for, or else of processors this process may use."""
    return settings.machine.workers or usable_processors()


def workers_of_node(settings: Settings, address: str) -> int | None:
    """How many processes work on a node: as many as were asked for, or a fair part of this machine.

    None stands for as many as the node has processors.
    """
    kind, _, nodes = address.partition(":")
    if kind != "local" or settings.machine.workers is not None:
        return settings.machine.workers
    return max(1, available_workers(settings) // int(nodes))
