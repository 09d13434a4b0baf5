"""How many processes work, here and on each node of a cluster."""

from w2v_cli.config import Settings
from w2v_cli.systems.processes import usable_processors

__all__ = ["available_workers", "workers_of_node"]


def available_workers(settings: Settings) -> int:
    """The number of workers asked for, or of processors that this process may use."""
    return settings.machine.workers or usable_processors()


def workers_of_node(settings: Settings, address: str) -> int | None:
    """Processes that work on a node: those asked for, or a fair part of this machine.

    None stands for as many as the node has processors.
    """
    kind, _, nodes = address.partition(":")
    if kind != "local" or settings.machine.workers is not None:
        return settings.machine.workers
    return max(1, available_workers(settings) // int(nodes))
