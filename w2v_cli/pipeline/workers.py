"""How many processes work, here and on each node of a cluster."""

import os

from w2v_cli.config import Settings

__all__ = ["available_workers", "processors", "workers_of_node"]


def available_workers(settings: Settings) -> int:
    """The number of workers asked for, or of processors that this process may use."""
    return settings.machine.workers or processors()


def workers_of_node(settings: Settings, address: str) -> int | None:
    """Processes that work on a node: those asked for, or a fair part of this machine.

    None stands for as many as the node has processors.
    """
    kind, _, nodes = address.partition(":")
    if kind != "local" or settings.machine.workers is not None:
        return settings.machine.workers
    return max(1, available_workers(settings) // int(nodes))


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
